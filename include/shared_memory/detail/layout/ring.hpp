// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What a ring's words say, and what its algorithm (node_ring.hpp) hands to its callers.

#ifndef SHARED_MEMORY_DETAIL_LAYOUT_RING_HPP
#define SHARED_MEMORY_DETAIL_LAYOUT_RING_HPP

#include <shared_memory/detail/layout/header.hpp>

#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

enum class node_phase : std::uint32_t { free = 0, writing, ready, skip, reading };

//! A control word, taken apart: lap:46 | deliveries:5 | slot:10 | phase:3. All zero is free in lap
//! 0, which is what a fresh object's pages are.
struct control_word {
    std::uint64_t value;

    static constexpr std::uint64_t of(std::uint64_t lap, node_phase phase, std::uint32_t slot = 0,
                                      std::uint32_t deliveries = 0) noexcept {
        return lap << 18U | std::uint64_t{deliveries & 31U} << 13U |
               std::uint64_t{slot & 1023U} << 3U | static_cast<std::uint64_t>(phase);
    }
    //! The same bits as of(0, phase, slot), for a slot that is the caller's own.
    static constexpr std::uint64_t bits(node_phase phase, std::uint32_t own_slot = 0) noexcept {
        return (std::uint64_t{own_slot} << 3U) + static_cast<std::uint64_t>(phase);
    }
    constexpr std::uint64_t lap() const noexcept { return value >> 18U; }
    constexpr std::uint32_t deliveries() const noexcept {
        return static_cast<std::uint32_t>(value >> 13U) & 31U;
    }
    constexpr std::uint32_t slot() const noexcept {
        return static_cast<std::uint32_t>(value >> 3U) & 1023U;
    }
    constexpr node_phase phase() const noexcept { return static_cast<node_phase>(value & 7U); }
    //! False for a phase that does not exist.
    constexpr bool has_valid_phase() const noexcept { return phase() <= node_phase::reading; }
    constexpr bool redelivered() const noexcept {
        return phase() == node_phase::ready && deliveries() != 0;
    }
};

//! Wraps from 31 to 1: it never saturates (node_ring.hpp [R5]), and never says "never delivered".
constexpr std::uint32_t next_delivery(std::uint32_t deliveries) noexcept {
    return deliveries >= 31 ? 1 : deliveries + 1;
}

//! What a ring looks like; all from the handle's own copy of the segment's identity.
struct ring_geometry {
    std::uint32_t node_count;
    std::uint32_t node_size;
    std::uint32_t max_deliveries; // 0: unlimited
    bool heavy_fences = false;    // the ring may have a single writer, or reader, that runs none

    bool inline_payload() const noexcept { return node_size <= inline_payload_bytes; }
    std::uint64_t payload_stride() const noexcept {
        return (std::uint64_t{node_size} + cache_line_bytes - 1) / cache_line_bytes *
               cache_line_bytes;
    }
};

//! A node in somebody's hands. Private to the process that holds it.
struct node_claim {
    std::byte* payload = nullptr;
    std::uint64_t word = 0; // its control word since the claim
    std::uint64_t index = 0;
    std::uint32_t size = 0; // reading: the message's; writing: the node's

    std::uint32_t deliveries_before() const noexcept { return control_word{word}.deliveries(); }
};

//! Nodes in a row, in somebody's hands: the first of them, and how many. All but the first are claimed
//! for the first time, so that their words follow from its word.
struct node_run {
    node_claim first;
    std::uint32_t count = 0;
};

enum class ring_result : std::uint32_t {
    claimed,
    full,      // writers: no room
    empty,     // readers: nothing claimed that was not read
    not_yet,   // readers: the next message is being written
    refused,   // readers: `accept` did not want a message of that size
    ended,     // the stream has ended, and for a reader all of it is read
    shut_down, // likewise
    corrupted
};

struct ring_repair {
    std::uint64_t writes_discarded = 0;
    std::uint64_t reads_redelivered = 0;
    std::uint64_t messages_given_up = 0;

    ring_repair& operator+=(const ring_repair& other) noexcept {
        writes_discarded += other.writes_discarded;
        reads_redelivered += other.reads_redelivered;
        messages_given_up += other.messages_given_up;
        return *this;
    }
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
