// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "trials.hpp"

#include "../scenarios/ring_survivors.hpp"
#include "../stage/stage.hpp"
#include "../stage/temporaries.hpp"

#include "../../support/posix/later.hpp"

#include <shared_memory/shared_buffer.hpp>

SHARED_MEMORY_TEST_CLOCK

namespace every {
namespace {

// What a killed creator left goes when somebody creates something, a minute later.
bool sweep(const std::string& name) {
    if (has_own_shared_memory() && count_temporaries() == 0)
        return false;
    const test_support::later a_minute(std::chrono::seconds(90));
    const sm::circular_buffer creator(sm::create_only, name, 2, 8);
    require(count_temporaries() == 0, "what a killed creator left is never removed");
    return true;
}

} // namespace

void trials::kill_repairer(const std::string& name, std::uint32_t nth) {
    is_doing("the repair");
    tracee repairer([&] {
        recorder_->operation_begins();
        try {
            sm::shared_buffer(sm::open_only, name, opening_options()).recover();
        } catch (const sm::error&) {
            // there is nothing, or no room for it
        }
        recorder::operation_ends();
        mark();
    });
    recorder_->run_to(repairer, nth);
    repairer.kill();
}

void trials::run(const scenario_entry& entry, const event* there, bool fresh_first,
                 std::uint32_t repairer, trial_result& result) {
    recorder& r = *recorder_;
    stage s(entry, in_a_process_.trials(), [&r](scenario& what) {
        what.victim_prepares();
        mark();
        r.operation_begins();
        what.operation();
        recorder::operation_ends();
        mark();
    });
    is_doing("the operation");
    const auto wake = [&] { s.what().wake(); };
    const bool is_there = r.run(s.victim(), there, wake);
    result.elsewhere = there != nullptr && !is_there;
    if (!s.what().is_slow()) {
        s.watch().look_at(s.victim().pid());
        s.what().is_alive(s.watch());
    } else if (is_there) {
        s.what().meanwhile();
        r.run(s.victim(), nullptr, wake);
    }
    s.victim().kill();
    if (repairer != 0)
        kill_repairer(s.what().name(), repairer);
    is_doing("what the survivors do");
    if (s.what().may_leave_temporary())
        result.temporary = sweep(s.what().name() + "s");
    result.rank = s.what().survive(fresh_first);
    require(there != nullptr || result.rank == s.what().last_rank(),
            "the operation is done, and does not show");
    require(count_temporaries() == 0, "a temporary is left that nobody was killed for");
}

const trial_result& trials::record(const scenario_entry& entry, std::vector<event>& found) {
    const trial_result& result =
        in_a_process_(longest_, [&](trial_result& r) { run(entry, nullptr, false, 0, r); });
    found = recorder_->events();
    return result;
}

const trial_result& trials::kill(const scenario_entry& entry, const event& there, bool fresh_first,
                                 std::uint32_t repairer) {
    return in_a_process_(longest_,
                         [&](trial_result& r) { run(entry, &there, fresh_first, repairer, r); });
}

} // namespace every
