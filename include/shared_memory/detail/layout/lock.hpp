// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The words of the lock part: a readers/writer lock, with a count for each participant.
//!
//!     +------------------------+ 0
//!     | writer, sequence       |
//!     +------------------------+ 256
//!     | free_sleep             |
//!     +------------------------+ 512
//!     | drain_sleep            |
//!     +------------------------+ 768

#ifndef SHARED_MEMORY_DETAIL_LAYOUT_LOCK_HPP
#define SHARED_MEMORY_DETAIL_LAYOUT_LOCK_HPP

#include <shared_memory/detail/layout/participants.hpp>
#include <shared_memory/detail/layout/wait_room.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

inline constexpr std::uint32_t lock_part_number = 1;

template <class Words>
struct basic_lock_block {
    // generation << 11 | slot << 1 | closed: the participant that is to write; 0: nobody
    typename Words::word64 writer;
    // number << 2 | inconsistent << 1 | writing: changed by the writer alone, or by its repairer
    typename Words::word64 sequence;
    std::uint64_t reserved[30];
    basic_wait_room<Words> free_sleep;  // readers and writers that wait until there is no writer
    basic_wait_room<Words> drain_sleep; // the writer, while it waits until the readers are gone
};
static_assert(sizeof(basic_lock_block<ipc_words>) == 768);

//! A participant's shared locks.
template <class Words>
struct basic_lock_line {
    // generation:32 | held explicitly:16 | held in all, or being tried for:16
    typename Words::word64 shared_lock;
    std::uint64_t reserved[7];
};
static_assert(sizeof(basic_lock_line<ipc_words>) == cache_line_bytes);

using lock_block = basic_lock_block<ipc_words>;
using lock_line = basic_lock_line<ipc_words>;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
