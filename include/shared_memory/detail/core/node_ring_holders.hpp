// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Which participant holds which nodes of a ring, for people to read: nothing is decided by it. It
//! only loads words, so that a read-only handle may ask, and others go on meanwhile.
//!
//!  [N1]  A node that is marked (writing, reading) names its participant.
//!  [N2]  A brief claim is not marked: the node looks free (ready) for a position that the counter
//!        has passed, and the participant's entry says the position (node_ring.hpp [R14]). Where two
//!        participants say it, one of them has it, and the other one is about to see that it has not:
//!        both are told.

#ifndef SHARED_MEMORY_DETAIL_CORE_NODE_RING_HOLDERS_HPP
#define SHARED_MEMORY_DETAIL_CORE_NODE_RING_HOLDERS_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/ring_positions.hpp>
#include <shared_memory/detail/core/strided.hpp>
#include <shared_memory/detail/layout/ring.hpp>

#include <boost/memory_order.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Nodes in a row that a participant holds.
struct held_nodes {
    std::uint32_t slot;
    bool for_writing;
    std::uint64_t first; // the number of its position
    std::uint64_t count;
};

//! Puts nodes together to rows, and tells each row once.
template <class Tell>
class held_row {
public:
    explicit held_row(Tell& tell) noexcept : tell_(tell) {}
    void add(std::uint32_t slot, bool for_writing, std::uint64_t number) {
        if (row_.count != 0 && row_.slot == slot && row_.for_writing == for_writing &&
            row_.first + row_.count == number) {
            ++row_.count;
            return;
        }
        end();
        row_ = {slot, for_writing, number, 1};
    }
    void end() {
        if (row_.count != 0)
            tell_(row_);
        row_.count = 0;
    }

private:
    Tell& tell_;
    held_nodes row_{0, false, 0, 0};
};

template <class Words>
class node_ring_holders : private ring_positions {
public:
    using lines_type = strided<basic_ring_line<Words>>;

    //! As node_ring: `nodes` has node_count elements, the participants' lines are of `slots` slots.
    node_ring_holders(std::uint32_t node_count, const basic_ring_block<Words>& block,
                      const basic_node_line<Words>* nodes, lines_type lines,
                      std::uint32_t slots) noexcept
        : ring_positions(node_count), block_(block), nodes_(nodes), lines_(lines), slots_(slots) {}

    //! Calls tell(held_nodes) for each row of nodes; first those that are marked, from the oldest on.
    template <class Tell>
    void tell(Tell tell) const {
        held_row<Tell> row(tell);
        marked(row);
        row.end();
        for (std::uint32_t slot = 0; slot != slots_; ++slot) {
            said(slot, lines_[slot].writes, block_.tail, node_phase::free, row);
            said(slot, lines_[slot].reads, block_.head, node_phase::ready, row);
        }
        row.end();
    }

private:
    using word64 = typename Words::word64;
    using entry_type = basic_ring_entry<Words>;

    // A page of nodes that no position has come to yet is not touched.
    template <class Row>
    void marked(Row& row) const {
        const position tail = unpack(block_.tail.load(boost::memory_order_acquire));
        const std::uint64_t nodes = last_index_ + 1;
        const std::uint64_t used = tail.lap == 0 ? tail.index : nodes;
        for (std::uint64_t i = 0; i != used; ++i) {
            const std::uint64_t index = tail.lap == 0 ? i : (tail.index + i) % nodes;
            // acquire: what is told was so after the tail was loaded
            const control_word c{nodes_[index].control.load(boost::memory_order_acquire)};
            const bool writing = c.phase() == node_phase::writing;
            if (writing || c.phase() == node_phase::reading) // [N1]
                row.add(c.slot(), writing, number({c.lap(), static_cast<std::uint32_t>(index)}));
        }
    }

    // [N2]
    template <class Row>
    void said(std::uint32_t slot, const entry_type* entries, const word64& counter,
              node_phase unmarked, Row& row) const {
        for (std::uint32_t e = 0; e != entries_per_side; ++e) {
            // acquire, in this order: as node_ring::is_said_by
            const std::uint64_t from = entries[e].position.load(boost::memory_order_acquire);
            if (from == no_position || (from & index_mask_) > last_index_)
                continue;
            const std::uint64_t end = entries[e].end.load(boost::memory_order_acquire);
            position p = unpack(from);
            for (std::uint64_t n = 0; n <= last_index_; ++n, p = next(p)) {
                if (n != 0 && (end == no_position || pack(p) - from >= end - from))
                    break; // as node_ring::covers
                // acquire, and the counter after the node: as node_ring::settle
                if (nodes_[p.index].control.load(boost::memory_order_acquire) ==
                        control_word::of(p.lap, unmarked) &&
                    is_behind(p, unpack(counter.load(boost::memory_order_seq_cst))))
                    row.add(slot, unmarked == node_phase::free, number(p));
            }
        }
    }

    const basic_ring_block<Words>& block_;
    const basic_node_line<Words>* nodes_;
    lines_type lines_;
    std::uint32_t slots_;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
