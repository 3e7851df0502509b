// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Rings that are created for a single writer, or a single reader: who may be it, and that its plain
// stores lose nothing.

#include "ring_support.hpp"

#include <optional>
#include <thread>

using namespace ring_support;
using test_support::child;
using test_support::unique_name;

namespace {

sm::options single() {
    return sm::options().single_writer().single_reader();
}

struct fixture {
    const std::string name = unique_name("ring");
};

} // namespace

SHARED_MEMORY_TEST_ROLE(writes_and_stays) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    ring.write(1);
    auto claim = ring.claim_write();
    test_support::say("ready");
    test_support::hear();
    return 0;
}

SHARED_MEMORY_TEST_ROLE(reads_and_stays) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    test_support::say(std::to_string(ring.read<int>()));
    auto claim = ring.claim_read();
    test_support::say("ready");
    test_support::hear();
    return 0;
}

SHARED_MEMORY_TEST_ROLE(echoes_singly) {
    const auto blind = sm::options().death_check_interval(0ms);
    sm::circular_buffer to(sm::open_only, args.at(0), blind);
    sm::circular_buffer from(sm::open_only, args.at(1), blind);
    for (;;) {
        const int value = to.read<int>();
        from.write(value);
        if (value == 0)
            return 0;
    }
}

BOOST_FIXTURE_TEST_SUITE(circular_buffer_single, fixture)

BOOST_AUTO_TEST_CASE(the_ring_says_so) {
    for (const bool w : {false, true}) {
        for (const bool r : {false, true}) {
            const sm::circular_buffer made(sm::create_only, name, 3, 4,
                                           sm::options().single_writer(w).single_reader(r));
            const sm::circular_buffer ring(sm::open_only, name); // as it was created
            BOOST_TEST(ring.single_writer() == w);
            BOOST_TEST(ring.single_reader() == r);
        }
    }
}

BOOST_AUTO_TEST_CASE(all_kinds_of_messages) {
    sm::circular_buffer ring(sm::create_only, name, 3, 64, single());
    for (int lap = 0; lap != 5; ++lap) {
        ring.write(lap);
        ring.claim_write().abort();
        auto claim = ring.claim_write();
        std::memset(claim.data(), lap, 8);
        claim.commit(8);
        BOOST_TEST(!ring.try_write(1));
        BOOST_TEST(ring.size() == 2U);
        BOOST_TEST(ring.read<int>() == lap);
        BOOST_TEST(ring.next_size().value() == 8U);
        TEST_THROWS(message_size, ring.read<int>());
        ring.claim_read().give_back();
        auto again = ring.claim_read();
        BOOST_TEST(again.delivery_count() == 2U);
        BOOST_TEST(std::to_integer<int>(again.data()[7]) == lap);
        again.release();
        BOOST_TEST(!ring.try_read<int>());
    }
    ring.write(9);
    ring.end_of_stream();
    BOOST_TEST(ring.read<int>() == 9);
    TEST_THROWS(end_of_stream, ring.try_read<int>());
    TEST_THROWS(end_of_stream, ring.write(1));
}

// Several claims of the one writer may be committed in any order.
BOOST_AUTO_TEST_CASE(several_claims) {
    sm::circular_buffer ring(sm::create_only, name, 4, 8, single());
    auto first = ring.claim_write();
    auto second = ring.claim_write();
    auto third = ring.claim_write();
    third.commit(3);
    BOOST_TEST(!ring.next_size().has_value());
    first.abort();
    second.commit(2);
    BOOST_TEST(ring.next_size().value() == 2U);
    auto a = ring.claim_read();
    auto b = ring.claim_read();
    BOOST_TEST(b.size() == 3U);
    b.release();
    a.give_back();
    BOOST_TEST(ring.claim_read().delivery_count() == 2U);
}

BOOST_AUTO_TEST_CASE(another_one_is_told) {
    sm::circular_buffer first(sm::create_only, name, 3, 4, single());
    sm::circular_buffer second(sm::open_only, name);
    first.write(1);
    const auto found = what_throws([&] { second.write(2); });
    BOOST_TEST((found.code == sm::errc::in_use), found.text);
    BOOST_TEST(found.text.find("a single writer") != std::string::npos, found.text);
    BOOST_TEST(found.text.find(std::to_string(test_support::own_process_id())) != std::string::npos,
               found.text);
    TEST_THROWS(in_use, second.try_write(2));
    TEST_THROWS(in_use, second.claim_write());
    TEST_THROWS(in_use, second.end_of_stream());
    BOOST_TEST(second.read<int>() == 1); // it is the reader now
    TEST_THROWS(in_use, first.try_read<int>());
    TEST_THROWS(in_use, first.next_size());
    { const sm::circular_buffer gone(std::move(first)); }
    TEST_THROWS(shut_down, second.write(2)); // the owner was it
}

BOOST_AUTO_TEST_CASE(the_next_one_comes_when_it_has_gone) {
    const sm::circular_buffer owner(sm::create_only, name, 3, 4, single());
    for (int i = 0; i != 5; ++i) {
        sm::circular_buffer writer(sm::open_only, name);
        writer.write(i);
        std::optional<sm::circular_buffer> reader(std::in_place, sm::open_only, name);
        auto claim = reader->claim_read();
        reader.reset(); // the claim is left, and so is the handle's place
        sm::circular_buffer next(sm::open_only, name);
        TEST_THROWS(in_use, next.try_read<int>());
        claim.give_back();
        BOOST_TEST(next.read<int>() == i);
    }
}

BOOST_AUTO_TEST_CASE(a_killed_writers_successor) {
    sm::circular_buffer ring(sm::create_only, name, 3, 4, single());
    child victim("writes_and_stays", {name});
    BOOST_TEST(victim.read_line() == "ready");
    TEST_THROWS(in_use, ring.write(2));
    victim.kill();
    ring.write(2);
    BOOST_TEST(ring.read<int>() == 1);
    BOOST_TEST(ring.read<int>() == 2);
    BOOST_TEST(!ring.try_read<int>());
}

BOOST_AUTO_TEST_CASE(a_killed_readers_successor) {
    sm::circular_buffer ring(sm::create_only, name, 3, 4, single());
    for (int i = 1; i != 4; ++i)
        ring.write(i);
    child victim("reads_and_stays", {name});
    BOOST_TEST(victim.read_line() == "1");
    BOOST_TEST(victim.read_line() == "ready");
    TEST_THROWS(in_use, ring.read<int>());
    victim.kill();
    auto claim = ring.claim_read();
    BOOST_TEST(claim.as<int>() == 2);
    BOOST_TEST(claim.delivery_count() == 2U);
    claim.release();
    BOOST_TEST(ring.read<int>() == 3);
}

// Without the heavy fence, one of these is left asleep sooner or later.
BOOST_AUTO_TEST_CASE(no_wake_up_is_lost) {
    const auto blind = single().death_check_interval(0ms);
    const std::string other = unique_name("back");
    for (const std::uint32_t nodes : {2U, 64U}) {
        sm::circular_buffer to(sm::create_only, name, nodes, 8, blind);
        sm::circular_buffer from(sm::create_only, other, nodes, 8, blind);
        child peer("echoes_singly", {name, other});
        for (int i = rounds(20000); i >= 0; --i) {
            to.write(i);
            if (i % 7 == 0)
                std::this_thread::yield();
            BOOST_TEST_REQUIRE(from.read<int>() == i);
        }
        BOOST_TEST(peer.wait() == 0);
    }
}

// Both sides sleep again and again, on full and empty rings.
BOOST_AUTO_TEST_CASE(streams_in_order) {
    const auto blind = single().death_check_interval(0ms);
    sm::circular_buffer ring(sm::create_only, name, 2, 8, blind);
    const int count = rounds(200000);
    auto writing = at_once([&] {
        for (int i = 0; i != count; ++i) {
            ring.write(i);
            if (i % 5000 == 0)
                std::this_thread::sleep_for(200us);
        }
    });
    for (int i = 0; i != count; ++i) {
        BOOST_TEST_REQUIRE(ring.read<int>() == i);
        if (i % 7000 == 0)
            std::this_thread::sleep_for(200us);
    }
    writing.get();
}

// What was committed behind an open claim is a message, and is not released.
BOOST_AUTO_TEST_CASE(what_lies_behind_an_open_claim_is_not_drained) {
    for (const bool for_two : {false, true}) {
        sm::circular_buffer ring(sm::create_only, unique_name("ring"), 4, 8,
                                 for_two ? single() : sm::options());
        auto open = ring.claim_write();
        auto later = ring.claim_write();
        later.commit(4);
        BOOST_TEST(!ring.wait_drained_for(0ms), "for two: " << for_two);
        open.abort();
        BOOST_TEST(!ring.wait_drained_for(0ms));
        BOOST_TEST(ring.discard());
        BOOST_TEST(ring.wait_drained_for(0ms));
    }
}

// A handle that never looks: a wake-up that is lost hangs, and the watchdog says where. What was
// given up behind a message is room when that message was read.
BOOST_AUTO_TEST_CASE(a_batch_that_is_given_up_makes_room) {
    for (const std::size_t kept : {0U, 1U}) {
        const std::string here = unique_name("ring");
        sm::circular_buffer ring(sm::create_only, here, 2, 8, single().death_check_interval(0ms));
        const segment_view view{here};
        sm::write_batch batch = ring.claim_write(2);
        auto writer = at_once([&] { ring.write(7); });
        BOOST_TEST(a_writer_sleeps(view));
        batch.commit(kept);
        if (kept != 0)
            BOOST_TEST(ring.discard());
        writer.get();
        BOOST_TEST(ring.read<int>() == 7);
    }
}

BOOST_AUTO_TEST_SUITE_END()
