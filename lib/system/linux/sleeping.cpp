// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Sleeping with futexes (Linux): timed on the monotonic clock, and with nothing in shared memory
// that a killed sleeper could leave behind. See futex(2) and futex_waitv in the kernel's
// documentation.

#include <system/sleeping.hpp>

#include <shared_memory/detail/layout/words.hpp>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <ctime>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

// What the system call takes where time_t has 64 bits in the kernel; glibc's timespec has that form
// on 64-bit systems. 32-bit ones have a call of their own for it.
struct kernel_timespec {
    std::int64_t seconds;
    std::int64_t nanoseconds;
};
#if defined(SYS_futex_time64)
constexpr long futex_call = SYS_futex_time64;
#else
constexpr long futex_call = SYS_futex;
#endif

kernel_timespec to_timespec(deadline until) {
    // steady_clock is CLOCK_MONOTONIC in libstdc++ and libc++
    using namespace std::chrono;
    const auto since = std::max(until.time().time_since_epoch(), steady_clock::duration::zero());
    const auto whole = duration_cast<seconds>(since);
    return {whole.count(), duration_cast<nanoseconds>(since - whole).count()};
}

void* address(sleep_block& block) {
    return &block.word;
}

#if defined(SYS_futex_waitv) && defined(FUTEX_32)
// False if the kernel (before 5.16) does not know the call, or a filter does not let it through.
bool wait_vector(const sleep_ticket* tickets, std::size_t count, deadline until) {
    std::array<futex_waitv, FUTEX_WAITV_MAX> waiters{};
    for (std::size_t i = 0; i != count; ++i) {
        waiters[i].val = tickets[i].ticket;
        waiters[i].uaddr = reinterpret_cast<std::uintptr_t>(address(*tickets[i].block));
        waiters[i].flags = FUTEX_32;
    }
    kernel_timespec timeout = to_timespec(until);
    const long result = ::syscall(SYS_futex_waitv, waiters.data(), static_cast<unsigned>(count), 0U,
                                  until.is_never() ? nullptr : &timeout, CLOCK_MONOTONIC);
    return result >= 0 || errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT;
}
#else
bool wait_vector(const sleep_ticket*, std::size_t, deadline) {
    return false;
}
#endif

} // namespace

sync_kind synchronisation() noexcept {
    return sync_kind::futex;
}

void sleep_on(sleep_block& block, std::uint32_t ticket, deadline until) noexcept {
    kernel_timespec timeout = to_timespec(until);
    // FUTEX_WAIT_BITSET takes an absolute time, on the monotonic clock. Not FUTEX_PRIVATE_FLAG: the
    // word is shared between processes. Why it returned does not matter [W3].
    ::syscall(futex_call, address(block), FUTEX_WAIT_BITSET, ticket,
              until.is_never() ? nullptr : &timeout, nullptr, FUTEX_BITSET_MATCH_ANY);
}

void wake_all(sleep_block& block) noexcept {
    ::syscall(futex_call, address(block), FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void sleep_on_any(const sleep_ticket* tickets, std::size_t count, deadline until) noexcept {
    constexpr std::size_t most = 128; // FUTEX_WAITV_MAX
    if (count <= most && wait_vector(tickets, count, until))
        return;
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
