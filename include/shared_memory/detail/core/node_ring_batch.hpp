// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Several nodes in a row, claimed and ended at once: the fast path of batches. The counter moves
//! once for all of them.

#ifndef SHARED_MEMORY_DETAIL_CORE_NODE_RING_BATCH_HPP
#define SHARED_MEMORY_DETAIL_CORE_NODE_RING_BATCH_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/node_ring.hpp>
#include <shared_memory/detail/core/node_ring_repair.hpp>

#include <boost/config.hpp>
#include <boost/memory_order.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! The usual case of claiming up to `most` nodes, most at least 1: as many as are free in a row.
template <class System>
inline typename node_ring<System>::attempt
node_ring<System>::claim_write_run_at_once(const claimant& who, node_run& run,
                                           std::uint32_t most) noexcept {
    if (state_->load(boost::memory_order_relaxed) != 0)
        return attempt::nothing;
    const std::uint64_t tail = block_->tail.load(boost::memory_order_acquire);
    if (BOOST_UNLIKELY((tail & index_mask_) > last_index_))
        return attempt::nothing;
    const auto is_free = [this](std::uint64_t index, std::uint64_t lap) {
        // acquire: as in claim_write_at_once
        return lines_[index].control.load(boost::memory_order_acquire) == lap;
    };
    const bool taken = take_run(
        tail, run, most, is_free, [&](std::uint64_t to) { return move_tail(who, tail, to); }, who);
    if (!taken)
        return attempt::nothing;
    if (!who.brief)
        mark_run(who, run, node_phase::writing);
    return BOOST_LIKELY(state_->load(boost::memory_order_seq_cst) == 0) // [R9]
               ? attempt::claimed
               : attempt::too_late;
}

//! The same for messages that are ready, for the first time, and that `accept` takes by their size.
template <class System>
template <class Accept>
inline bool node_ring<System>::claim_read_run_at_once(const claimant& who, node_run& run,
                                                      std::uint32_t most,
                                                      Accept&& accept) noexcept {
    // as in claim_read_at_once
    if (BOOST_UNLIKELY(block_->redelivery_epoch.load(boost::memory_order_acquire) !=
                       who.scan->seen.load(std::memory_order_relaxed)))
        return false;
    const std::uint64_t head = block_->head.load(boost::memory_order_acquire);
    if (BOOST_UNLIKELY((head & index_mask_) > last_index_))
        return false;
    const auto is_ready = [&](std::uint64_t index, std::uint64_t lap) {
        line_type& line = lines_[index];
        // acquire, and the size before the counter moves: as in claim_read_at_once
        return line.control.load(boost::memory_order_acquire) ==
                   lap + control_word::bits(node_phase::ready) &&
               accept(line.size.load(boost::memory_order_relaxed));
    };
    const bool taken = take_run(
        head, run, most, is_ready, [&](std::uint64_t to) { return move_head(who, head, to); }, who);
    if (!taken)
        return false;
    run.first.word += control_word::bits(node_phase::ready);
    run.first.size = size_of(run, 0);
    if (!who.brief)
        mark_run(who, run, node_phase::reading);
    return true;
}

// Counts the nodes from `from` on that are available, says them all, and moves the counter.
template <class System>
template <class Available, class Move>
BOOST_FORCEINLINE bool node_ring<System>::take_run(std::uint64_t from, node_run& run,
                                                   std::uint32_t most, Available&& available,
                                                   Move&& move_to, const claimant& who) noexcept {
    const std::uint64_t last = last_index_;
    std::uint64_t index = from & index_mask_;
    std::uint64_t lap = control_word::lap_bits::place(from >> index_bits_);
    run.first = node_claim{payload(index), lap, index, geometry_.node_size};
    std::uint64_t to = from;
    std::uint32_t count = 0;
    while (count != most && available(index, lap)) {
        ++count;
        if (BOOST_UNLIKELY(index == last)) {
            to = after(to, index);
            index = 0;
            lap = next_lap(lap);
        } else {
            ++to;
            ++index;
        }
    }
    if (count == 0)
        return false;
    if (count != 1) {
        // [R13] In this order, so that the entry never says an old position with a new end.
        who.entry->position.store(from, boost::memory_order_release);
        who.entry->end.store(to, boost::memory_order_release);
    }
    run.count = count;
    if (BOOST_LIKELY(move_to(to)))
        return true;
    if (count != 1)
        end_brief_run(who);
    return false;
}

//! A run that was not marked has ended, or one that was marked is marked: the entry covers one
//! position again, before it says another one.
template <class System>
inline void node_ring<System>::end_brief_run(const claimant& who) noexcept {
    who.entry->end.store(no_position, boost::memory_order_release);
}

template <class System>
inline void node_ring<System>::mark_run(const claimant& who, node_run& run,
                                        node_phase phase) noexcept {
    run.first.word = (run.first.word & free_mask_) + control_word::bits(phase, who.slot);
    end_each(run, [this](std::uint32_t, const node_claim& claim) {
        lines_[claim.index].control.store(claim.word, boost::memory_order_relaxed); // as in mark
        return true;
    });
    end_brief_run(who);
}

//! Publishes the first `count` messages of a run, and gives its other nodes up. False: some were
//! not its any more, as in commit; so below.
template <class System>
inline bool node_ring<System>::end_write(const node_run& run, std::uint32_t count) noexcept {
    const bool all = end_each(run, [&](std::uint32_t i, const node_claim& claim) {
        return BOOST_LIKELY(i < count) ? publish(claim) : exchange(claim, next_lap(claim.word));
    });
    if (count != run.count)
        pass_over();
    return all;
}

//! Releases the first `count` messages, and gives the others back. Readers are told of those
//! when all are there, so that they get them in their order.
template <class System>
inline bool node_ring<System>::end_read(const node_run& run, std::uint32_t count) noexcept {
    ring_repair counts;
    const bool all = end_each(run, [&](std::uint32_t i, const node_claim& claim) {
        if (BOOST_LIKELY(i < count))
            return release(claim);
        put_back_own(claim, counts);
        return true;
    });
    finish_put_back(counts);
    return all;
}

template <class System>
template <class End>
BOOST_FORCEINLINE bool node_ring<System>::end_each(const node_run& run, End&& end) noexcept {
    bool all = true;
    node_claim claim{nullptr, run.first.word, run.first.index, 0};
    for (std::uint32_t i = 0; i != run.count; ++i) {
        all = end(i, claim) && all;
        if (BOOST_UNLIKELY(claim.index == last_index_)) {
            claim.index = 0;
            claim.word = next_lap(claim.word) | (claim.word & ~free_mask_);
        } else {
            ++claim.index;
        }
    }
    return all;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
