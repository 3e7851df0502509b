// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The ring's searches: claiming a node where the hint is wrong, or the ring is full, empty or at its
//! end. For lib/ and the tests: a user's program has the fast path alone.

#ifndef SHARED_MEMORY_DETAIL_CORE_NODE_RING_SEARCH_HPP
#define SHARED_MEMORY_DETAIL_CORE_NODE_RING_SEARCH_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/core/node_ring.hpp>

#include <boost/memory_order.hpp>

#include <algorithm>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Claims the next node for the slot: claimed, full, ended, shut_down or corrupted.
template <class System>
ring_result node_ring<System>::claim_write(std::uint32_t slot, node_claim& claim) noexcept {
    return claim_write_at_hint(slot, claim) ? ring_result::claimed : search_for_write(slot, claim);
}

//! All cases of it.
template <class System>
ring_result node_ring<System>::search_for_write(std::uint32_t slot, node_claim& claim) noexcept {
    if (state_->load(boost::memory_order_relaxed) != 0) // only ever set: late is as before
        return end_for_writer(state_->load(boost::memory_order_seq_cst));
    for (std::uint64_t tries = budget_; tries != 0; --tries) {
        const position t = unpack(block_->tail.load(boost::memory_order_acquire));
        line_type& line = lines_[t.index];
        const control_word c{line.control.load(boost::memory_order_acquire)}; // as above
        const std::uint64_t d = distance(c.lap(), t.lap);
        if (d == 0) {
            if (c.phase() != node_phase::free) { // someone claimed it and did not move the hint
                if (!c.has_valid_phase())
                    return ring_result::corrupted;
                move(block_->tail, next(t));
                continue;
            }
            const std::uint64_t mine = control_word::of(t.lap, node_phase::writing, slot);
            if (!take_free(line, c.value, mine))
                continue;
            move(block_->tail, next(t));
            claim = node_claim{payload(t.index), mine, t.index, geometry_.node_size};
            const std::uint32_t state = state_->load(boost::memory_order_seq_cst);
            if (state != 0) { // [R9]
                abort(claim);
                return end_for_writer(state);
            }
            return ring_result::claimed;
        }
        if (d == lap_mask_) { // the lap before
            if (c.phase() != node_phase::skip)
                return c.has_valid_phase() ? ring_result::full : ring_result::corrupted;
            pass(t.index, c); // a ring full of skips is not full
            continue;
        }
        move(block_->tail, after_lap_before(c, t.index)); // a stale hint jumps [R2]
    }
    return ring_result::corrupted;
}

//! Claims the next message: claimed, empty, not_yet, refused, ended, shut_down or corrupted.
//! `accept(size)` decides by the message's size, which is whatever the memory holds; it must
//! refuse what is larger than the node. `seen` is the handle's; any thread may use it, since
//! its going back only costs a scan. refused: claim.size tells the size.
template <class System>
ring_result node_ring<System>::claim_read(std::uint32_t slot, private_word64& seen,
                                          node_claim& claim,
                                          function_ref<bool(std::uint32_t)> accept) noexcept {
    return claim_read_at_hint(slot, seen, claim, accept)
               ? ring_result::claimed
               : search_for_read(slot, seen, claim, accept);
}

//! All cases of it.
template <class System>
ring_result node_ring<System>::search_for_read(std::uint32_t slot, private_word64& seen,
                                               node_claim& claim,
                                               function_ref<bool(std::uint32_t)> accept) noexcept {
    std::uint32_t state_before = 0;
    for (std::uint64_t tries = budget_; tries != 0; --tries) {
        const std::uint64_t epoch = block_->redelivery_epoch.load(boost::memory_order_acquire);
        if (epoch != seen.load(std::memory_order_relaxed)) {
            const ring_result r = claim_redelivered(slot, claim, accept);
            if (r != ring_result::empty)
                return r;
            seen.store(epoch, std::memory_order_relaxed); // only after a whole scan found none
            tries -= std::min<std::uint64_t>(tries - 1, geometry_.node_count);
        }
        const position h = unpack(block_->head.load(boost::memory_order_acquire));
        const control_word c{lines_[h.index].control.load(boost::memory_order_acquire)};
        const std::uint64_t d = distance(c.lap(), h.lap);
        if (d == 0) {
            switch (c.phase()) {
            case node_phase::ready: {
                const take_result r = take(h.index, c, slot, claim, accept);
                if (r == take_result::lost)
                    continue;
                if (r == take_result::refused)
                    return ring_result::refused;
                move(block_->head, next(h));
                return ring_result::claimed;
            }
            case node_phase::reading: // someone claimed it and did not move the hint
                move(block_->head, next(h));
                continue;
            case node_phase::skip:
                pass(h.index, c);
                continue;
            case node_phase::writing:
                return ring_result::not_yet;
            case node_phase::free:
                break;
            default:
                return ring_result::corrupted;
            }
        } else if (d == lap_mask_) { // the lap before: redelivered, or not released yet
            if (c.redelivered()) {
                const take_result r = take(h.index, c, slot, claim, accept);
                if (r == take_result::lost)
                    continue;
                return r == take_result::refused ? ring_result::refused : ring_result::claimed;
            }
            if (!c.has_valid_phase())
                return ring_result::corrupted;
        } else {
            move(block_->head, after_lap_before(c, h.index)); // a stale hint jumps [R2]
            continue;
        }
        const std::uint32_t state = state_->load(boost::memory_order_seq_cst);
        if (state == state_before)
            return state == 0 ? ring_result::empty : end_for_reader(state);
        state_before = state; // [R10]: once more, with loads that come after this one
        if (geometry_.heavy_fences)
            System::heavy_fence(); // [R12]
        else
            System::full_fence();
    }
    return ring_result::corrupted;
}

// ready -> reading. The size is read once, before the CAS, which proves that it belonged to c.
template <class System>
typename node_ring<System>::take_result
node_ring<System>::take(std::uint32_t index, control_word c, std::uint32_t slot, node_claim& claim,
                        function_ref<bool(std::uint32_t)> accept) noexcept {
    line_type& line = lines_[index];
    const std::uint32_t size = line.size.load(boost::memory_order_relaxed);
    const bool wanted = accept(size);
    const std::uint64_t mine = control_word::of(c.lap(), node_phase::reading, slot, c.deliveries());
    if (!wanted) {
        // fetch_add(0), for the load must not come before the size's
        if (!reader_stores_ && line.control.fetch_add(0, boost::memory_order_acq_rel) != c.value)
            return take_result::lost;
        claim.size = size;
        return take_result::refused;
    }
    if (!take_ready(line, c.value, mine))
        return take_result::lost;
    claim = node_claim{payload(index), mine, index, size};
    return take_result::taken;
}

// Redelivered messages lie behind head, so the whole ring is looked through [R6]; from head on,
// where the oldest lie.
template <class System>
ring_result
node_ring<System>::claim_redelivered(std::uint32_t slot, node_claim& claim,
                                     function_ref<bool(std::uint32_t)> accept) noexcept {
    std::uint32_t index = past_claimed(unpack(block_->head.load(boost::memory_order_acquire)));
    for (std::uint32_t i = 0; i != geometry_.node_count; ++i) {
        const control_word c{lines_[index].control.load(boost::memory_order_acquire)};
        if (c.redelivered()) {
            const take_result r = take(index, c, slot, claim, accept);
            if (r != take_result::lost)
                return r == take_result::taken ? ring_result::claimed : ring_result::refused;
        }
        index = index == last_index_ ? 0 : index + 1;
    }
    return ring_result::empty;
}

// The index of the first position from `h` on that no reader has had: head may lie behind.
template <class System>
std::uint32_t node_ring<System>::past_claimed(position h) const noexcept {
    for (std::uint32_t i = 0; i != geometry_.node_count; ++i) {
        const control_word c{lines_[h.index].control.load(boost::memory_order_acquire)};
        if (distance(c.lap(), h.lap) != 0 || (c.phase() != node_phase::reading && !c.redelivered()))
            break;
        h = next(h);
    }
    return h.index;
}

// [R8]. acq_rel: the next writer's acquire sees that we saw the skip.
template <class System>
void node_ring<System>::pass(std::uint32_t index, control_word c) noexcept {
    const std::uint64_t free = control_word::of((c.lap() + 1) & lap_mask_, node_phase::free);
    std::uint64_t expected = c.value;
    if (lines_[index].control.compare_exchange_strong(expected, free, boost::memory_order_acq_rel,
                                                      boost::memory_order_relaxed))
        move(block_->head, next({c.lap(), index}));
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
