// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Several nodes in a row, claimed and ended at once: the fast path of batches.

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

//! Claims up to `most` nodes in all, as long as they follow the first one, which is claimed.
//! `claimed(index)` is called for each one more. The hint moves once.
template <class System>
template <class Claimed>
inline void node_ring<System>::extend_write(std::uint32_t slot, node_run& run, std::uint32_t most,
                                            Claimed&& claimed) noexcept {
    extend(block_->tail, run, most, claimed, [&](line_type& line, std::uint64_t lap) {
        return line.control.load(boost::memory_order_acquire) == lap &&
               take_free(line, lap, lap + control_word::bits(node_phase::writing, slot));
    });
    // The first was claimed before the end of the stream [R9]; those after it may not have been.
    if (BOOST_UNLIKELY(state_->load(boost::memory_order_seq_cst) != 0)) {
        end_each(run, [&](std::uint32_t i, const node_claim& c) { return i == 0 || abort(c); });
        run.count = 1;
    }
}

//! The same for messages that are ready, for the first time, and that `accept` takes by their size.
template <class System>
template <class Accept, class Claimed>
inline void node_ring<System>::extend_read(std::uint32_t slot, node_run& run, std::uint32_t most,
                                           Accept&& accept, Claimed&& claimed) noexcept {
    if (run.first.deliveries_before() != 0) // it lies anywhere [R6]
        return;
    extend(block_->head, run, most, claimed, [&](line_type& line, std::uint64_t lap) {
        const std::uint64_t ready = lap + control_word::bits(node_phase::ready);
        return line.control.load(boost::memory_order_acquire) == ready &&
               accept(line.size.load(boost::memory_order_relaxed)) &&
               take_ready(line, ready, lap + control_word::bits(node_phase::reading, slot));
    });
}

//! Publishes the first `count` messages of a run, and gives its other nodes up. False: some were
//! not its any more, as in commit; so below.
template <class System>
inline bool node_ring<System>::end_write(const node_run& run, std::uint32_t count) noexcept {
    return end_each(run, [&](std::uint32_t i, const node_claim& claim) {
        return i < count ? publish(claim) : abort(claim);
    });
}

//! Releases the first `count` messages, and gives the others back. Readers are told of those
//! when all are there, so that they get them in their order.
template <class System>
inline bool node_ring<System>::end_read(const node_run& run, std::uint32_t count) noexcept {
    ring_repair counts;
    bool given_back = false;
    const bool all = end_each(run, [&](std::uint32_t i, const node_claim& claim) {
        if (BOOST_LIKELY(i < count))
            return release(claim);
        given_back = put_back_own(claim, counts) || given_back;
        return true;
    });
    if (given_back)
        finish_put_back(counts);
    return all;
}

template <class System>
template <class Claimed, class Take>
inline void node_ring<System>::extend(typename System::word64& hint, node_run& run,
                                      std::uint32_t most, Claimed&& claimed, Take&& take) noexcept {
    std::uint64_t index = run.first.index;
    std::uint64_t lap = run.first.word & free_mask_;
    const auto step = [this, last = last_index_](std::uint64_t& i, std::uint64_t& l) {
        if (BOOST_UNLIKELY(i == last)) {
            i = 0;
            l = next_lap(l);
        } else {
            ++i;
        }
    };
    std::uint32_t count = run.count;
    for (step(index, lap); count < most; step(index, lap), ++count) {
        if (!take(lines_[index], lap))
            break;
        claimed(index);
    }
    if (count > 1)
        move(hint, {control_word{lap}.lap(), static_cast<std::uint32_t>(index)});
    run.count = count;
}

template <class System>
template <class End>
inline bool node_ring<System>::end_each(const node_run& run, End&& end) noexcept {
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
