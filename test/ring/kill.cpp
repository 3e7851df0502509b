// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Processes killed, or stopped, while they hold a node or sleep; the others go on by themselves.

#include "ring_support.hpp"

using namespace ring_support;
using test_support::child;
using test_support::unique_name;

namespace {

struct fixture {
    const std::string name = unique_name("ring");
    sm::circular_buffer ring{sm::create_only, name, 4U, 8U};
    segment_view view{name};

    child peer(const char* role) {
        child one(role, {name});
        BOOST_TEST(one.read_line() == "ready");
        return one;
    }
};

} // namespace

SHARED_MEMORY_TEST_ROLE(claims_for_writing) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    auto claim = ring.claim_write();
    std::memset(claim.data(), 0x66, claim.size());
    test_support::say("ready");
    test_support::hear();
    claim.commit(4);
    test_support::say("done");
    test_support::hear();
    return 0;
}

SHARED_MEMORY_TEST_ROLE(claims_for_reading) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    auto claim = ring.claim_read();
    test_support::say("ready");
    test_support::hear();
    claim.release();
    test_support::say("done");
    test_support::hear();
    return 0;
}

SHARED_MEMORY_TEST_ROLE(writes_inside_a_function) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    ring.write([](boost::span<std::byte>) -> std::size_t {
        test_support::say("ready");
        test_support::hear();
        return 4;
    });
    return 0;
}

SHARED_MEMORY_TEST_ROLE(blocked) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    test_support::say("ready");
    if (ring.full())
        ring.write(1);
    else
        ring.read<int>();
    return 0;
}

SHARED_MEMORY_TEST_ROLE(creates) {
    sm::circular_buffer ring(sm::create_only, args.at(0), 2, 8);
    ring.write(5);
    test_support::say("ready");
    test_support::hear();
    return 0;
}

BOOST_FIXTURE_TEST_SUITE(circular_buffer_kill, fixture)

BOOST_AUTO_TEST_CASE(a_writer_in_a_claim) {
    for (const auto* role : {"claims_for_writing", "writes_inside_a_function"}) {
        child victim = peer(role);
        ring.write(2); // behind it
        BOOST_TEST(!ring.try_read<int>());
        BOOST_TEST(ring.participants().size() == 2U);
        victim.kill();
        const auto dead = ring.participants();
        BOOST_TEST((dead.size() == 2U && !dead[1].alive), role << ": seen as dead");
        BOOST_TEST(ring.writers_alive() == 1U);
        BOOST_TEST(ring.read<int>() == 2, role << ": nothing of it is seen");
        BOOST_TEST(ring.participants().size() == 1U);
    }
    BOOST_TEST(!ring.try_read<int>());
    BOOST_TEST(ring.redelivered() == 0U);
}

BOOST_AUTO_TEST_CASE(a_reader_in_a_claim) {
    ring.write(1);
    ring.write(2);
    child victim = peer("claims_for_reading");
    ring.write(3);
    BOOST_TEST(ring.size() == 2U);
    victim.kill();
    ring.recover();
    auto claim = ring.claim_read();
    BOOST_TEST(claim.as<int>() == 1); // before newer ones
    BOOST_TEST(claim.delivery_count() == 2U);
    claim.release();
    auto next = ring.claim_read();
    BOOST_TEST(next.as<int>() == 2);
    BOOST_TEST(next.delivery_count() == 1U);
    next.release();
    BOOST_TEST(ring.read<int>() == 3);
    BOOST_TEST(ring.redelivered() == 1U);
}

// Readers that die of a message: it is marked each time, and given up in the end.
BOOST_AUTO_TEST_CASE(a_message_that_kills_its_readers) {
    sm::circular_buffer deadly(sm::create_only, unique_name("deadly"), 2, 8,
                               sm::options().max_deliveries(3));
    deadly.write(1);
    deadly.write(2);
    for (std::uint64_t i = 1; i <= 3; ++i) {
        child victim("claims_for_reading", {deadly.name()});
        victim.read_line();
        victim.kill();
        const auto report = deadly.recover();
        BOOST_TEST(report.participants_reaped() == 1U);
        BOOST_TEST(report.reads_redelivered() == (i < 3 ? 1U : 0U));
        BOOST_TEST(report.messages_given_up() == (i < 3 ? 0U : 1U));
    }
    BOOST_TEST(deadly.read<int>() == 2);
    BOOST_TEST(deadly.given_up() == 1U);
    BOOST_TEST(deadly.redelivered() == 2U);
}

BOOST_AUTO_TEST_CASE(recover_reports) {
    ring.write(1);
    child reader = peer("claims_for_reading");
    child writer = peer("claims_for_writing");
    child idle = peer("blocked");
    auto report = ring.recover();
    BOOST_TEST(report.participants_reaped() == 0U); // all alive
    idle.kill();                                    // first, or it would repair the others
    reader.kill();
    writer.kill();
    report = ring.recover();
    BOOST_TEST(report.participants_reaped() == 3U);
    BOOST_TEST(report.writes_discarded() == 1U);
    BOOST_TEST(report.reads_redelivered() == 1U);
    BOOST_TEST(report.messages_given_up() == 0U);
    report = ring.recover();
    BOOST_TEST(report.participants_reaped() == 0U);
    BOOST_TEST(report.writes_discarded() == 0U);
    BOOST_TEST(report.reads_redelivered() == 0U);
    BOOST_TEST(ring.participants().size() == 1U);
    BOOST_TEST(ring.read<int>() == 1);
}

// Nobody calls recover(): the participant that waits finds out.
BOOST_AUTO_TEST_CASE(waiting_survivors_go_on) {
    { // a reader behind a dead writer
        child victim = peer("claims_for_writing");
        ring.write(7);
        auto reader = at_once([&] { return ring.read<int>(); });
        BOOST_TEST(a_reader_sleeps(view));
        victim.kill();
        BOOST_TEST(reader.get() == 7);
    }
    { // a reader on a ring that is empty but for what a dead reader holds
        ring.write(8);
        child victim = peer("claims_for_reading");
        auto reader = at_once([&] { return ring.read<int>(); });
        BOOST_TEST(a_reader_sleeps(view));
        victim.kill();
        BOOST_TEST(reader.get() == 8);
    }
    { // a writer on a ring that is full of what a dead writer holds
        child victim = peer("claims_for_writing");
        while (ring.try_write(9)) {
        }
        auto writer = at_once([&] { ring.write(10); });
        BOOST_TEST(a_writer_sleeps(view));
        victim.kill();
        writer.get(); // its node was the oldest: now a skip
        for (const int expected : {9, 9, 9, 10})
            BOOST_TEST(ring.read<int>() == expected);
    }
    { // a wait until the ring is drained, while another handle reads
        ring.write(11);
        child victim = peer("claims_for_reading");
        auto drained = at_once([&] { return ring.wait_drained_for(1h); });
        BOOST_TEST(a_writer_sleeps(view));
        victim.kill();
        BOOST_TEST(ring.read<int>() == 11);
        BOOST_TEST(drained.get());
    }
    { // a wait for any of several
        ring.write(12);
        child victim = peer("claims_for_reading");
        sm::circular_buffer quiet(sm::create_only, unique_name("quiet"), 2, 8);
        auto any = at_once([&] { return sm::wait_any({&quiet, &ring}, 1h); });
        BOOST_TEST(a_reader_sleeps(view));
        victim.kill();
        BOOST_TEST(any.get() == &ring);
        BOOST_TEST((ring.try_read<int>() == 12));
    }
}

BOOST_AUTO_TEST_CASE(sleepers_leave_nothing_behind, *test_support::needs_robust_waiting()) {
    {
        child reader = peer("blocked");
        BOOST_TEST(a_reader_sleeps(view));
        BOOST_TEST(is_asleep(reader.pid()));
        reader.kill();
        ring.write(1);
        BOOST_TEST(ring.read<int>() == 1);
    }
    while (ring.try_write(2)) {
    }
    child writer = peer("blocked");
    BOOST_TEST(a_writer_sleeps(view));
    BOOST_TEST(is_asleep(writer.pid()));
    writer.kill();
    for (int i = 0; i != 4; ++i)
        BOOST_TEST(ring.read<int>() == 2);
    BOOST_TEST(!ring.try_read<int>());
    for (int i = 0; i != 20; ++i) {
        ring.write(i);
        BOOST_TEST(ring.read<int>() == i);
    }
    ring.recover();
    BOOST_TEST(ring.participants().size() == 1U);
}

// Stopped is not dead, however long: several looks go by.
BOOST_AUTO_TEST_CASE(a_stopped_process_keeps_what_it_holds) {
    child writer = peer("claims_for_writing");
    ring.write(2);
    writer.stop();
    BOOST_TEST(!ring.try_read_for<int>(300ms));
    BOOST_TEST(ring.recover().participants_reaped() == 0U);
    writer.cont();
    writer.send_line("go on");
    BOOST_TEST(writer.read_line() == "done");
    BOOST_TEST(ring.read<int>() == 0x66666666); // its message, in its place
    BOOST_TEST(ring.read<int>() == 2);

    ring.write(3);
    child reader = peer("claims_for_reading");
    reader.stop();
    BOOST_TEST(!ring.try_read_for<int>(300ms));
    BOOST_TEST(ring.recover().participants_reaped() == 0U);
    BOOST_TEST(ring.redelivered() == 0U);
    reader.cont();
    reader.send_line("go on");
    BOOST_TEST(reader.read_line() == "done");
    BOOST_TEST(ring.wait_drained_for(1h));
    BOOST_TEST(!ring.try_read<int>());
}

BOOST_AUTO_TEST_CASE(the_owner) {
    const auto orphan = unique_name("orphan");
    {
        child owner("creates", {orphan});
        owner.read_line();
        sm::circular_buffer heir(sm::open_only, orphan);
        BOOST_TEST(heir.owner_alive());
        owner.kill();
        BOOST_TEST(!heir.owner_alive());
        BOOST_TEST(!heir.is_shutting_down());
        BOOST_TEST(heir.read<int>() == 5);
        heir.write(6);
        BOOST_TEST(heir.read<int>() == 6);
    }
    TEST_THROWS(not_found, sm::circular_buffer(sm::open_only, orphan)); // the last one to leave
    child owner("creates", {orphan});
    owner.read_line();
    test_support::keep_object(orphan); // where it would go with the last one
    owner.kill();
    sm::circular_buffer successor(sm::open_or_create, orphan, 2, 8); // takes it over
    BOOST_TEST(successor.is_owner());
    BOOST_TEST(successor.read<int>() == 5);
}

BOOST_AUTO_TEST_SUITE_END()
