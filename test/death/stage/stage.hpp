// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A situation that is set up, the victim at the operation's begin.

#ifndef SHARED_MEMORY_TEST_DEATH_STAGE_STAGE_HPP
#define SHARED_MEMORY_TEST_DEATH_STAGE_STAGE_HPP

#include "scenario.hpp"
#include "temporaries.hpp"

#include <cstdio>
#include <memory>
#include <optional>
#include <unistd.h>

namespace every {

class stage {
public:
    //! `acts(scenario)` is the victim: it prepares itself, and marks the operation's begin and end.
    template <class Victim>
    stage(const scenario_entry& entry, unsigned number, Victim acts)
        : scenario_(entry.make(entry.which)) {
        char digits[16];
        std::snprintf(digits, sizeof digits, "%08u", number);
        scenario_->name(names_of(::getppid()) + digits);
        scenario_->before_others();
        // Before all else: they must not inherit the survivors' handles.
        if (scenario_->has_other())
            other_.emplace([this] { scenario_->other_runs(); });
        victim_.emplace([this, acts] { acts(*scenario_); });
        scenario_->prepare(other_ ? &*other_ : nullptr);
        victim_->run_to_mark();
        watch_.look_at(victim_->pid());
        scenario_->begins(watch_);
    }

    tracee& victim() { return *victim_; }
    segment_watch& watch() { return watch_; }
    scenario& what() { return *scenario_; }

private:
    std::unique_ptr<scenario> scenario_;
    segment_watch watch_;
    std::optional<tracee> other_;
    std::optional<tracee> victim_;
};

} // namespace every

#endif
