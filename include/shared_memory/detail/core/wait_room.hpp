// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Sleeping until another process has done something, and waking who sleeps.
//!
//! The word of a sleep_block says sequence << 2 | they are being woken << 1 | somebody sleeps. One
//! who waits:
//!
//!     ticket = announce_sleep(word)   sets the bit, unless it is set and stays so
//!     look again                      is what it waits for there now?
//!     sleep_on(ticket)                unless the word has changed since
//!
//! and one who has changed something for others, if the bit is set: moves the sequence
//! (claim_wake), wakes all, clears the bits if nobody has announced itself meanwhile (finish_wake).
//! What holds:
//!  [W1]  While somebody sleeps, the bit is set, or all who slept when it was cleared have been
//!        woken. A notifier that is stopped or killed on its way leaves it set: the next one wakes.
//!        A waiter that was killed leaves it set too, which costs one wake call, once. (The
//!        sequence has 30 bits: who stalls between wake and finish for 2^30 announcements may
//!        clear one that counts.)
//!  [W2]  Whoever announced itself is seen by a later notifier, or sees what that one published:
//!        both have a full fence between their store and their load. The waiter's is in
//!        `announce_sleep`; the notifier's is the seq_cst read-modify-write that publishes
//!        (node_ring.hpp), or any store followed by Words::full_fence().
//!  [W3]  Wake-ups may come for nothing; who wakes looks again.

#ifndef SHARED_MEMORY_DETAIL_CORE_WAIT_ROOM_HPP
#define SHARED_MEMORY_DETAIL_CORE_WAIT_ROOM_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/detail/layout/words.hpp>

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

//! Says that the caller is about to sleep; the ticket is for `sleep_on`. The caller looks again
//! before it does.
template <class Words>
std::uint32_t announce_sleep(typename Words::word32& word) noexcept {
    std::uint32_t w = word.load(boost::memory_order_relaxed);
    // A new value while they are being woken: the notifier must not clear the bit for one that it
    // has not woken [W1]. Else none where the bit is set: waiters must not keep each other awake.
    while ((w & (somebody_sleeps | being_woken)) != somebody_sleeps) {
        const std::uint32_t mine = next_sleep_word(w, somebody_sleeps);
        if (word.compare_exchange_weak(w, mine, boost::memory_order_seq_cst,
                                       boost::memory_order_relaxed))
            w = mine;
    }
    Words::full_fence(); // [W2]
    return w;
}

//! Zero: nobody sleeps. Else the caller wakes all sleepers now, and hands the number to
//! finish_wake.
template <class Words>
std::uint32_t claim_wake(typename Words::word32& word) noexcept {
    std::uint32_t w = word.load(boost::memory_order_seq_cst); // [W2]
    while ((w & somebody_sleeps) != 0) {
        const std::uint32_t claimed = next_sleep_word(w, somebody_sleeps | being_woken);
        if (word.compare_exchange_weak(w, claimed, boost::memory_order_seq_cst,
                                       boost::memory_order_seq_cst))
            return claimed;
    }
    return 0; // also if another notifier has woken them all, after what we published
}

template <class Words>
void finish_wake(typename Words::word32& word, std::uint32_t claimed) noexcept {
    word.compare_exchange_strong(claimed, next_sleep_word(claimed, 0), boost::memory_order_seq_cst,
                                 boost::memory_order_relaxed);
}

// In lib/wait_point_*.cpp, one file for each way to sleep:

//! Sleeps until woken, the word differs from the ticket, or the deadline has passed. May return
//! early.
SHARED_MEMORY_DECL void sleep_on(sleep_block& block, std::uint32_t ticket, deadline until) noexcept;
//! Wakes all who sleep on the block.
SHARED_MEMORY_DECL void wake_all(sleep_block& block) noexcept;
//! A block to sleep on, and the ticket that its announcement gave.
struct sleep_ticket {
    sleep_block* block;
    std::uint32_t ticket;
};
//! Sleeps until one of several is notified. May return early.
SHARED_MEMORY_DECL void sleep_on_any(const sleep_ticket* tickets, std::size_t count,
                                     deadline until) noexcept;
//! A handle has taken the slot: its threads will sleep on the blocks of this mapping, and wake those
//! of other handles. Where the wait is the handle's business (Windows), it has to be known.
SHARED_MEMORY_DECL void join_sleepers(segment_block& block, const segment_identity& identity,
                                      std::uint32_t slot);
//! The mapping is about to go. Nothing if it never joined.
SHARED_MEMORY_DECL void leave_sleepers(segment_block& block) noexcept;
//! Makes a fresh, zeroed block usable.
SHARED_MEMORY_DECL void initialise(sleep_block& block);
//! How much of `interprocess_space` is in use, for segment_identity::sleep_bytes: types that are not
//! of one size in all processes may lie there.
SHARED_MEMORY_DECL std::uint64_t sleep_bytes() noexcept;

//! Wakes whoever sleeps here, if anyone; without a system call, and without a write, if not.
BOOST_NOINLINE inline void notify_sleepers(sleep_block& block) noexcept {
    const std::uint32_t claimed = claim_wake<ipc_words>(block.word);
    if (claimed != 0) {
        wake_all(block);
        finish_wake<ipc_words>(block.word, claimed);
    }
}
BOOST_FORCEINLINE void notify(sleep_block& block) noexcept {
    if (BOOST_UNLIKELY((block.word.load(boost::memory_order_seq_cst) & somebody_sleeps) !=
                       0)) // [W2]
        notify_sleepers(block);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
