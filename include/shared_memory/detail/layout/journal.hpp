// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The words of the journal part. In a journal, a participant that carries messages between a ring
//! and another place says how far it has come, so that its successor loses none of them and takes
//! none twice. A *sender* reads the ring, a *receiver* writes into it what a source has sent.
//!
//!     +--------------------------------------+ 0
//!     | key, kind, holder                    |  which journal, and who may write it
//!     +--------------------------------------+ 64
//!     | accepted, intent, discarded          |  how far it has come
//!     +--------------------------------------+ 128
//!     | the next entry ...                   |  journal_count_setting entries
//!     +--------------------------------------+
//!
//! This version lays the entries out and gives back those of dead holders; it fills none.

#ifndef SHARED_MEMORY_DETAIL_LAYOUT_JOURNAL_HPP
#define SHARED_MEMORY_DETAIL_LAYOUT_JOURNAL_HPP

#include <shared_memory/detail/layout/header.hpp>

#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

inline constexpr std::uint32_t journal_part_number = 9;
inline constexpr std::uint32_t journal_count_setting = 0; // part_entry::settings
inline constexpr std::uint32_t most_journals = 1024;      // each search looks at all of them

//! Who has a journal. Zero is a fresh object's: the entry is free.
enum class journal_kind : std::uint32_t { none = 0, sender, receiver };

//! One journal. The maker of an entry writes key and kind, which stay; the holder alone writes what
//! stands behind `holder`, all but `discarded`.
template <class Words>
struct basic_journal_entry {
    alignas(128) typename Words::word64 key[2]; // a sender's: of its route; else the source's id
    typename Words::word32 kind;                // a journal_kind, written after the key
    std::uint32_t pad;
    typename Words::word64 holder; // generation << 10 | slot; 0: nobody. See part/journal_part.hpp
    std::uint64_t reserved[4];
    // Position + 1 of the last message that has arrived: with a sender, at the other place; with a
    // receiver, in this ring. 0: none
    typename Words::word64 accepted;
    // What a receiver is about to commit: written before the first commit, count last
    typename Words::word64 first; // position at the source of the first message
    typename Words::word64 node;  // position in this ring of its node
    typename Words::word64 count; // how many messages in a row; 0: nothing
    // Position + 1 in this ring of the first of them that was not committed, because the holder
    // died: written by repairers, before the node is free again. 0: none
    typename Words::word64 discarded;
    std::uint64_t more[3];
};
static_assert(sizeof(basic_journal_entry<ipc_words>) == 2 * cache_line_bytes);
static_assert(offsetof(basic_journal_entry<ipc_words>, holder) == 24);
static_assert(offsetof(basic_journal_entry<ipc_words>, accepted) == cache_line_bytes);

using journal_entry = basic_journal_entry<ipc_words>;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
