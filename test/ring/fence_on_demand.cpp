// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who publishes runs a fence if a sleeper wants it, until nobody has slept for a while: wait_room.hpp
// [W4] to [W6]. These handles never look for the dead: a wake-up that is lost hangs, and the watchdog
// says where.

#include "ring_support.hpp"

#include <optional>
#include <thread>
#include <vector>

using namespace ring_support;
using test_support::child;
using test_support::unique_name;

namespace {

sm::options blind() {
    return sm::options().death_check_interval(0ms);
}

struct fixture {
    const std::string name = unique_name("ring");
    sm::circular_buffer ring{sm::create_only, name, 16U, 8U, blind()};
    segment_view view{name};

    bool has_plain_ends() const {
        return ring.is_open() && smd::ipc_words::register_for_heavy_fences();
    }
    std::uint32_t readers_word() const { return view.head().readers_sleep.word.load(); }
    std::uint32_t writers_word() const { return view.head().writers_sleep.word.load(); }

    // A reader slept, and was woken after all were told to run the fence.
    bool a_reader_slept() {
        return test_support::becomes_true([&] {
            auto reader = at_once([this] { return ring.read<int>(); });
            const bool slept = a_reader_sleeps(view);
            std::this_thread::sleep_for(1ms);
            ring.write(1);
            return slept && reader.get() == 1 && (readers_word() & smd::fence_known) != 0;
        });
    }
    void write_and_read(std::uint32_t count) {
        for (std::uint32_t i = 0; i != count; ++i) {
            ring.write(2);
            ring.read<int>();
        }
    }
};

} // namespace

SHARED_MEMORY_TEST_ROLE(adds_up) {
    sm::circular_buffer ring(sm::open_only, args.at(0), blind());
    sm::circular_buffer answer(sm::open_only, args.at(1), blind());
    const int bursts = std::stoi(args.at(2));
    for (int ended = 0; ended != bursts;) {
        if (ring.read<int>() != 0)
            continue;
        ++ended;
        answer.write(ended);
    }
    return 0;
}

BOOST_FIXTURE_TEST_SUITE(ring_fence_on_demand, fixture)

BOOST_AUTO_TEST_CASE(is_wanted_and_known_after_a_sleep) {
    if (!has_plain_ends())
        return; // claims end by compare-and-exchange: sleepers want nothing
    BOOST_TEST(readers_word() == 0U);
    write_and_read(10);
    BOOST_TEST(readers_word() == 0U);
    BOOST_TEST(a_reader_slept());
    BOOST_TEST((readers_word() & smd::sleep_bits) == 0U);
    BOOST_TEST((readers_word() & smd::fence_bits) == smd::fence_bits);
    BOOST_TEST(writers_word() == 0U); // nobody slept there
}

BOOST_AUTO_TEST_CASE(is_forgotten_when_nobody_sleeps) {
    if (!has_plain_ends())
        return;
    for (int i = 0; i != 3; ++i) {
        BOOST_TEST(a_reader_slept());
        const std::uint32_t word = readers_word();
        write_and_read(smd::idle_fences::most - 1);
        BOOST_TEST(readers_word() == word);
        write_and_read(1);
        BOOST_TEST((readers_word() & (smd::fence_bits | smd::sleep_bits)) == 0U);
        BOOST_TEST(readers_word() != word);
    }
}

BOOST_AUTO_TEST_CASE(is_forgotten_for_writers_too) {
    if (!has_plain_ends())
        return;
    while (ring.try_write(1)) {
    }
    auto writer = at_once([this] { ring.write(3); });
    BOOST_TEST(a_writer_sleeps(view));
    ring.read<int>();
    writer.get();
    BOOST_TEST((writers_word() & smd::fence_wanted) != 0U);
    while (ring.try_read<int>()) {
    }
    write_and_read(smd::idle_fences::most);
    BOOST_TEST((writers_word() & smd::fence_bits) == 0U);
}

BOOST_AUTO_TEST_CASE(a_sleep_starts_the_count_anew) {
    if (!has_plain_ends())
        return;
    for (int i = 0; i != 5; ++i) {
        BOOST_TEST(a_reader_slept());
        write_and_read(smd::idle_fences::most / 2 + 1);
        BOOST_TEST((readers_word() & smd::fence_bits) == smd::fence_bits);
    }
}

BOOST_AUTO_TEST_CASE(idle_fences_count_one_word) {
    smd::idle_fences idle;
    for (std::uint32_t round = 0; round != 2; ++round) {
        for (std::uint32_t i = 1; i != smd::idle_fences::most; ++i)
            BOOST_REQUIRE(!idle.are_too_many(0x14));
        BOOST_TEST(idle.are_too_many(0x14));
    }
    for (std::uint32_t i = 0; i != 2 * smd::idle_fences::most; ++i)
        BOOST_REQUIRE(!idle.are_too_many(i % 2 == 0 ? 0x14 : 0x24));
}

// Bursts about as long as it takes to forget the fence, from two threads: the other side falls asleep
// before, while and after it is forgotten.
BOOST_AUTO_TEST_CASE(no_wake_up_is_lost_when_it_is_forgotten) {
    sm::circular_buffer back(sm::create_only, unique_name("back"), 2, 8, blind());
    const int bursts = rounds(300);
    child other("adds_up", {name, back.name(), std::to_string(bursts)});
    for (int i = 0; i != bursts; ++i) {
        const int count = static_cast<int>(smd::idle_fences::most) - 8 + 2 * (i % 12);
        auto half = at_once([&] {
            for (int k = 0; k != count / 2; ++k)
                ring.write(1);
        });
        for (int k = 0; k != count / 2; ++k)
            ring.write(1);
        half.get();
        if (i % 3 == 0)
            std::this_thread::sleep_for(300us);
        ring.write(0);
        if (back.read<int>() != i + 1)
            BOOST_ERROR("burst " << i << ": another answer came");
    }
    BOOST_TEST(other.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
