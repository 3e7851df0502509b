// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "all.hpp"

namespace every {
namespace {

struct table {
    void (*add)(std::vector<scenario_entry>& to);
    //! False: what a death here does is the same as in another situation, one instruction after the
    //! other; but a write is reached here, or a repair needed, that is not in the others.
    bool at_every_instruction;
};

constexpr table tables[] = {
    {add_segment_names, true},
    {add_segment_sweep, false},
    {add_segment_life, true},
    {add_segment_anew, false},
    {add_segment_slow_openers, false},
    {add_ring_claims, true},
    {add_ring_batches, true},
    {add_ring_more, false},
    {add_ring_single, false},
    {add_ring_end, false},
    {add_ring_sleepers, true},
    {add_ring_deep_sleepers, false},
    {add_ring_recovery, true},
    {add_ring_slow_repairers, false},
    {add_ring_journals, false},
    {add_ring_dead_letters, false},
    {add_lock, true},
    {add_array, false},
    {add_latest, true},
};

} // namespace

std::vector<scenario_entry> all_scenarios(driver by) {
    std::vector<scenario_entry> entries;
    for (const table& t : tables) {
        if (by == driver::at_every_write || t.at_every_instruction)
            t.add(entries);
    }
    return entries;
}

} // namespace every
