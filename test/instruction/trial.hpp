// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! One situation, set up anew in a process of its own: looked at, or with a kill in it.

#ifndef SHARED_MEMORY_TEST_EVERY_INSTRUCTION_TRIAL_HPP
#define SHARED_MEMORY_TEST_EVERY_INSTRUCTION_TRIAL_HPP

#include "points.hpp"
#include "scenario.hpp"

#include <cstddef>
#include <cstdint>

namespace every {

//! What a trial tells; lies in memory that the program's processes share.
struct trial_result {
    enum class outcome : std::uint8_t { none, balanced, did_not_balance };
    outcome state;
    bool elsewhere;    // the kill was at another instruction than when the operation was looked at
    bool temporary;    // a killed creator's temporary was left, and was removed
    std::int32_t rank; // see scenario::survive
    char text[400];
};

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
    template <class Run>
    const trial_result& in_a_process(Run&& run);

    point* points_;
    std::size_t left_;
    record* looked_;
    trial_result* result_;
    unsigned trials_ = 0;
};

//! Whether a process may trace another one here.
bool may_trace();

} // namespace every

#endif
