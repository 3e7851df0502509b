// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! How long a waiting handle tries again before it sleeps: learnt from what helped before.

#ifndef SHARED_MEMORY_DETAIL_CORE_SPIN_BUDGET_HPP
#define SHARED_MEMORY_DETAIL_CORE_SPIN_BUDGET_HPP

#include <shared_memory/detail/config.hpp>

#include <atomic>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! How long to stay awake before sleeping. Private to a handle; any thread may use it.
//!
//! First the handle spins, in rounds: about as long as it took before, if spinning helped; ever
//! shorter if not, with a long try now and then. That is all, unless the handle was woken in vain:
//! then other handles wait for the same, and each message wakes all of them, though only one handle
//! gets it. From then on the handle yields before it sleeps, as long as that lets other threads run
//! for a moment: one of them may bring what the handle waits for. The handle does not yield from
//! the beginning: a thread that keeps the processor as long as it can may want it, and a yield to
//! that thread is longer than a sleep.
class spin_budget {
public:
    //! How long to pause between tries, in rounds. For a message the pause is always one round: the
    //! message's line changes hands just once. For a lock the pause grows up to `longest_pause`:
    //! each try takes the line away from the lock's holder, which might have locked and unlocked
    //! again and again meanwhile.
    explicit spin_budget(std::uint32_t longest_pause = 1) noexcept
        : longest_pause_(longest_pause) {}
    std::uint32_t longest_pause() const noexcept { return longest_pause_; }

    static constexpr std::uint32_t least = 32;
    static constexpr std::uint32_t most = 2048; // some 100 us

    static constexpr std::uint32_t most_yields = 64;

    std::uint32_t next() noexcept {
        const bool long_try = rounds_.fetch_add(1, std::memory_order_relaxed) % 16 == 0;
        return long_try ? most : learnt_.load(std::memory_order_relaxed);
    }
    void helped_after(std::uint32_t rounds) noexcept {
        const std::uint32_t goal = rounds < most / 4 ? 2 * (rounds + least) : most;
        const std::uint32_t now = learnt_.load(std::memory_order_relaxed);
        learnt_.store(goal > now ? now + (goal - now + 3) / 4 : now - (now - goal) / 16,
                      std::memory_order_relaxed);
    }
    void was_in_vain() noexcept {
        const std::uint32_t now = learnt_.load(std::memory_order_relaxed);
        learnt_.store(now > least ? now - now / 8 : least, std::memory_order_relaxed);
    }

    //! How often to yield.
    std::uint32_t yields() const noexcept { return yields_.load(std::memory_order_relaxed); }
    void woken_in_vain() noexcept { yields_.store(most_yields, std::memory_order_relaxed); }
    void yielding_helped() noexcept { yields_.store(most_yields, std::memory_order_relaxed); }
    void yielding_was_in_vain() noexcept { yields_.store(yields() / 2, std::memory_order_relaxed); }
    void yield_was_too_long() noexcept { yields_.store(0, std::memory_order_relaxed); }

private:
    const std::uint32_t longest_pause_;
    std::atomic<std::uint32_t> learnt_{256};
    std::atomic<std::uint32_t> yields_{0};
    std::atomic<std::uint32_t> rounds_{0};
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
