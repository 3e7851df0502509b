// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "spsc_checks.hpp"

namespace model {

void spsc_checks::claimed_for_writing(unsigned p, unsigned from, unsigned to) {
    expect(to > from, "[Q2] write_claimed goes back");
    for (unsigned i = from; i < to && within(i); ++i) {
        expect(ghost().written[i] == fate::none, "[Q4] a position was claimed twice");
        ghost().written[i] = fate::claimed;
        ghost().writer[i] = static_cast<std::uint8_t>(p + 1);
    }
}

void spsc_checks::tail_moved(unsigned p, unsigned from, unsigned to) {
    spsc_ghost& g = ghost();
    expect(to > from, "[Q2] tail goes back");
    for (unsigned i = from; i < to && within(i); ++i) {
        switch (g.written[i]) {
        case fate::none:
            m_.report("[Q2] tail moved past write_claimed");
            break;
        case fate::claimed:
            expect(g.writer[i] != p + 1 && !is_alive(g.writer[i]),
                   "[Q3] tail moved past an open claim");
            g.written[i] = fate::lost;
            break;
        case fate::committed:
        case fate::sent:
            expect(g.ended == 0, "published after a reader was told of the end");
            break;
        default:
            break;
        }
    }
}

void spsc_checks::noted_passed(unsigned p, unsigned place) {
    if (!within(place))
        return;
    spsc_ghost& g = ghost();
    const fate was = g.written[place];
    expect(was != fate::sent, "a message is lost that was committed");
    const bool own = g.writer[place] == p + 1; // [Q7], for one
    expect(own || !is_alive(g.writer[place]), "[Q1] a living writer was robbed");
    if (was != fate::aborted)
        g.written[place] = own ? fate::aborted : fate::lost;
}

void spsc_checks::claimed_for_reading(unsigned p, unsigned from, unsigned to) {
    spsc_ghost& g = ghost();
    expect(to > from, "[Q2] read_claimed goes back");
    for (unsigned i = from; i < to && within(i); ++i) {
        expect(g.claims[i] == 0, "delivered again, and not marked");
        if (!is_message(i))
            continue; // passed over, or told by reads()
        g.claims[i] = 1;
        g.reader[i] = static_cast<std::uint8_t>(p + 1);
    }
}

void spsc_checks::claimed_again(unsigned p, unsigned place, unsigned deliveries) {
    if (!within(place))
        return;
    spsc_ghost& g = ghost();
    expect(g.claims[place] != 0, "marked as delivered before, and was not");
    expect(!is_alive(g.reader[place]) || g.reader[place] == p + 1, "a living reader was robbed");
    expect(deliveries == g.claims[place] + 1U, "the wrong count of deliveries");
    ++g.claims[place];
    g.reader[place] = static_cast<std::uint8_t>(p + 1);
}

void spsc_checks::head_moved(unsigned from, unsigned to) {
    spsc_ghost& g = ghost();
    expect(to > from, "[Q2] head goes back");
    for (unsigned i = from; i < to && within(i); ++i)
        expect(!is_message(i) || g.done[i] != 0, "freed, and not released");
}

void spsc_checks::given_up(unsigned place, unsigned max_deliveries) {
    if (!within(place) || !is_message(place) || ghost().done[place] != 0)
        return;
    expect(max_deliveries != 0 && ghost().claims[place] >= max_deliveries,
           "given up, and not delivered so often");
    ghost().done[place] = 2;
}

void spsc_checks::commits(unsigned place, unsigned message) {
    if (!within(place))
        return;
    ghost().written[place] = fate::committed;
    ghost().message[place] = static_cast<std::uint8_t>(message);
}

void spsc_checks::has_committed(unsigned place) {
    if (within(place))
        ghost().written[place] = fate::sent;
}

void spsc_checks::aborts(unsigned place) {
    if (within(place))
        ghost().written[place] = fate::aborted;
}

void spsc_checks::reads(unsigned p, unsigned place, std::uint64_t found, std::uint64_t size,
                        unsigned deliveries_before) {
    if (!within(place))
        return;
    const spsc_ghost& g = ghost();
    expect(is_message(place), "read what is no message");
    expect(g.reader[place] == p + 1, "read what this process does not hold");
    expect(found == g.message[place], "torn: the payload is not what was committed");
    expect(size == found, "the size is another message's");
    expect(deliveries_before + 1 == g.claims[place], "the wrong count of deliveries");
    if (deliveries_before == 0) {
        expect(place + 1U > g.last_read, "delivered out of order");
        ghost().last_read = static_cast<std::uint8_t>(place + 1);
    }
}

void spsc_checks::releases(unsigned place) {
    if (within(place))
        ghost().done[place] = 1;
}

void spsc_checks::gives_back(unsigned place) {
    if (within(place))
        ghost().reader[place] = 0;
}

void spsc_checks::told_of_end() {
    spsc_ghost& g = ghost();
    for (unsigned i = 0; i != max_places; ++i) {
        expect(!is_message(i) || g.claims[i] != 0, "[Q7] told of the end before all was read");
        expect(!is_message(i) || g.done[i] != 0 || is_alive(g.reader[i]),
               "[Q7] told of the end, and a message is to come again");
    }
    g.ended = 1;
}

void spsc_checks::check_sleeping_writer(unsigned head, bool full) {
    expect(full, "stuck: a writer sleeps, and there is room");
    expect(!within(head) || ghost().done[head] == 0 || !is_alive(ghost().reader[head]),
           "stuck: a writer sleeps, and what was released is not free");
}

void spsc_checks::check_sleeping_reader(unsigned p, unsigned head, unsigned claimed,
                                        unsigned tail) {
    spsc_ghost& g = ghost();
    expect(claimed == tail, "stuck: a reader sleeps, and there is something to read or to pass");
    for (unsigned i = 0; i != max_places; ++i) {
        if (!is_message(i))
            continue;
        expect(g.written[i] != fate::sent || i < tail,
               "stuck: a reader sleeps, and a message was not published");
        expect(i >= claimed || i < head || g.done[i] != 0 || g.reader[i] == p + 1,
               "stuck: a reader sleeps, and a message is to come again");
    }
}

} // namespace model
