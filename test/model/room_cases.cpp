// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The cases and faults of the wait room alone.

#include "cases.hpp"

#include <iterator>

namespace model {
namespace {

room_options room(unsigned writers, unsigned sleepers, unsigned messages, unsigned forgets = 0,
                  unsigned fenced_writers = 0) {
    return {writers, sleepers, messages, forgets, fenced_writers};
}
bounds ra(unsigned deaths = 0, int weak_steps = -1, int preemptions = -1) {
    bounds b;
    b.weak = true;
    b.deaths = deaths;
    b.weak_steps = weak_steps;
    b.preemptions = preemptions;
    return b;
}

} // namespace

void add_room_cases(std::vector<named_case>& to) {
    constexpr auto quick = case_set::quick;
    constexpr auto slow = case_set::slow;
    // Writers, sleepers, messages of each writer, how often each may forget the fence, and how many
    // of the writers publish by read-modify-writes.
    const named_case cases[] = {
        {"ra_room", room(1, 1, 3, 1), ra(), quick},
        {"ra_room_death", room(1, 1, 3, 1), ra(1), quick},
        {"ra_room_2w", room(2, 1, 2, 1), ra(1, -1, 2), quick},
        {"ra_room_2s", room(1, 2, 3, 1), ra(0, 2, 3), quick},
        {"ra_room_2w2s", room(2, 2, 1, 1), ra(1, 1, 2), quick},
        {"ra_room_fenced_writer", room(2, 1, 2, 1, 1), ra(0, -1, 2), quick},
        {"ra_room_2w_once", room(2, 1, 1, 1), ra(1), slow},
        {"ra_room_2w_all", room(2, 1, 2, 1), ra(), slow},
        {"ra_room_2s_all", room(1, 2, 2, 1), ra(1), slow},
        {"ra_room_2s_again", room(1, 2, 4, 2), ra(1, -1, 3), slow},
        {"ra_room_2w2s_once", room(2, 2, 1, 1), ra(1), slow},
        {"ra_room_2w2s_again", room(2, 2, 2, 1), ra(1, 1, 2), slow},
        {"ra_room_2w2s_2_forgets", room(2, 2, 2, 2), ra(1, 2, 2), slow},
        {"ra_room_3s", room(1, 3, 2, 1), ra(1, 2, 2), slow},
    };
    to.insert(to.end(), std::begin(cases), std::end(cases));
}

void add_room_faults(std::vector<named_fault>& to) {
    // Where it is found; that case is tried first, and all others if it should not be there.
    const char* const likely[] = {"ra_room_2w", "ra_room_2w", "ra_room_2w", "ra_room",
                                  "ra_room",    "ra_room_2w", "ra_room",    "ra_room_2s",
                                  "ra_room_2s", "ra_room",    "ra_room"};
    static_assert(std::size(likely) + 1 == static_cast<unsigned>(room_fault::count));
    for (unsigned i = 1; i != static_cast<unsigned>(room_fault::count); ++i) {
        const auto fault = static_cast<room_fault>(i);
        to.push_back({std::string("room: ") + name_of(fault), fault, likely[i - 1]});
    }
}

} // namespace model
