// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#ifndef SHARED_MEMORY_DEADLINE_HPP
#define SHARED_MEMORY_DEADLINE_HPP

#include <shared_memory/detail/config.hpp>

#include <chrono>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
//! Until when a call may wait, on the monotonic clock. Nothing overflows: what is too far away is
//! never, what is over is now.
class deadline {
public:
    using clock = std::chrono::steady_clock;

    static constexpr deadline never() noexcept { return deadline(clock::time_point::max()); }
    //! Do not wait at all.
    static constexpr deadline now() noexcept { return deadline(clock::time_point::min()); }

    template <class Rep, class Period>
    static deadline in(const std::chrono::duration<Rep, Period>& wait) {
        return in_seconds(seconds(wait));
    }

    //! The time point of another clock is taken as so far from now; that clock's being set later
    //! does not matter.
    template <class Clock, class Duration>
    static deadline at(const std::chrono::time_point<Clock, Duration>& until) {
        if (until == std::chrono::time_point<Clock, Duration>::max())
            return never();
        return in_seconds(seconds(until.time_since_epoch()) -
                          seconds(Clock::now().time_since_epoch()));
    }

    //! The call that got this must not wait.
    constexpr bool at_once() const noexcept { return until_ == clock::time_point::min(); }
    constexpr bool is_never() const noexcept { return until_ == clock::time_point::max(); }
    bool passed() const noexcept { return !is_never() && (at_once() || clock::now() >= until_); }
    constexpr clock::time_point time() const noexcept { return until_; }
    deadline sooner(deadline other) const noexcept { return until_ < other.until_ ? *this : other; }

private:
    // Exact for centuries in nanoseconds, and nothing overflows in it.
    using seconds = std::chrono::duration<long double>;

    constexpr explicit deadline(clock::time_point until) noexcept : until_(until) {}

    static deadline in_seconds(seconds wait) noexcept {
        if (!(wait > wait.zero())) // NaN too
            return now();
        const clock::time_point start = clock::now();
        if (wait >= seconds(clock::time_point::max() - start) - seconds(1))
            return never();
        return deadline(start + std::chrono::ceil<clock::duration>(wait));
    }

    clock::time_point until_;
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
