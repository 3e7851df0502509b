// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A participant's area: the participant's own block, and then a few lines for each part of the
//! segment, which only that part knows how to read.
//!
//!     +------------------------------------+ 0
//!     | participant_block                  |
//!     +------------------------------------+ part_entry::line_offset
//!     | the first part's lines, if any     |
//!     +------------------------------------+
//!     | the next part's lines, if any ...  |
//!     +------------------------------------+ segment_identity::participant_stride

#ifndef SHARED_MEMORY_DETAIL_LAYOUT_PARTICIPANTS_HPP
#define SHARED_MEMORY_DETAIL_LAYOUT_PARTICIPANTS_HPP

#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/detail/layout/tally.hpp>

#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! The participant in a slot. `slot_word` is the truth (generation << 1 | used); the participant
//! alone writes the rest, before it sets `used`, or the rest is for show.
template <class Words>
struct basic_participant_block {
    typename Words::word64 slot_word;
    typename Words::word64 process_id;
    typename Words::word64 start_time; // of the process, as the system counts it
    typename Words::word32 role;
    typename Words::word32
        asleep; // its handle's threads sleep; where a waker has to know it (Windows)
    //! The owner words of the handles that this one was forked from and inherits from: its parent's,
    //! and its parent's parent's; 0: none. See lib/segment/ownership.cpp.
    typename Words::word64 heir_of[2];
    std::uint64_t reserved[8];
    tally sleeps; // of its handle's threads, so far
    // How many of its handle's threads sleep in each of the first 8 wait rooms, in the order of the
    // parts and their rooms: 8 bits each; for show.
    typename Words::word64 asleep_in;
};
static_assert(sizeof(basic_participant_block<ipc_words>) == cache_pair_bytes);

using participant_block = basic_participant_block<ipc_words>;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
