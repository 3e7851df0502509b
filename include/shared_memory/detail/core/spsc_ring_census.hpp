// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The ring of a single writer and a single reader counted, by any participant, without claiming
//! anything. Others go on meanwhile, so each answer was true at some moment.

#ifndef SHARED_MEMORY_DETAIL_CORE_SPSC_RING_CENSUS_HPP
#define SHARED_MEMORY_DETAIL_CORE_SPSC_RING_CENSUS_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/spsc_ring.hpp>
#include <shared_memory/detail/core/spsc_ring_ends.hpp>

#include <boost/memory_order.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! The next position that the writer (reader) would claim.
template <class System>
typename spsc_ring<System>::position spsc_ring<System>::find_tail() const noexcept {
    return unpack(load(at_.block->write_claimed));
}
template <class System>
typename spsc_ring<System>::position spsc_ring<System>::find_head() const noexcept {
    return unpack(later_of(load(at_.block->read_claimed), load(at_.block->front)));
}

//! The first position that the reader cannot have yet, from `h` (find_head) on.
template <class System>
typename spsc_ring<System>::position spsc_ring<System>::find_unreadable(position h) const noexcept {
    const position tail = unpack(load(at_.block->tail));
    return steps(h, tail) <= geometry_.node_count ? tail : h;
}

//! How far before `end` the oldest message lies that is published but not released; 0: none.
template <class System>
std::uint64_t spsc_ring<System>::unreleased_before(position end) const noexcept {
    std::uint64_t farthest = 0;
    // What the writer has published behind an older claim of its own counts, too.
    each_unreleased(true, [&](std::uint64_t counter, spsc_kept) {
        const std::uint64_t back = steps(unpack(counter), end);
        if (back <= geometry_.node_count && back > farthest)
            farthest = back;
    });
    return farthest;
}

//! Every message published before `end` has been released, or is a dead letter. `cursor` is the
//! general ring's.
template <class System>
bool spsc_ring<System>::drained_before(position end, std::uint32_t&) const noexcept {
    bool all = true;
    each_unreleased(true, [&](std::uint64_t counter, spsc_kept how) {
        all = all && (how == spsc_kept::dead_letter ||
                      steps(unpack(counter), end) - 1 >= geometry_.node_count);
    });
    return all;
}

//! Messages that a reader could claim now: those that no reader had, and those that are to come
//! again.
template <class System>
std::uint32_t spsc_ring<System>::readable_count() const noexcept {
    std::uint32_t count = 0;
    each_unreleased(
        false, [&](std::uint64_t, spsc_kept how) { count += how == spsc_kept::unread ? 1U : 0U; });
    return count;
}

//! Messages that wait for a mover, or that a mover has.
template <class System>
std::uint32_t spsc_ring<System>::dead_letter_count() const noexcept {
    std::uint32_t count = 0;
    each_unreleased(false, [&](std::uint64_t, spsc_kept how) {
        count += how == spsc_kept::dead_letter ? 1U : 0U;
    });
    return count;
}

//! Messages that were published and are not released.
template <class System>
std::uint64_t spsc_ring<System>::unread() const noexcept {
    std::uint64_t count = 0;
    each_unreleased(true, [&](std::uint64_t, spsc_kept) { ++count; });
    return count;
}

//! The writer may yet publish what it has claimed; or is dead, and nobody has repaired that. As for
//! the general ring, "no" is for good after the end [Q7].
template <class System>
bool spsc_ring<System>::is_being_written() const noexcept {
    return at_.writer_role->load(boost::memory_order_acquire) != 0 &&
           load(at_.block->tail) != load(at_.block->write_claimed);
}

template <class System>
bool spsc_ring<System>::full() const noexcept {
    // Nodes that were passed over, and lie before all messages, are free as soon as they are wanted.
    const std::uint64_t claimed = load(at_.block->write_claimed);
    std::uint64_t first = later_of(load(at_.block->head), load(at_.block->front));
    while (lies_within(first, claimed) && first != claimed &&
           state_of(at_.write_notes, first) == spsc_state::passed)
        first = past(first, 1);
    return steps(first, claimed) == geometry_.node_count;
}

// acquire: pairs with the counter's store; notes come after it. A counter that cannot be, for a peer
// has scribbled on it, is taken for the first one.
template <class System>
std::uint64_t spsc_ring<System>::load(const word64& counter) const noexcept {
    const std::uint64_t found = counter.load(boost::memory_order_acquire);
    return is_counter(found) ? found : 0;
}

// Calls function(counter, how it is kept) for each message that is not released. What a dead
// writer published, and nobody has settled yet, counts; so does what a dead reader held, but for
// messages that its successor is going to give up.
template <class System>
template <class Function>
void spsc_ring<System>::each_unreleased(bool later_ones, Function function) const noexcept {
    std::uint64_t claimed = load(at_.block->read_claimed);
    const std::uint64_t tail = load(at_.block->tail);
    const bool reads = at_.reader_role->load(boost::memory_order_acquire) != 0;
    const bool writes = at_.writer_role->load(boost::memory_order_acquire) != 0;
    std::uint64_t c = later_of(load(at_.block->head), load(at_.block->front));
    claimed = later_of(claimed, c);
    if (lies_within(c, claimed)) {
        for (; c != claimed; c = past(c, 1)) {
            const spsc_note found = note_at(at_.read_notes, c);
            const spsc_state state = found.state_in(c >> index_bits_);
            if (state == spsc_state::released)
                continue;
            const bool is_held = state != spsc_state::returned;
            const std::uint32_t deliveries = state == spsc_state::none ? 1 : found.deliveries();
            // Of a message that is held for the first time, the count is not at the limit yet.
            const bool is_dead = geometry_.is_dead_letter(deliveries) && (!is_held || !reads);
            if (reads || !is_held || !gives_up(deliveries))
                function(c, is_dead            ? spsc_kept::dead_letter
                            : is_held && reads ? spsc_kept::held
                                               : spsc_kept::unread);
        }
    }
    const auto count = [&](std::uint64_t end, bool is_published) {
        for (; lies_within(c, end) && c != end; c = past(c, 1)) {
            const spsc_state state = state_of(at_.write_notes, c);
            if (state == spsc_state::published || (is_published && state != spsc_state::passed))
                function(c, spsc_kept::unread);
        }
    };
    count(tail, true);
    if (later_ones || !writes)
        count(load(at_.block->write_claimed), false);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
