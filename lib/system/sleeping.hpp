// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What each system must give: sleeping until another process wakes. How sleepers and wakers agree
//! on the word of a wait room is in detail/core/wait_room.hpp; here is what the system does for them.
//!
//! There are three implementations: linux/sleeping.cpp (futexes), windows/sleeping.cpp (events), and
//! interprocess/sleeping.cpp (Boost.Interprocess's mutex and condition), which any system can be
//! built with. test/system/sleeping.cpp tests each.
//!
//! None of the calls throws but where it is said.

#ifndef SHARED_MEMORY_LIB_SYSTEM_SLEEPING_HPP
#define SHARED_MEMORY_LIB_SYSTEM_SLEEPING_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/strided.hpp>
#include <shared_memory/detail/core/system.hpp>
#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/detail/layout/wait_room.hpp>

#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! How this implementation sleeps: processes that differ in it cannot share a segment.
sync_kind synchronisation() noexcept;
//! How much of a room's `interprocess_space` it uses, for segment_identity::sleep_bytes: types that
//! are not of one size in all processes may lie there.
std::uint64_t sleep_bytes() noexcept;

//! Makes a fresh, zeroed room usable. May throw what the types in `interprocess_space` throw.
void initialise(wait_room& room);

//! Sleeps until one of the rooms is woken, or its word differs from its ticket, or the deadline has
//! passed on the monotonic clock. Returns at once if one of that is so already: a waker that changes
//! the word before it wakes is never missed. May return early, for no reason; a sleeper looks again
//! and goes back to sleep. If this process dies here, no other sleeper and no waker is disturbed;
//! but with Boost's mutex and condition, a killed sleeper may hang the next waker, and a killed
//! waker the next sleeper: see doc/synchronisation.md.
void sleep_in(const sleep_ticket* rooms, std::size_t count, deadline until) noexcept;

//! Wakes all sleepers of the room. The caller has changed the room's word before. If this process
//! dies here, some of them may sleep on: the word says so, and the next waker wakes them.
void wake_all(wait_room& room) noexcept;

//! A handle in its mapping, for a system whose sleepers are found by the handle (Windows).
struct sleeper_place {
    const void* begin; // of the memory in which the rooms lie
    std::uint64_t bytes;
    std::uint64_t segment_id[2];          // random: what the system keeps is named by it
    std::uint32_t slot;                   // the handle's
    std::uint32_t max_participants;       // slots that there are
    const ipc_words::word32* slots_used;  // every slot that ever was used lies below
    strided<ipc_words::word32> is_asleep; // by slot: threads of the slot's handle sleep
};
//! The threads of this process sleep in the rooms of that memory, and wake those of other handles,
//! until leave_sleepers(). Throws std::bad_alloc. If this process dies then, its mark in
//! `is_asleep` stays, and costs wakers a call each until the slot is taken again.
void join_sleepers(const sleeper_place& place);
//! The memory is about to go; none of this process's threads sleeps in it. Nothing if it
//! never joined.
void leave_sleepers(const void* begin) noexcept;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
