// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// FAULTS A3: a search said `corrupted` of a ring that nobody had damaged, since it counted steps that
// made progress against its budget: messages that a living reader gives up, each of which made the others
// look through the whole ring; and positions that writers gave up, which a reader passed one by one.
//
// In the new form a message that a living reader gives up raises no epoch, a writer that gives up moves
// head itself, and the budget counts steps without progress. Here others are always quicker than the
// participant that searches, more often than the old budget of 2^20 + 4 * nodes steps allowed: the ring's
// first form says `corrupted` in each of these cases.

#include "ring_memory.hpp"
#include "ring_support.hpp"

#include <functional>

using namespace ring_support;
using smd::node_claim;
using smd::node_run;
using smd::ring_result;
using memory = ring_memory<stopping_system>;

namespace {

constexpr std::uint64_t old_budget = std::uint64_t{1} << 20U;

// Before each of this thread's next `times` exchanges, with none in between.
void before_each_cas(std::uint64_t times, const std::function<void()>& what) {
    before_cas = [times, &what] {
        what();
        if (times != 1)
            before_each_cas(times - 1, what);
    };
}

} // namespace

// The program `budget`: messages come and are given up at once, a reader never gets one.
BOOST_AUTO_TEST_CASE(messages_that_others_give_up) {
    constexpr std::uint32_t nodes = 1024;
    // Each give-up made the old reader look at all nodes.
    constexpr std::uint64_t times = 2 * (old_budget + 4 * nodes) / nodes;
    memory m(nodes, 8, 1);
    smd::redelivery_scan<stopping_system> scan_of_other;
    m.write(0);
    std::uint64_t seen = 0;
    const auto another_is_quicker = [&](std::size_t) {
        if (++seen > times)
            return true;
        node_claim claim;
        const memory::claimant other{5, m.participants[5].reads, &scan_of_other, false};
        BOOST_REQUIRE(m.ring.claim_read(other, claim, [](std::size_t) { return true; }) ==
                      ring_result::claimed);
        m.ring.give_back(claim);
        BOOST_REQUIRE(m.write(seen, 6) == ring_result::claimed);
        return true;
    };
    node_claim claim;
    BOOST_REQUIRE(m.ring.claim_read(m.reader(2), claim, another_is_quicker) ==
                  ring_result::claimed);
    BOOST_TEST(memory::value_of(claim) == times);
    BOOST_TEST(m.block.given_up.load() == times);
    BOOST_TEST(m.block.redelivery_epoch.load() == 0U, "a living reader's give-up raised the epoch");
}

// The same without an epoch: the reader loses each time, more often than its budget has steps.
BOOST_AUTO_TEST_CASE(a_reader_that_always_loses) {
    memory m(2);
    m.write(0);
    std::uint64_t seen = 0;
    const auto another_is_quicker = [&](std::size_t) {
        if (++seen <= 2 * old_budget) {
            m.read(5);
            m.write(seen, 6);
        }
        return true;
    };
    node_claim claim;
    BOOST_REQUIRE(m.ring.claim_read(m.reader(2), claim, another_is_quicker) ==
                  ring_result::claimed);
    BOOST_TEST(memory::value_of(claim) == 2 * old_budget);
}

BOOST_AUTO_TEST_CASE(a_writer_that_always_loses) {
    memory m(2);
    std::uint64_t others = 0;
    const std::function<void()> another_is_quicker = [&] {
        m.write(++others, 5);
        m.read(6);
    };
    before_each_cas(2 * old_budget, another_is_quicker);
    BOOST_TEST(m.write(7) == ring_result::claimed);
    before_cas = [] {};
    BOOST_TEST(others == 2 * old_budget);
    BOOST_TEST((m.read() == 7U));
}

// The program `skips`: writers claim batches and give them up. A reader finds nothing, at once, however
// many there were, and however many come while it looks.
BOOST_AUTO_TEST_CASE(positions_that_writers_give_up) {
    memory m(16);
    const auto gives_up = [&](std::uint32_t slot) {
        node_run run;
        BOOST_REQUIRE(m.claim_write_run(m.writer(slot), run, 8));
        m.ring.end_write(run, 0);
    };
    for (std::uint64_t i = 0; i != old_budget / 8; ++i)
        gives_up(5);
    node_claim claim;
    std::uint64_t passed = 0;
    const std::function<void()> more = [&] {
        ++passed;
        gives_up(6);
    };
    before_each_cas(2 * old_budget, more);
    BOOST_TEST(m.claim_read(2, claim) == ring_result::empty);
    before_cas = [] {};
    BOOST_TEST(passed <= 2U, "a reader passes what the writers had passed: " << passed);

    // and so if a writer died before it had moved head over what it gave up
    BOOST_REQUIRE(m.claim_write(5, claim) == ring_result::claimed);
    BOOST_TEST(m.repair(5).writes_discarded == 1U);
    BOOST_TEST(m.write(1) == ring_result::claimed);
    BOOST_TEST((m.read() == 1U));
}

// Words that lie far ahead of head, as no death leaves them, are as good as an endless row of such
// positions: a search gives up long before it has passed them all.
BOOST_AUTO_TEST_CASE(words_far_ahead_of_head) {
    memory m(2);
    const std::uint64_t far = std::uint64_t{1} << 30U;
    for (const std::uint64_t i : {0, 1})
        m.lines[i].control.store(smd::control_word::of(far, smd::node_phase::free));
    node_claim claim;
    BOOST_TEST(m.claim_read(2, claim) == ring_result::corrupted);
    BOOST_TEST(m.block.head.load() != 0U, "nothing was passed over at all");
}
