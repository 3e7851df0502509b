// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Messages that are copied: claim, copy and end in one go, in few instructions. What the steps say,
//! and in which order, is what claim_write_at_once and publish, claim_read_at_once and release say.
//! No claim of that side is open meanwhile, and none is made within: `ending` is set all the time [Q9].
//! So no end comes out of order, and nothing is noted.

#ifndef SHARED_MEMORY_DETAIL_CORE_SPSC_RING_COPY_HPP
#define SHARED_MEMORY_DETAIL_CORE_SPSC_RING_COPY_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/spsc_ring.hpp>

#include <boost/config.hpp>
#include <boost/memory_order.hpp>

#include <atomic>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

// The caller may claim, copy and end n. False: it may not, or not in one go: a claim is open, or the
// caller has interrupted a call.
template <class System>
BOOST_FORCEINLINE bool spsc_ring<System>::begin_copy(side& s, const word64& claimed,
                                                     std::uint64_t n) noexcept {
    if (BOOST_UNLIKELY(s.done.load(std::memory_order_relaxed) != n) ||
        BOOST_UNLIKELY(s.busy.load(std::memory_order_relaxed) == n) ||
        BOOST_UNLIKELY(s.ending.load(std::memory_order_relaxed) != 0))
        return false;
    s.ending.store(1, std::memory_order_relaxed);
    System::light_fence();
    // A handler may have come between the two.
    if (BOOST_LIKELY(claimed.load(boost::memory_order_relaxed) == n))
        return true;
    end_copy(s);
    return false;
}
template <class System>
BOOST_FORCEINLINE void spsc_ring<System>::end_copy(side& s) noexcept {
    System::light_fence();
    s.ending.store(0, std::memory_order_relaxed);
}

//! Writes a message of `size` bytes; `fill` gets the node, and does not throw. False: nothing was
//! written, and search_for_write knows why.
template <class System>
template <class Fill>
BOOST_FORCEINLINE bool spsc_ring<System>::write_at_once(std::uint32_t size, Fill fill) noexcept {
    side& w = writer_;
    block_type& block = *at_.block;
    const std::uint64_t n = block.write_claimed.load(boost::memory_order_relaxed);
    if (BOOST_UNLIKELY(at_.state->load(boost::memory_order_relaxed) != 0) ||
        BOOST_UNLIKELY(!begin_copy(w, block.write_claimed, n)))
        return false;
    const std::uint64_t limit = w.limit.load(std::memory_order_relaxed);
    if (BOOST_UNLIKELY(n == limit) && BOOST_UNLIKELY(!find_room(n))) {
        end_copy(w);
        return false;
    }
    const std::uint64_t index = n & index_mask_;
    const std::uint64_t to = past(n, 1);
    block.write_claimed.store(to, boost::memory_order_relaxed);
    fence_after_store();
    if (BOOST_UNLIKELY(at_.state->load(boost::memory_order_seq_cst) != 0)) { // [Q7]
        pass_over(n, 1);
        end_copy(w);
        return false;
    }
    std::byte* const node = payload(index);
    fetch_ahead(node, limit - n, fetch_to_write);
    fill(node);
    set_size(index, size);
    block.tail.store(to, boost::memory_order_release); // as in end_oldest
    System::light_fence();
    w.done.store(to, std::memory_order_relaxed);
    fence_after_store();
    end_copy(w);
    return true;
}

//! Reads a message whose size `accept` takes; `take` gets the claim, and does not throw. False: nothing
//! was read, and search_for_read knows why.
template <class System>
template <class Accept, class Take>
BOOST_FORCEINLINE bool spsc_ring<System>::read_at_once(Accept accept, Take take) noexcept {
    side& r = reader_;
    block_type& block = *at_.block;
    const std::uint64_t n = block.read_claimed.load(boost::memory_order_relaxed);
    if (BOOST_UNLIKELY(r.again.load(std::memory_order_relaxed) != 0) ||
        BOOST_UNLIKELY(!begin_copy(r, block.read_claimed, n)))
        return false;
    const std::uint64_t limit = r.limit.load(std::memory_order_relaxed);
    const std::uint64_t index = n & index_mask_;
    // `limit` was loaded by acquire: the size, and the message's bytes, come after it
    const bool there = BOOST_LIKELY(n != limit) || find_messages(n);
    const std::uint32_t size = size_at(index);
    if (BOOST_UNLIKELY(!there) || BOOST_UNLIKELY(!accept(size))) {
        end_copy(r);
        return false;
    }
    const std::uint64_t to = past(n, 1);
    std::byte* const node = payload(index);
    block.read_claimed.store(to, boost::memory_order_relaxed);
    System::light_fence(); // before the message is handed out [Q5]
    fetch_ahead(node, limit - n, fetch_to_read);
    take(node_claim{node, 0, index, size});
    block.head.store(to, boost::memory_order_release); // as in end_oldest
    System::light_fence();
    r.done.store(to, std::memory_order_relaxed);
    fence_after_store();
    end_copy(r);
    return true;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
