// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The quickest clock there is.

#ifndef SHARED_MEMORY_BENCH_PEERS_TICKS_HPP
#define SHARED_MEMORY_BENCH_PEERS_TICKS_HPP

#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace comparison {

#if defined(__x86_64__)
inline std::uint64_t ticks() noexcept {
    return __rdtsc();
}
#else
inline std::uint64_t ticks() noexcept {
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}
#endif

//! What a tick is in nanoseconds, by what has passed since this object began.
class tick_scale {
public:
    std::uint64_t start() const { return start_ticks_; }
    double nanoseconds_a_tick() const {
        const std::chrono::duration<double, std::nano> all =
            std::chrono::steady_clock::now() - start_;
        return all.count() / static_cast<double>(ticks() - start_ticks_);
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::uint64_t start_ticks_ = ticks();
};

} // namespace comparison

#endif
