// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The ring counted, without claiming anything: where it ends, what is readable, what is not
//! released. Others go on meanwhile, so each answer was true at some moment.

#ifndef SHARED_MEMORY_DETAIL_CORE_NODE_RING_CENSUS_HPP
#define SHARED_MEMORY_DETAIL_CORE_NODE_RING_CENSUS_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/node_ring.hpp>

#include <boost/memory_order.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! The next position that a writer (reader) would claim.
template <class System>
typename node_ring<System>::position node_ring<System>::find_tail() const noexcept {
    return unpack(block_->tail.load(boost::memory_order_acquire));
}

template <class System>
typename node_ring<System>::position node_ring<System>::find_head() const noexcept {
    position h = unpack(block_->head.load(boost::memory_order_acquire));
    for (std::uint32_t i = 0; i != geometry_.node_count; ++i) { // positions that nobody wrote [R8]
        const control_word c{lines_[h.index].control.load(boost::memory_order_acquire)};
        if (!is_past(c, h))
            break;
        h = next(h);
    }
    return h;
}

//! The first position that no reader can have yet, from `h` (find_head) on.
template <class System>
typename node_ring<System>::position node_ring<System>::find_unreadable(position h) const noexcept {
    for (std::uint32_t i = 0; i != geometry_.node_count; ++i) {
        const control_word c{lines_[h.index].control.load(boost::memory_order_acquire)};
        if (!is_past(c, h) && (distance(c.lap(), h.lap) != 0 || c.phase() == node_phase::free ||
                               c.phase() == node_phase::writing))
            break;
        h = next(h);
    }
    return h;
}

//! How far before `end` the oldest message lies that is committed but not released; 0: none.
template <class System>
std::uint64_t node_ring<System>::unreleased_before(position end) const noexcept {
    std::uint64_t farthest = 0;
    for (std::uint32_t i = 0; i != geometry_.node_count; ++i) {
        const control_word c{lines_[i].control.load(boost::memory_order_acquire)};
        if (c.phase() != node_phase::ready && c.phase() != node_phase::reading)
            continue;
        const std::uint64_t back = steps({c.lap(), i}, end);
        if (back <= geometry_.node_count && back > farthest)
            farthest = back;
    }
    return farthest;
}

//! Every message committed before `end` has been released, or is a dead letter. `looked` is 0 at first and is moved
//! on: what was found drained stays so.
template <class System>
bool node_ring<System>::drained_before(position end, std::uint32_t& looked) const noexcept {
    for (; looked != geometry_.node_count; ++looked) {
        const std::uint32_t behind = geometry_.node_count - end.index; // nodes of the lap before
        const bool before = looked < behind;
        const std::uint32_t index = before ? end.index + looked : looked - behind;
        const control_word c{lines_[index].control.load(boost::memory_order_acquire)};
        const std::uint64_t lap = before ? end.lap - 1 : end.lap;
        if (distance(c.lap(), lap) == 0 && !geometry_.is_dead_letter(c) &&
            (c.phase() == node_phase::ready || c.phase() == node_phase::reading))
            return false;
    }
    return true;
}

//! Another slot holds a node: its message may yet come, or come back. A message that is ready has
//! just come back, and the participant that gave it back has not raised `redelivery_epoch` yet; or
//! a brief claim has it. Dead letters hold nobody up.
template <class System>
bool node_ring<System>::left_with_others(std::uint32_t slot) const noexcept {
    for (std::uint32_t i = 0; i != geometry_.node_count; ++i) {
        const control_word c{lines_[i].control.load(boost::memory_order_acquire)};
        if (geometry_.is_dead_letter(c))
            continue;
        if (c.phase() == node_phase::ready ||
            ((c.phase() == node_phase::writing || c.phase() == node_phase::reading) &&
             c.slot() != slot))
            return true;
    }
    return false;
}

//! Messages that were committed and are not released.
template <class System>
std::uint64_t node_ring<System>::unread() const noexcept {
    std::uint64_t count = 0;
    for (std::uint32_t i = 0; i != geometry_.node_count; ++i) {
        const control_word c{lines_[i].control.load(boost::memory_order_acquire)};
        count += c.phase() == node_phase::ready || c.phase() == node_phase::reading ? 1U : 0U;
    }
    return count;
}

//! A position before tail is neither a message yet nor given up: its writer may commit it, or is dead.
//! If the stream has ended, and a heavy fence was run since, no position is taken any more that is
//! not given up [R9]: then "no" is for good.
template <class System>
bool node_ring<System>::is_being_written() const noexcept {
    const position tail = find_tail();
    for (std::uint32_t i = 0; i != geometry_.node_count; ++i) {
        const control_word c{lines_[i].control.load(boost::memory_order_acquire)};
        const std::uint64_t taken = i < tail.index ? tail.lap : tail.lap - 1; // as far as tail is
        if (c.phase() == node_phase::writing ||
            (c.phase() == node_phase::free && distance(c.lap(), taken) == 0))
            return true; // unmarked, if it is free [R14]
    }
    return false;
}

//! Messages that a reader could claim now, from `head` (find_head) on or redelivered. What lies
//! behind head, and was never delivered, a brief claim has.
template <class System>
std::uint32_t node_ring<System>::readable_count(position head) const noexcept {
    const position end = find_unreadable(head);
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i != geometry_.node_count; ++i) {
        const control_word c{lines_[i].control.load(boost::memory_order_acquire)};
        const std::uint64_t back = steps({c.lap(), i}, end);
        if (geometry_.is_dead_letter(c))
            continue;
        const bool waits =
            c.redelivered() || (c.phase() == node_phase::ready && !is_behind({c.lap(), i}, head));
        count += waits && back - 1 < geometry_.node_count ? 1U : 0U;
    }
    return count;
}

//! How many positions the writers are ahead of the readers.
template <class System>
std::uint64_t node_ring<System>::waiting() const noexcept {
    return steps(unpack(block_->head.load(boost::memory_order_relaxed)),
                 unpack(block_->tail.load(boost::memory_order_relaxed)));
}

template <class System>
bool node_ring<System>::full() const noexcept {
    const position t = find_tail();
    const control_word c{lines_[t.index].control.load(boost::memory_order_acquire)};
    // With a phase that cannot be, a write throws instead of waiting.
    return distance(c.lap(), t.lap) == lap_mask_ && c.has_valid_phase();
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
