// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// One participant stands between two of its steps while others go on: the steps that would go wrong
// if a word did not say all that it says.

#include "ring_memory.hpp"
#include "ring_support.hpp"

using namespace ring_support;
using smd::node_claim;
using smd::node_phase;
using smd::ring_result;
using memory = ring_memory<stopping_system>;

namespace {

// Sends and takes messages through the whole ring, so that every index is as it was.
void go_round(memory& m, int laps) {
    const std::uint64_t messages =
        static_cast<std::uint64_t>(laps) * std::uint64_t{m.geometry.node_count};
    for (std::uint64_t i = 0; i != messages; ++i) {
        BOOST_TEST(m.write(1000 + i, 5) == ring_result::claimed);
        BOOST_TEST((m.read(6) == 1000 + i));
    }
}

} // namespace

// The original's ABA fault: an index that went all the way round.
BOOST_AUTO_TEST_CASE(a_writer_stalled_for_laps_claims_no_old_position) {
    for (const std::uint32_t nodes : {2U, 3U, 4U})
        for (const int laps : {1, 2, 3}) {
            memory m(nodes);
            // Free at index 0 before and after: only the lap tells.
            bool claimed_meanwhile = false;
            node_claim other;
            before_cas = [&] {
                go_round(m, laps);
                claimed_meanwhile = m.claim_write(5, other) == ring_result::claimed;
            };
            node_claim mine;
            BOOST_TEST(m.claim_write(1, mine) == ring_result::claimed);
            BOOST_TEST(claimed_meanwhile);
            BOOST_TEST(mine.index != other.index, nodes << " nodes, " << laps << " laps");
            m.commit(mine, 2);
            node_claim none;
            BOOST_TEST(m.claim_read(2, none) == ring_result::not_yet);
            m.commit(other, 1);
            BOOST_TEST((m.read() == 1U));
            BOOST_TEST((m.read() == 2U));
        }
}

// The same without another claim in the way: the node is free, but in another lap.
BOOST_AUTO_TEST_CASE(a_writer_stalled_for_a_lap_claims_the_right_lap) {
    memory m(2);
    before_cas = [&] { go_round(m, 1); };
    node_claim mine;
    BOOST_TEST(m.claim_write(1, mine) == ring_result::claimed);
    BOOST_TEST(m.word(mine.index).lap() == 1U);
    m.commit(mine, 1);
    BOOST_TEST((m.read() == 1U));
    BOOST_TEST((m.read() == std::nullopt));
}

BOOST_AUTO_TEST_CASE(a_reader_stalled_for_laps_takes_no_other_message) {
    for (const std::uint32_t nodes : {2U, 3U, 4U})
        for (const int laps : {1, 2}) {
            memory m(nodes);
            m.write(1);
            before_cas = [&] {
                BOOST_TEST((m.read(6) == 1U));
                go_round(m, laps);
                // ready at index 0 again, with one before it still unread
                while (m.ring.find_tail().index != 0) {
                    m.write(50, 5);
                    m.read(6);
                }
                m.write(60, 5);
                m.write(61, 5);
            };
            node_claim claim;
            BOOST_TEST(m.claim_read(2, claim) == ring_result::claimed);
            BOOST_TEST(memory::value_of(claim) == 60U);
            m.ring.release(claim);
            BOOST_TEST((m.read() == 61U));
            BOOST_TEST((m.read() == std::nullopt));
        }
}

// The size was read before the claim: a message of another size may lie there by then.
BOOST_AUTO_TEST_CASE(a_reader_stalled_for_a_lap_takes_no_other_size) {
    memory m(2, 16);
    m.write(1);
    before_cas = [&] {
        BOOST_TEST((m.read(6) == 1U));
        m.write(2, 5);
        BOOST_TEST((m.read(6) == 2U));
        node_claim claim;
        BOOST_TEST(m.claim_write(5, claim) == ring_result::claimed);
        m.ring.commit(claim, 16);
    };
    node_claim claim;
    BOOST_TEST(m.claim_read(2, claim) == ring_result::refused);
    BOOST_TEST(claim.size == 16U);

    // and the other way round: refused by a size that has gone
    const auto eight = [](std::size_t size) { return size == 8; };
    before_add = [&] {
        BOOST_TEST(m.ring.claim_read(m.reader(6), claim, [](std::size_t) { return true; }) ==
                   ring_result::claimed);
        m.ring.release(claim);
        m.write(3, 5);
    };
    BOOST_TEST(m.ring.claim_read(m.reader(2), claim, eight) == ring_result::claimed);
    BOOST_TEST(memory::value_of(claim) == 3U);
}

// A participant that stalls before it moves head over a position that nobody wrote moves it over no
// other one [R8].
BOOST_AUTO_TEST_CASE(a_stalled_passer_passes_no_later_position) {
    memory m(2);
    node_claim claim;
    m.claim_write(1, claim);
    node_claim later;
    before_cas = [&] {     // the node is about to be given up
        before_cas = [&] { // it was, and head is about to be moved over it
            BOOST_TEST((m.read(6) == std::nullopt));
            go_round(m, 1);
            while (m.ring.find_tail().index != 0)
                m.write(50, 5), m.read(6);
            BOOST_TEST(m.claim_write(5, later) == ring_result::claimed); // writing at index 0
        };
    };
    m.ring.abort(claim);
    node_claim none;
    BOOST_TEST(m.claim_read(2, none) == ring_result::not_yet);
    BOOST_TEST(m.word(0).phase() == node_phase::writing);
    m.commit(later, 9);
    BOOST_TEST((m.read() == 9U));
}

// Eight steps that rob a living reader if the word does not tell deliveries: a repairer stalls;
// another one repairs; the slot's next owner takes the same message.
BOOST_AUTO_TEST_CASE(a_late_repairer_does_not_rob_the_slots_next_reader) {
    memory m(2);
    m.write(7);
    node_claim dead;
    m.claim_read(3, dead);
    node_claim living;
    before_cas = [&] {
        BOOST_TEST(m.repair(3).reads_redelivered == 1U);
        BOOST_TEST(m.claim_read(3, living) == ring_result::claimed);
    };
    smd::ring_repair done = m.repair(3); // the kernel had said dead, of the one before
    BOOST_TEST(done.reads_redelivered == 0U);
    BOOST_TEST(m.word(living.index).value == living.word);
    BOOST_TEST((m.read() == std::nullopt)); // nobody else gets it
    m.ring.release(living);
}

BOOST_AUTO_TEST_CASE(a_late_repairer_does_not_rob_the_slots_next_writer) {
    for (const std::uint32_t nodes : {2U, 3U}) {
        memory m(nodes);
        node_claim dead;
        m.claim_write(3, dead);
        node_claim living;
        before_cas = [&] {
            BOOST_TEST(m.repair(3).writes_discarded == 1U);
            while (m.ring.find_tail().index != 0) {
                m.write(50, 5);
                m.read(6);
            }
            BOOST_TEST(m.claim_write(3, living) == ring_result::claimed);
            BOOST_TEST(living.index == dead.index);
        };
        BOOST_TEST(m.repair(3).writes_discarded == 0U);
        m.commit(living, 8);
        BOOST_TEST((m.read() == 8U), nodes << " nodes");
    }
}

// The kernel is asked after the word was loaded [R4]: a new owner's claim is seen only with it
// alive.
BOOST_AUTO_TEST_CASE(alive_is_asked_for_every_word_that_is_changed) {
    memory m(3);
    node_claim claim;
    m.claim_write(3, claim);
    m.claim_write(3, claim);
    int asked = 0;
    smd::ring_repair done;
    smd::slot_set dead(3);
    m.ring.repair(
        dead, [&](std::uint32_t) { return ++asked == 2; }, done);
    BOOST_TEST(dead.empty());
    BOOST_TEST(asked == 2);
    BOOST_TEST(m.word(0).lap() == 1U);
    BOOST_TEST(m.word(1).phase() == node_phase::writing);
}

// [R9]: the stream ends, and a reader sees its end, before the writer's claim.
BOOST_AUTO_TEST_CASE(a_writer_that_claims_after_the_end_gives_up) {
    for (const std::uint32_t end : {smd::state_stream_ended, smd::state_shutting_down}) {
        const auto ended =
            end == smd::state_stream_ended ? ring_result::ended : ring_result::shut_down;
        memory m(2);
        before_cas = [&] {
            m.state.store(end);
            node_claim none;
            BOOST_TEST(m.claim_read(2, none) == ended);
        };
        node_claim claim;
        BOOST_TEST(m.claim_write(1, claim) == ended);
        BOOST_TEST(m.word(0).phase() == node_phase::free);
        BOOST_TEST(m.claim_read(2, claim) == ended);
    }
}

// [R10]: a message and the end come between the reader's look at the ring and its look at the
// state.
BOOST_AUTO_TEST_CASE(a_reader_misses_no_message_before_the_end) {
    memory m(2);
    before_load_32 = [&] { // the first 32-bit word that it loads is the state
        m.write(4, 5);
        m.state.store(smd::state_stream_ended);
    };
    node_claim claim;
    BOOST_TEST(m.claim_read(2, claim) == ring_result::claimed);
    BOOST_TEST(memory::value_of(claim) == 4U);
    m.ring.release(claim);
    BOOST_TEST(m.claim_read(2, claim) == ring_result::ended);
}

// Given back while another reader scans: the scan's epoch is the one from before it.
BOOST_AUTO_TEST_CASE(given_back_during_a_scan_is_found) {
    memory m(3);
    m.write(1);
    m.write(2);
    node_claim first;
    node_claim second;
    m.claim_read(6, first);
    m.claim_read(6, second);
    m.ring.give_back(second); // there is something to scan for
    before_cas = [&] {        // the scan is past index 0, at the second's CAS
        m.ring.give_back(first);
    };
    BOOST_TEST((m.read() == 2U));
    BOOST_TEST((m.read() == 1U));
    BOOST_TEST((m.read() == std::nullopt));
}

// The scanner loses the only message that it found, and that message is given back behind the scan.
// Then "empty" was true for a moment; but the next look must find it.
BOOST_AUTO_TEST_CASE(given_back_behind_a_scan_is_found_by_the_next) {
    memory m(2);
    m.write(1);
    node_claim claim;
    m.claim_read(6, claim);
    m.ring.give_back(claim);
    before_cas = [&] {
        BOOST_TEST(m.claim_read(6, claim) == ring_result::claimed);
        m.ring.give_back(claim);
    };
    auto value = m.read();
    if (!value)
        value = m.read();
    BOOST_TEST((value == 1U));
    BOOST_TEST((m.read() == std::nullopt));
}
