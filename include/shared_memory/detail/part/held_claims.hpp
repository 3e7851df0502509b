// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! How many claims a handle has made, for one side, that have not ended: a claim may outlive its
//! handle, and keeps the segment mapped until then.
//!
//! A reference for each claim would cost two locked instructions a message. So claims are only
//! counted while the handle lives, and the count is split: the side's first thread (ring_entries)
//! counts by plain stores, inside its entry, and other threads by atomic ones (as all threads do
//! where the process has no heavy fences). A claim that begins
//! in one thread and ends in another adds to one part and takes from the other part; only the sum
//! matters. When the handle goes, it turns the claims that are left into references, and each of
//! them ends by giving a reference back (`turn_into_references`).

#ifndef SHARED_MEMORY_DETAIL_PART_HELD_CLAIMS_HPP
#define SHARED_MEMORY_DETAIL_PART_HELD_CLAIMS_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/part/ring_entries.hpp>

#include <boost/config.hpp>

#include <atomic>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

class held_claims {
public:
    //! A claim was made with that entry, which the calling thread still has.
    BOOST_FORCEINLINE void add(const ring_entries& entries, std::uint32_t entry) noexcept {
        if (BOOST_LIKELY(entry == 0) && BOOST_LIKELY(entries.has_fences()))
            by_first_.store(by_first_.load(std::memory_order_relaxed) + 1,
                            std::memory_order_relaxed);
        else
            by_others_.fetch_add(one, std::memory_order_relaxed);
    }
    //! A claim has ended. False: it had a reference, which the caller gives back now. Afterwards
    //! the segment may be gone.
    BOOST_FORCEINLINE bool end_one(ring_entries& entries) noexcept {
        if (BOOST_UNLIKELY(!entries.has_fences()) || BOOST_UNLIKELY(!entries.enter()))
            return end_elsewhere();
        // pairs with turn_into_references: it sees the entry in use, or this sees its flag
        // acquire: the references were taken before
        const bool counted = !referenced_.load(std::memory_order_acquire);
        if (BOOST_LIKELY(counted))
            by_first_.store(by_first_.load(std::memory_order_relaxed) - 1,
                            std::memory_order_relaxed);
        entries.leave(); // the last access
        return counted;
    }
    //! The handle goes: how many claims are left. From now on each of them has a reference, which
    //! the caller has taken beforehand. `alone`: this is a fork's child, where no other thread is.
    std::uint64_t turn_into_references(ring_entries& entries, bool alone) noexcept;

private:
    static constexpr std::int64_t one = 2;
    static constexpr std::int64_t are_referenced = 1; // bit 0 of by_others_

    bool end_elsewhere() noexcept;

    std::atomic<std::int64_t> by_first_{0};
    std::atomic<bool> referenced_{false};
    std::atomic<std::int64_t> by_others_{0}; // twice their number, and the bit
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
