// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// How the others get over a death: what recover() reports, and how long waiting participants stand
// still if nobody calls it.

#include "ring_support.hpp"

#include <shared_memory/buffer_read_write.hpp>

#include <iostream>
#include <thread>
#include <vector>

using namespace ring_support;
using test_support::child;
using test_support::unique_name;

namespace {

struct segments {
    std::string ring_name = unique_name("ring");
    std::string buffer_name = unique_name("buffer");
    sm::circular_buffer ring{sm::create_only, ring_name, 16, 8};
    sm::buffer_read_write buffer{sm::create_only, buffer_name, 64};
    segment_view view{ring_name};

    child holder(const std::string& what) const {
        child one("holds", {ring_name, buffer_name, what});
        BOOST_TEST(one.read_line() == "holds");
        return one;
    }
};

} // namespace

// Of the words: how many nodes it claims, and which lock it takes.
SHARED_MEMORY_TEST_ROLE(holds) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    sm::buffer_read_write buffer(sm::open_only, args.at(1));
    std::vector<sm::write_claim> writing;
    std::vector<sm::read_claim> reading;
    for (const char c : args.at(2)) {
        if (c == 'w')
            writing.push_back(ring.claim_write());
        else if (c == 'r')
            reading.push_back(ring.claim_read());
        else if (c == 's')
            buffer.lock_shared();
        else if (c == 'x')
            buffer.lock();
    }
    test_support::say("holds");
    test_support::hear();
    return 0;
}

BOOST_FIXTURE_TEST_SUITE(the_others, segments)

BOOST_AUTO_TEST_CASE(recover_counts_all_of_it) {
    for (int i = 0; i != 5; ++i)
        ring.write(i);
    child first = holder("wwwrrs");
    child second = holder("wrsss");
    child third = holder("");
    child alive = holder("wr");
    for (child* one : {&first, &second, &third})
        one->kill();
    sm::recovery_report report = ring.recover();
    BOOST_TEST(report.participants_reaped() == 3U);
    BOOST_TEST(report.writes_discarded() == 4U);
    BOOST_TEST(report.reads_redelivered() == 3U);
    BOOST_TEST(report.messages_given_up() == 0U);
    BOOST_TEST(report.locks_released() == 0U); // of this segment
    report = buffer.recover();
    BOOST_TEST(report.participants_reaped() == 3U);
    BOOST_TEST(report.writes_discarded() == 0U);
    BOOST_TEST(report.reads_redelivered() == 0U);
    BOOST_TEST(report.locks_released() == 2U); // one a participant, however often it held it
    child writer = holder("x");
    writer.kill();
    report = buffer.recover();
    BOOST_TEST(report.participants_reaped() == 1U);
    BOOST_TEST(report.locks_released() == 1U);
    BOOST_TEST(buffer.inconsistent());
    for (sm::segment_handle* one : std::initializer_list<sm::segment_handle*>{&ring, &buffer}) {
        one->recover(); // the writer was on the ring, too
        report = one->recover();
        BOOST_TEST(report.participants_reaped() == 0U);
        BOOST_TEST(report.writes_discarded() + report.reads_redelivered() == 0U);
        BOOST_TEST(report.locks_released() == 0U);
        BOOST_TEST(one->participants().size() == 2U);
    }
}

// Nobody calls recover(). What it took is printed; that it ends at all is asserted, by the
// watchdog.
BOOST_AUTO_TEST_CASE(waiters_repair_by_themselves) {
    auto sleeps = 100ms; // and has looked already; at another moment between two looks each time
    const auto measure = [&](const char* what, child victim, auto&& wait) {
        auto waiting = at_once(wait);
        sleeps = sleeps < 180ms ? sleeps + 23ms : 105ms;
        std::this_thread::sleep_for(sleeps);
        BOOST_TEST(!is_done(waiting), what << ": nobody was dead");
        const auto death = std::chrono::steady_clock::now();
        victim.kill();
        BOOST_TEST(waiting.get(), what);
        const auto stall = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - death);
        std::cout << "stall: " << what << ": " << stall.count() << " ms" << std::endl;
    };
    for (int round = 0; round != 3; ++round) {
        {
            child writer = holder("w");
            ring.write(7);
            measure("a reader behind a dead writer", std::move(writer),
                    [&] { return ring.read<int>() == 7; });
        }
        ring.write(8);
        measure("a reader, and a dead reader has the only message", holder("r"),
                [&] { return ring.read<int>() == 8; });
        while (ring.try_write(9)) {
        }
        measure(
            "wait_drained, and a dead reader has the last message",
            [&] {
                for (int i = 1; i != 16; ++i)
                    ring.discard();
                return holder("r");
            }(),
            [&] {
                auto drained = at_once([&] { return ring.wait_drained_for(1h); });
                const bool read = ring.read<int>() == 9;
                return read && drained.get();
            });
        measure("a writer, and a dead writer has all nodes", holder("wwwwwwwwwwwwwwww"), [&] {
            ring.write(10);
            return ring.read<int>() == 10;
        });
        measure("lock, and a dead one has it", holder("x"), [&] {
            buffer.lock();
            buffer.mark_consistent();
            buffer.unlock();
            return true;
        });
        measure("lock, and a dead one shares it", holder("ss"), [&] {
            buffer.lock();
            buffer.unlock();
            return true;
        });
        measure("lock_shared, and a dead one has it", holder("x"), [&] {
            buffer.lock_shared();
            buffer.unlock_shared();
            buffer.mark_consistent();
            return true;
        });
    }
}

BOOST_AUTO_TEST_SUITE_END()
