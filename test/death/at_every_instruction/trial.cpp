// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "trial.hpp"

#include "../stage/stage.hpp"
#include "../stage/temporaries.hpp"

namespace every {
namespace {

constexpr unsigned longest_look = 60; // seconds: each instruction is a stop
constexpr unsigned longest_trial = 30;

void acts(scenario& what) {
    what.victim_prepares();
    mark();
    what.operation();
    mark();
}

void kill_and_survive(const scenario_entry& entry, unsigned number, const record& found,
                      const point& where, bool fresh_first, trial_result& result) {
    stage s(entry, number, acts);
    is_doing("the operation");
    result.elsewhere = !reach(s.victim(), where, found, [&] { s.what().wake(); });
    s.watch().look_at(s.victim().pid());
    s.what().is_alive(s.watch());
    s.victim().kill();
    is_doing("what the survivors do");
    if (s.what().may_leave_temporary())
        result.temporary = remove_temporaries() != 0;
    result.rank = s.what().survive(fresh_first);
    require(count_temporaries() == 0, "a temporary is left that nobody was killed for");
}

} // namespace

laboratory::laboratory(std::size_t points)
    : points_(shared<point>(points)), left_(points), looked_(shared<record>(1)) {}

const trial_result& laboratory::look(const scenario_entry& entry, record& found) {
    *looked_ = record{};
    looked_->points = points_;
    looked_->capacity = static_cast<std::uint32_t>(left_);
    const trial_result& result = in_a_process_(longest_look, [&](trial_result&) {
        stage s(entry, in_a_process_.trials(), acts);
        find_points(
            s.victim(), s.watch(), entry.every, [&] { s.what().wake(); }, *looked_);
        s.what().is_alive(s.watch());
        s.victim().kill();
        is_doing("what the survivors do");
        require(s.what().survive(false) == s.what().last_rank(),
                "the operation is done, and does not show");
    });
    found = *looked_;
    points_ += found.count;
    left_ -= found.count;
    return result;
}

const trial_result& laboratory::kill(const scenario_entry& entry, const record& found,
                                     const point& where, bool fresh_first) {
    return in_a_process_(longest_trial, [&](trial_result& result) {
        kill_and_survive(entry, in_a_process_.trials(), found, where, fresh_first, result);
    });
}

bool may_trace() {
    try {
        tracee one([] { mark(); });
        one.run_to_mark();
        one.step();
        return true;
    } catch (const failure&) {
        return false;
    }
}

} // namespace every
