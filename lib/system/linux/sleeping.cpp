// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Sleeping with futexes (Linux): timed on the monotonic clock, and with nothing in shared memory
// that a killed sleeper could leave behind. See futex(2) and futex_waitv in the kernel's
// documentation.

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

void* address(sleep_block& block) {
    return &block.word;
}

} // namespace

sync_kind synchronisation() noexcept {
    return sync_kind::futex;
}

// Why a sleep ended does not matter [W3].
void sleep_on(sleep_block& block, std::uint32_t ticket, deadline until) noexcept {
    const sys::wake_time time = to_wake_time(until);
    sys::futex_wait(address(block), ticket, until.is_never() ? nullptr : &time);
}

void wake_all(sleep_block& block) noexcept {
    sys::futex_wake(address(block));
}

void sleep_on_any(const sleep_ticket* tickets, std::size_t count, deadline until) noexcept {
    if (count <= sys::max_futex_waiters) {
        std::array<sys::futex_waiter, sys::max_futex_waiters> waiters{};
        for (std::size_t i = 0; i != count; ++i) {
            waiters[i].val = tickets[i].ticket;
            waiters[i].uaddr = reinterpret_cast<std::uintptr_t>(address(*tickets[i].block));
            waiters[i].flags = sys::futex_size_32;
        }
        const sys::wake_time time = to_wake_time(until);
        if (sys::futex_wait_any(waiters.data(), static_cast<unsigned>(count),
                                until.is_never() ? nullptr : &time))
            return;
    }
    // An old kernel, or too many: look at all of them once a millisecond.
    const auto tick = deadline::in(std::chrono::milliseconds(1)).sooner(until);
    sleep_on(*tickets[0].block, tickets[0].ticket, tick);
}

void initialise(sleep_block&) {}

void join_sleepers(segment_block&, const segment_identity&, std::uint32_t) {}
void leave_sleepers(segment_block&) noexcept {}

std::uint64_t sleep_bytes() noexcept {
    return 0;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
