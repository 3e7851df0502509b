// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Sleeping with futexes (Linux): timed on the monotonic clock, and with nothing in shared
// memory that a killed sleeper could leave behind. See futex(2) and futex_waitv in the
// kernel's documentation.

#include <system/sleeping.hpp>

#include <system/linux/calls.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

sys::wake_time to_wake_time(deadline until) {
    // steady_clock is CLOCK_MONOTONIC in libstdc++ and libc++
    using namespace std::chrono;
    const auto since = std::max(until.time().time_since_epoch(), steady_clock::duration::zero());
    const auto whole = duration_cast<seconds>(since);
    return {whole.count(), duration_cast<nanoseconds>(since - whole).count()};
}

void* address(wait_room& room) noexcept {
    return &room.word;
}

void sleep_on(const sleep_ticket& room, deadline until) noexcept {
    const sys::wake_time time = to_wake_time(until);
    sys::futex_wait(address(*room.block), room.ticket, until.is_never() ? nullptr : &time);
}

//! False if the kernel has no such call.
bool sleep_on_several(const sleep_ticket* rooms, std::size_t count, deadline until) noexcept {
    std::array<sys::futex_waiter, sys::max_futex_waiters> waiters{};
    for (std::size_t i = 0; i != count; ++i) {
        waiters[i].val = rooms[i].ticket;
        waiters[i].uaddr = reinterpret_cast<std::uintptr_t>(address(*rooms[i].block));
        waiters[i].flags = sys::futex_size_32;
    }
    const sys::wake_time time = to_wake_time(until);
    return sys::futex_wait_any(waiters.data(), static_cast<unsigned>(count),
                               until.is_never() ? nullptr : &time);
}

} // namespace

sync_kind synchronisation() noexcept {
    return sync_kind::futex;
}

// Why a sleep ended does not matter [W3].
void sleep_in(const sleep_ticket* rooms, std::size_t count, deadline until) noexcept {
    if (count == 1)
        return sleep_on(rooms[0], until);
    if (count <= sys::max_futex_waiters && sleep_on_several(rooms, count, until))
        return;
    // An old kernel, or too many rooms: the caller looks at all of them once a millisecond.
    sleep_on(rooms[0], deadline::in(std::chrono::milliseconds(1)).sooner(until));
}

void wake_all(wait_room& room) noexcept {
    sys::futex_wake(address(room));
}

void initialise(wait_room&) {}

// The kernel finds sleepers by the word's place in the object.
void join_sleepers(const sleeper_place&) {}
void leave_sleepers(const void*) noexcept {}

std::uint64_t sleep_bytes() noexcept {
    return 0;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
