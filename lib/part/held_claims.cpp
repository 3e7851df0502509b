// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/detail/part/held_claims.hpp>

#include <thread>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

bool held_claims::end_elsewhere() noexcept {
    // acquire: if they are referenced, the references were taken before
    std::int64_t count = by_others_.load(std::memory_order_acquire);
    do {
        if ((count & are_referenced) != 0)
            return false;
        // release: what the claim's thread did comes before the handle's end
    } while (!by_others_.compare_exchange_weak(count, count - one, std::memory_order_release,
                                               std::memory_order_acquire));
    return true;
}

std::uint64_t held_claims::turn_into_references(ring_entries& entries, bool alone) noexcept {
    referenced_.store(true, std::memory_order_release); // pairs with the load in end_one
    // An entry that was in use in the parent, by another thread, stays so in a fork's child.
    while (entries.has_fences() && !entries.is_idle_for_all() && !alone)
        std::this_thread::yield();
    const std::int64_t others =
        by_others_.fetch_or(are_referenced, std::memory_order_acq_rel) / one;
    return static_cast<std::uint64_t>(by_first_.load(std::memory_order_relaxed) + others);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
