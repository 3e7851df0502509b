// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Sleeping until another process has done something, and waking the sleepers.
//!
//! The word of a wait room says sequence << 2 | they are being woken << 1 | somebody sleeps. A
//! sleeper (waiting.hpp):
//!
//!     ticket = announce_sleep(word)   sets the bit, unless it is set and stays so
//!     try again                       is what the sleeper waits for there now?
//!     sleep(ticket)                   unless the word has changed since
//!
//! A waker, which has changed something for others, does this if the bit is set: it moves the
//! sequence (claim_wake), wakes all, and clears the bits if nobody has announced itself meanwhile
//! (finish_wake). Three invariants hold:
//!  [W1]  While a process sleeps, the bit is set, or all who slept when the bit was cleared have
//!        been woken. A waker that is stopped or killed on its way leaves the bit set: the next
//!        waker wakes. A sleeper that was killed leaves the bit set too, which costs one wake call,
//!        once. (The sequence has 30 bits: a waker that stalls between wake and finish for 2^30
//!        announcements may clear a bit that counts.)
//!  [W2]  Either the waker sees the sleeper's announcement, or the sleeper sees what the waker
//!        published: both have a full fence between their store and their load. The sleeper's is
//!        in `announce_sleep`; the waker's is the seq_cst read-modify-write that publishes
//!        (node_ring.hpp), or any store followed by System::full_fence().
//!  [W3]  Wake-ups may come for nothing; a sleeper that wakes tries again.

#ifndef SHARED_MEMORY_DETAIL_CORE_WAIT_ROOM_HPP
#define SHARED_MEMORY_DETAIL_CORE_WAIT_ROOM_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/system.hpp>
#include <shared_memory/detail/layout/wait_room.hpp>

#include <boost/memory_order.hpp>

#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

inline constexpr std::uint32_t somebody_sleeps = 1;
inline constexpr std::uint32_t being_woken = 2;

//! The next number of the sequence, with these bits.
constexpr std::uint32_t next_sleep_word(std::uint32_t w, std::uint32_t bits) noexcept {
    return ((w | 3U) + 1) | bits;
}

//! Says that the caller is about to sleep; the ticket is for `sleep`. The caller tries again before
//! it sleeps.
template <class System>
std::uint32_t announce_sleep(typename System::word32& word) noexcept {
    std::uint32_t w = word.load(boost::memory_order_relaxed);
    // While sleepers are being woken, the word gets a new value: the waker must not clear the bit
    // for a sleeper that it has not woken [W1]. Else a word whose bit is set stays as it is:
    // sleepers must not keep each other awake.
    while ((w & (somebody_sleeps | being_woken)) != somebody_sleeps) {
        const std::uint32_t mine = next_sleep_word(w, somebody_sleeps);
        if (word.compare_exchange_weak(w, mine, boost::memory_order_seq_cst,
                                       boost::memory_order_relaxed))
            w = mine;
    }
    System::full_fence(); // [W2]
    return w;
}

//! Zero: nobody sleeps. Else the caller wakes all sleepers now, and hands the number
//! to finish_wake.
template <class System>
std::uint32_t claim_wake(typename System::word32& word) noexcept {
    std::uint32_t w = word.load(boost::memory_order_seq_cst); // [W2]
    while ((w & somebody_sleeps) != 0) {
        const std::uint32_t claimed = next_sleep_word(w, somebody_sleeps | being_woken);
        if (word.compare_exchange_weak(w, claimed, boost::memory_order_seq_cst,
                                       boost::memory_order_seq_cst))
            return claimed;
    }
    return 0; // also if another waker has woken them all, after what we published
}

template <class System>
void finish_wake(typename System::word32& word, std::uint32_t claimed) noexcept {
    word.compare_exchange_strong(claimed, next_sleep_word(claimed, 0), boost::memory_order_seq_cst,
                                 boost::memory_order_relaxed);
}

//! Wakes all who sleep in the room, if anybody does; without a system call, and without a write, if
//! nobody does.
template <class System>
BOOST_NOINLINE void notify_sleepers(basic_wait_room<typename System::words>& room) noexcept {
    const std::uint32_t claimed = claim_wake<System>(room.word);
    if (claimed != 0) {
        System::wake(room);
        finish_wake<System>(room.word, claimed);
    }
}
template <class Words>
BOOST_FORCEINLINE bool somebody_sleeps_in(basic_wait_room<Words>& room) noexcept {
    return (room.word.load(boost::memory_order_seq_cst) & somebody_sleeps) != 0; // [W2]
}
template <class System>
BOOST_FORCEINLINE void notify(basic_wait_room<typename System::words>& room) noexcept {
    if (BOOST_UNLIKELY(somebody_sleeps_in(room)))
        notify_sleepers<System>(room);
}
BOOST_FORCEINLINE void notify(wait_room& room) noexcept {
    notify<ipc_system>(room);
}
//! After plain stores: wakes all who sleep in any of the rooms.
template <class System, class... Rooms>
void notify_all(Rooms&... rooms) noexcept {
    System::full_fence(); // [W2]
    (notify<System>(rooms), ...);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
