// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "ring_checks.hpp"

namespace model {

using shared_memory::detail::next_delivery;
using shared_memory::detail::node_phase;

// ---- Positions

void ring_checks::counted(unsigned p, bool head, std::uint64_t from, std::uint64_t to,
                          unsigned index_bits, const unsigned* controls) {
    ring_ghost& g = ghost();
    const std::uint64_t mask = (std::uint64_t{1} << index_bits) - 1;
    std::uint8_t& next = head ? g.next_read : g.next_write;
    for (std::uint64_t at = from; at != to;) {
        const auto node = static_cast<unsigned>(at & mask);
        const std::uint64_t lap = at >> index_bits;
        if (!expect(node < nodes_ && position(node, lap) == next,
                    "[R2] a counter moved back, or by too much"))
            return;
        ++next;
        taken(p, head, node, lap, control_word{m_.value(controls[node])}, controls);
        at = node + 1 == nodes_ ? ((lap + 1) & lap_mask_) << index_bits : at + 1;
    }
}

void ring_checks::taken(unsigned p, bool head, unsigned node, std::uint64_t lap, control_word c,
                        const unsigned* controls) {
    ring_ghost& g = ghost();
    if (!head) {
        expect(c.value == control_word::of(lap, node_phase::free), "[R2] taken, and not free");
        expect(g.write_taker[node] == 0, "[R2] taken twice");
        g.write_taker[node] = static_cast<std::uint8_t>(p + 1);
    } else if (c.lap() == lap) {
        expect(c.value == control_word::of(lap, node_phase::ready), "[R2] taken, and not ready");
        expect(g.read_taker[node] == 0, "[R2] taken twice");
        g.read_taker[node] = static_cast<std::uint8_t>(p + 1);
        const std::uint8_t n = g.message[node];
        expect(g.claims[n] == 0, "delivered again, and not marked");
        ++g.claims[n];
        expect_oldest(p, position(node, lap), controls);
    } else {
        expect(position(node, c.lap()) >= g.next_read, "[R8] passed over, and not yet written");
    }
}

// ---- Redelivered messages: the oldest is claimed first [R6]

void ring_checks::epoch_raised(const unsigned* controls) {
    for (unsigned i = 0; i != nodes_; ++i) {
        const control_word c{m_.value(controls[i])};
        if (c.redelivered() && !is_dead_letter(c))
            ghost().redelivered = static_cast<std::uint8_t>(ghost().redelivered | 1U << i);
    }
}

// Exact with sequentially consistent memory only: a reader that loads an old epoch has not begun.
void ring_checks::expect_oldest(unsigned p, unsigned position_claimed, const unsigned* controls) {
    ring_ghost& g = ghost();
    for (unsigned i = 0; i != nodes_ && !m_.weak; ++i) {
        const control_word c{m_.value(controls[i])};
        expect((g.to_scan[p] >> i & 1U) == 0 || position(i, c.lap()) >= position_claimed,
               "[R6] an older message is ready again, and was passed by");
    }
    g.to_scan[p] = 0;
}

void ring_checks::forget_redelivered(unsigned node) {
    ring_ghost& g = ghost();
    const auto others = static_cast<std::uint8_t>(~(1U << node));
    g.redelivered &= others;
    for (std::uint8_t& nodes : g.to_scan)
        nodes &= others;
}

// ---- Control words

void ring_checks::commits(unsigned node, unsigned message, control_word b) {
    ring_ghost& g = ghost();
    expect(g.ended == 0, "committed after a reader was told of the end");
    expect(b.deliveries() == 0, "committed as if delivered before");
    g.message[node] = static_cast<std::uint8_t>(message);
    ++g.committed[message];
}

void ring_checks::claims(unsigned p, unsigned node, control_word a, control_word b,
                         const unsigned* controls) {
    ring_ghost& g = ghost();
    const std::uint8_t n = g.message[node];
    expect(b.slot() == m_.now.processes[p].slot, "a claim by another slot");
    expect(!deliveries_count || b.deliveries() == a.deliveries(), "deliveries changed by a claim");
    if (a.deliveries() == 0) {
        expect(g.read_taker[node] == p + 1, "[R6] marked by a process that did not take it");
        g.read_taker[node] = 0;
    } else {
        expect(g.claims[n] != 0, "marked as delivered before, and was not");
        ++g.claims[n];
        expect_oldest(p, position(node, a.lap()), controls);
        forget_redelivered(node);
    }
    g.owner[node] = static_cast<std::uint8_t>(p + 1);
}

void ring_checks::changed(unsigned p, unsigned node, unsigned message, std::uint64_t from,
                          std::uint64_t to, const unsigned* controls) {
    ring_ghost& g = ghost();
    if (from == to) // read, by a read-modify-write
        return peeked(p, node);
    const control_word a{from};
    const control_word b{to};
    const bool mine = g.owner[node] == p + 1;
    const bool dead = is_dead(g.owner[node]);
    const bool same_lap = b.lap() == a.lap();
    const bool next_lap = b.lap() == ((a.lap() + 1) & lap_mask_);
    // A process took the position, and the word does not say so.
    std::uint8_t& taker = a.phase() == node_phase::free ? g.write_taker[node] : g.read_taker[node];
    const bool my_take = taker == p + 1;
    const bool dead_take = is_dead(taker);
    const auto is = [&](node_phase x, node_phase y) { return a.phase() == x && b.phase() == y; };
    if (is(node_phase::free, node_phase::writing) && same_lap) {
        expect(my_take, "[R2] marked by a process that did not take it");
        expect(b.slot() == m_.now.processes[p].slot, "a claim by another slot");
        taker = 0;
        g.owner[node] = static_cast<std::uint8_t>(p + 1);
    } else if (is(node_phase::writing, node_phase::ready) && same_lap) {
        expect(mine, "[R4] committed by another process");
        g.owner[node] = 0;
        commits(node, message, b);
    } else if (is(node_phase::free, node_phase::ready) && same_lap) {
        expect(my_take, "[R14] committed by another process");
        taker = 0;
        commits(node, message, b);
    } else if (is(node_phase::writing, node_phase::free) && next_lap) {
        expect(mine || dead, "[R4] a living writer was robbed");
        g.owner[node] = 0;
    } else if (is(node_phase::free, node_phase::free) && next_lap) {
        expect(my_take || dead_take, "[R14] a living writer was robbed");
        taker = 0;
    } else if (is(node_phase::ready, node_phase::reading) && same_lap) {
        claims(p, node, a, b, controls);
    } else if (is(node_phase::reading, node_phase::ready) && same_lap) {
        // Only where deliveries wrap may a late repairer find its old word again [R5].
        // So may it where a dead letter goes from mover to mover [D1].
        const bool wraps =
            (dead_letters_ || most_counted_ < shared_memory::detail::max_delivery_limit) &&
            a.deliveries() != 0;
        expect(mine || dead || wraps, "[R4] a living reader was robbed");
        expect(b.deliveries() == (dead_letters_ ? 1 : next_delivery(a.deliveries(), most_counted_)),
               "deliveries do not count on");
        g.owner[node] = 0;
    } else if (is(node_phase::ready, node_phase::ready) && same_lap) {
        expect(my_take || dead_take, "[R14] a living reader was robbed");
        expect(a.deliveries() == 0 && b.deliveries() == 1, "deliveries do not count on");
        taker = 0;
    } else if (is(node_phase::reading, node_phase::free) && next_lap) {
        expect(mine || dead, "[R4] a living reader was robbed");
        expect(mine || gives_up_, "a dead reader's message was lost");
        ++g.consumed[g.message[node]];
        g.owner[node] = 0;
    } else if (is(node_phase::ready, node_phase::free) && next_lap) {
        expect(my_take || dead_take, "[R14] a message that is ready was lost");
        expect(my_take || gives_up_, "a dead reader's message was lost");
        ++g.consumed[g.message[node]];
        taker = 0;
    } else {
        m_.report("[R1] a change that must not be");
    }
}

// ---- The end

void ring_checks::told_of_end(const unsigned* controls) {
    ring_ghost& g = ghost();
    for (unsigned i = 0; i != max_messages; ++i)
        expect(g.committed[i] == 0 || g.claims[i] != 0,
               "[R10] told of the end before all was read");
    for (unsigned i = 0; i != nodes_; ++i) {
        const control_word c{m_.value(controls[i])};
        expect(c.phase() != node_phase::ready || is_dead_letter(c),
               "told of the end, and a message is there");
    }
    g.ended = 1;
}

void ring_checks::check_end(bool reader_asleep, bool writer_asleep, bool mover_asleep,
                            bool stream_ended, const unsigned* controls) {
    if (!reader_asleep && !writer_asleep)
        return;
    const ring_ghost& g = ghost();
    for (unsigned i = 0; i != nodes_; ++i) {
        const control_word c{m_.value(controls[i])};
        expect(c.phase() != node_phase::writing && c.phase() != node_phase::reading,
               "stuck: a node is held by a process that is dead or gone");
        expect(g.write_taker[i] == 0 && g.read_taker[i] == 0,
               "stuck: a position was taken by a process that is dead or gone");
        expect(!(is_dead_letter(c) ? mover_asleep : reader_asleep) ||
                   c.phase() != node_phase::ready,
               "stuck: a reader sleeps, and there is a message");
    }
    expect(!stream_ended, "stuck: somebody sleeps, and the stream has ended");
    const control_word next{m_.value(controls[ghost().next_write % nodes_])};
    expect(!writer_asleep || next.phase() == node_phase::ready,
           "stuck: a writer sleeps, and there is room");
}

} // namespace model
