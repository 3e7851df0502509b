// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "trial.hpp"

#include "temporaries.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace every {
namespace {

constexpr unsigned longest_look = 60; // seconds: each instruction is a stop
constexpr unsigned longest_trial = 30;

// For the watchdog.
trial_result* told;
const char* phase = "the setting up";

void tell(trial_result& result, const char* text) {
    result.state = trial_result::outcome::did_not_balance;
    std::snprintf(result.text, sizeof result.text, "%s", text);
}

extern "C" void watchdog_bites(int) {
    told->state = trial_result::outcome::did_not_balance;
    std::strcpy(told->text, "stuck: no end comes to ");
    std::strcat(told->text, phase);
    ::_exit(3);
}

// A process and the one that steps through it take turns: on one processor that is much faster.
void stay_on_this_processor() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &one);
    ::sched_setaffinity(0, sizeof one, &one);
}

template <class T>
T* shared(std::size_t count) {
    void* const memory = ::mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        throw std::bad_alloc();
    return static_cast<T*>(memory);
}

//! A situation that is set up, the victim at the operation's begin.
class stage {
public:
    stage(const scenario_entry& entry, unsigned number) : scenario_(entry.make(entry.which)) {
        char name[32]; // always of the same length: the victim's steps are counted
        std::snprintf(name, sizeof name, "every-%07d-%08u", static_cast<int>(::getppid()), number);
        scenario_->name(name);
        scenario_->before_others();
        // Before all else: they must not inherit the survivors' handles.
        if (scenario_->has_other())
            other_.emplace([this] { scenario_->other_runs(); });
        victim_.emplace([this] {
            scenario_->victim_prepares();
            EVERY_INSTRUCTION_MARK();
            scenario_->operation();
            EVERY_INSTRUCTION_MARK();
        });
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

void kill_and_survive(const scenario_entry& entry, unsigned number, const record& found,
                      const point& where, bool fresh_first, trial_result& result) {
    stage s(entry, number);
    phase = "the operation";
    result.elsewhere = !reach(s.victim(), where, found, [&] { s.what().wake(); });
    s.watch().look_at(s.victim().pid());
    s.what().is_alive(s.watch());
    s.victim().kill();
    phase = "what the survivors do";
    if (s.what().may_leave_temporary())
        result.temporary = remove_temporaries() != 0;
    result.rank = s.what().survive(fresh_first);
    require(count_temporaries() == 0, "a temporary is left that nobody was killed for");
}

} // namespace

laboratory::laboratory(std::size_t points)
    : points_(shared<point>(points)), left_(points), looked_(shared<record>(1)),
      result_(shared<trial_result>(1)) {}

// Nothing is allocated here: each trial begins with the same heap, and a victim takes the same
// steps again.
template <class Run>
const trial_result& laboratory::in_a_process(Run&& run) {
    *result_ = trial_result{};
    ++trials_;
    std::fflush(stdout);
    const pid_t pid = ::fork();
    if (pid == -1) {
        tell(*result_, "cannot fork");
        return *result_;
    }
    if (pid == 0) {
        told = result_;
        ::signal(SIGALRM, watchdog_bites);
        stay_on_this_processor();
        try {
            run(*result_);
            result_->state = trial_result::outcome::balanced;
        } catch (const std::exception& e) {
            tell(*result_, e.what());
        }
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (result_->state == trial_result::outcome::none)
        tell(*result_, "the survivors' process crashed");
    if (result_->state != trial_result::outcome::balanced) { // others' steps would be counted wrong
        remove_all("every-");
        remove_temporaries();
    }
    return *result_;
}

const trial_result& laboratory::look(const scenario_entry& entry, record& found) {
    *looked_ = record{};
    looked_->points = points_;
    looked_->capacity = static_cast<std::uint32_t>(left_);
    const trial_result& result = in_a_process([&](trial_result&) {
        ::alarm(longest_look);
        stage s(entry, trials_);
        find_points(
            s.victim(), s.watch(), entry.every, [&] { s.what().wake(); }, *looked_);
        s.what().is_alive(s.watch());
        s.victim().kill();
        phase = "what the survivors do";
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
    return in_a_process([&](trial_result& result) {
        ::alarm(longest_trial);
        kill_and_survive(entry, trials_, found, where, fresh_first, result);
    });
}

bool may_trace() {
    try {
        tracee one([] { EVERY_INSTRUCTION_MARK(); });
        one.run_to_mark();
        one.step();
        return true;
    } catch (const failure&) {
        return false;
    }
}

} // namespace every
