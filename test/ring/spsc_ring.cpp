// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The algorithm of rings for a single writer and a single reader, on memory of the test's own: which
// claims succeed when, ends out of order, deaths,
// wrapping counters, and words that a peer scribbled on.

#include "spsc_memory.hpp"

#include <deque>
#include <random>

using namespace spsc_test;

BOOST_AUTO_TEST_SUITE(spsc_ring)

BOOST_AUTO_TEST_CASE(all_nodes_are_usable_first_in_first_out) {
    for (const std::uint32_t nodes : {2U, 3U, 4U, 5U, 7U, 64U, 65U}) {
        memory m(nodes);
        std::uint64_t written = 0;
        std::uint64_t read = 0;
        for (int lap = 0; lap != 5; ++lap) {
            for (std::uint32_t i = 0; i != nodes; ++i)
                BOOST_TEST(m.write(++written) == ring_result::claimed);
            BOOST_TEST(m.write(0) == ring_result::full, nodes << " nodes, all of them written");
            BOOST_TEST(m.third().full());
            BOOST_TEST(m.third().readable_count() == nodes);
            for (std::uint32_t i = 0; i != nodes; ++i)
                BOOST_TEST(m.read() == ++read);
            BOOST_TEST(m.look() == ring_result::empty);
            BOOST_TEST(!m.third().full());
            BOOST_TEST(m.write(++written) == ring_result::claimed); // out of step with the laps
            BOOST_TEST(m.read() == ++read);
        }
    }
}

BOOST_AUTO_TEST_CASE(messages_come_in_the_order_of_the_claims) {
    memory m(4);
    const node_claim first = m.claim_write();
    const node_claim second = m.claim_write();
    const node_claim third = m.claim_write();
    m.commit(third, 3);
    m.commit(second, 2);
    BOOST_TEST(m.look() == ring_result::empty);
    m.commit(first, 1);
    for (std::uint64_t i = 1; i != 4; ++i)
        BOOST_TEST(m.read() == i);
    BOOST_TEST(m.read() == 0U);
}

BOOST_AUTO_TEST_CASE(a_node_is_free_when_all_before_it_are_released) {
    memory m(3);
    for (std::uint64_t i = 1; i != 4; ++i)
        m.write(i);
    const node_claim first = m.claim_read();
    const node_claim second = m.claim_read();
    BOOST_TEST(m.reader().release(second));
    BOOST_TEST(m.write(4) == ring_result::full);
    BOOST_TEST(m.reader().release(first));
    BOOST_TEST(m.write(4) == ring_result::claimed);
    BOOST_TEST(m.write(5) == ring_result::claimed);
    for (std::uint64_t i = 3; i != 6; ++i)
        BOOST_TEST(m.read() == i);
}

// What is aborted is passed over wherever it lies, and takes its node until then.
BOOST_AUTO_TEST_CASE(aborts_are_passed_over) {
    for (const std::uint64_t lap : {std::uint64_t{0}, (std::uint64_t{1} << 46U) - 1}) {
        for (unsigned aborted = 0; aborted != 8; ++aborted) {
            for (const bool backwards : {false, true}) {
                memory m(3, 0, lap);
                for (std::uint64_t round = 0; round != 4; ++round) {
                    const node_claim claims[] = {m.claim_write(), m.claim_write(), m.claim_write()};
                    for (unsigned k = 0; k != 3; ++k) {
                        const unsigned i = backwards ? 2 - k : k;
                        if ((aborted >> i & 1U) != 0)
                            BOOST_TEST(m.writer().abort(claims[i]));
                        else
                            m.commit(claims[i], i + 1);
                    }
                    // Those that lie before all messages are free again, without the reader.
                    std::uint64_t more = 0;
                    while ((aborted >> more & 1U) != 0) {
                        BOOST_TEST(!m.third().full());
                        BOOST_TEST(m.write(10 + more++) == ring_result::claimed);
                    }
                    BOOST_TEST(m.third().full());
                    BOOST_TEST(m.write(9) == ring_result::full);
                    for (unsigned i = 0; i != 3; ++i) {
                        if ((aborted >> i & 1U) == 0)
                            BOOST_TEST(m.read() == i + 1);
                    }
                    for (std::uint64_t i = 0; i != more; ++i)
                        BOOST_TEST(m.read() == 10 + i);
                    BOOST_TEST(m.look() == ring_result::empty);
                    BOOST_TEST(m.third().readable_count() == 0U);
                    BOOST_TEST(m.reader().take_freed() ==
                               (aborted & 1U) + (aborted >> 1U & 1U) + (aborted >> 2U));
                    BOOST_TEST(m.reader().take_freed() == 0U);
                }
            }
        }
    }
}

// A ring full of them is neither full nor stuck, with no reader at all.
BOOST_AUTO_TEST_CASE(aborts_alone) {
    for (const std::uint32_t nodes : {2U, 3U}) {
        memory m(nodes, 0, (std::uint64_t{1} << 46U) - 3);
        for (std::uint64_t i = 0; i != 10 * nodes; ++i) {
            BOOST_TEST(m.writer().abort(m.claim_write()));
            if (i % 7 == 0) {
                node_run run{m.claim_write(), 1};
                m.writer().extend_write(run, nodes);
                BOOST_TEST(run.count == nodes);
                BOOST_TEST(m.writer().end_write(run, 0));
            }
        }
        BOOST_TEST(m.write(7) == ring_result::claimed);
        BOOST_TEST(m.third().readable_count() == 1U);
        BOOST_TEST(m.read() == 7U);
        BOOST_TEST(m.look() == ring_result::empty);
        BOOST_TEST(m.write(8) == ring_result::claimed);
        m.next_reader();
        BOOST_TEST(m.read() == 8U);
    }
}

BOOST_AUTO_TEST_CASE(what_is_given_back_comes_again_oldest_first) {
    memory m(4);
    for (std::uint64_t i = 1; i != 5; ++i)
        m.write(i);
    const node_claim first = m.claim_read();
    const node_claim second = m.claim_read();
    const node_claim third = m.claim_read();
    m.reader().give_back(third);
    m.reader().give_back(first);
    BOOST_TEST(m.redelivered.value == 2U);
    BOOST_TEST(m.third().readable_count() == 3U);
    const node_claim again = m.claim_read();
    BOOST_TEST(memory::value_of(again) == 1U);
    BOOST_TEST(again.deliveries_before() == 1U);
    BOOST_TEST(m.reader().release(again));
    const node_claim last = m.claim_read();
    BOOST_TEST(memory::value_of(last) == 3U);
    BOOST_TEST(m.reader().release(second));
    BOOST_TEST(m.write(5) == ring_result::claimed);
    BOOST_TEST(m.write(6) == ring_result::claimed);
    BOOST_TEST(m.write(7) == ring_result::full); // the third is still held
    BOOST_TEST(m.reader().release(last));
    for (std::uint64_t i = 4; i != 7; ++i)
        BOOST_TEST(m.read() == i);
}

// The count stays at its greatest value: it never says "never delivered".
BOOST_AUTO_TEST_CASE(many_deliveries) {
    memory m(2);
    m.write(1);
    for (std::uint32_t i = 0; i != 100; ++i) {
        const node_claim claim = m.claim_read();
        BOOST_TEST(claim.deliveries_before() == std::min(i, smd::max_delivery_limit));
        if (i % 3 == 0)
            m.next_reader();
        else
            m.reader().give_back(claim);
    }
    BOOST_TEST(m.read() == 1U);
    BOOST_TEST(m.read() == 0U);
}

BOOST_AUTO_TEST_CASE(messages_are_given_up) {
    for (const std::uint32_t most : {1U, 2U, 31U}) {
        for (const bool dies : {false, true}) {
            memory m(2, most);
            m.write(1);
            m.write(2);
            for (std::uint32_t i = 0; i != most; ++i) {
                const node_claim claim = m.claim_read();
                BOOST_TEST(memory::value_of(claim) == 1U);
                if (!dies)
                    m.reader().give_back(claim);
                else
                    BOOST_TEST(m.next_reader().messages_given_up == (i + 1 == most ? 1U : 0U));
            }
            BOOST_TEST(m.given_up.value == 1U);
            BOOST_TEST(m.redelivered.value == most - 1);
            BOOST_TEST(m.write(3) == ring_result::claimed);
            BOOST_TEST(m.read() == 2U);
            BOOST_TEST(m.read() == 3U);
        }
    }
}

BOOST_AUTO_TEST_CASE(sizes_are_refused) {
    memory m(2);
    node_claim claim = m.claim_write();
    BOOST_TEST(m.writer().commit(claim, 24));
    const auto eight = [](std::uint32_t size) { return size == 8; };
    for (int i = 0; i != 3; ++i) {
        claim = {};
        BOOST_TEST(m.reader().claim_read(claim, eight) == ring_result::refused);
        BOOST_TEST(claim.size == 24U);
    }
    BOOST_TEST(m.reader().claim_read(claim, any) == ring_result::claimed);
    m.reader().give_back(claim);
    BOOST_TEST(m.reader().claim_read(claim, eight) == ring_result::refused);
    BOOST_TEST(claim.size == 24U);
    claim = m.claim_read();
    BOOST_TEST(claim.deliveries_before() == 1U); // a refusal is no delivery
}

// ---- Deaths

// claim A, claim B, commit B, die: B is delivered and A is not; with a successor or without.
BOOST_AUTO_TEST_CASE(a_writer_dies_with_claims) {
    for (const bool successor : {false, true}) {
        for (unsigned committed = 0; committed != 8; ++committed) {
            memory m(4);
            m.write(7);
            const node_claim claims[] = {m.claim_write(), m.claim_write(), m.claim_write()};
            for (unsigned i = 3; i-- != 0;) {
                if ((committed >> i & 1U) != 0)
                    m.commit(claims[i], i + 1);
            }
            const smd::ring_repair done = successor ? m.next_writer() : m.repair(0);
            const bool prefix = (committed & 1U) != 0;
            BOOST_TEST(done.writes_discarded ==
                       3U - (committed & 1U) - (committed >> 1U & 1U) - (committed >> 2U));
            BOOST_TEST(m.third().readable_count() ==
                       1U + (committed & 1U) + (committed >> 1U & 1U) + (committed >> 2U));
            BOOST_TEST(m.read() == 7U, prefix);
            for (unsigned i = 0; i != 3; ++i) {
                if ((committed >> i & 1U) != 0)
                    BOOST_TEST(m.read() == i + 1);
            }
            BOOST_TEST(m.look() == ring_result::empty);
            if (!successor)
                m.next_writer();
            for (std::uint64_t i = 10; i != 14; ++i)
                BOOST_TEST(m.write(i) == ring_result::claimed);
            for (std::uint64_t i = 10; i != 14; ++i)
                BOOST_TEST(m.read() == i);
        }
    }
}

// read_claim A kept, read B returns, die: only A comes again, marked.
BOOST_AUTO_TEST_CASE(a_reader_dies_with_claims) {
    for (unsigned released = 0; released != 8; ++released) {
        memory m(4);
        for (std::uint64_t i = 1; i != 5; ++i)
            m.write(i);
        const node_claim claims[] = {m.claim_read(), m.claim_read(), m.claim_read()};
        for (unsigned i = 3; i-- != 0;) {
            if ((released >> i & 1U) != 0)
                BOOST_TEST(m.reader().release(claims[i]));
        }
        const smd::ring_repair done = m.next_reader();
        BOOST_TEST(done.reads_redelivered ==
                   3U - (released & 1U) - (released >> 1U & 1U) - (released >> 2U));
        BOOST_TEST(m.redelivered.value == done.reads_redelivered);
        for (unsigned i = 0; i != 3; ++i) {
            if ((released >> i & 1U) != 0)
                continue;
            const node_claim again = m.claim_read();
            BOOST_TEST(memory::value_of(again) == i + 1);
            BOOST_TEST(again.deliveries_before() == 1U);
            BOOST_TEST(m.reader().release(again));
        }
        const node_claim last = m.claim_read();
        BOOST_TEST(memory::value_of(last) == 4U);
        BOOST_TEST(last.deliveries_before() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_living_successor_is_let_alone) {
    memory m(2);
    m.next_writer();
    smd::ring_repair done;
    smd::slot_set dead(0);
    int asked = 0;
    m.third().repair(
        dead,
        [&](std::uint32_t slot) {
            ++asked;
            return slot == 0;
        },
        done);
    BOOST_TEST(asked == 1);
    BOOST_TEST(dead.empty());
    BOOST_TEST(m.writer_role.value == smd::owner_word(0, m.generation));
}

// A repairer that stalls before its only change of a word finds another generation there.
BOOST_AUTO_TEST_CASE(a_stalled_repairer_ends_no_successors_role) {
    for (int step = 0; step != 20; ++step) {
        memory m(2);
        m.claim_write();
        smd::ring_repair late;
        smd::slot_set dead(0);
        interruption = [&] {
            m.next_writer();
            m.claim_write();
        };
        steps_left = step;
        m.third().repair(
            dead, [](std::uint32_t) { return false; }, late);
        steps_left = -1;
        const bool came = m.generation != 1;
        interruption = nullptr;
        if (came && step > 0) // else it saw the successor's word, and "dead" was a lie
            BOOST_TEST(m.writer_role.value == smd::owner_word(0, m.generation), "step " << step);
        BOOST_TEST(late.writes_discarded <= 1U);
    }
}

// ---- The end

BOOST_AUTO_TEST_CASE(the_end_comes_after_the_last_message) {
    memory m(3);
    m.write(1);
    const node_claim open = m.claim_write();
    m.state.value = smd::state_stream_ended;
    BOOST_TEST(m.write(2) == ring_result::ended);
    BOOST_TEST(m.read() == 1U);
    BOOST_TEST(m.look() == ring_result::not_yet);
    m.commit(open, 3);
    BOOST_TEST(m.read() == 3U);
    BOOST_TEST(m.look() == ring_result::ended);
    m.state.value = smd::state_shutting_down;
    BOOST_TEST(m.look() == ring_result::shut_down);
    BOOST_TEST(m.write(2) == ring_result::shut_down);
}

// [Q7]: the stream ends between two steps of a claim.
BOOST_AUTO_TEST_CASE(a_claim_after_the_end_is_passed_over) {
    int ended = 0;
    for (int step = 0; step != 24; ++step) {
        memory m(3);
        m.write(1);
        interruption = [&] { m.state.value = smd::state_stream_ended; };
        steps_left = step;
        node_claim claim;
        const ring_result r = m.writer().claim_write(claim);
        steps_left = -1;
        interruption = nullptr;
        if (r == ring_result::claimed)
            m.commit(claim, 2);
        else
            ++ended;
        BOOST_TEST(m.read() == 1U);
        if (r == ring_result::claimed)
            BOOST_TEST(m.read() == 2U);
        if (m.state.value != 0)
            BOOST_TEST(m.look() == ring_result::ended, "step " << step);
    }
    BOOST_TEST(ended != 0);
}

// ---- Runs

BOOST_AUTO_TEST_CASE(runs_are_ended_whole_or_in_part) {
    for (const std::uint64_t lap : {std::uint64_t{0}, (std::uint64_t{1} << 46U) - 1}) {
        for (std::uint32_t count = 0; count != 4; ++count) {
            for (std::uint32_t released = 0; released <= count; ++released) {
                memory m(5, 0, lap);
                for (std::uint64_t round = 0; round != 7; ++round) {
                    node_run run{m.claim_write(), 1};
                    m.writer().extend_write(run, 3);
                    BOOST_TEST(run.count == 3U);
                    for (std::uint32_t i = 0; i != 3; ++i) {
                        const std::uint64_t value = 10 * round + i + 1;
                        std::memcpy(m.writer().payload_of(run, i), &value, sizeof value);
                        m.writer().set_size(m.writer().index_of(run, i), 8);
                    }
                    BOOST_TEST(m.writer().end_write(run, count));
                    if (count != 0) {
                        node_run got{m.claim_read(), 1};
                        m.reader().extend_read(got, 10, any);
                        BOOST_TEST_REQUIRE(got.count == count);
                        BOOST_TEST(m.reader().size_of(got, count - 1) == 8U);
                        BOOST_TEST(m.reader().end_read(got, released));
                        for (std::uint32_t i = released; i != count; ++i) {
                            const node_claim again = m.claim_read();
                            BOOST_TEST(memory::value_of(again) == 10 * round + i + 1);
                            BOOST_TEST(again.deliveries_before() == 1U);
                            BOOST_TEST(m.reader().release(again));
                        }
                    }
                    BOOST_TEST(m.look() == ring_result::empty);
                    BOOST_TEST(m.third().readable_count() == 0U);
                }
            }
        }
    }
}

// ---- Peers that scribble

BOOST_AUTO_TEST_CASE(scribbled_words_are_harmless) {
    std::mt19937_64 random(42);
    int corrupted = 0;
    for (int round = 0; round != 3000; ++round) {
        memory m(static_cast<std::uint32_t>(2 + random() % 6), round % 2 == 0 ? 0 : 2,
                 random() % 2 == 0 ? 0 : (std::uint64_t{1} << 46U) - 1);
        std::deque<node_claim> written;
        std::deque<node_claim> read;
        const auto has = [&](const node_claim& c) {
            BOOST_TEST_REQUIRE(c.index < m.geometry.node_count);
            BOOST_TEST_REQUIRE((c.payload == m.payloads.data() + 64 * c.index));
        };
        for (int i = 0; i != 40; ++i) {
            if (random() % 8 == 0) {
                system_type::word64* const words[] = {
                    &m.block.tail,
                    &m.block.holes,
                    &m.block.write_claimed,
                    &m.block.head,
                    &m.block.read_claimed,
                    &m.write_notes[random() % m.geometry.node_count],
                    &m.read_notes[random() % m.geometry.node_count]};
                system_type::word64& word = *words[random() % 7];
                word.value = random() % 2 == 0 ? random() : word.value + random() % 9 - 4;
            }
            node_claim claim;
            switch (random() % 10) {
            case 0:
            case 1:
            case 2: {
                const ring_result r = m.writer().claim_write(claim);
                if (r == ring_result::claimed) {
                    has(claim);
                    written.push_back(claim);
                }
                corrupted += r == ring_result::corrupted ? 1 : 0;
                break;
            }
            case 3:
            case 4:
            case 5: {
                const ring_result r =
                    m.reader().claim_read(claim, [](std::uint32_t size) { return size <= 64; });
                if (r == ring_result::claimed) {
                    has(claim);
                    read.push_back(claim);
                }
                corrupted += r == ring_result::corrupted ? 1 : 0;
                break;
            }
            case 6:
                if (!written.empty()) {
                    m.writer().commit(written.front(), 8);
                    written.pop_front();
                }
                break;
            case 7:
                if (!read.empty()) {
                    m.reader().release(read.front());
                    read.pop_front();
                }
                break;
            case 8:
                if (!written.empty()) {
                    m.writer().abort(written.back());
                    written.pop_back();
                } else if (!read.empty()) {
                    m.reader().give_back(read.back());
                    read.pop_back();
                }
                break;
            default:
                m.third().readable_count();
                m.third().full();
                m.third().unreleased_before(m.third().find_head());
                m.third().find_unreadable(m.third().find_head());
                smd::ring_repair done;
                smd::slot_set dead(5);
                m.third().repair(
                    dead, [](std::uint32_t) { return false; }, done);
                m.reader().begin_reading();
                read.clear();
            }
        }
    }
    BOOST_TEST(corrupted != 0);
}

BOOST_AUTO_TEST_SUITE_END()
