// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The algorithms that all parts share, instantiated over the product's System; and what that System
// is: the kernel, a clock, and spinning.

#include <shared_memory/detail/core/reaper.hpp>
#include <shared_memory/detail/core/system.hpp>
#include <shared_memory/detail/core/waiting.hpp>
#include <shared_memory/detail/segment.hpp>

#include <system/fence.hpp>
#include <system/sleeping.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#if defined(__x86_64__) || defined(__i386__)
#include <emmintrin.h>
#endif

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

// A yield takes some 200 ns if nobody else wants the core, and 1 us if a thread does that yields
// at once.
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

progress spin(const ipc_system& system, function_ref<progress()> done, deadline until,
              spin_budget& spins) {
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
        if ((i + pauses) % 16 < pauses && (system.interrupted() || until.passed()))
            return progress::costly;
    }
    spins.was_in_vain();
    return progress::blocked;
}

progress yield_to_others(const ipc_system& system, function_ref<progress()> done, deadline until,
                         spin_budget& spins) {
    for (std::uint32_t left = spins.yields(); left != 0; --left) {
        const std::int64_t before = ipc_system::now();
        ipc_system::yield();
        const std::int64_t away = ipc_system::now() - before;
        const progress p = done();
        const bool too_long = away > most_for_a_turn.count();
        if (too_long)
            spins.yield_was_too_long();
        else if (p == progress::done)
            spins.yielding_helped();
        if (p != progress::blocked || too_long || away < least_for_a_turn.count())
            return p;
        if (system.interrupted() || until.passed())
            return progress::costly;
    }
    spins.yielding_was_in_vain();
    return progress::blocked;
}

} // namespace

void ipc_words::heavy_fence() noexcept {
    fence_all_processes();
}
bool ipc_words::register_for_heavy_fences() noexcept {
    return detail::register_for_heavy_fences();
}

bool ipc_system::alive(std::uint32_t slot) const noexcept {
    return segment_->is_alive(slot);
}
bool ipc_system::look_is_due() noexcept {
    return segment_->look_is_due();
}
bool ipc_system::interrupted() const noexcept {
    return segment_ != nullptr && segment_->status() != 0;
}
void ipc_system::resume() {
    segment_->make_usable();
}

std::int64_t ipc_system::now() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}
void ipc_system::yield() noexcept {
    std::this_thread::yield();
}

// A pause takes from 10 to 150 ns, by the processor: measured once a process.
void ipc_system::stay_away(std::uint32_t nanoseconds) noexcept {
    static std::atomic<std::int64_t> for_64{0};
    if (for_64.load(std::memory_order_relaxed) == 0) {
        const std::int64_t before = now();
        for (int i = 0; i != 64; ++i)
            pause();
        for_64.store(std::clamp(now() - before, std::int64_t{64}, std::int64_t{12800}),
                     std::memory_order_relaxed);
    }
    for (std::int64_t n = 64 * std::int64_t{nanoseconds} / for_64.load(std::memory_order_relaxed);
         n > 0; --n)
        pause();
}

progress ipc_system::stay_awake(function_ref<progress()> done, deadline until,
                                spin_budget& spins) const {
    const progress p = spin(*this, done, until, spins);
    return p == progress::blocked ? yield_to_others(*this, done, until, spins) : p;
}

sleep_end ipc_system::sleep(const sleep_ticket* rooms, std::size_t count, deadline until) noexcept {
    sleep_in(rooms, count, until);
    // Of several rooms, it is unknown which one the waker meant.
    if (count == 1 &&
        !is_same_sleep(rooms->block->word.load(boost::memory_order_relaxed), rooms->ticket))
        return sleep_end::waker;
    return until.passed() ? sleep_end::deadline : sleep_end::unclear;
}
void ipc_system::wake(wait_room& room) noexcept {
    wake_all(room);
}

template class reaper<ipc_system>;
template bool wait<ipc_system>(ipc_system&, sleep_ticket*, std::size_t, function_ref<progress()>,
                               const wait_terms&, spin_budget&, function_ref<look_result(bool)>,
                               function_ref<bool()>);

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
