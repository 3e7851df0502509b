// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The configurations of a latest value.

#include "cases.hpp"

#include <iterator>

namespace model {
namespace {

template <class... Set>
latest_options latest(unsigned writers, unsigned readers, unsigned buffers, unsigned stores,
                      Set... set) {
    latest_options o;
    o.writers = writers;
    o.readers = readers;
    o.buffers = buffers;
    o.stores = o.loads = stores;
    (set(o), ...);
    return o;
}
constexpr auto pin = [](auto& o) { ++o.pins; };
constexpr auto copies = [](auto& o) { o.copies = true; };
constexpr auto repairer = [](auto& o) { ++o.repairers; };
constexpr auto next_writer = [](auto& o) { o.next_writer = true; };
constexpr auto next_reader = [](auto& o) { o.next_reader = true; };
constexpr auto other_writer = [](auto& o) { o.other_writer = true; };
constexpr auto single = [](auto& o) { o.single_writer = true; };
constexpr auto aborts = [](auto& o) { o.abort_first = true; };
constexpr auto updates = [](auto& o) { o.updates = true; };
constexpr auto threads = [](auto& o) { o.one_writer_handle = true; };
constexpr auto impatient = [](auto& o) { o.impatient = true; };
constexpr auto stopped = [](auto& o) { o.stopped = true; };
constexpr auto last_use = [](auto& o) { o.last_use = true; };
constexpr auto strict = [](auto& o) { o.strict_timer = true; };
constexpr auto may_not_spin = [](auto& o) { o.may_not_spin = true; };
constexpr auto loads_one = [](auto& o) { o.loads = 1; };

bounds sc(unsigned deaths = 0, int preemptions = -1) {
    bounds b;
    b.deaths = deaths;
    b.preemptions = preemptions;
    return b;
}
bounds ra(unsigned deaths = 0, int weak_steps = -1, int preemptions = -1) {
    bounds b = sc(deaths, preemptions);
    b.weak = true;
    b.weak_steps = weak_steps;
    return b;
}

constexpr auto quick = case_set::quick;
constexpr auto slow = case_set::slow;

} // namespace

void add_latest_cases(std::vector<named_case>& to) {
    const named_case cases[] = {
        // Writers, readers, buffers, stores of each writer.
        {"latest", latest(1, 1, 3, 4), sc(1), quick},
        {"latest_1w2r", latest(1, 2, 3, 2), sc(), quick},
        {"latest_2w1r", latest(2, 1, 3, 2), sc(0, 3), quick},
        {"latest_2w1r_death", latest(2, 1, 3, 1), sc(2), quick},
        {"latest_full", latest(2, 1, 2, 2, loads_one), sc(1, 2), quick},
        {"latest_aborts", latest(2, 1, 2, 1, aborts, may_not_spin), sc(0, 4), quick},
        {"latest_wraps", latest(2, 1, 2, 2, last_use, loads_one), sc(0, 3), quick},
        {"latest_no_timer", latest(1, 1, 2, 2, repairer, strict), sc(1), quick},
        {"latest_stopped", latest(2, 1, 3, 2, stopped), sc(1), quick},
        {"latest_threads", latest(2, 1, 3, 1, threads, next_writer), sc(1, 4), quick},
        {"latest_updates", latest(2, 1, 3, 1, updates), sc(1), quick},
        {"latest_next_writer", latest(1, 1, 3, 2, next_writer), sc(2, 4), quick},
        {"latest_next_reader", latest(1, 1, 3, 2, next_reader), sc(2), quick},
        {"latest_repairer", latest(2, 0, 2, 2, repairer), sc(1, 4), quick},
        {"latest_repairers", latest(1, 1, 2, 1, repairer, repairer, next_writer), sc(2, 1), quick},
        // In place.
        {"latest_pin", latest(1, 1, 3, 4, pin), sc(1), quick},
        {"latest_pin_2w", latest(2, 1, 3, 1, pin), sc(), quick},
        {"latest_pin_full", latest(1, 1, 2, 3, pin, may_not_spin), sc(1), quick},
        {"latest_pin_impatient", latest(2, 1, 2, 2, pin, impatient, loads_one), sc(0, 5), quick},
        {"latest_pin_2r", latest(1, 2, 3, 2, pin, loads_one), sc(1, 3), quick},
        {"latest_pin_next_reader", latest(1, 1, 3, 2, pin, next_reader), sc(1, 4), quick},
        {"latest_pin_next_writer", latest(1, 1, 3, 2, pin, next_writer), sc(1, 3), quick},
        {"latest_pin_single", latest(1, 1, 3, 2, pin, single), sc(1), quick},
        // A single writer.
        {"latest_single", latest(1, 1, 3, 4, single), sc(1), quick},
        {"latest_single_aborts", latest(1, 1, 2, 2, single, aborts), sc(1), quick},
        {"latest_single_next", latest(1, 1, 2, 2, single, next_writer), sc(2, 3), quick},
        {"latest_single_other", latest(1, 1, 2, 2, single, other_writer), sc(2, 3), quick},
        {"latest_single_updates", latest(1, 1, 3, 2, single, updates, next_writer), sc(1, 3),
         quick},
        // Longer ones.
        {"latest_2w1r_all", latest(2, 1, 3, 2), sc(), slow},
        {"latest_full_all", latest(2, 1, 2, 2, loads_one), sc(1), slow},
        {"latest_aborts_all", latest(2, 1, 2, 1, aborts, may_not_spin), sc(1), slow},
        {"latest_wraps_all", latest(2, 1, 2, 2, last_use, loads_one), sc(1), slow},
        {"latest_stopped_more", latest(2, 1, 3, 3, stopped), sc(1), slow},
        {"latest_threads_all", latest(2, 1, 3, 1, threads, next_writer), sc(1), slow},
        {"latest_next_writer_all", latest(1, 1, 3, 2, next_writer), sc(2), slow},
        {"latest_single_next_all", latest(1, 1, 2, 2, single, next_writer), sc(2), slow},
        {"latest_single_other_all", latest(1, 1, 2, 2, single, other_writer), sc(2), slow},
        {"latest_2w2r", latest(2, 2, 3, 1), sc(1), slow},
        {"latest_2w1r_more", latest(2, 1, 3, 2), sc(2), slow},
        {"latest_3w1r", latest(3, 1, 3, 1), sc(), slow},
        {"latest_updates_more", latest(2, 1, 3, 2, updates), sc(1), slow},
        {"latest_repairers_all", latest(1, 1, 2, 1, repairer, repairer, next_writer), sc(2, 3),
         slow},
        {"latest_pin_2w_death", latest(2, 1, 4, 2, pin), sc(1), slow},
        {"latest_pin_2r_all", latest(1, 2, 3, 2, pin, pin), sc(1), slow},
        {"latest_pin_copies", latest(2, 1, 3, 2, pin, copies), sc(1), slow},
        {"latest_pin_next_all", latest(1, 1, 3, 3, pin, next_reader, next_writer), sc(2), slow},
        // With C++ release/acquire views.
        {"ra_latest", latest(1, 1, 2, 3), ra(0, 3), quick},
        {"ra_latest_death", latest(1, 1, 2, 2), ra(1), quick},
        {"ra_latest_2w1r", latest(2, 1, 2, 1), ra(0, 1, 3), quick},
        {"ra_latest_1w2r", latest(1, 2, 2, 2, loads_one), ra(0, 1, 3), quick},
        {"ra_latest_repairer", latest(2, 0, 2, 2, repairer), ra(1, 1, 2), quick},
        {"ra_latest_next_writer", latest(1, 1, 2, 2, next_writer), ra(1, 1, 2), quick},
        {"ra_latest_updates", latest(2, 0, 3, 1, updates), ra(0, 2), quick},
        {"ra_latest_pin", latest(1, 1, 3, 3, pin), ra(0, 2), quick},
        {"ra_latest_pin_full", latest(1, 1, 2, 2, pin, may_not_spin), ra(0, 2, 3), quick},
        {"ra_latest_single", latest(1, 1, 2, 3, single), ra(0, 2), quick},
        {"ra_latest_single_next", latest(1, 1, 2, 2, single, next_writer), ra(1, 1, 2), quick},
        {"ra_latest_2w1r_all", latest(2, 1, 2, 1), ra(), slow},
        {"ra_latest_2w1r_more", latest(2, 1, 3, 2), ra(0, 1, 4), slow},
        {"ra_latest_all", latest(1, 1, 2, 3), ra(), slow},
        {"ra_latest_single_all", latest(1, 1, 2, 3, single), ra(), slow},
        {"ra_latest_pin_death", latest(1, 1, 3, 3, pin), ra(1, 2), slow},
        {"ra_latest_single_next_all", latest(1, 1, 2, 2, single, next_writer), ra(1, 2), slow},
    };
    to.insert(to.end(), std::begin(cases), std::end(cases));
}

void add_latest_faults(std::vector<named_fault>& to) {
    // Where it is found; that case is tried first, and all others if it should not be there.
    const char* const likely[] = {"latest_2w1r",
                                  "latest_2w1r",
                                  "latest",
                                  "latest_pin_full",
                                  "latest_pin",
                                  "latest_pin_next_writer",
                                  "latest_repairers",
                                  "latest_next_writer",
                                  "latest_single_other",
                                  "latest_updates",
                                  "latest",
                                  "latest_full",
                                  "latest_pin_impatient",
                                  "latest_pin_full",
                                  "latest_no_timer",
                                  "ra_latest_single"};
    static_assert(std::size(likely) + 1 == static_cast<unsigned>(latest_fault::count));
    for (unsigned i = 1; i != static_cast<unsigned>(latest_fault::count); ++i) {
        const auto fault = static_cast<latest_fault>(i);
        to.push_back({std::string("latest: ") + name_of(fault), fault, likely[i - 1]});
    }
}

} // namespace model
