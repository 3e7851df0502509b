// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Sleeping until another process has done something, and waking the sleepers.
//!
//! The word of a wait room says, from its lowest bit on: somebody sleeps; they are being woken; a
//! fence is wanted; all know that; and a sequence of 28 bits. A sleeper (waiting.hpp):
//!
//!     ticket = announce_sleep(word)   sets the bit, unless it is set and stays so
//!     try again                       is what the sleeper waits for there now?
//!     sleep(ticket)                   unless the word has changed since
//!
//! A waker, which has changed something for others, does this if the bit is set: it moves the
//! sequence (claim_wake), wakes all, and clears the bits if nobody has announced itself meanwhile
//! (finish_wake).
//!
//! Participants that publish by plain stores run no full fence behind them (node_ring.hpp [R12]). A
//! sleeper among such participants sets `fence_wanted` with its announcement, and runs a heavy fence
//! before it tries again. Then it sets `fence_known`. From there on all who publish run the fence by
//! themselves, and sleepers run none, until a participant that ran it for nobody again and again
//! clears both bits (forget_fence). So a room in which nobody sleeps costs its wakers no fence, and a
//! room in which somebody sleeps often costs its sleepers no heavy fence. Invariants:
//!  [W1]  While a process sleeps, the bit is set, or all who slept when the bit was cleared have
//!        been woken. A waker that is stopped or killed on its way leaves the bit set: the next
//!        waker wakes. A sleeper that was killed leaves the bit set too: that costs one wake call.
//!  [W2]  Either the waker sees the sleeper's announcement, or the sleeper sees what the waker
//!        published: both have a full fence between their store and their load. The sleeper's is
//!        in `announce_sleep`; the waker's is the seq_cst read-modify-write that publishes
//!        (node_ring.hpp), or any store followed by System::full_fence(), or else a fence by [W4].
//!  [W3]  Wake-ups may come for nothing; a sleeper that wakes tries again.
//!  [W4]  A waker that finds `fence_wanted` runs a full fence, and loads the word again; also if
//!        somebody sleeps, for another waker may wake all, and the sleeper may be back before what
//!        this waker published is there. A waker that does not find `fence_wanted` has loaded the word
//!        before that bit was set, or set again, and so before the heavy fence that follows came to
//!        the waker's processor: what it published is there for all who look after the heavy fence.
//!  [W5]  While `fence_known` is set, such a heavy fence has ended: `fence_known` is set after the
//!        fence, by CAS from the very word that the announcement before the fence left or found. So
//!        neither bit was cleared in between. A sleeper that finds both bits in its announcement
//!        needs no heavy fence of its own.
//!  [W6]  Both bits are cleared together, by CAS from a word that says that nobody sleeps, and the
//!        sequence moves. A sleeper that announces itself later finds no `fence_known`. A sleeper that
//!        had announced itself was woken, or does not fall asleep: its ticket is another word.
//!
//! What wraps: a CAS or a ticket from 2^28 steps of the sequence ago fits again. So a process that
//! stalls for exactly that many, of which each sleep takes three, may clear a bit that counts
//! (finish_wake), fall asleep on an old ticket, or set `fence_known` before a heavy fence has ended
//! [W5]; the sleeper then wakes by its next look for the dead. To clear the fence's bits is right
//! from every word that says that nobody sleeps, however old the CAS.

#ifndef SHARED_MEMORY_DETAIL_CORE_WAIT_ROOM_HPP
#define SHARED_MEMORY_DETAIL_CORE_WAIT_ROOM_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/system.hpp>
#include <shared_memory/detail/layout/wait_room.hpp>

#include <boost/memory_order.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

inline constexpr std::uint32_t somebody_sleeps = 1;
inline constexpr std::uint32_t being_woken = 2;
inline constexpr std::uint32_t fence_wanted = 4;
inline constexpr std::uint32_t fence_known = 8; // only beside fence_wanted
inline constexpr std::uint32_t sleep_bits = somebody_sleeps | being_woken;
inline constexpr std::uint32_t fence_bits = fence_wanted | fence_known;

//! The next number of the sequence, with these bits.
constexpr std::uint32_t next_sleep_word(std::uint32_t w, std::uint32_t bits) noexcept {
    return ((w | sleep_bits | fence_bits) + 1) | bits;
}
static_assert(next_sleep_word(~std::uint32_t{0}, somebody_sleeps) == somebody_sleeps,
              "the sequence wraps, and carries into no bit");

//! The sequence is still the ticket's: nobody was woken since. `fence_known` may have come.
constexpr bool is_same_sleep(std::uint32_t w, std::uint32_t ticket) noexcept {
    return ((w ^ ticket) & ~fence_known) == 0;
}

//! Says that the caller is about to sleep; the ticket is for `sleep`. The caller tries again before
//! it sleeps. `plain_stores`: others may publish by plain stores; then the caller runs a heavy fence
//! before it tries again, unless the ticket has `fence_known` [W5].
template <class System>
std::uint32_t announce_sleep(typename System::word32& word, bool plain_stores) noexcept {
    const std::uint32_t wanted = somebody_sleeps | (plain_stores ? fence_wanted : 0);
    std::uint32_t w = word.load(boost::memory_order_relaxed);
    // While sleepers are being woken, the word gets a new value: the waker must not clear the bit
    // for a sleeper that it has not woken [W1]. Else a word whose bits are set stays as it is:
    // sleepers must not keep each other awake.
    while ((w & (wanted | being_woken)) != wanted) {
        const std::uint32_t mine = next_sleep_word(w, wanted | (w & fence_bits));
        if (word.compare_exchange_weak(w, mine, boost::memory_order_seq_cst,
                                       boost::memory_order_relaxed))
            w = mine;
    }
    System::full_fence(); // [W2]
    return w;
}

//! After a heavy fence that began after the announcement: says so to the sleepers to come [W5].
template <class System>
void note_heavy_fence(typename System::word32& word, std::uint32_t& ticket) noexcept {
    const std::uint32_t known = ticket | fence_known;
    std::uint32_t found = ticket;
    // seq_cst: the fence comes before; pairs with the announcement that finds the bit
    if (word.compare_exchange_strong(found, known, boost::memory_order_seq_cst,
                                     boost::memory_order_relaxed) ||
        found == known)
        ticket = known;
}

//! `w`: what the word was found to be; in the end, what it was found to be last. Zero: nobody
//! sleeps. Else the caller wakes all sleepers now, and hands the number to finish_wake.
template <class System>
std::uint32_t claim_wake(typename System::word32& word, std::uint32_t& w) noexcept {
    while ((w & somebody_sleeps) != 0) {
        const std::uint32_t claimed = next_sleep_word(w, sleep_bits | (w & fence_bits));
        if (word.compare_exchange_weak(w, claimed, boost::memory_order_seq_cst,
                                       boost::memory_order_seq_cst))
            return claimed;
    }
    return 0; // also if another waker has woken them all, after what we published
}

template <class System>
void finish_wake(typename System::word32& word, std::uint32_t claimed) noexcept {
    const std::uint32_t nobody = next_sleep_word(claimed, claimed & fence_bits);
    word.compare_exchange_strong(claimed, nobody, boost::memory_order_seq_cst,
                                 boost::memory_order_relaxed);
}

//! Nobody sleeps by the word `w`: its wakers need no fence any more [W6].
template <class System>
void forget_fence(typename System::word32& word, std::uint32_t w) noexcept {
    word.compare_exchange_strong(w, next_sleep_word(w, 0), boost::memory_order_seq_cst,
                                 boost::memory_order_relaxed);
}

//! How often a handle ran the fence for nobody, in one room. Private to the handle; any thread may
//! use it: a count that gets lost costs a few fences.
class idle_fences {
public:
    //! So many fences, of 45 to 160 ns in a stream, cost at most a third of a heavy fence: a room with
    //! few sleeps pays that in addition, once a sleep.
    static constexpr std::uint32_t most = 32;

    //! Nobody slept by this word. True: so often, that the fence should be forgotten.
    bool are_too_many(std::uint32_t word) noexcept {
        const std::uint64_t before = counted_.load(std::memory_order_relaxed);
        const std::uint64_t this_word = std::uint64_t{word} << 32U;
        const std::uint64_t now = (before >> 32U == word ? before : this_word) + 1;
        const bool enough = (now & ~std::uint32_t{0}) >= most;
        counted_.store(enough ? this_word : now, std::memory_order_relaxed);
        return enough;
    }

private:
    std::atomic<std::uint64_t> counted_{0}; // the word << 32 | how often it said that
};
//! For wakers that seldom wake: they leave it to others to forget the fence.
struct few_fences {
    static bool are_too_many(std::uint32_t) noexcept { return false; }
};

//! Wakes all who sleep in the room, if anybody does; without a system call, and without a write, if
//! nobody does. `w`: what the word was found to be, after the caller published.
template <class System, class Idle = few_fences>
BOOST_NOINLINE void notify_sleepers(basic_wait_room<typename System::words>& room, std::uint32_t w,
                                    Idle&& idle = {}) noexcept {
    if ((w & fence_wanted) != 0) {
        System::full_fence(); // [W4]
        w = room.word.load(boost::memory_order_seq_cst);
    }
    const std::uint32_t claimed = claim_wake<System>(room.word, w);
    if (claimed != 0) {
        System::wake(room);
        finish_wake<System>(room.word, claimed);
    } else if ((w & fence_wanted) != 0 && idle.are_too_many(w)) {
        forget_fence<System>(room.word, w);
    }
}
//! False: nobody sleeps by this word, and no sleeper relies on a fence of the caller's: there is
//! nothing to do for `notify`.
constexpr bool is_to_be_notified(std::uint32_t w) noexcept {
    return (w & (somebody_sleeps | fence_wanted)) != 0;
}
template <class Words>
BOOST_FORCEINLINE bool is_to_be_notified(basic_wait_room<Words>& room) noexcept {
    return is_to_be_notified(room.word.load(boost::memory_order_seq_cst)); // [W2], [W4]
}
template <class System, class Idle = few_fences>
BOOST_FORCEINLINE void notify(basic_wait_room<typename System::words>& room,
                              Idle&& idle = {}) noexcept {
    const std::uint32_t w = room.word.load(boost::memory_order_seq_cst); // [W2], [W4]
    if (BOOST_UNLIKELY(is_to_be_notified(w)))
        notify_sleepers<System>(room, w, idle);
}
BOOST_FORCEINLINE void notify(wait_room& room) noexcept {
    notify<ipc_system>(room);
}
//! For wakers that wake often, after plain stores.
BOOST_FORCEINLINE void notify(wait_room& room, idle_fences& idle) noexcept {
    notify<ipc_system>(room, idle);
}
//! After plain stores of any participant: wakes all who sleep in any of the rooms.
template <class System, class... Rooms>
void notify_all(Rooms&... rooms) noexcept {
    System::full_fence(); // [W2]
    (notify<System>(rooms), ...);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
