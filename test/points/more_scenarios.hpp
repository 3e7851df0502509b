// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Situations that every_instruction does not have: those in which a point is reached, or a repair
//! needed, that is not in its.

#ifndef SHARED_MEMORY_TEST_POINTS_MORE_SCENARIOS_HPP
#define SHARED_MEMORY_TEST_POINTS_MORE_SCENARIOS_HPP

#include "scenario.hpp"

#include <vector>

namespace every {

void add_more_ring_scenarios(std::vector<scenario_entry>& to);
void add_single_scenarios(std::vector<scenario_entry>& to);
void add_end_scenarios(std::vector<scenario_entry>& to);
void add_deep_sleepers(std::vector<scenario_entry>& to);
void add_array_scenarios(std::vector<scenario_entry>& to);
void add_slow_repairers(std::vector<scenario_entry>& to);
void add_sweeping_creators(std::vector<scenario_entry>& to);
void add_slow_openers(std::vector<scenario_entry>& to);

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
