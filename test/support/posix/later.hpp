// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A later time, for the whole program, one source of which has the library's clock.

#ifndef SHARED_MEMORY_TEST_LATER_HPP
#define SHARED_MEMORY_TEST_LATER_HPP

#include "../seconds_ahead.hpp"

#include <chrono>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// A minute passes for this program when it says so: the library asks this function, instead of the
// C library's, how late it is. One source of a program has it, outside of all namespaces; it is not
// weak, or else a sanitizer's would be taken.
#define SHARED_MEMORY_TEST_CLOCK                                                                   \
    bool const test_support::clock_is_here = true;                                                 \
    extern "C" int clock_gettime(clockid_t clock, struct timespec* time) noexcept {                \
        auto const result = static_cast<int>(syscall(SYS_clock_gettime, clock, time));             \
        if (result == 0 && clock == CLOCK_REALTIME)                                                \
            time->tv_sec += test_support::seconds_ahead.load(std::memory_order_relaxed);           \
        return result;                                                                             \
    }

namespace test_support {

// Undefined if no source of the program has SHARED_MEMORY_TEST_CLOCK.
extern bool const clock_is_here;

struct later {
    explicit later(std::chrono::seconds wait) {
        seconds_ahead = clock_is_here ? static_cast<long>(wait.count()) : 0;
    }
    later(later const&) = delete;
    later& operator=(later const&) = delete;
    ~later() { seconds_ahead = 0; }
};

} // namespace test_support

#endif
