// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "isolation.hpp"

#include "temporaries.hpp"

#include <cstdio>
#include <cstring>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

namespace every {
namespace {

// For the watchdog.
trial_result* told;
const char* doing;

extern "C" void watchdog_bites(int) {
    told->state = trial_result::outcome::did_not_balance;
    std::strcpy(told->text, "stuck: no end comes to ");
    std::strcat(told->text, doing);
    ::_exit(3);
}

// A process and the one that stops it take turns: on one processor that is much faster.
void stay_on_this_processor() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &one);
    ::sched_setaffinity(0, sizeof one, &one);
}

} // namespace

void is_doing(const char* what) noexcept {
    doing = what;
}

void isolation::tell(const char* text) noexcept {
    result_->state = trial_result::outcome::did_not_balance;
    std::snprintf(result_->text, sizeof result_->text, "%s", text);
}

bool isolation::begin(unsigned seconds) {
    *result_ = trial_result{};
    ++trials_;
    std::fflush(stdout);
    pid_ = ::fork();
    if (pid_ != 0)
        return false;
    told = result_;
    is_doing("the setting up");
    ::signal(SIGALRM, watchdog_bites);
    ::alarm(seconds);
    stay_on_this_processor();
    return true;
}

const trial_result& isolation::end() {
    int status = 0;
    if (pid_ == -1)
        tell("cannot fork");
    else
        ::waitpid(pid_, &status, 0);
    if (result_->state == trial_result::outcome::none)
        tell("the survivors' process crashed");
    if (result_->state != trial_result::outcome::balanced) { // others' steps would be counted wrong
        remove_all(names_of(::getpid()));
        remove_temporaries();
    }
    return *result_;
}

} // namespace every
