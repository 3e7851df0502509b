// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Sweeping up temporaries, which are swept when they are a minute old. Include it in one source of
// a program: the library's clock is here then.

#ifndef SHARED_MEMORY_TEST_SWEEPING_HPP
#define SHARED_MEMORY_TEST_SWEEPING_HPP

#include "segment_files.hpp"

#include <atomic>
#include <sys/syscall.h>
#include <time.h>

namespace test_support {
inline std::atomic<long> seconds_ahead{0};
}

// A minute passes for this program when it says so: the library asks this function, instead of the
// C library's, how late it is.
extern "C" int clock_gettime(clockid_t clock, struct timespec* time) noexcept {
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

// Any create sweeps.
inline void sweep() {
    sm::circular_buffer const ring(sm::create_only, unique_name("sweeper"), 4, 8);
}

// What killed builders have left goes when it is old enough.
inline void check_temporaries_are_swept() {
    auto const left = temporaries();
    BOOST_TEST_MESSAGE(left.size() << " temporaries are left");
    later const in(std::chrono::seconds(90));
    for (std::string const& one : left) {
        bool const gone = becomes_true([&] { // somebody else may just be sweeping it, and hold it
            sweep();
            return !exists(one);
        });
        BOOST_TEST(gone, one << " is still there");
    }
}

} // namespace test_support

#endif
