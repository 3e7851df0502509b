// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Waiting in one wait room or in several, until a try succeeds or the deadline has passed.
//!
//! A round: stay awake for a while and try; announce the sleep in every room; try again [W2]; look
//! for the dead, if that is due; sleep; try again. The round's order is what makes it safe. Either
//! the waker sees the announcement, or the try after it sees what the waker published. A
//! participant that dies after the announcement without waking anybody is found by the next look.
//!
//! A sleeper that wakes because its interval has ended stays in its round: it tries, looks for the
//! dead, and sleeps again with the tickets that it has. As long as the words are what the tickets
//! say, the announcement holds [W1]; if they are not, it does not sleep, and begins a new round.
//!
//! For lib/ and the tests. No header that users include may include this one.

#ifndef SHARED_MEMORY_DETAIL_CORE_WAITING_HPP
#define SHARED_MEMORY_DETAIL_CORE_WAITING_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/core/look_watch.hpp>
#include <shared_memory/detail/core/spin_budget.hpp>
#include <shared_memory/detail/core/system.hpp>
#include <shared_memory/detail/core/wait_room.hpp>

#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

struct wait_terms {
    deadline until;
    deadline::clock::duration death_check_interval; // zero: only before each round's sleep
};

enum wait_place : unsigned { wait_begins = 1, wait_announced, wait_tried, wait_looked };

//! When to look for the dead again, after that look.
inline deadline next_look(const wait_terms& terms, look_result last) {
    const auto interval = terms.death_check_interval;
    if (interval == interval.zero())
        return terms.until;
    const bool long_sleep = last == look_result::others_look;
    return deadline::in(long_sleep ? others_look_intervals * interval : interval)
        .sooner(terms.until);
}

//! Announces the sleep in every room. Where others may publish by plain stores, one heavy fence is for
//! all rooms, and none is run if it is known in each of them that wakers run the fence [W5].
template <class System>
void announce_sleep_in(basic_sleep_ticket<typename System::words>* rooms,
                       std::size_t count) noexcept {
    bool all_know = true;
    for (std::size_t i = 0; i != count; ++i) {
        auto& room = rooms[i];
        room.ticket = announce_sleep<System>(room.block->word, room.plain_stores);
        all_know = all_know && (!room.plain_stores || (room.ticket & fence_known) != 0);
    }
    if (all_know)
        return;
    System::heavy_fence();
    for (std::size_t i = 0; i != count; ++i) {
        if (rooms[i].plain_stores && (rooms[i].ticket & fence_known) == 0)
            note_heavy_fence<System>(rooms[i].block->word, rooms[i].ticket);
    }
}

//! Returns whether `done` is done. `look` looks for the dead, and repairs; it is told whether
//! it is called because the sleeper's interval has ended. `in_vain` is called after a look that
//! found nobody dead, or was left to others: it throws if nobody is left to wait for, and returns
//! true if the wait is done. Throws what `resume` of the System throws.
template <class System>
bool wait(System& system, basic_sleep_ticket<typename System::words>* rooms, std::size_t count,
          function_ref<progress()> done, const wait_terms& terms, spin_budget& spins,
          function_ref<look_result(bool interval_ended)> look, function_ref<bool()> in_vain) {
    for (;;) {
        System::checkpoint(wait_begins);
        if (system.stay_awake(done, terms.until, spins) == progress::done)
            return true;
        if (terms.until.passed())
            return done() == progress::done;
        announce_sleep_in<System>(rooms, count);
        System::checkpoint(wait_announced, rooms, count);
        if (done() == progress::done) // [W2]
            return true;
        bool interval_ended = false;
        for (;;) {
            System::checkpoint(wait_tried, rooms, count);
            if (system.interrupted())
                system.resume();
            const look_result found = look(interval_ended);
            if (found == look_result::repaired)
                break;
            if (found != look_result::not_due && in_vain())
                return true;
            System::checkpoint(wait_looked, rooms, count);
            const deadline next = next_look(terms, found);
            const sleep_end ended_by = system.sleep(rooms, count, next);
            if (done() == progress::done)
                return true;
            if (ended_by == sleep_end::waker)
                spins.woken_in_vain();
            if (ended_by != sleep_end::deadline || terms.until.passed())
                break;
            interval_ended = true;
        }
    }
}

extern template bool wait<ipc_system>(ipc_system&, sleep_ticket*, std::size_t,
                                      function_ref<progress()>, const wait_terms&, spin_budget&,
                                      function_ref<look_result(bool)>, function_ref<bool()>);

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
