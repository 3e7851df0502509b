// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A later time, for the whole program: the library's clock is here then.

#ifndef SHARED_MEMORY_TEST_LATER_HPP
#define SHARED_MEMORY_TEST_LATER_HPP

#include "../seconds_ahead.hpp"

#include <chrono>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// A minute passes for this program when it says so: the library asks this function, instead of the
// C library's, how late it is. (It is weak since several sources of a program may include it.)
extern "C" [[gnu::weak]] int clock_gettime(clockid_t clock, struct timespec* time) noexcept {
    auto const result = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
    if (result == 0 && clock == CLOCK_REALTIME)
        time->tv_sec += test_support::seconds_ahead.load(std::memory_order_relaxed);
    return result;
}

namespace test_support {

struct later {
    explicit later(std::chrono::seconds wait) { seconds_ahead = static_cast<long>(wait.count()); }
    later(later const&) = delete;
    later& operator=(later const&) = delete;
    ~later() { seconds_ahead = 0; }
};

} // namespace test_support

#endif
