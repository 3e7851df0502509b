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

// [R2]: hints may lie behind by anything and go back; the words decide.
BOOST_AUTO_TEST_CASE(stale_hints_cost_steps_only) {
    std::mt19937_64 random(42);
    for (const std::uint32_t nodes : {2U, 3U, 5U, 16U}) {
        memory m(nodes);
        std::uint64_t written = 0;
        std::uint64_t read = 0;
        std::vector<std::uint64_t> tails{0};
        std::vector<std::uint64_t> heads{0};
        for (int i = 0; i != 2000; ++i) {
            tails.push_back(m.block.tail.load());
            heads.push_back(m.block.head.load());
            m.block.tail.store(tails[random() % tails.size()]);
            m.block.head.store(heads[random() % heads.size()]);
            if (random() % 2 == 0) {
                const bool room = written - read < nodes;
                const auto r = m.write(written);
                BOOST_TEST(r == (room ? ring_result::claimed : ring_result::full),
                           nodes << " nodes, step " << i);
                written += r == ring_result::claimed ? 1U : 0U;
            } else {
                const auto r = m.read();
                BOOST_TEST(r.has_value() == (written != read), nodes << " nodes, step " << i);
                BOOST_TEST((!r || *r == read), nodes << " nodes, step " << i);
                read += r ? 1U : 0U;
            }
        }
        BOOST_TEST(read > 100U);
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

// Messages that were given back come in their order, wherever in the ring they lie, and however far
// the hint lies behind.
BOOST_AUTO_TEST_CASE(redelivered_come_in_their_order) {
    for (std::uint64_t start = 0; start != 4; ++start) {
        for (const std::uint64_t behind : {0U, 1U, 2U, 3U}) {
            memory m(4);
            for (std::uint64_t i = 0; i != start; ++i) {
                m.write(9);
                m.read();
            }
            const std::uint64_t head = m.block.head.load();
            for (std::uint64_t i = 0; i != 4; ++i)
                m.write(i);
            node_claim claim;
            std::uint64_t hint = head;
            for (std::uint64_t i = 0; i != 3; ++i) {
                m.claim_read(9, claim);
                if (i + 1 == 3 - behind)
                    hint = m.block.head.load();
            }
            m.block.head.store(hint); // as one leaves it that dies before it moves it
            m.repair(9);
            for (std::uint64_t i = 0; i != 4; ++i)
                BOOST_TEST((m.read() == i), "from " << start << ", hint " << behind << " behind");
        }
    }
}

// All of a ring in one run, from each of its nodes on, over the end of the laps.
BOOST_AUTO_TEST_CASE(runs_go_round_the_end_of_the_ring_and_of_the_laps) {
    const auto nothing = [](std::uint64_t) {};
    const auto any = [](std::size_t) { return true; };
    for (const std::uint32_t nodes : {2U, 3U, 4U, 5U, (1U << 18U) + 1, smd::max_node_count}) {
        memory m(nodes);
        m.start_in_lap(m.lap_mask);
        const std::uint64_t whole = std::min<std::uint64_t>(nodes, 5000);
        for (std::uint64_t start = 0; start != (nodes > 5 ? 2U : 5U); ++start) {
            smd::node_run written;
            BOOST_TEST(m.claim_write(1, written.first) == ring_result::claimed);
            written.count = 1;
            m.ring.extend_write(1, written, nodes, nothing);
            BOOST_TEST(written.count == nodes);
            BOOST_TEST(m.write(0) == ring_result::full);
            for (std::uint64_t i = 0; i != nodes; ++i) {
                std::memcpy(m.ring.payload_of(written, i), &i, sizeof i);
                m.ring.set_size(m.ring.index_of(written, i), sizeof i);
            }
            BOOST_TEST(m.ring.end_write(written, nodes));

            smd::node_run read;
            BOOST_TEST(m.claim_read(2, read.first) == ring_result::claimed);
            read.count = 1;
            m.ring.extend_read(2, read, nodes, any, nothing);
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

// The stream ends while a run grows: what was claimed first stays, the others are given up.
BOOST_AUTO_TEST_CASE(the_stream_ends_while_a_run_grows) {
    memory m(4);
    smd::node_run run;
    BOOST_TEST(m.claim_write(1, run.first) == ring_result::claimed);
    run.count = 1;
    m.ring.extend_write(1, run, 3, [&](std::uint64_t index) {
        if (index == 1)
            m.state.store(smd::state_stream_ended);
    });
    BOOST_TEST(run.count == 1U);
    BOOST_TEST(m.word(1).phase() == node_phase::skip);
    BOOST_TEST(m.word(2).phase() == node_phase::skip);
    m.commit(run.first, 5);
    BOOST_TEST((m.read() == 5U));
    node_claim claim;
    BOOST_TEST(m.claim_read(2, claim) == ring_result::ended);
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
        BOOST_TEST(m.ring.claim_read(2, m.seen, claim, nothing) == ring_result::refused);
        BOOST_TEST(claim.size == 8U);
    }
    BOOST_TEST(m.claim_read(2, claim) == ring_result::claimed);
    m.ring.give_back(claim);
    BOOST_TEST(m.ring.claim_read(2, m.seen, claim, nothing) == ring_result::refused);
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
    BOOST_TEST(!m.ring.repair(
        9, [] { return true; }, done)); // it lives: nothing happens
    BOOST_TEST(done.reads_redelivered + done.writes_discarded == 0U);
    BOOST_TEST(m.word(0).phase() == node_phase::reading);

    done = m.repair(9);
    BOOST_TEST(done.reads_redelivered == 1U);
    BOOST_TEST(done.writes_discarded == 1U);
    BOOST_TEST(m.block.redelivery_epoch.load() == look + 1);
    BOOST_TEST(m.word(0).phase() == node_phase::ready);
    BOOST_TEST(m.word(1).phase() == node_phase::reading); // another slot's
    BOOST_TEST(m.word(2).phase() == node_phase::skip);

    done = m.repair(9); // again: nothing to do, but the epoch rises, always [R7]
    BOOST_TEST(done.reads_redelivered + done.writes_discarded == 0U);
    BOOST_TEST(m.block.redelivery_epoch.load() == look + 2);
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
    const auto dies_at_the_second = [&]() -> bool {
        if (++asked == 2)
            throw std::runtime_error("killed");
        return false;
    };
    BOOST_CHECK_THROW(m.ring.repair(9, dies_at_the_second, done), std::runtime_error);
    BOOST_TEST(m.word(0).phase() == node_phase::ready);
    BOOST_TEST(m.word(1).phase() == node_phase::reading);
    m.repair(9);
    for (std::uint64_t i = 0; i != 3; ++i)
        BOOST_TEST((m.read() == i));
}

BOOST_AUTO_TEST_CASE(cursors_are_found_from_stale_hints) {
    memory m(4);
    for (std::uint64_t i = 0; i != 10; ++i) {
        m.write(i);
        m.read();
    }
    m.write(10);
    m.write(11);
    node_claim reading;
    m.claim_read(2, reading);
    m.block.tail.store(0);
    m.block.head.store(0);
    BOOST_TEST(m.ring.number(m.ring.find_tail()) == 12U);
    BOOST_TEST(m.ring.number(m.ring.find_head()) == 11U);
    BOOST_TEST(m.ring.number(m.ring.find_unreadable(m.ring.find_head())) == 12U);
    BOOST_TEST(m.ring.unreleased_before(m.ring.find_head()) == 1U);
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
        if (m.claim_write(1, run.first) == ring_result::claimed) {
            run.count = 1;
            m.ring.extend_write(1, run, most, in_ring);
            BOOST_TEST((run.count >= 1 && run.count <= most));
            for (std::uint32_t n = 0; n != run.count; ++n)
                in_ring(m.ring.index_of(run, n));
            m.lines[run.first.index].control.store(random());
            m.ring.end_write(run, std::min(count, run.count));
        }
        if (m.claim_read(1, run.first) == ring_result::claimed) {
            run.count = 1;
            m.ring.extend_read(
                1, run, most, [](std::size_t size) { return size <= 8; }, in_ring);
            BOOST_TEST((run.count >= 1 && run.count <= most));
            m.lines[run.first.index].control.store(random());
            m.ring.end_read(run, std::min(count, run.count));
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
    for (std::uint64_t phase = 5; phase != 8; ++phase) {
        memory m(2);
        m.lines[0].control.store(phase);
        node_claim claim;
        BOOST_TEST(m.claim_read(1, claim) == ring_result::corrupted);
        BOOST_TEST(m.claim_write(1, claim) == ring_result::corrupted);
    }
}
