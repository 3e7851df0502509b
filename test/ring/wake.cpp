// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// No wake-up is ever lost. The look that sleepers take now and then would hide one that is, so
// these handles never look; a lost one hangs, and the watchdog says where.
//
// Runs alone: the more there is beside it, the longer it takes.

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
    sm::circular_buffer ring{sm::create_only, name, 2U, 8U, blind()};
    segment_view view{name};

    std::future<int> sleeping_reader() {
        auto reader = at_once([this] { return ring.read<int>(); });
        BOOST_TEST(a_reader_sleeps(view));
        return reader;
    }
    std::future<void> sleeping_writer(int value) {
        auto writer = at_once([this, value] { ring.write(value); });
        BOOST_TEST(a_writer_sleeps(view));
        return writer;
    }
    void fill() {
        for (int i = 0; ring.try_write(i); ++i) {
        }
    }
    static void put(const sm::write_claim& claim, int value) {
        std::memcpy(claim.data(), &value, sizeof value);
    }
    // Long enough that most who announced themselves are asleep by now, not on their way.
    static void pause(int i) {
        if (i % 2 == 0)
            std::this_thread::sleep_for(200us);
    }
};

} // namespace

SHARED_MEMORY_TEST_ROLE(echoes) {
    sm::circular_buffer to(sm::open_only, args.at(0), blind());
    sm::circular_buffer from(sm::open_only, args.at(1), blind());
    for (;;) {
        const int value = to.read<int>();
        from.write(value);
        if (value == 0)
            return 0;
    }
}

SHARED_MEMORY_TEST_ROLE(commits) {
    sm::circular_buffer ring(sm::open_only, args.at(0), blind());
    for (;;) {
        if (test_support::hear() == "end")
            return 0;
        ring.write(77);
    }
}

SHARED_MEMORY_TEST_ROLE(sleeps_reading) {
    sm::circular_buffer ring(sm::open_only, args.at(0), blind());
    test_support::say("ready");
    ring.read<int>();
    return 0;
}

SHARED_MEMORY_TEST_ROLE(sleeps_writing) {
    sm::circular_buffer ring(sm::open_only, args.at(0), blind());
    test_support::say("ready");
    ring.write(99);
    return 0;
}

BOOST_FIXTURE_TEST_SUITE(circular_buffer_wake, fixture)

BOOST_AUTO_TEST_CASE(ping_pong_between_threads) {
    sm::circular_buffer back(sm::create_only, unique_name("back"), 2, 8, blind());
    auto other = at_once([&] {
        for (;;) {
            const int value = ring.read<int>();
            back.write(value);
            if (value == 0)
                return;
        }
    });
    for (int i = rounds(20000); i >= 0; --i) {
        ring.write(i);
        if (back.read<int>() != i)
            BOOST_ERROR("round " << i << ": another value came back");
    }
    other.get();
}

BOOST_AUTO_TEST_CASE(ping_pong_between_processes) {
    sm::circular_buffer back(sm::create_only, unique_name("back"), 2, 8, blind());
    child other("echoes", {name, back.name()});
    for (int i = rounds(20000); i >= 0; --i) {
        ring.write(i);
        if (back.read<int>() != i)
            BOOST_ERROR("round " << i << ": another value came back");
    }
    BOOST_TEST(other.wait() == 0);
}

// A full ring and an empty one by turns, with bursts: both sides sleep all the time.
BOOST_AUTO_TEST_CASE(bursts_through_two_nodes) {
    const int messages = rounds(20000);
    auto reader = at_once([&] {
        int wrong = 0;
        for (int i = 0; i != messages; ++i) {
            wrong += ring.read<int>() == i ? 0 : 1;
            if (i % 7 == 0)
                std::this_thread::yield();
        }
        return wrong;
    });
    for (int i = 0; i != messages; ++i) {
        ring.write(i);
        if (i % 11 == 0)
            std::this_thread::yield();
    }
    BOOST_TEST(reader.get() == 0);
}

BOOST_AUTO_TEST_CASE(two_sleepers_and_commits_out_of_order) {
    for (int i = 0; i != rounds(500); ++i) {
        auto first = ring.claim_write();
        auto second = ring.claim_write();
        auto a = sleeping_reader();
        auto b = at_once([this] { return ring.read<int>(); });
        pause(i);
        put(second, 2);
        second.commit(4); // wakes, in vain
        if (i % 3 == 0)
            BOOST_TEST(a_reader_sleeps(view)); // again
        put(first, 1);
        first.commit(4); // the one wake for both
        BOOST_TEST(a.get() + b.get() == 3, "round " << i);
    }
}

BOOST_AUTO_TEST_CASE(two_sleeping_writers_and_releases_out_of_order) {
    for (int i = 0; i != rounds(500); ++i) {
        fill();
        auto first = ring.claim_read();
        auto second = ring.claim_read();
        auto a = sleeping_writer(7);
        auto b = at_once([this] { ring.write(8); });
        pause(i);
        second.release();
        first.release();
        a.get();
        b.get();
        BOOST_TEST(ring.read<int>() + ring.read<int>() == 15, "round " << i);
    }
}

BOOST_AUTO_TEST_CASE(readers_behind_a_skip) {
    for (int i = 0; i != rounds(500); ++i) {
        auto first = ring.claim_write();
        auto reader = sleeping_reader();
        ring.write(5); // ready, but behind
        pause(i);
        first.abort();
        BOOST_TEST(reader.get() == 5, "round " << i);
    }
}

BOOST_AUTO_TEST_CASE(writers_behind_a_skip) {
    for (int i = 0; i != rounds(500); ++i) {
        auto first = ring.claim_write();
        auto second = ring.claim_write();
        auto writer = sleeping_writer(6);
        pause(i);
        first.abort(); // full of a skip and a claim: room for one
        writer.get();
        second.abort();
        BOOST_TEST(ring.read<int>() == 6, "round " << i);
    }
}

BOOST_AUTO_TEST_CASE(readers_behind_a_give_back) {
    for (int i = 0; i != rounds(500); ++i) {
        ring.write(3);
        auto claim = ring.claim_read();
        auto reader = sleeping_reader();
        pause(i);
        if (i % 2 == 0)
            claim.give_back();
        else
            auto dropped = std::move(claim);
        BOOST_TEST(reader.get() == 3, "round " << i);
    }
}

BOOST_AUTO_TEST_CASE(writers_behind_a_discard_and_a_giving_up) {
    sm::circular_buffer once(sm::create_only, unique_name("once"), 2, 8, blind().max_deliveries(1));
    const segment_view sleepers(once.name());
    for (int i = 0; i != rounds(300); ++i) {
        while (once.try_write(i)) {
        }
        auto writer = at_once([&] { once.write(1000 + i); });
        BOOST_TEST(a_writer_sleeps(sleepers));
        pause(i);
        if (i % 3 == 0)
            BOOST_TEST(once.discard());
        else
            once.claim_read().give_back(); // given up: that is room
        writer.get();
    }
    BOOST_TEST(once.given_up() >= 1U);
}

BOOST_AUTO_TEST_CASE(everybody_behind_the_end_of_the_stream) {
    for (int i = 0; i != rounds(100); ++i) {
        sm::circular_buffer one(sm::create_only, unique_name("one"), 2, 8, blind());
        const segment_view sleepers(one.name());
        std::vector<std::future<thrown>> all;
        const bool full = i % 2 == 0;
        while (full && one.try_write(1)) {
        }
        for (int k = 0; k != 3; ++k)
            all.push_back(at_once([&] {
                return what_throws([&] {
                    if (full)
                        one.write(1);
                    else
                        one.read<int>();
                });
            }));
        BOOST_TEST((full ? a_writer_sleeps(sleepers) : a_reader_sleeps(sleepers)));
        if (i % 4 < 2)
            one.end_of_stream();
        else
            sm::circular_buffer(sm::open_only, one.name()).end_of_stream();
        for (auto& one_of_them : all) {
            const auto found = one_of_them.get();
            BOOST_TEST((found.code == sm::errc::end_of_stream), found.text);
        }
    }
}

BOOST_AUTO_TEST_CASE(everybody_behind_the_owners_close) {
    for (int i = 0; i != rounds(100); ++i) {
        std::optional<sm::circular_buffer> owner(std::in_place, sm::create_only, unique_name("one"),
                                                 2U, 8U);
        sm::circular_buffer one(sm::open_only, owner->name(), blind());
        const segment_view sleepers(owner->name());
        std::vector<std::future<thrown>> all;
        const bool full = i % 2 == 0;
        while (full && one.try_write(1)) {
        }
        for (int k = 0; k != 3; ++k)
            all.push_back(at_once([&] {
                return what_throws([&] {
                    if (full)
                        one.write(1);
                    else
                        one.read<int>();
                });
            }));
        BOOST_TEST((full ? a_writer_sleeps(sleepers) : a_reader_sleeps(sleepers)));
        owner.reset();
        for (auto& one_of_them : all) {
            const auto found = one_of_them.get();
            BOOST_TEST((found.code == sm::errc::shut_down), found.text);
        }
    }
}

BOOST_AUTO_TEST_CASE(commits_of_another_process) {
    child other("commits", {name});
    for (int i = 0; i != rounds(2000); ++i) {
        auto reader = sleeping_reader();
        pause(i);
        other.send_line("write");
        BOOST_TEST(reader.get() == 77, "round " << i);
    }
    other.send_line("end");
    BOOST_TEST(other.wait() == 0);
}

// Who sleeps with others, is killed, and must not take their wake-up along.
BOOST_AUTO_TEST_CASE(killed_sleepers_swallow_no_wake, *test_support::needs_robust_waiting()) {
    for (int i = 0; i != rounds(40); ++i) {
        child victim("sleeps_reading", {name});
        victim.read_line();
        BOOST_TEST(is_asleep(victim.pid()));
        auto reader = sleeping_reader();
        pause(i);
        if (i % 2 == 0) {
            victim.kill();
            ring.write(4);
        } else { // woken, and killed before it can do anything
            victim.stop();
            ring.write(4);
            victim.kill();
        }
        BOOST_TEST(reader.get() == 4, "round " << i);
    }
    for (int i = 0; i != rounds(20); ++i) {
        fill();
        child victim("sleeps_writing", {name});
        victim.read_line();
        BOOST_TEST(is_asleep(victim.pid()));
        auto writer = sleeping_writer(55);
        pause(i);
        victim.stop();
        ring.read<int>();
        victim.kill();
        writer.get();
        while (ring.try_read<int>()) {
        }
    }
    ring.recover();
    BOOST_TEST(ring.participants().size() == 1U);
}

// The bit that a killed sleeper left behind costs one wake, and says no more.
BOOST_AUTO_TEST_CASE(a_killed_sleepers_bit_goes_with_the_next_commit,
                     *test_support::needs_robust_waiting()) {
    child victim("sleeps_reading", {name});
    victim.read_line();
    BOOST_TEST(a_reader_sleeps(view));
    BOOST_TEST(is_asleep(victim.pid()));
    victim.kill();
    BOOST_TEST(view.readers_sleep());
    ring.write(1);
    BOOST_TEST(!view.readers_sleep());
    BOOST_TEST(ring.read<int>() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
