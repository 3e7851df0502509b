// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/detail/part/ring_entries.hpp>

#include <chrono>
#include <thread>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

constexpr std::uint32_t last_resort = entries_per_side - 1;
constexpr std::uint32_t yields_before_last_resort = 16;
constexpr std::uint32_t most_yields = 4096;
// A yield of a thread with a real-time priority lets nobody run; a short sleep does.
constexpr std::uint32_t yields_before_sleep = 64;

} // namespace

void ring_entries::reset(bool registered, bool alone) noexcept {
    registered_ = registered;
    alone_ = alone;
    first_ = nullptr;
    busy_ = false;
    for (auto& taken : taken_)
        taken = false;
}

bool ring_entries::is_idle_for_all() const noexcept {
    // A handler that interrupted the first thread waits for it in vain.
    if (first_.load(std::memory_order_relaxed) == this_thread_token())
        return true;
    ipc_words::heavy_fence(); // pairs with the light fence in enter
    return !busy_.load(std::memory_order_acquire);
}

std::uint32_t ring_entries::enter_any() noexcept {
    if (alone_ && is_any_in_use())
        return none;
    if (enter() || (become_first() && enter()))
        return 0;
    for (std::uint32_t yields = 0; yields != most_yields; ++yields) {
        const std::uint32_t end =
            yields < yields_before_last_resort ? last_resort : last_resort + 1;
        for (std::uint32_t number = 1; number != end; ++number) {
            if (try_enter(number))
                return number;
        }
        if (yields % yields_before_sleep == yields_before_sleep - 1)
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        else
            std::this_thread::yield(); // until another thread has claimed
    }
    return none;
}

void ring_entries::leave(std::uint32_t number) noexcept {
    if (number == 0)
        leave();
    else
        taken_[number].store(false, std::memory_order_release); // pairs with the next exchange
}

bool ring_entries::try_enter(std::uint32_t number) noexcept {
    // acquire: what the entry's last holder wrote comes before
    return !taken_[number].load(std::memory_order_relaxed) &&
           !taken_[number].exchange(true, std::memory_order_acquire);
}

// True: the calling thread is the first one now.
bool ring_entries::become_first() noexcept {
    const void* nobody = nullptr;
    return first_.compare_exchange_strong(nobody, this_thread_token());
}

bool ring_entries::is_any_in_use() const noexcept {
    bool any = busy_.load(std::memory_order_relaxed);
    for (const auto& taken : taken_)
        any = any || taken.load(std::memory_order_relaxed);
    return any;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
