// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The ring's algorithm alone, in one thread: which claims succeed when, hints, wrapping counters,
// repair, and words that a peer scribbled on.

#include "ring_memory.hpp"
#include "ring_support.hpp"

#include <random>
#include <stdexcept>

using namespace ring_support;
using smd::node_claim;
using smd::node_phase;
using smd::ring_result;
using memory = ring_memory<smd::ipc_system>;

BOOST_AUTO_TEST_CASE(all_nodes_are_usable_first_in_first_out) {
    for (const std::uint32_t nodes : {2U, 3U, 4U, 5U, 7U, 64U, 65U}) {
        memory m(nodes);
        std::uint64_t written = 0;
        std::uint64_t read = 0;
        for (int lap = 0; lap != 5; ++lap) {
            for (std::uint32_t i = 0; i != nodes; ++i)
                BOOST_TEST(m.write(written++) == ring_result::claimed, nodes << " nodes");
            BOOST_TEST(m.write(0) == ring_result::full, nodes << " nodes, all of them written");
            BOOST_TEST(m.ring.full());
            BOOST_TEST(m.ring.readable_count(m.ring.find_head()) == nodes);
            for (std::uint32_t i = 0; i != nodes; ++i)
                BOOST_TEST((m.read() == read++), nodes << " nodes");
            node_claim claim;
            BOOST_TEST(m.claim_read(2, claim) == ring_result::empty);
            BOOST_TEST(m.write(written++) == ring_result::claimed); // out of step with the laps
            BOOST_TEST((m.read() == read++));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_blocks_is_told) {
    memory m(2);
    node_claim first;
    node_claim second;
    node_claim none;
    BOOST_TEST(m.claim_read(2, none) == ring_result::empty);
    BOOST_TEST(m.claim_write(1, first) == ring_result::claimed);
    BOOST_TEST(m.claim_read(2, none) == ring_result::not_yet);
    BOOST_TEST(m.claim_write(1, second) == ring_result::claimed);
    BOOST_TEST(m.claim_write(1, none) == ring_result::full);
    m.commit(second, 22);
    BOOST_TEST(m.claim_read(2, none) == ring_result::not_yet); // in the order of the claims
    m.commit(first, 11);
    BOOST_TEST((m.read() == 11U));
    BOOST_TEST((m.read() == 22U));
}

BOOST_AUTO_TEST_CASE(a_ring_full_of_skips_is_neither_full_nor_stuck) {
    for (const std::uint32_t nodes : {2U, 3U}) {
        memory m(nodes);
        for (std::uint64_t i = 0; i != 10 * nodes; ++i) { // no reader at all
            node_claim claim;
            BOOST_TEST(m.claim_write(1, claim) == ring_result::claimed, "abort " << i);
            m.ring.abort(claim);
        }
        BOOST_TEST(m.write(7) == ring_result::claimed);
        BOOST_TEST((m.read() == 7U)); // past the skips
        node_claim claim;
        BOOST_TEST(m.claim_read(2, claim) == ring_result::empty);
    }
}

// The lap's bits run out: nothing may happen.
BOOST_AUTO_TEST_CASE(laps_wrap) {
    for (const std::uint32_t nodes : {2U, 3U, 5U, 1024U}) {
        memory m(nodes);
        m.start_in_lap(m.lap_mask - 2);
        for (std::uint64_t i = 0; i != 6 * std::uint64_t{nodes}; ++i) {
            BOOST_TEST(m.write(i) == ring_result::claimed, nodes << " nodes, message " << i);
            if (i % 3 == 0) {
                node_claim claim;
                BOOST_TEST(m.claim_read(2, claim) == ring_result::claimed);
                m.ring.give_back(claim); // redelivered across the wrap
            }
            BOOST_TEST((m.read() == i), nodes << " nodes, message " << i);
        }
        BOOST_TEST(m.word(0).lap() == 3U);
        m.start_in_lap(m.lap_mask); // full just before, drained just after
        for (std::uint64_t i = 0; i != nodes; ++i)
            BOOST_TEST(m.write(i) == ring_result::claimed);
        BOOST_TEST(m.write(0) == ring_result::full);
        BOOST_TEST(m.ring.full());
        BOOST_TEST(m.ring.unreleased_before(m.ring.find_tail()) == nodes);
        for (std::uint64_t i = 0; i != nodes; ++i)
            BOOST_TEST((m.read() == i), nodes << " nodes, message " << i);
        BOOST_TEST((m.read() == std::nullopt));
        BOOST_TEST(m.word(0).lap() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(laps_of_the_largest_ring_have_44_bits_and_wrap) {
    memory m(smd::max_node_count);
    BOOST_TEST(m.lap_mask == (std::uint64_t{1} << 44U) - 1);
    m.start_in_lap(m.lap_mask);
    std::uint64_t wrong = 0;
    for (std::uint64_t i = 0; i != smd::max_node_count + 1000; ++i) {
        wrong += m.write(i) == ring_result::claimed ? 0U : 1U;
        wrong += m.read() == i ? 0U : 1U;
    }
    BOOST_TEST(wrong == 0U);
    BOOST_TEST(m.word(0).lap() == 1U);
    BOOST_TEST(m.word(2000).lap() == 0U);
}

BOOST_AUTO_TEST_CASE(redelivered_comes_before_newer_and_counts) {
    memory m(4);
    for (std::uint64_t i = 0; i != 4; ++i)
        m.write(i);
    node_claim a;
    node_claim b;
    node_claim c;
    m.claim_read(2, a);
    m.claim_read(2, b);
    BOOST_TEST(memory::value_of(b) == 1U);
    m.ring.give_back(b);
    BOOST_TEST(m.claim_read(3, c) == ring_result::claimed);
    BOOST_TEST(memory::value_of(c) == 1U);
    BOOST_TEST(c.deliveries_before() == 1U);
    m.ring.release(c);
    m.ring.give_back(a);
    BOOST_TEST((m.read() == 0U));
    BOOST_TEST((m.read() == 2U));
    BOOST_TEST((m.read() == 3U));
    BOOST_TEST(m.block.redelivered.load() == 2U);
}

// Messages that were given back come in their order, wherever in the ring they lie; also one that
// comes back behind a look that others have not finished.
BOOST_AUTO_TEST_CASE(redelivered_come_in_their_order) {
    for (std::uint64_t start = 0; start != 4; ++start) {
        memory m(4);
        for (std::uint64_t i = 0; i != start; ++i) {
            m.write(9);
            m.read();
        }
        for (std::uint64_t i = 0; i != 4; ++i)
            m.write(i);
        node_claim claim;
        for (std::uint64_t i = 0; i != 3; ++i)
            m.claim_read(9, claim);
        m.repair(9);
        m.claim_read(2, claim);
        BOOST_TEST(memory::value_of(claim) == 0U);
        BOOST_TEST((m.read() == 1U), "from " << start);
        m.ring.give_back(claim);
        BOOST_TEST((m.read() == 0U), "from " << start);
        BOOST_TEST((m.read() == 2U), "from " << start);
        BOOST_TEST((m.read() == 3U), "from " << start);
        BOOST_TEST((m.read() == std::nullopt));
    }
}

// Adjacent messages that were delivered as often come in one run.
BOOST_AUTO_TEST_CASE(redelivered_messages_come_in_runs) {
    memory m(8);
    const auto any = [](std::uint32_t) { return true; };
    for (std::uint64_t i = 0; i != 8; ++i)
        m.write(i);
    node_claim claim;
    for (std::uint64_t i = 0; i != 6; ++i)
        m.claim_read(9, claim);
    m.ring.release(claim); // 5
    m.repair(9);
    for (int i = 0; i != 2; ++i) { // 0, and once more
        m.claim_read(9, claim);
        m.ring.give_back(claim);
    }
    smd::node_run run;
    BOOST_TEST(m.ring.search_for_read(m.reader(2), run, 8, any) == ring_result::claimed);
    BOOST_TEST(run.count == 1U); // 0 was delivered more often than 1
    BOOST_TEST(run.first.deliveries_before() == 3U);
    BOOST_TEST(m.ring.end_read(run, 1));
    BOOST_TEST(m.ring.search_for_read(m.reader(2), run, 3, any) == ring_result::claimed);
    BOOST_TEST(run.count == 3U);
    BOOST_TEST(run.first.index == 1U);
    BOOST_TEST(run.first.deliveries_before() == 1U);
    BOOST_TEST(m.ring.end_read(run, 2)); // 3 is given back
    BOOST_TEST(m.ring.search_for_read(m.reader(2), run, 8, any) == ring_result::claimed);
    BOOST_TEST(run.count == 1U);
    BOOST_TEST(run.first.index == 3U);
    BOOST_TEST(m.ring.end_read(run, 1));
    BOOST_TEST((m.read() == 4U));
    BOOST_TEST((m.read() == 6U));
    BOOST_TEST((m.read() == 7U));
    BOOST_TEST((m.read() == std::nullopt));
}

// All of a ring in one run, from each of its nodes on, over the end of the laps.
BOOST_AUTO_TEST_CASE(runs_go_round_the_end_of_the_ring_and_of_the_laps) {
    const auto any = [](std::size_t) { return true; };
    for (const std::uint32_t nodes : {2U, 3U, 4U, 5U, (1U << 18U) + 1, smd::max_node_count}) {
        memory m(nodes);
        m.start_in_lap(m.lap_mask);
        const std::uint64_t whole = std::min<std::uint64_t>(nodes, 5000);
        for (std::uint64_t start = 0; start != (nodes > 5 ? 2U : 5U); ++start) {
            smd::node_run written;
            BOOST_TEST(m.claim_write_run(m.writer(1, start % 2 == 0), written, nodes));
            BOOST_TEST(written.count == nodes);
            BOOST_TEST(m.write(0) == ring_result::full);
            for (std::uint64_t i = 0; i != nodes; ++i) {
                std::memcpy(m.ring.payload_of(written, i), &i, sizeof i);
                m.ring.set_size(m.ring.index_of(written, i), sizeof i);
            }
            BOOST_TEST(m.ring.end_write(written, nodes));

            smd::node_run read;
            memory::claimant reader = m.reader(2, start % 2 == 1);
            m.scan.seen = m.block.redelivery_epoch.load();
            BOOST_TEST(m.ring.claim_read_run_at_once(reader, read, nodes, any));
            BOOST_TEST(read.count == nodes);
            std::uint64_t wrong = 0;
            for (std::uint64_t i = 0; i != nodes; ++i) {
                std::uint64_t value = 0;
                std::memcpy(&value, m.ring.payload_of(read, i), sizeof value);
                wrong += value == i && m.ring.size_of(read, i) == sizeof i ? 0U : 1U;
            }
            BOOST_TEST(wrong == 0U);
            BOOST_TEST(m.read().has_value() == false);
            BOOST_TEST(m.ring.end_read(read, static_cast<std::uint32_t>(nodes - 1)));
            BOOST_TEST((m.read() == nodes - 1));                 // which was given back
            for (std::uint64_t i = 0; i != whole / 2 + 1; ++i) { // on to another node
                m.write(i);
                BOOST_TEST((m.read() == i));
            }
        }
    }
}

// More often than a message's five bits can count.
BOOST_AUTO_TEST_CASE(deliveries_wrap_without_losing_the_message) {
    memory m(2);
    m.write(7);
    for (std::uint32_t i = 0; i != 100; ++i) {
        node_claim claim;
        BOOST_TEST(m.claim_read(2, claim) == ring_result::claimed, "delivery " << i + 1);
        BOOST_TEST(memory::value_of(claim) == 7U);
        if (i <= 31)
            BOOST_TEST(claim.deliveries_before() == i);
        else
            BOOST_TEST(claim.deliveries_before() >= 1U, "delivery " << i + 1);
        m.ring.give_back(claim);
    }
    BOOST_TEST((m.read() == 7U));
}

BOOST_AUTO_TEST_CASE(max_deliveries_gives_up_and_frees_the_node) {
    for (const std::uint32_t most : {1U, 2U, 31U}) {
        memory m(2, 8, most);
        m.write(1);
        m.write(2);
        for (std::uint32_t i = 0; i != most; ++i) {
            node_claim claim;
            BOOST_TEST(m.claim_read(2, claim) == ring_result::claimed);
            BOOST_TEST(memory::value_of(claim) == 1U, "of at most " << most << ", " << i);
            m.ring.give_back(claim);
        }
        BOOST_TEST(m.block.given_up.load() == 1U);
        BOOST_TEST(m.block.redelivered.load() == most - 1);
        BOOST_TEST((m.read() == 2U));
        BOOST_TEST(m.write(3) == ring_result::claimed);
        BOOST_TEST((m.read() == 3U));
    }
}

BOOST_AUTO_TEST_CASE(refused_messages_stay) {
    memory m(2);
    m.write(5);
    node_claim claim;
    const auto nothing = [](std::size_t) { return false; };
    for (int i = 0; i != 3; ++i) {
        BOOST_TEST(m.ring.claim_read(m.reader(2), claim, nothing) == ring_result::refused);
        BOOST_TEST(claim.size == 8U);
    }
    BOOST_TEST(m.claim_read(2, claim) == ring_result::claimed);
    m.ring.give_back(claim);
    BOOST_TEST(m.ring.claim_read(m.reader(2), claim, nothing) == ring_result::refused);
    BOOST_TEST((m.read() == 5U));
}

BOOST_AUTO_TEST_CASE(repair_skips_writes_and_redelivers_reads) {
    memory m(4);
    m.write(1);
    m.write(2);
    node_claim read_by_dead;
    node_claim read_by_living;
    node_claim written_by_dead;
    m.claim_read(9, read_by_dead);
    m.claim_read(8, read_by_living);
    m.claim_write(9, written_by_dead);
    m.write(4, 8);
    const std::uint64_t look = m.block.redelivery_epoch.load();

    smd::ring_repair done;
    smd::slot_set dead(9);
    m.ring.repair(
        dead, [](std::uint32_t) { return true; }, done); // it lives: nothing happens
    BOOST_TEST(dead.empty());
    BOOST_TEST(done.reads_redelivered + done.writes_discarded == 0U);
    BOOST_TEST(m.word(0).phase() == node_phase::reading);
    BOOST_TEST(m.block.redelivery_epoch.load() == look + 1); // another repairer may have died

    done = m.repair(9);
    BOOST_TEST(done.reads_redelivered == 1U);
    BOOST_TEST(done.writes_discarded == 1U);
    BOOST_TEST(m.block.redelivery_epoch.load() == look + 2);
    BOOST_TEST(m.word(0).phase() == node_phase::ready);
    BOOST_TEST(m.word(1).phase() == node_phase::reading); // another slot's
    BOOST_TEST(m.word(2).phase() == node_phase::free);
    BOOST_TEST(m.word(2).lap() == 1U);

    done = m.repair(9); // again: nothing to do, but the epoch rises, always [R7]
    BOOST_TEST(done.reads_redelivered + done.writes_discarded == 0U);
    BOOST_TEST(m.block.redelivery_epoch.load() == look + 3);
    BOOST_TEST((m.read() == 1U));
    BOOST_TEST((m.read() == 4U));
}

// A repairer dies after its first CAS, before it raised the epoch: the next one makes up for it.
BOOST_AUTO_TEST_CASE(a_repairer_may_die_half_way) {
    memory m(3);
    for (std::uint64_t i = 0; i != 3; ++i)
        m.write(i);
    node_claim claim;
    for (int i = 0; i != 3; ++i)
        m.claim_read(9, claim);
    BOOST_TEST(m.claim_read(2, claim) == ring_result::empty); // seen is up to date

    int asked = 0;
    smd::ring_repair done;
    smd::slot_set dead(9);
    const auto dies_at_the_second = [&](std::uint32_t) -> bool {
        if (++asked == 2)
            throw std::runtime_error("killed");
        return false;
    };
    BOOST_CHECK_THROW(m.ring.repair(dead, dies_at_the_second, done), std::runtime_error);
    BOOST_TEST(m.word(0).phase() == node_phase::ready);
    BOOST_TEST(m.word(1).phase() == node_phase::reading);
    m.repair(9);
    for (std::uint64_t i = 0; i != 3; ++i)
        BOOST_TEST((m.read() == i));
}

// Many dead at once: one pass gives back what all of them held.
BOOST_AUTO_TEST_CASE(one_repair_serves_many_dead) {
    memory m(8);
    node_claim claim;
    for (std::uint64_t i = 0; i != 5; ++i)
        m.write(i);
    for (const std::uint32_t slot : {4U, 5U, 6U})
        m.claim_read(slot, claim);
    m.claim_write(4, claim);
    m.claim_write(7, claim); // lives
    smd::slot_set dead(4);
    dead.add(5);
    dead.add(6);
    smd::ring_repair done;
    m.ring.repair(
        dead, [](std::uint32_t slot) { return slot == 6 || slot == 7; }, done);
    BOOST_TEST(done.reads_redelivered == 2U);
    BOOST_TEST(done.writes_discarded == 1U);
    BOOST_TEST(dead.contains(4));
    BOOST_TEST(dead.contains(5));
    BOOST_TEST(!dead.contains(6)); // a successor is there
    BOOST_TEST(m.word(2).phase() == node_phase::reading);
    BOOST_TEST(m.word(6).phase() == node_phase::writing);
}

// A brief claim says only in its entry whose the node is.
BOOST_AUTO_TEST_CASE(brief_claims_of_a_dead_participant_are_settled) {
    memory m(4);
    node_claim claim;
    m.write(1);
    BOOST_TEST(
        m.ring.claim_read_at_once(m.reader(9, true), claim, [](std::uint32_t) { return true; }));
    BOOST_TEST(m.word(0).phase() == node_phase::ready);
    BOOST_TEST(m.claim_write_brief(9, claim));
    BOOST_TEST(m.word(1).phase() == node_phase::free);
    m.write(3);
    BOOST_TEST((m.read() == std::nullopt)); // in the order of the claims
    const auto done = m.repair(9);
    BOOST_TEST(done.reads_redelivered == 1U);
    BOOST_TEST(done.writes_discarded == 1U);
    BOOST_TEST((m.read() == 1U));
    BOOST_TEST((m.read() == 3U));
    BOOST_TEST((m.read() == std::nullopt));
    m.repair(9); // again: what it says still was settled
    BOOST_TEST((m.read() == std::nullopt));
    BOOST_TEST(m.write(4) == ring_result::claimed);
    BOOST_TEST((m.read() == 4U));
}

// The same for runs: every position that the entry covers.
BOOST_AUTO_TEST_CASE(brief_runs_of_a_dead_participant_are_settled) {
    for (const std::uint32_t nodes : {4U, 5U}) {
        memory m(nodes);
        m.start_in_lap(m.lap_mask);
        smd::node_run run;
        for (std::uint64_t i = 0; i != 2; ++i) {
            m.write(i);
            m.read();
        }
        BOOST_TEST(m.claim_write_run(m.writer(9, true), run, nodes));
        BOOST_TEST(run.count == nodes);
        m.ring.set_size(m.ring.index_of(run, 0), 8);
        m.ring.publish(run.first); // and then it dies
        BOOST_TEST(m.repair(9).writes_discarded == nodes - 1);
        BOOST_TEST(m.read().has_value());
        BOOST_TEST((m.read() == std::nullopt));
        for (std::uint64_t i = 0; i != nodes; ++i)
            BOOST_TEST(m.write(i) == ring_result::claimed);
        BOOST_TEST(m.ring.claim_read_run_at_once(m.reader(9, true), run, 3,
                                                 [](std::uint32_t) { return true; }));
        m.ring.release(run.first);
        BOOST_TEST(m.repair(9).reads_redelivered == 2U);
        for (std::uint64_t i = 1; i != nodes; ++i)
            BOOST_TEST((m.read() == i), nodes << " nodes");
    }
}

// A living participant may have the position, or be about to see that it has not: the dead
// participant's slot stays to be repaired [R15].
BOOST_AUTO_TEST_CASE(a_position_that_a_living_participant_says_is_not_settled) {
    memory m(4);
    node_claim claim;
    BOOST_TEST(m.claim_write_brief(9, claim));
    const std::uint64_t said = m.participants[9].writes[0].position.load();
    m.participants[3].writes[1].position.store(said); // stopped before its exchange
    smd::slot_set dead(9);
    smd::ring_repair done;
    const auto alive = [](std::uint32_t slot) { return slot != 9; };
    m.ring.repair(dead, alive, done);
    BOOST_TEST(dead.empty());
    BOOST_TEST(done.writes_discarded == 0U);
    // a run that covers it does the same
    m.participants[3].writes[1].position.store(said - 0);
    m.participants[3].writes[1].end.store(said + 2);
    dead.add(9);
    m.ring.repair(dead, alive, done);
    BOOST_TEST(dead.empty());
    m.participants[3].writes[1].end.store(smd::no_position);
    m.participants[3].writes[1].position.store(smd::no_position);
    dead.add(9);
    m.ring.repair(dead, alive, done);
    BOOST_TEST(dead.contains(9));
    BOOST_TEST(done.writes_discarded == 1U);
}

// What the words tell in the middle of a lap.
BOOST_AUTO_TEST_CASE(the_census_counts) {
    memory m(4);
    for (std::uint64_t i = 0; i != 10; ++i) {
        m.write(i);
        m.read();
    }
    m.write(10);
    m.write(11);
    node_claim reading;
    m.claim_read(2, reading);
    BOOST_TEST(m.ring.number(m.ring.find_tail()) == 12U);
    BOOST_TEST(m.ring.number(m.ring.find_head()) == 11U);
    BOOST_TEST(m.ring.number(m.ring.find_unreadable(m.ring.find_head())) == 12U);
    BOOST_TEST(m.ring.unreleased_before(m.ring.find_head()) == 1U);
    BOOST_TEST(m.ring.readable_count(m.ring.find_head()) == 1U);
    BOOST_TEST(!m.ring.full());
}

// Whatever a peer wrote, calls end, and what they claim lies in the ring.
BOOST_AUTO_TEST_CASE(scribbled_words_hang_and_overrun_nothing) {
    std::mt19937_64 random(7);
    for (int i = 0; i != rounds(300); ++i) {
        const auto nodes = static_cast<std::uint32_t>(2 + random() % 5);
        memory m(nodes, i % 2 == 0 ? 8 : 100);
        for (std::uint32_t n = 0; n != nodes; ++n) {
            // close to what may be, or anything
            const auto lap = random() % 3;
            m.lines[n].control.store(random() % 2 == 0 ? random() : lap << 18U | random() % 8);
            m.lines[n].size.store(static_cast<std::uint32_t>(random()));
        }
        m.block.tail.store(random() % 2 == 0 ? random() : random() % 16);
        m.block.head.store(random() % 2 == 0 ? random() : random() % 16);
        m.block.redelivery_epoch.store(random());
        node_claim claim;
        if (m.claim_write(1, claim) == ring_result::claimed) {
            BOOST_TEST(claim.index < nodes);
            m.commit(claim, 1);
        }
        if (m.claim_read(1, claim) == ring_result::claimed) {
            BOOST_TEST(claim.index < nodes);
            BOOST_TEST(claim.size == 8U);
            m.ring.give_back(claim);
        }
        const auto most = static_cast<std::uint32_t>(1 + random() % nodes);
        const auto count = static_cast<std::uint32_t>(random() % (most + 1));
        const auto in_ring = [nodes](std::uint64_t index) { BOOST_TEST(index < nodes); };
        smd::node_run run;
        const auto check = [&] {
            BOOST_TEST((run.count >= 1 && run.count <= most));
            for (std::uint32_t n = 0; n != run.count; ++n)
                in_ring(m.ring.index_of(run, n));
            m.lines[run.first.index].control.store(random());
        };
        if (m.claim_write_run(m.writer(1), run, most)) {
            check();
            m.ring.end_write(run, std::min(count, run.count));
        }
        if (m.ring.search_for_read(m.reader(1), run, most, [](std::size_t size) {
                return size <= 8;
            }) == ring_result::claimed) {
            check();
            m.ring.end_read(run, std::min(count, run.count));
        }
        for (auto* const side : {m.participants[1].writes, m.participants[1].reads}) {
            side[0].position.store(random() % 2 == 0 ? random() : random() % 16);
            side[0].end.store(random() % 2 == 0 ? random() : random() % 16);
        }
        m.repair(1);
        const auto head = m.ring.find_head();
        BOOST_TEST(head.index < nodes);
        BOOST_TEST(m.ring.find_tail().index < nodes);
        BOOST_TEST(m.ring.find_unreadable(head).index < nodes);
        BOOST_TEST(m.ring.unreleased_before(head) <= nodes);
    }
}

BOOST_AUTO_TEST_CASE(impossible_phases_are_corrupted) {
    for (std::uint64_t phase = 4; phase != 8; ++phase) {
        memory m(2);
        m.lines[0].control.store(phase);
        node_claim claim;
        BOOST_TEST(m.claim_read(1, claim) == ring_result::corrupted);
        BOOST_TEST(m.claim_write(1, claim) == ring_result::corrupted);
    }
}
