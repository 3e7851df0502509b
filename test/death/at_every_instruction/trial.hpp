// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! One situation, set up anew in a process of its own: looked at, or with a kill in it.

#ifndef SHARED_MEMORY_TEST_DEATH_AT_EVERY_INSTRUCTION_TRIAL_HPP
#define SHARED_MEMORY_TEST_DEATH_AT_EVERY_INSTRUCTION_TRIAL_HPP

#include "../stage/isolation.hpp"
#include "../stage/scenario.hpp"
#include "points.hpp"

#include <cstddef>
#include <cstdint>

namespace every {

class laboratory {
public:
    //! Room for so many points of all operations.
    explicit laboratory(std::size_t points);

    //! Looks for the operation's points. The record lives as long as the laboratory.
    const trial_result& look(const scenario_entry& entry, record& found);
    //! Kills the victim at a point.
    const trial_result& kill(const scenario_entry& entry, const record& found, const point& where,
                             bool fresh_first);

private:
    point* points_;
    std::size_t left_;
    record* looked_;
    isolation in_a_process_;
};

//! Whether a process may trace another one here.
bool may_trace();

} // namespace every

#endif
