// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The words of a ring that has a single writer and a single reader, and what they say. The
//! algorithm is in core/spsc_ring.hpp. Which participant is the writer, and which the reader, is
//! said by the role words of layout/ring.hpp.
//!
//!     +--------------------------------------+ 0
//!     | spsc_block    the four counters      |
//!     +--------------------------------------+ 512
//!     | sizes         4 bytes x node_count   |
//!     +--------------------------------------+ to 64
//!     | write_notes   8 bytes x node_count   |
//!     +--------------------------------------+ to 64
//!     | read_notes    8 bytes x node_count   |
//!     +--------------------------------------+ to 64
//!     | payloads      node_size, to 64,      |
//!     |                        x node_count  |
//!     +--------------------------------------+
//!
//! Counters are positions: lap << index bits | index, as in the general ring.

#ifndef SHARED_MEMORY_DETAIL_LAYOUT_SPSC_RING_HPP
#define SHARED_MEMORY_DETAIL_LAYOUT_SPSC_RING_HPP

#include <shared_memory/detail/layout/ring.hpp>
#include <shared_memory/detail/layout/words.hpp>

#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! The counters. Each line is written by one side alone, and what the sides look at each other is
//! apart from what a side only says for the case of its death.
template <class Words>
struct basic_spsc_block {
    alignas(128) typename Words::word64 tail; // what lies before it is published, or passed over
    typename Words::word64 holes;             // nothing from here on to tail is passed over
    typename Words::word64 front;             // what lies before it is free again, or passed over
    alignas(128) typename Words::word64 write_claimed; // the writer holds what lies from tail to it
    ring_tally written; // by the writer of now; `messages`: its counter when it began
    alignas(128) typename Words::word64 head;         // what lies before it is free again
    alignas(128) typename Words::word64 read_claimed; // the reader holds, or had, all before
    ring_tally read;                                  // by the reader of now
};
static_assert(sizeof(basic_spsc_block<ipc_words>) == 512);

using spsc_block = basic_spsc_block<ipc_words>;

//! Where the words lie: of this ring, and those that every ring has.
template <class Words>
struct basic_spsc_places {
    basic_spsc_block<Words>* block;
    typename Words::word32* sizes;
    typename Words::word64* write_notes;
    typename Words::word64* read_notes;
    std::byte* payloads;
    const typename Words::word32* state; // the segment's
    typename Words::word64* writer_role;
    typename Words::word64* reader_role;
    typename Words::word64* redelivered; // counts
    typename Words::word64* given_up;
};

//! What a side has noted of a position that is not the oldest of its claims. A note that says
//! another lap than the position's says nothing of it.
enum class spsc_state : std::uint32_t {
    none = 0,
    published, // by the writer: it is a message
    passed,    // by the writer: it will never be one
    held,      // by the reader: it is claimed again
    released,  // by the reader: it is done with
    returned   // by the reader: it is to be claimed again
};

//! How a message is kept that is not released.
enum class spsc_kept { unread, held, dead_letter };

//! A note, taken apart. All zero says nothing.
struct spsc_note {
    using state_bits = bit_field<0, 3>;
    using delivery_bits = bit_field<3, 5>;
    using lap_bits = bit_field<8, 56>;

    std::uint64_t value;

    static constexpr std::uint64_t of(std::uint64_t lap, spsc_state state,
                                      std::uint32_t deliveries = 0) noexcept {
        return lap_bits::place(lap) | delivery_bits::cut(deliveries) |
               state_bits::place(static_cast<std::uint64_t>(state));
    }
    //! What it says of the node in that lap.
    constexpr spsc_state state_in(std::uint64_t lap) const noexcept {
        return lap_bits::of(value) == lap ? static_cast<spsc_state>(state_bits::of(value))
                                          : spsc_state::none;
    }
    //! How often the message was claimed. The count stays at its greatest value.
    constexpr std::uint32_t deliveries() const noexcept { return delivery_bits::of(value); }
};
static_assert(spsc_note::delivery_bits::greatest == max_delivery_limit);

//! Where the words of such a ring lie, from its spsc_block on.
struct spsc_layout {
    std::uint64_t write_notes;
    std::uint64_t read_notes;
    std::uint64_t payloads;
    std::uint64_t end;

    static constexpr std::uint64_t sizes = sizeof(spsc_block);

    static constexpr spsc_layout of(std::uint64_t nodes, std::uint64_t payload_stride) noexcept {
        const std::uint64_t notes = to_lines(nodes * 8);
        const std::uint64_t first = sizes + to_lines(nodes * 4);
        return {first, first + notes, first + 2 * notes,
                first + 2 * notes + nodes * payload_stride};
    }

private:
    static constexpr std::uint64_t to_lines(std::uint64_t bytes) noexcept {
        return (bytes + 63) / 64 * 64;
    }
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
