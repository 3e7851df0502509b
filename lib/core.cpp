// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Waiting: spin a little, yield, sleep, look after the dead.

#include <shared_memory/detail/segment.hpp>

#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/layout/words.hpp>

#include <system/fence.hpp>

#include <algorithm>
#include <chrono>
#include <thread>

#if defined(__x86_64__) || defined(__i386__)
#include <emmintrin.h>
#endif

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

// Asking the kernel about everybody takes a few microseconds: not for each of many short sleeps.
constexpr auto least_between_looks = std::chrono::milliseconds(5);
// A yield takes some 200 ns if nobody else wants the core, and 1 us if one does who yields at once.
constexpr std::chrono::nanoseconds least_for_a_turn{600};
constexpr std::chrono::nanoseconds most_for_a_turn = std::chrono::milliseconds(1);

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

void ipc_words::heavy_fence() noexcept {
    fence_all_processes();
}

bool ipc_words::register_for_heavy_fences() noexcept {
    return detail::register_for_heavy_fences();
}

segment::look_result segment::look_if_due() {
    const std::int64_t now = monotonic_now();
    const std::int64_t due = last_look_.load(std::memory_order_relaxed) +
                             std::chrono::nanoseconds(least_between_looks).count();
    if (now < due && options_.death_check_interval() != options_.death_check_interval().zero())
        return look_result::not_due;
    last_look_.store(now, std::memory_order_relaxed);
    return reap_dead() != 0 ? look_result::repaired : look_result::nobody_died;
}

progress segment::spin(attempt<progress> done, deadline until, spin_budget& spins) {
    const std::uint32_t most = spins.next();
    std::uint32_t pauses = 1;
    for (std::uint32_t i = 0; i < most; i += pauses) {
        if (i != 0)
            pauses = std::min(2 * pauses, spins.longest_pause());
        for (std::uint32_t n = 0; n != pauses; ++n)
            pause();
        const progress p = done();
        if (p == progress::done)
            spins.helped_after(i);
        if (p != progress::blocked)
            return p;
        if ((i + pauses) % 16 < pauses && (status() != 0 || until.passed()))
            return progress::costly;
    }
    spins.was_in_vain();
    return progress::blocked;
}

progress segment::yield(attempt<progress> done, deadline until, spin_budget& spins) {
    for (std::uint32_t left = spins.yields(); left != 0; --left) {
        const std::int64_t before = monotonic_now();
        std::this_thread::yield();
        const std::int64_t away = monotonic_now() - before;
        const progress p = done();
        const bool too_long = away > most_for_a_turn.count();
        if (too_long)
            spins.yield_was_too_long();
        else if (p == progress::done)
            spins.yielding_helped();
        if (p != progress::blocked || too_long || away < least_for_a_turn.count())
            return p;
        if (status() != 0 || until.passed())
            return progress::costly;
    }
    spins.yielding_was_in_vain();
    return progress::blocked;
}

bool segment::stay_awake(attempt<progress> done, deadline until, spin_budget& spins) {
    progress p = spin(done, until, spins);
    if (p == progress::blocked)
        p = yield(done, until, spins);
    return p == progress::done;
}

bool segment::wait(sleep_block& sleepers, attempt<progress> done, deadline until,
                   spin_budget& spins, attempt<bool> in_vain) {
    const auto interval = options_.death_check_interval();
    for (;;) {
        if (stay_awake(done, until, spins))
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
            interval == interval.zero() ? until : deadline::in(interval).sooner(until);
        sleep_on(sleepers, ticket, look);
        if (done() == progress::done)
            return true;
        if (sleepers.word.load(boost::memory_order_relaxed) != ticket)
            spins.woken_in_vain();
    }
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
