// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! All situations. Each table of them stands in a file of this folder and adds itself here.

#ifndef SHARED_MEMORY_TEST_DEATH_SCENARIOS_ALL_HPP
#define SHARED_MEMORY_TEST_DEATH_SCENARIOS_ALL_HPP

#include "../stage/scenario.hpp"

#include <iterator>
#include <memory>
#include <vector>

namespace every {

enum class driver { at_every_write, at_every_instruction };

//! The situations that a driver goes through, in their order.
std::vector<scenario_entry> all_scenarios(driver by);

void add_array(std::vector<scenario_entry>& to);
void add_latest(std::vector<scenario_entry>& to);
void add_lock(std::vector<scenario_entry>& to);
void add_ring_batches(std::vector<scenario_entry>& to);
void add_ring_claims(std::vector<scenario_entry>& to);
void add_ring_dead_letters(std::vector<scenario_entry>& to);
void add_ring_deep_sleepers(std::vector<scenario_entry>& to);
void add_ring_end(std::vector<scenario_entry>& to);
void add_ring_journals(std::vector<scenario_entry>& to);
void add_ring_more(std::vector<scenario_entry>& to);
void add_ring_recovery(std::vector<scenario_entry>& to);
void add_ring_single(std::vector<scenario_entry>& to);
void add_ring_sleepers(std::vector<scenario_entry>& to);
void add_ring_slow_repairers(std::vector<scenario_entry>& to);
void add_segment_anew(std::vector<scenario_entry>& to);
void add_segment_life(std::vector<scenario_entry>& to);
void add_segment_names(std::vector<scenario_entry>& to);
void add_segment_slow_openers(std::vector<scenario_entry>& to);
void add_segment_sweep(std::vector<scenario_entry>& to);

//! All of a table of plans.
template <class Scenario, const auto& plans>
void add_plans(std::vector<scenario_entry>& to) {
    for (std::size_t i = 0; i != std::size(plans); ++i)
        to.push_back({plans[i].operation, plans[i].situation, plans[i].every,
                      [](std::size_t which) -> std::unique_ptr<scenario> {
                          return std::make_unique<Scenario>(plans[which]);
                      },
                      i});
}

} // namespace every

#endif
