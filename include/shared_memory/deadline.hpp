// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Until when a call may wait: for ever, not at all, for a duration, until a time point.

#ifndef SHARED_MEMORY_DEADLINE_HPP
#define SHARED_MEMORY_DEADLINE_HPP

#include <shared_memory/detail/config.hpp>

#include <chrono>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! Until when a call may wait. A duration and a time point of any clock convert to it:
//!
//!     sm::wait_any({&a, &b}, 10ms);
//!     sm::wait_any({&a, &b}, std::chrono::system_clock::now() + 1h);
//!     sm::wait_any({&a, &b}, sm::deadline::never());
//!
//! A deadline is kept on the monotonic clock: setting another clock later changes nothing. A
//! duration counts from the moment at which the deadline is made of it, so one deadline limits
//! several calls together.
//!
//! Nothing overflows: a deadline too far away for the clock is `never`; a duration of 0 or less (or
//! not a number) and a time point that has passed are `now`; a part of a tick is rounded up, so
//! that no wait ends too soon.
class deadline {
public:
    using clock = std::chrono::steady_clock;

    //! The end of that duration from now.
    template <class Rep, class Period>
    // NOLINTNEXTLINE(google-explicit-constructor): a duration says until when
    BOOST_FORCEINLINE deadline(const std::chrono::duration<Rep, Period>& wait)
        : deadline(in_seconds(seconds(wait))) {}

    //! That time point, as far from now as its own clock says. `max()` is never.
    template <class Clock, class Duration>
    // NOLINTNEXTLINE(google-explicit-constructor): a time point says until when
    deadline(const std::chrono::time_point<Clock, Duration>& until)
        : deadline(until == (std::chrono::time_point<Clock, Duration>::max)()
                       ? never()
                       : in_seconds(seconds(until.time_since_epoch()) -
                                    seconds(Clock::now().time_since_epoch()))) {}

    //! Wait for ever.
    static constexpr deadline never() noexcept {
        return deadline(as_it_is(), (clock::time_point::max)());
    }
    //! Do not wait at all.
    static constexpr deadline now() noexcept {
        return deadline(as_it_is(), (clock::time_point::min)());
    }
    //! The conversions by name.
    template <class Rep, class Period>
    static deadline in(const std::chrono::duration<Rep, Period>& wait) {
        return wait;
    }
    template <class Clock, class Duration>
    static deadline at(const std::chrono::time_point<Clock, Duration>& until) {
        return until;
    }

    //! The call that got this deadline must not wait.
    constexpr bool at_once() const noexcept { return until_ == (clock::time_point::min)(); }
    constexpr bool is_never() const noexcept { return until_ == (clock::time_point::max)(); }
    bool passed() const noexcept { return !is_never() && (at_once() || clock::now() >= until_); }
    //! The moment; the clock's `max()` for never, its `min()` for now.
    constexpr clock::time_point time() const noexcept { return until_; }
    //! Of the two deadlines the one that passes first.
    constexpr deadline sooner(deadline other) const noexcept {
        return until_ < other.until_ ? *this : other;
    }

private:
    // Exact for centuries in nanoseconds, and nothing overflows in it.
    using seconds = std::chrono::duration<long double>;
    struct as_it_is {};

    constexpr deadline(as_it_is, clock::time_point until) noexcept : until_(until) {}

    BOOST_FORCEINLINE static deadline in_seconds(seconds wait) noexcept {
        if (!(wait > wait.zero())) // NaN too
            return now();
        const clock::time_point start = clock::now();
        if (wait >= seconds((clock::time_point::max)() - start) - seconds(1))
            return never();
        return deadline(as_it_is(), start + std::chrono::ceil<clock::duration>(wait));
    }

    clock::time_point until_;
};

//! What a call named X_for takes: a duration of any kind, and nothing else.
class any_duration {
public:
    template <class Rep, class Period>
    // NOLINTNEXTLINE(google-explicit-constructor): every duration is one
    BOOST_FORCEINLINE any_duration(const std::chrono::duration<Rep, Period>& wait) : end_(wait) {}
    //! Its end, counted from when this object was made.
    deadline end() const noexcept { return end_; }

private:
    deadline end_;
};

//! What a call named X_until takes: a time point of any clock, and nothing else.
class any_time_point {
public:
    template <class Clock, class Duration>
    // NOLINTNEXTLINE(google-explicit-constructor): every time point is one
    any_time_point(const std::chrono::time_point<Clock, Duration>& until) : time_(until) {}
    //! The time point on the monotonic clock.
    deadline time() const noexcept { return time_; }

private:
    deadline time_;
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
