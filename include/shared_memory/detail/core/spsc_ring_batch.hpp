// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Several nodes in a row, claimed and ended at once: the fast path of batches.

#ifndef SHARED_MEMORY_DETAIL_CORE_SPSC_RING_BATCH_HPP
#define SHARED_MEMORY_DETAIL_CORE_SPSC_RING_BATCH_HPP

#include <shared_memory/detail/config.hpp>

#include <shared_memory/detail/core/spsc_ring.hpp>
#include <shared_memory/detail/core/spsc_ring_ends.hpp>

#include <boost/config.hpp>
#include <boost/memory_order.hpp>

#include <atomic>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! The usual case of claiming up to `most` nodes, most at least 1.
template <class System>
inline bool spsc_ring<System>::claim_write_run_at_once(node_run& run, std::uint32_t most) noexcept {
    if (!claim_write_at_once(run.first))
        return false;
    run.count = 1;
    if (most != 1)
        extend_write(run, most);
    return true;
}

//! The same for messages that `accept` takes by their size.
template <class System>
template <class Accept>
inline bool spsc_ring<System>::claim_read_run_at_once(node_run& run, std::uint32_t most,
                                                      Accept&& accept) noexcept {
    if (!claim_read_at_once(run.first, accept))
        return false;
    run.count = 1;
    if (most != 1)
        extend_read(run, most, accept);
    return true;
}

//! Claims up to `most` nodes in all, of which the first one is claimed.
template <class System>
inline void spsc_ring<System>::extend_write(node_run& run, std::uint32_t most) noexcept {
    const std::uint64_t n = at_.block->write_claimed.load(boost::memory_order_relaxed);
    if ((n & index_mask_) != index_of(run, run.count) || !enter(writer_, n))
        return;
    const std::uint64_t wanted = std::uint64_t{most} - run.count;
    std::uint64_t room = room_at(writer_, n);
    if (room < wanted)
        room = look_for_room(n);
    const std::uint64_t count = room < wanted ? room : wanted;
    node_claim none;
    if (count == 0)
        leave(writer_, n);
    else if (claim_for_writing(n, count, none))
        run.count += static_cast<std::uint32_t>(count);
}

//! The same for messages, as long as `accept` takes them by their size. All messages of a run were
//! claimed as often before.
template <class System>
template <class Accept>
inline void spsc_ring<System>::extend_read(node_run& run, std::uint32_t most,
                                           Accept&& accept) noexcept {
    if (BOOST_UNLIKELY(run.first.deliveries_before() != 0))
        return extend_again(run, most, accept);
    if (reader_.again.load(std::memory_order_relaxed) != 0)
        return;
    const std::uint64_t n = at_.block->read_claimed.load(boost::memory_order_relaxed);
    std::uint64_t index = n & index_mask_;
    if (index != index_of(run, run.count) || !enter(reader_, n))
        return;
    const std::uint64_t wanted = std::uint64_t{most} - run.count;
    std::uint64_t there = room_at(reader_, n);
    if (there < wanted)
        there = look_for_more(n, wanted);
    const std::uint64_t end = there < wanted ? there : wanted;
    std::uint64_t count = 0;
    for (; count != end && accept(size_at(index)); ++count)
        index = index == last_index_ ? 0 : index + 1;
    if (count == 0) {
        leave(reader_, n);
        return;
    }
    claim_for_reading(n, count);
    run.count += static_cast<std::uint32_t>(count);
}

// Messages that come again, and lie behind the first one.
template <class System>
BOOST_NOINLINE void
spsc_ring<System>::extend_again(node_run& run, std::uint32_t most,
                                function_ref<bool(std::uint32_t)> accept) noexcept {
    const std::uint64_t n = at_.block->read_claimed.load(boost::memory_order_relaxed);
    const std::uint32_t deliveries = run.first.deliveries_before();
    std::uint64_t c = 0;
    if (!locate(reader_, run.first.index, c) || !enter(reader_, n))
        return;
    for (c = past(c, 1); run.count != most && c != n; c = past(c, 1), ++run.count) {
        const spsc_note found = note_at(at_.read_notes, c);
        if (found.state_in(c >> index_bits_) != spsc_state::returned ||
            found.deliveries() != deliveries || !accept(size_at(c & index_mask_)))
            break;
        note(at_.read_notes, c, spsc_state::held, next_count(deliveries)); // [Q5]
        reader_.again.fetch_sub(1, std::memory_order_relaxed);
    }
    leave(reader_, n);
}

// How many positions may be claimed from n on without a look; 0 for a scribbled n.
template <class System>
inline std::uint64_t spsc_ring<System>::room_at(const side& s, std::uint64_t n) const noexcept {
    const std::uint64_t limit = s.limit.load(std::memory_order_relaxed);
    return lies_within(n, limit) ? steps(n, limit) : 0;
}

// How much room there is from n on, by the reader's counter as it is now. The caller has entered.
template <class System>
BOOST_NOINLINE std::uint64_t spsc_ring<System>::look_for_room(std::uint64_t n) noexcept {
    const std::uint64_t head = at_.block->head.load(boost::memory_order_acquire); // as in search
    std::uint64_t first = later_of(head, writer_.front.load(std::memory_order_relaxed));
    if (is_counter(head) && lies_within(first, n)) {
        first = move_front(first);
        writer_.limit.store(a_lap_on(first), std::memory_order_relaxed);
    }
    return room_at(writer_, n);
}

// How many messages there are, up to the next position that is passed over [Q3].
template <class System>
BOOST_NOINLINE std::uint64_t spsc_ring<System>::look_for_more(std::uint64_t n,
                                                              std::uint64_t wanted) noexcept {
    const std::uint64_t tail = at_.block->tail.load(boost::memory_order_acquire); // as in search
    if (!lies_within(n, tail))
        return 0;
    const std::uint64_t holes = at_.block->holes.load(boost::memory_order_relaxed);
    std::uint64_t limit = tail;
    if (precedes(n, holes)) {
        limit = n;
        for (;
             wanted != 0 && limit != tail && state_of(at_.write_notes, limit) != spsc_state::passed;
             --wanted)
            limit = past(limit, 1);
    }
    if (precedes(n, at_.block->front.load(boost::memory_order_acquire)))
        return 0; // after the notes, as in search
    reader_.limit.store(limit, std::memory_order_relaxed);
    return room_at(reader_, n);
}

//! Publishes the first `count` messages of a run, and gives its other nodes up. Without older
//! claims, the messages come all at once. False: some were not its any more, as in commit.
template <class System>
inline bool spsc_ring<System>::end_write(const node_run& run, std::uint32_t count) noexcept {
    std::uint32_t i = 0;
    if (BOOST_LIKELY(count != 0) && end_oldest(writer_, at_.block->tail, run.first.index, count))
        i = count;
    bool all = true;
    for (; BOOST_UNLIKELY(i != run.count); ++i)
        all = end_later(writer_, index_of(run, i),
                        i < count ? spsc_state::published : spsc_state::passed) &&
              all;
    return all;
}

//! Releases the first `count` messages, and gives the others back.
template <class System>
inline bool spsc_ring<System>::end_read(const node_run& run, std::uint32_t count) noexcept {
    std::uint32_t i = 0;
    if (BOOST_LIKELY(count != 0) && end_oldest(reader_, at_.block->head, run.first.index, count))
        i = count;
    bool all = true;
    for (; BOOST_UNLIKELY(i != run.count); ++i) {
        if (i < count)
            all = end_later(reader_, index_of(run, i), spsc_state::released) && all;
        else
            return_to_ring(index_of(run, i), run.first.deliveries_before());
    }
    return all;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
