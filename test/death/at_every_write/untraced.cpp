// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Processes that nobody traces: they stop themselves, so that they can run anywhere, and in any
// build.

#include "../stage/tracee.hpp"

#include <sys/prctl.h>

namespace every {

void mark() noexcept {
    ::raise(SIGSTOP);
}

bool tracee::begins() {
    return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
}

void tracee::has_begun() {}

void tracee::go() {
    stopped_ = false;
    ::kill(pid_, SIGCONT);
}

} // namespace every
