// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What a participant held is given back: by itself, or by others after its death.

#ifndef SHARED_MEMORY_DETAIL_CORE_NODE_RING_REPAIR_HPP
#define SHARED_MEMORY_DETAIL_CORE_NODE_RING_REPAIR_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/core/node_ring.hpp>

#include <boost/config.hpp>
#include <boost/memory_order.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Ends a claim for reading; the message is for the next reader, or given up.
template <class System>
void node_ring<System>::give_back(const node_claim& claim) noexcept {
    ring_repair counts;
    if (put_back_own(claim, counts))
        finish_put_back(counts);
}

//! Undoes what the slot's dead owner held. `alive()` asks the kernel, and is asked after each
//! word was loaded [R4]; true from it ends the repair: false is returned, and another repairer has
//! done the rest. `done` counts what this repairer has done.
//! Any number may do this at once, and may die doing it. The last step raises the epoch, always,
//! also if this repairer changed nothing: a repairer that died before that step may have [R7].
template <class System>
bool node_ring<System>::repair(std::uint32_t slot, function_ref<bool()> alive, ring_repair& done) {
    ring_repair here;
    for (std::uint32_t i = 0; i != geometry_.node_count; ++i) {
        const control_word c{lines_[i].control.load(boost::memory_order_acquire)};
        const bool writing = c.phase() == node_phase::writing;
        if ((!writing && c.phase() != node_phase::reading) || c.slot() != slot)
            continue;
        if (alive()) {
            done += here;
            return false;
        }
        if (writing)
            here.writes_discarded += skip_dead_write(i, c) ? 1U : 0U;
        else
            put_back(i, c, here);
    }
    finish_put_back(here);
    done += here;
    return true;
}

template <class System>
bool node_ring<System>::skip_dead_write(std::uint32_t index, control_word c) noexcept {
    std::uint64_t expected = c.value;
    return lines_[index].control.compare_exchange_strong(
        expected, control_word::of(c.lap(), node_phase::skip), boost::memory_order_seq_cst,
        boost::memory_order_relaxed);
}

// reading -> ready with one delivery more, or -> free if that was the last one allowed.
template <class System>
bool node_ring<System>::put_back(std::uint32_t index, control_word c, ring_repair& done) noexcept {
    const std::uint32_t deliveries = next_delivery(c.deliveries());
    const bool give_up = geometry_.max_deliveries != 0 && deliveries >= geometry_.max_deliveries;
    const std::uint64_t to = give_up ? control_word::of((c.lap() + 1) & lap_mask_, node_phase::free)
                                     : control_word::of(c.lap(), node_phase::ready, 0, deliveries);
    std::uint64_t expected = c.value;
    if (!lines_[index].control.compare_exchange_strong(expected, to, boost::memory_order_seq_cst,
                                                       boost::memory_order_relaxed))
        return false;
    ++(give_up ? done.messages_given_up : done.reads_redelivered);
    return true;
}

template <class System>
bool node_ring<System>::put_back_own(const node_claim& claim, ring_repair& done) noexcept {
    return put_back(static_cast<std::uint32_t>(claim.index), control_word{claim.word}, done);
}

template <class System>
void node_ring<System>::finish_put_back(const ring_repair& done) noexcept {
    if (done.reads_redelivered != 0)
        block_->redelivered.fetch_add(done.reads_redelivered, boost::memory_order_relaxed);
    if (done.messages_given_up != 0)
        block_->given_up.fetch_add(done.messages_given_up, boost::memory_order_relaxed);
    block_->redelivery_epoch.fetch_add(
        1, boost::memory_order_seq_cst); // release, and wait_room.hpp [W2]
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
