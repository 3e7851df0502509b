// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Waiting: spin a little, sleep, look after the dead.

#include <shared_memory/detail/segment.hpp>

#include <shared_memory/detail/crash_point.hpp>
#include <shared_memory/detail/wait_point.hpp>

#include <algorithm>
#include <chrono>

#if defined(__x86_64__) || defined(__i386__)
#include <emmintrin.h>
#endif

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

// Asking the kernel about everybody takes a few microseconds: not for each of many short sleeps.
constexpr auto least_between_looks = std::chrono::milliseconds(5);

#if defined(__x86_64__) || defined(__i386__)
void pause() noexcept {
    _mm_pause();
}
#elif defined(__aarch64__)
void pause() noexcept {
    __asm__ __volatile__("isb");
}
#else
void pause() noexcept {}
#endif

std::int64_t monotonic_now() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

} // namespace

segment::look_result segment::look_if_due() {
    if (SHARED_MEMORY_SWITCHED_OFF("look_for_dead"))
        return look_result::not_due;
    const std::int64_t now = monotonic_now();
    const std::int64_t due = last_look_.load(std::memory_order_relaxed) +
                             std::chrono::nanoseconds(least_between_looks).count();
    if (now < due && options_.look_interval() != options_.look_interval().zero())
        return look_result::not_due;
    last_look_.store(now, std::memory_order_relaxed);
    return reap_dead() != 0 ? look_result::repaired : look_result::nobody_died;
}

bool segment::spin(attempt<progress> done, deadline until, spin_budget& spins) {
    const std::uint32_t most = spins.next();
    std::uint32_t pauses = 1;
    for (std::uint32_t i = 0; i < most; i += pauses) {
        if (i != 0)
            pauses = std::min(2 * pauses, spins.longest_pause());
        for (std::uint32_t n = 0; n != pauses; ++n)
            pause();
        const progress p = done();
        if (p == progress::done) {
            spins.helped_after(i);
            return true;
        }
        if (p == progress::costly ||
            ((i + pauses) % 16 < pauses && (status() != 0 || until.passed())))
            return false;
    }
    spins.was_in_vain();
    return false;
}

bool segment::wait(sleep_block& sleepers, attempt<progress> done, deadline until,
                   spin_budget& spins, attempt<bool> in_vain) {
    const auto interval = options_.look_interval();
    for (;;) {
        if (spin(done, until, spins))
            return true;
        if (until.passed())
            return done() == progress::done;
        const std::uint32_t ticket = announce_sleep<ipc_words>(sleepers.word);
        if (needs_heavy_fences())
            ipc_words::heavy_fence();
        if (done() == progress::done) // [W2]
            return true;
        if (status() != 0)
            make_usable(); // throws: it was closed
        const look_result looked = look_if_due();
        if (looked == look_result::repaired)
            continue;
        if (looked == look_result::nobody_died && in_vain())
            return true;
        const deadline look =
            interval == interval.zero() || SHARED_MEMORY_SWITCHED_OFF("look_again")
                ? until
                : deadline::in(interval).sooner(until);
        sleep_on(sleepers, ticket, look);
        if (done() == progress::done)
            return true;
    }
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
