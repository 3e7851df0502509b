// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Which nodes the single writer and the single reader of a ring hold, for people to read: see
//! node_ring_holders.hpp. The counters say what a side has claimed, and its notes which of these
//! claims have ended out of turn.

#ifndef SHARED_MEMORY_DETAIL_CORE_SPSC_RING_HOLDERS_HPP
#define SHARED_MEMORY_DETAIL_CORE_SPSC_RING_HOLDERS_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/node_ring_holders.hpp>
#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/spsc_counters.hpp>
#include <shared_memory/detail/layout/spsc_ring.hpp>

#include <boost/memory_order.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

template <class Words>
class spsc_ring_holders : private spsc_counters {
public:
    spsc_ring_holders(std::uint32_t node_count, const basic_spsc_places<Words>& where) noexcept
        : spsc_counters(node_count), at_(where) {}

    //! Calls tell(held_nodes) for each row of nodes: the writer's, then the reader's, each from the
    //! oldest on.
    template <class Tell>
    void tell(Tell tell) const {
        held_row<Tell> row(tell);
        // acquire, all: pair with the stores of the side that a counter, a role or a note is of
        const std::uint64_t writer = at_.writer_role->load(boost::memory_order_acquire);
        const std::uint64_t tail = at_.block->tail.load(boost::memory_order_acquire);
        const std::uint64_t written = at_.block->write_claimed.load(boost::memory_order_acquire);
        if (writer != 0)
            held(tail, written, at_.write_notes, spsc_state::published, spsc_state::passed,
                 [&](std::uint64_t n) { row.add(owner_slot(writer), true, n); });
        row.end();
        const std::uint64_t reader = at_.reader_role->load(boost::memory_order_acquire);
        const std::uint64_t head = later_of(at_.block->head.load(boost::memory_order_acquire),
                                            at_.block->front.load(boost::memory_order_acquire));
        const std::uint64_t read = at_.block->read_claimed.load(boost::memory_order_acquire);
        if (reader != 0)
            held(head, read, at_.read_notes, spsc_state::released, spsc_state::returned,
                 [&](std::uint64_t n) { row.add(owner_slot(reader), false, n); });
        row.end();
    }

    //! How many positions a side has gone on, from the counter at which it began.
    std::uint64_t gone_since(std::uint64_t began, const typename Words::word64& counter) const {
        return steps(began, counter.load(boost::memory_order_acquire));
    }

private:
    // Calls each(number) for the positions that are claimed, and of which the notes say neither end.
    template <class Each>
    void held(std::uint64_t from, std::uint64_t claimed, const typename Words::word64* notes,
              spsc_state one_end, spsc_state other_end, Each each) const {
        if (!lies_within(from, claimed))
            return;
        for (std::uint64_t c = from; c != claimed; c = past(c, 1)) {
            const spsc_note note{notes[c & index_mask_].load(boost::memory_order_acquire)};
            const spsc_state state = note.state_in(c >> index_bits_);
            if (state != one_end && state != other_end)
                each(number(unpack(c)));
        }
    }

    const basic_spsc_places<Words>& at_;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
