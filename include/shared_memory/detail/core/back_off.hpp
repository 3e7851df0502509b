// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! How long a participant stays away from a counter after another one was quicker.
//!
//! Nothing here is part of the algorithm: a participant that never pauses is right too. But each
//! failed compare-and-exchange takes the counter's line from the participant that needs it next, so
//! that contenders who try again at once slow each other down several times. A participant that
//! never loses never pauses.

#ifndef SHARED_MEMORY_DETAIL_CORE_BACK_OFF_HPP
#define SHARED_MEMORY_DETAIL_CORE_BACK_OFF_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/config.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! For one side of one handle. Threads may share it: what they lose to each other is a pause.
template <class System>
class back_off {
public:
    // Nanoseconds. With less at most, many contenders lose most of their tries; with four times as
    // much, one of eight writers can starve for a tenth of a second.
    static constexpr std::uint32_t least = 3000;
    static constexpr std::uint32_t most = 46000;

    back_off() noexcept = default;
    back_off(const back_off& other) noexcept { *this = other; }
    back_off& operator=(const back_off& other) noexcept {
        level_.store(other.level_.load(std::memory_order_relaxed), std::memory_order_relaxed);
        return *this;
    }

    BOOST_FORCEINLINE void won() noexcept {
        const std::uint32_t level = level_.load(std::memory_order_relaxed);
        if (BOOST_UNLIKELY(level != 0))
            level_.store(level - (std::min)(level, (level >> 5U) + least / 64),
                         std::memory_order_relaxed);
    }
    //! Another participant was quicker. The next search pauses for it: a call in the fast path would
    //! cost a participant that never loses.
    BOOST_FORCEINLINE void note_lost() noexcept { lost_.store(true, std::memory_order_relaxed); }
    //! Pauses for a random time, up to twice as long as the last time, if a loss was noted.
    void pause_if_lost() noexcept {
        if (!lost_.load(std::memory_order_relaxed))
            return;
        lost_.store(false, std::memory_order_relaxed);
        const std::uint32_t level =
            std::clamp(2 * level_.load(std::memory_order_relaxed), least, most);
        level_.store(level, std::memory_order_relaxed);
        System::stay_away(level / 2 + random() % (level / 2));
    }
    //! There was nothing to claim. A participant that has lost lately does not look again at once.
    void found_nothing() noexcept {
        const std::uint32_t level = level_.load(std::memory_order_relaxed);
        if (BOOST_LIKELY(level == 0))
            return;
        won(); // so that it ends some time
        System::stay_away((std::min)(level, least));
    }

private:
    // xorshift32: Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8 (2003)
    std::uint32_t random() noexcept {
        std::uint32_t x = random_.load(std::memory_order_relaxed);
        if (x == 0)
            x = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(this) >> 4U) | 1U;
        x ^= x << 13U;
        x ^= x >> 17U;
        x ^= x << 5U;
        random_.store(x, std::memory_order_relaxed);
        return x;
    }

    std::atomic<std::uint32_t> level_{0}; // nanoseconds; 0: nobody was quicker lately
    std::atomic<std::uint32_t> random_{0};
    std::atomic<bool> lost_{false};
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
