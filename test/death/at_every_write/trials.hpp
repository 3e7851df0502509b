// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! One situation, set up anew in a process of its own: recorded, or with a death in it.

#ifndef SHARED_MEMORY_TEST_DEATH_AT_EVERY_WRITE_TRIALS_HPP
#define SHARED_MEMORY_TEST_DEATH_AT_EVERY_WRITE_TRIALS_HPP

#include "../stage/isolation.hpp"
#include "../stage/scenario.hpp"
#include "recorder.hpp"

#include <vector>

namespace every {

class trials {
public:
    trials() : recorder_(shared<recorder>(1)) {}

    //! Lets the operation come to its end; the victim dies there.
    const trial_result& record(const scenario_entry& entry, std::vector<event>& found);
    //! Kills the victim there; or, if it is to be slow, lets it wait there.
    //! `repairer`: a process that comes then and repairs is killed too, when it comes by a point for
    //! the n-th time; 0: there is none.
    const trial_result& kill(const scenario_entry& entry, const event& there, bool fresh_first,
                             std::uint32_t repairer);

    std::vector<site> sites() const { return recorder_->sites(); }
    //! After so many seconds a trial is stuck.
    void longest(unsigned seconds) noexcept { longest_ = seconds; }

private:
    void run(const scenario_entry& entry, const event* there, bool fresh_first,
             std::uint32_t repairer, trial_result& result);
    void kill_repairer(const std::string& name, std::uint32_t nth);

    recorder* recorder_;
    isolation in_a_process_;
    unsigned longest_ = 30;
};

} // namespace every

#endif
