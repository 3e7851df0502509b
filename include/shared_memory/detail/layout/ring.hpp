// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The words of the ring part, what they say, and what the algorithm (core/node_ring.hpp) hands to
//! its callers.
//!
//!     +--------------------------------------+ 0
//!     | ring_block   counters, epoch, counts |
//!     +--------------------------------------+ 640
//!     | readers_sleep                        |
//!     +--------------------------------------+ 896
//!     | writers_sleep                        |
//!     +--------------------------------------+ 1152
//!     | node_line x node_count               |
//!     +--------------------------------------+
//!     | node_size, to 64, x node_count       |  payloads of more than 48 bytes
//!     +--------------------------------------+
//!
//! In each participant's area lies a ring_line: which positions the participant's threads are about
//! to take.

#ifndef SHARED_MEMORY_DETAIL_LAYOUT_RING_HPP
#define SHARED_MEMORY_DETAIL_LAYOUT_RING_HPP

#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/detail/layout/tally.hpp>
#include <shared_memory/detail/layout/wait_room.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

inline constexpr std::uint32_t ring_part_number = 3;
// part_entry::settings of a ring
inline constexpr std::uint32_t max_deliveries_setting = 0;
inline constexpr std::uint32_t ring_modes_setting = 1;   // ring_single_writer and so on
inline constexpr std::uint32_t dead_letters_setting = 2; // 1: the ring keeps them

inline constexpr std::uint32_t min_node_count = 2;
inline constexpr std::uint32_t max_node_count = 1U << 20U;
inline constexpr std::uint32_t max_node_size = 0x7fffffc0U; // 2^31 - 64
inline constexpr std::uint32_t max_delivery_limit = 31;     // what a control word can count
inline constexpr std::uint32_t inline_payload_bytes = 48;

inline constexpr std::uint32_t ring_single_reader = 1; // as in `role`; see node_ring.hpp [R11]
inline constexpr std::uint32_t ring_single_writer = 2;
//! Claims are ended by plain stores: the system that the ring was created on has heavy fences.
inline constexpr std::uint32_t ring_plain_ends = 4; // see node_ring.hpp [R12]

//! A ring's words that are not a node's.
template <class Words>
struct basic_ring_block {
    // Counters: lap << index bits | index of the next position that nobody has taken. They only go
    // forward.
    alignas(128) typename Words::word64 tail;             // for writers
    alignas(128) typename Words::word64 head;             // for readers
    alignas(128) typename Words::word64 redelivery_epoch; // of redeliveries, only ever incremented
    alignas(128) typename Words::word64 redelivered;      // counts, relaxed
    typename Words::word64 given_up;
    typename Words::word64 readers_attached; // handles with that role, ever
    typename Words::word64 writers_attached;
    // The single writer (reader) of a ring that has one: generation << 10 | slot; 0: nobody
    alignas(128) typename Words::word64 writer_role;
    typename Words::word64 reader_role;
};
static_assert(sizeof(basic_ring_block<ipc_words>) == 640);

//! A ring's node: its control word, its message's size, and, if the ring's nodes have at most 48
//! bytes, the message itself: then one line is all that travels between two processors.
template <class Words>
struct basic_node_line {
    alignas(64) typename Words::word64 control;
    typename Words::word32 size;
    std::uint32_t pad;
    std::byte payload[inline_payload_bytes];
};
static_assert(sizeof(basic_node_line<ipc_words>) == 64);
static_assert(offsetof(basic_node_line<ipc_words>, payload) == 16);

//! The part's words before its nodes.
template <class Words>
struct basic_ring_head {
    basic_ring_block<Words> ring;
    basic_wait_room<Words> readers_sleep; // readers that wait for a message
    basic_wait_room<Words> writers_sleep; // writers that wait for room
};
static_assert(sizeof(basic_ring_head<ipc_words>) == 1152);

//! What a thread says of the positions that it is about to take. A participant has some entries
//! for each side; the thread that holds an entry alone writes it.
template <class Words>
struct basic_ring_entry {
    //! Packed as in tail and head. It stays after the claim has ended.
    alignas(64) typename Words::word64 position;
    //! The entry covers all positions before this one; no_position: the one position only.
    typename Words::word64 end;
    ring_tally done; // with this entry; of the first entry, `undone` and so on are all entries'
    std::uint64_t reserved[2];
};
static_assert(sizeof(basic_ring_entry<ipc_words>) == 64);

inline constexpr std::uint64_t no_position = ~std::uint64_t{0};
inline constexpr std::uint32_t entries_per_side = 4;

//! The ring's lines of a participant.
template <class Words>
struct basic_ring_line {
    basic_ring_entry<Words> writes[entries_per_side];
    basic_ring_entry<Words> reads[entries_per_side];
};

using ring_entry = basic_ring_entry<ipc_words>;
using ring_line = basic_ring_line<ipc_words>;
using ring_block = basic_ring_block<ipc_words>;
using ring_head = basic_ring_head<ipc_words>;
using node_line = basic_node_line<ipc_words>;

enum class node_phase : std::uint32_t { free = 0, writing, ready, reading };

//! Where a value lies in a 64-bit word: its lowest bit, and how many bits it has.
template <unsigned Offset, unsigned Width>
struct bit_field {
    using value_type = std::conditional_t<(Width > 32), std::uint64_t, std::uint32_t>;
    static constexpr auto greatest =
        static_cast<value_type>((std::numeric_limits<std::uint64_t>::max)() >> (64U - Width));

    //! A value in its place; a value that does not fit loses its upper bits.
    static constexpr std::uint64_t cut(value_type value) noexcept {
        return std::uint64_t{value & greatest} << Offset;
    }
    //! The same for a value that is known to fit.
    static constexpr std::uint64_t place(std::uint64_t value) noexcept { return value << Offset; }
    //! The value that lies there in a word.
    static constexpr value_type of(std::uint64_t word) noexcept {
        return static_cast<value_type>(word >> Offset) & greatest;
    }
};

//! A control word, taken apart. All zero is free in lap 0, which is what a fresh object's
//! pages are.
struct control_word {
    using phase_bits = bit_field<0, 3>;
    using slot_bits = bit_field<3, 10>;
    using delivery_bits = bit_field<13, 5>;
    using lap_bits = bit_field<18, 46>;

    std::uint64_t value;

    static constexpr std::uint64_t of(std::uint64_t lap, node_phase phase, std::uint32_t slot = 0,
                                      std::uint32_t deliveries = 0) noexcept {
        return lap_bits::place(lap) | delivery_bits::cut(deliveries) | slot_bits::cut(slot) |
               phase_bits::place(static_cast<std::uint64_t>(phase));
    }
    //! The same bits as of(0, phase, slot), for a slot that is the caller's own.
    static constexpr std::uint64_t bits(node_phase phase, std::uint32_t own_slot = 0) noexcept {
        return slot_bits::place(own_slot) + phase_bits::place(static_cast<std::uint64_t>(phase));
    }
    constexpr std::uint64_t lap() const noexcept { return lap_bits::of(value); }
    constexpr std::uint32_t deliveries() const noexcept { return delivery_bits::of(value); }
    constexpr std::uint32_t slot() const noexcept { return slot_bits::of(value); }
    constexpr node_phase phase() const noexcept {
        return static_cast<node_phase>(phase_bits::of(value));
    }
    //! The same lap in another phase, delivered by nobody and nobody's.
    constexpr std::uint64_t with_phase(node_phase phase) const noexcept {
        return (value & lap_bits::place(lap_bits::greatest)) + bits(phase);
    }
    //! False for a phase that does not exist.
    constexpr bool has_valid_phase() const noexcept { return phase() <= node_phase::reading; }
    constexpr bool redelivered() const noexcept {
        return phase() == node_phase::ready && deliveries() != 0;
    }
};
static_assert(control_word::delivery_bits::greatest == max_delivery_limit);
static_assert(control_word::slot_bits::greatest >= max_slots);

//! Wraps from 31 to 1: it never saturates, and never says "never delivered".
constexpr std::uint32_t next_delivery(std::uint32_t deliveries,
                                      std::uint32_t most = max_delivery_limit) noexcept {
    return deliveries >= most ? 1 : deliveries + 1;
}

//! What a ring looks like; all from the handle's own copy of the segment's identity.
struct ring_geometry {
    std::uint32_t node_count;
    std::uint32_t node_size;
    std::uint32_t max_deliveries; // 0: unlimited
    bool heavy_fences = false;    // the ring may have participants that run no fence
    std::uint32_t most_counted = max_delivery_limit; // deliveries, before they wrap
    bool dead_letters = false;                       // at max_deliveries, messages are kept

    bool inline_payload() const noexcept { return node_size <= inline_payload_bytes; }
    bool is_at_limit(std::uint32_t deliveries) const noexcept {
        return max_deliveries != 0 && deliveries >= max_deliveries;
    }
    //! A message that was delivered so often, and not released, is a dead letter: no reader gets it.
    bool is_dead_letter(std::uint32_t deliveries) const noexcept {
        return dead_letters && is_at_limit(deliveries);
    }
    //! It waits for a mover, or a mover has it.
    bool is_dead_letter(control_word c) const noexcept {
        return is_dead_letter(c.deliveries()) &&
               (c.phase() == node_phase::ready || c.phase() == node_phase::reading);
    }
    std::uint64_t payload_stride() const noexcept {
        return (std::uint64_t{node_size} + cache_line_bytes - 1) / cache_line_bytes *
               cache_line_bytes;
    }
};

//! A node in a handle's hands. Private to the process of that handle.
struct node_claim {
    std::byte* payload = nullptr;
    std::uint64_t word = 0; // its control word since the claim; not marked yet, if it is brief
    std::uint64_t index = 0;
    std::uint32_t size = 0; // reading: the message's; writing: the node's

    std::uint32_t deliveries_before() const noexcept { return control_word{word}.deliveries(); }
};

//! Nodes in a row, in a handle's hands: the first of them, and how many. The words of all the
//! others follow from the first one's word: all messages were delivered as often.
struct node_run {
    node_claim first;
    std::uint32_t count = 0;
};

//! What becomes of a claim.
enum class claim_use {
    //! A claim object holds it, and may outlive the handle: it is counted.
    object,
    //! It ends within this library's call, in which a function of the user's runs.
    call,
    //! The calling thread ends it before it calls anything that is not this library's: the node is
    //! not marked, and the thread's entry stays in use until the claim has ended.
    brief
};

enum class ring_result : std::uint32_t {
    claimed,
    full,      // writers: no room
    empty,     // readers: nothing claimed that was not read
    not_yet,   // readers: the next message is being written
    refused,   // readers: `accept` did not want a message of that size
    ended,     // the stream has ended, and for a reader all of it is read
    shut_down, // the owner has closed, and for a reader all of the messages are read
    corrupted,
    no_entry // every entry of the handle is in use; nothing was looked at
};

struct ring_repair {
    std::uint64_t writes_discarded = 0;
    std::uint64_t reads_redelivered = 0;
    std::uint64_t messages_given_up = 0;
    std::uint64_t dead_letters = 0; // that were not given up

    ring_repair& operator+=(const ring_repair& other) noexcept {
        writes_discarded += other.writes_discarded;
        reads_redelivered += other.reads_redelivered;
        messages_given_up += other.messages_given_up;
        dead_letters += other.dead_letters;
        return *this;
    }
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
