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

#include <algorithm>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Where node i of a run lies, i less than its count; so below.
template <class System>
inline std::uint64_t node_ring<System>::index_of(const node_run& run,
                                                 std::uint64_t i) const noexcept {
    const std::uint64_t index = run.first.index + i;
    return index <= last_index_ ? index : index - last_index_ - 1;
}

template <class System>
inline std::byte* node_ring<System>::payload_of(const node_run& run,
                                                std::uint64_t i) const noexcept {
    return payload(index_of(run, i));
}

//! The size that its line says now: a peer that scribbles may change it at any time.
template <class System>
inline std::uint32_t node_ring<System>::size_of(const node_run& run,
                                                std::uint64_t i) const noexcept {
    return lines_[index_of(run, i)].size.load(boost::memory_order_relaxed);
}

//! The number of its position; the laps may wrap within the run.
template <class System>
inline std::uint64_t node_ring<System>::number(const node_run& run,
                                               std::uint64_t i) const noexcept {
    const std::uint64_t index = index_of(run, i);
    const std::uint64_t lap =
        control_word{run.first.word}.lap() + (index < run.first.index ? 1U : 0U);
    return number(position{lap & lap_mask_, static_cast<std::uint32_t>(index)});
}

//! Where the nodes lie, for a run_cursor.
template <class System>
inline node_places<typename System::words::word32> node_ring<System>::places() const noexcept {
    return {payloads_, stride_, &lines_->size, sizeof(line_type) / sizeof(std::uint32_t),
            last_index_};
}

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
    const auto is_free = [](line_type& line, std::uint64_t lap) {
        // acquire: as in claim_write_at_once
        return line.control.load(boost::memory_order_acquire) == lap;
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
    const auto is_ready = [&](line_type& line, std::uint64_t lap) {
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
    const std::uint64_t index = from & index_mask_;
    const std::uint64_t lap = control_word::lap_bits::place(from >> index_bits_);
    const std::uint32_t count = walk(index, lap, most, available);
    if (count == 0)
        return false;
    const std::uint64_t left = last_index_ - index; // nodes behind the first one in its lap
    const std::uint64_t to = BOOST_LIKELY(count <= left)
                                 ? from + count
                                 : after(from + left, last_index_) + (count - left - 1);
    if (count != 1) {
        // [R13] In this order, so that the entry never says an old position with a new end.
        who.entry->position.store(from, boost::memory_order_release);
        who.entry->end.store(to, boost::memory_order_release);
    }
    run.first = node_claim{payload(index), lap, index, geometry_.node_size};
    run.count = count;
    if (BOOST_LIKELY(move_to(to)))
        return true;
    if (count != 1)
        end_brief_run(who);
    return false;
}

// Calls `each(line, word)` for up to `most` nodes in a row, from `index` on, the first of which has
// that word; the words of the others follow. It ends where `each` returns false. Returns how often
// it returned true.
template <class System>
template <class Each>
BOOST_FORCEINLINE std::uint32_t node_ring<System>::walk(std::uint64_t index, std::uint64_t word,
                                                        std::uint64_t most, Each&& each) noexcept {
    std::uint32_t count = 0;
    for (;;) {
        line_type* line = lines_ + index;
        line_type* const end = lines_ + (std::min)(index + most, last_index_ + 1);
        const std::uint32_t before = count;
        for (; line != end; ++line, ++count) {
            if (BOOST_UNLIKELY(!each(*line, word)))
                return count;
        }
        most -= count - before;
        if (BOOST_LIKELY(most == 0))
            return count;
        index = 0;
        word = next_lap(word) | (word & ~free_mask_);
    }
}

//! A brief run has ended, or the nodes of another run are marked: the entry covers a single
//! position again, before it says another one.
template <class System>
inline void node_ring<System>::end_brief_run(const claimant& who) noexcept {
    who.entry->end.store(no_position, boost::memory_order_release);
}

template <class System>
inline void node_ring<System>::mark_run(const claimant& who, node_run& run,
                                        node_phase phase) noexcept {
    run.first.word = (run.first.word & free_mask_) + control_word::bits(phase, who.slot);
    walk(run.first.index, run.first.word, run.count, [](line_type& line, std::uint64_t mine) {
        line.control.store(mine, boost::memory_order_relaxed); // as in mark
        return true;
    });
    end_brief_run(who);
}

//! Publishes the first `count` messages of a run, and gives its other nodes up. False: some were
//! not its any more, as in commit; so below.
template <class System>
inline bool node_ring<System>::end_write(const node_run& run, std::uint32_t count) noexcept {
    const bool all = end_first(run, count, [](std::uint64_t word) {
        return control_word{word}.with_phase(node_phase::ready);
    });
    if (BOOST_LIKELY(count == run.count))
        return all;
    return abort_behind(run, count) && all;
}

//! Releases the first `count` messages, and gives the others back. Readers are told of those
//! when all are there, so that they get them in their order.
template <class System>
inline bool node_ring<System>::end_read(const node_run& run, std::uint32_t count) noexcept {
    bool all = true;
    if (BOOST_LIKELY(run.first.deliveries_before() == 0))
        all = end_first(run, count, [this](std::uint64_t word) { return next_lap(word); });
    else
        for_each(run, 0, count, [&](const node_claim& claim) { release_redelivered(claim); });
    if (BOOST_UNLIKELY(count != run.count))
        give_back_behind(run, count);
    return all;
}

// Ends the first `count` claims of a run, each by the word that `to` makes of its own.
template <class System>
template <class To>
BOOST_FORCEINLINE bool node_ring<System>::end_first(const node_run& run, std::uint32_t count,
                                                    To&& to) noexcept {
    bool all = true;
    walk(run.first.index, run.first.word, count, [&](line_type& line, std::uint64_t word) {
        if (BOOST_LIKELY(plain_ends_)) { // as in end_claim
            if (BOOST_LIKELY(line.control.load(boost::memory_order_relaxed) == word))
                line.control.store(to(word), boost::memory_order_release);
            else
                all = false;
        } else {
            std::uint64_t expected = word;
            all = line.control.compare_exchange_strong(expected, to(word),
                                                       boost::memory_order_seq_cst,
                                                       boost::memory_order_relaxed) &&
                  all;
        }
        return true;
    });
    System::light_fence(); // before the load of a sleep word [R12]
    return all;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
