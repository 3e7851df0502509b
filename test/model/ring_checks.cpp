// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "ring_checks.hpp"

namespace model {

using shared_memory::detail::next_delivery;
using shared_memory::detail::node_phase;

void ring_checks::changed(unsigned p, unsigned node, unsigned message, std::uint64_t from,
                          std::uint64_t to) {
    ring_ghost& g = ghost();
    if (from == to) { // read, by a read-modify-write
        g.peeked[p] = g.message[node];
        return;
    }
    const control_word a{from};
    const control_word b{to};
    const unsigned at = position(node, a);
    const std::uint8_t owner = g.owner[node];
    const bool mine = owner == p + 1;
    const bool dead = owner != 0 && m_.now.processes[owner - 1U].state == condition::dead;
    const bool same_lap = b.lap() == a.lap();
    const bool next_lap = b.lap() == ((a.lap() + 1) & lap_mask_);
    const auto is = [&](node_phase x, node_phase y) { return a.phase() == x && b.phase() == y; };
    if (is(node_phase::free, node_phase::writing) && same_lap) {
        expect(at == g.next_write, "[R3] a writer claimed out of order");
        expect(b.slot() == m_.now.processes[p].slot, "a claim by another slot");
        ++g.next_write;
        g.owner[node] = static_cast<std::uint8_t>(p + 1);
    } else if (is(node_phase::writing, node_phase::ready) && same_lap) {
        expect(mine, "[R4] committed by another process");
        expect(g.ended == 0, "committed after a reader was told of the end");
        expect(b.deliveries() == 0, "committed as if delivered before");
        g.message[node] = static_cast<std::uint8_t>(message);
        ++g.committed[message];
        g.owner[node] = 0;
    } else if (is(node_phase::writing, node_phase::skip) && same_lap) {
        expect(mine || dead, "[R4] a living writer was robbed");
        g.owner[node] = 0;
    } else if (is(node_phase::ready, node_phase::reading) && same_lap) {
        const std::uint8_t n = g.message[node];
        expect(b.slot() == m_.now.processes[p].slot, "a claim by another slot");
        expect(!deliveries_count || b.deliveries() == a.deliveries(),
               "deliveries changed by a claim");
        if (a.deliveries() == 0) {
            expect(g.claims[n] == 0, "delivered again, and not marked");
            expect(at == g.next_read, "[R6] a reader claimed out of order");
            ++g.next_read;
        } else {
            expect(g.claims[n] != 0, "marked as delivered before, and was not");
        }
        ++g.claims[n];
        g.owner[node] = static_cast<std::uint8_t>(p + 1);
    } else if (is(node_phase::reading, node_phase::ready) && same_lap) {
        expect(mine || dead, "[R4] a living reader was robbed");
        expect(b.deliveries() == next_delivery(a.deliveries()), "deliveries do not count on");
        g.owner[node] = 0;
    } else if (is(node_phase::reading, node_phase::free) && next_lap) {
        expect(mine || dead, "[R4] a living reader was robbed");
        ++g.consumed[g.message[node]];
        g.owner[node] = 0;
    } else if (is(node_phase::skip, node_phase::free) && next_lap) {
        expect(at == g.next_read, "[R8] a skip was passed out of order");
        ++g.next_read;
    } else {
        m_.report("[R1] a change that must not be");
    }
}

void ring_checks::told_of_end(const unsigned* controls) {
    ring_ghost& g = ghost();
    for (unsigned i = 0; i != max_messages; ++i)
        expect(g.committed[i] == 0 || g.claims[i] != 0,
               "[R10] told of the end before all was read");
    for (unsigned i = 0; i != nodes_; ++i)
        expect(control_word{m_.value(controls[i])}.phase() != node_phase::ready,
               "told of the end, and a message is there");
    g.ended = 1;
}

void ring_checks::check_end(bool reader_asleep, bool writer_asleep, bool stream_ended,
                            const unsigned* controls) {
    if (!reader_asleep && !writer_asleep)
        return;
    for (unsigned i = 0; i != nodes_; ++i) {
        const control_word c{m_.value(controls[i])};
        expect(c.phase() != node_phase::writing && c.phase() != node_phase::reading,
               "stuck: a node is held by a process that is dead or gone");
        expect(!reader_asleep || c.phase() != node_phase::ready,
               "stuck: a reader sleeps, and there is a message");
    }
    expect(!stream_ended, "stuck: somebody sleeps, and the stream has ended");
    const control_word next{m_.value(controls[ghost().next_write % nodes_])};
    expect(!writer_asleep || next.phase() == node_phase::ready,
           "stuck: a writer sleeps, and there is room");
}

} // namespace model
