// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "points.hpp"

#include <algorithm>
#include <deque>
#include <unordered_map>

extern "C" const char __executable_start;
extern "C" const char etext;

namespace every {
namespace {

constexpr std::size_t way_kept = 128;

//! The way since the last system call.
class way {
public:
    void begin() {
        times_.clear();
        steps_.clear();
        count_ = 0;
    }
    void is_at(std::uintptr_t instruction) {
        steps_.push_back({instruction, ++times_[instruction], count_++});
        if (steps_.size() > way_kept)
            steps_.pop_front();
    }
    //! The shortest way to where it is now. A breakpoint costs a little more than a step.
    void describe(point& p) const {
        const std::uint32_t here = count_ - 1;
        p.anchor = 0;
        p.anchor_times = 0;
        p.steps = here;
        std::uint32_t best = here;
        for (const step& s : steps_) {
            const std::uint32_t cost = 2 + 2 * s.times + (here - s.number);
            if (!is_ours(s.instruction) || cost >= best)
                continue;
            best = cost;
            p.anchor = s.instruction;
            p.anchor_times = s.times;
            p.steps = here - s.number;
        }
    }

private:
    struct step {
        std::uintptr_t instruction;
        std::uint32_t times;
        std::uint32_t number;
    };
    // a breakpoint can be set there
    static bool is_ours(std::uintptr_t instruction) {
        return instruction >= reinterpret_cast<std::uintptr_t>(&__executable_start) &&
               instruction < reinterpret_cast<std::uintptr_t>(&etext);
    }

    std::unordered_map<std::uintptr_t, std::uint32_t> times_;
    std::deque<step> steps_;
    std::uint32_t count_ = 0;
};

class finder {
public:
    finder(tracee& victim, segment_watch& watch, bool every, const std::function<void()>& wake,
           record& result)
        : victim_(victim), watch_(watch), every_(every), wake_(wake), found_(result) {}

    void run() {
        watch_.look_at(victim_.pid());
        way_.begin();
        way_.is_at(victim_.instruction());
        add(point_kind::begin);
        for (;;) {
            if (!every_ && !watch_.is_mapped()) {
                // Nothing but system calls can change anything for others.
                if (!victim_.run_to_system_call()) {
                    add(point_kind::end);
                    found_.points[found_.count - 1].steps = to_the_mark;
                    return;
                }
                add(point_kind::before_call);
                add_call(&tracee::begin_system_call);
                continue;
            }
            const std::uintptr_t at = victim_.instruction();
            if (tracee::code(at) == 0xcc)
                break;
            ++found_.instructions;
            if (tracee::code(at) == 0x0f && tracee::code(at + 1) == 0x05) {
                add(point_kind::before_call);
                add_call(&tracee::begin_step);
                continue;
            }
            victim_.step();
            way_.is_at(victim_.instruction());
            if (watch_.changed())
                add(point_kind::change);
            else if (every_)
                add(point_kind::instruction);
        }
        if (found_.points[found_.count - 1].kind < point_kind::asleep)
            add(point_kind::end);
        else
            found_.points[found_.count - 1].kind = point_kind::end;
    }

private:
    void add_call(void (tracee::*begin)()) {
        const bool may_sleep = victim_.about_to_sleep();
        (victim_.*begin)();
        if (may_sleep && victim_.sleeps_or_stops()) {
            require(found_.sleeps != 4, "the operation sleeps again and again");
            found_.sleeps_in[found_.sleeps++] = found_.system_calls + 1;
            add(point_kind::asleep);
            wake_();
        }
        victim_.wait_for_stop();
        ++found_.system_calls;
        way_.begin();
        way_.is_at(victim_.instruction());
        watch_.look_at(victim_.pid());
        watch_.changed();
        add(point_kind::after_call);
    }

    void add(point_kind kind) {
        require(found_.count != found_.capacity, "too many points");
        point& p = found_.points[found_.count++];
        p = {};
        p.kind = kind;
        p.system_calls = found_.system_calls;
        p.instruction_number = found_.instructions;
        p.rank[0] = p.rank[1] = -1;
        if (kind == point_kind::asleep)
            return;
        p.address = victim_.instruction();
        if (kind != point_kind::before_call)
            way_.describe(p);
    }

    tracee& victim_;
    segment_watch& watch_;
    bool every_;
    const std::function<void()>& wake_;
    record& found_;
    way way_;
};

//! Through one system call; false: the operation has come to its end before.
bool run_through(tracee& victim, std::uint32_t number, const record& found,
                 const std::function<void()>& wake) {
    if (!victim.run_to_system_call())
        return false;
    const auto* const end = found.sleeps_in + found.sleeps;
    const bool sleeps = std::find(found.sleeps_in, end, number) != end;
    victim.begin_system_call();
    if (sleeps) {
        require(victim.sleeps_or_stops(), "the operation does not sleep where it did before");
        wake();
    }
    victim.wait_for_stop();
    return true;
}

} // namespace

const char* name_of(point_kind kind) noexcept {
    constexpr const char* names[] = {"before the first instruction",
                                     "after the last instruction",
                                     "before a system call",
                                     "after a system call",
                                     "asleep",
                                     "after a change",
                                     "between changes"};
    return names[static_cast<unsigned>(kind)];
}

void find_points(tracee& victim, segment_watch& watch, bool every,
                 const std::function<void()>& wake, record& result) {
    finder(victim, watch, every, wake, result).run();
}

bool reach(tracee& victim, const point& wanted, const record& found,
           const std::function<void()>& wake) {
    for (std::uint32_t i = 1; i <= wanted.system_calls; ++i) {
        if (!run_through(victim, i, found, wake))
            return false;
    }
    if (wanted.kind == point_kind::before_call)
        return victim.run_to_system_call();
    if (wanted.kind == point_kind::asleep) {
        require(victim.run_to_system_call(), "the operation ends where it was asleep before");
        victim.begin_system_call();
        require(victim.sleeps_or_stops(), "the operation does not sleep where it did before");
        return true;
    }
    if (wanted.steps == to_the_mark)
        return !victim.run_to_system_call() && victim.instruction() == wanted.address;
    if (wanted.anchor != 0 && !victim.run_to(wanted.anchor, wanted.anchor_times))
        return false;
    for (std::uint32_t i = 0; i != wanted.steps; ++i) {
        if (tracee::code(victim.instruction()) == 0xcc)
            return false;
        victim.step();
    }
    return victim.instruction() == wanted.address;
}

} // namespace every
