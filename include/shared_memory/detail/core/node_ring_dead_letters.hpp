// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Dead letters: messages that were delivered max_deliveries times and not released, in a ring that
//! keeps them. A mover, a participant that carries them to another ring, claims them as a reader does.
//!
//!  [D1]  Giving back at the limit is reading(l) or an unmarked ready(l) -> ready(l) with max_deliveries,
//!        and again of a dead letter that a mover has claimed: the count stays. So a dead letter's
//!        word may come again in its lap, also while a repairer is stalled on it; as all claims of
//!        messages that were delivered before, a mover's ends by CAS [R5]. If that fails, the repairer
//!        has given the dead letter to the next mover, which carries it once more.
//!  [D2]  No reader takes a dead letter: head has passed it, and readers' looks for redelivered
//!        messages leave it out. A mover takes it by CAS from ready to reading. Nothing but a mover's
//!        release makes its node free, so that no dead letter is lost; writers that come round to the
//!        node find the ring full, as with any message that is not released.
//!  [D3]  Each step to ready at the limit is followed by redelivery_epoch + 1 [R7]: a mover that has
//!        looked in vain since it loaded the epoch need not look again before the epoch rises.

#ifndef SHARED_MEMORY_DETAIL_CORE_NODE_RING_DEAD_LETTERS_HPP
#define SHARED_MEMORY_DETAIL_CORE_NODE_RING_DEAD_LETTERS_HPP

#include <shared_memory/detail/core/node_ring.hpp>
#include <shared_memory/detail/core/node_ring_search.hpp>

#include <boost/memory_order.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Claims the oldest dead letter for the mover in that slot: claimed or empty. Its size is whatever
//! the memory holds. End the claim by release, when the dead letter was carried away, or by give_back.
template <class System>
ring_result node_ring<System>::claim_dead_letter(std::uint32_t slot, node_claim& claim) noexcept {
    const position h = unpack(block_->head.load(boost::memory_order_acquire));
    position p{(h.lap - 1) & lap_mask_, h.index};
    const claimant who{slot, nullptr, nullptr};
    for (std::uint64_t n = steps(p, h); n != 0; --n, p = next(p)) {
        // acquire: pairs with put_back
        const control_word c{lines_[p.index].control.load(boost::memory_order_acquire)};
        if (c.phase() == node_phase::ready && geometry_.is_dead_letter(c) &&
            distance(c.lap(), p.lap) == 0 && take_redelivered(p, c, who, claim, [](std::uint32_t) {
                                                 return true;
                                             }) == take_result::taken)
            return ring_result::claimed;
    }
    return ring_result::empty;
}

//! Dead letters that wait for a mover, or that a mover has.
template <class System>
std::uint32_t node_ring<System>::dead_letter_count() const noexcept {
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i != geometry_.node_count; ++i) {
        const control_word c{lines_[i].control.load(boost::memory_order_acquire)};
        count += geometry_.is_dead_letter(c) ? 1U : 0U;
    }
    return count;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
