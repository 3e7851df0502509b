// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/detail/part/ring_entries.hpp>

#include <thread>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

constexpr std::uint32_t last_resort = entries_per_side - 1;
constexpr std::uint32_t yields_before_last_resort = 16;
constexpr std::uint32_t most_yields = 4096;
// Claims of other threads between two looks at whether the first thread still claims.
constexpr std::uint32_t claims_per_look = 256;

} // namespace

void ring_entries::reset(const ring_entry* entries, bool registered) noexcept {
    entries_ = entries;
    registered_ = registered;
    first_ = nullptr;
    busy_ = false;
    for (auto& taken : taken_)
        taken = false;
}

bool ring_entries::is_idle_for_all() const noexcept {
    ipc_words::heavy_fence(); // pairs with the light fence in enter
    return !busy_.load(std::memory_order_acquire);
}

std::uint32_t ring_entries::enter_any() noexcept {
    if (enter() || (become_first() && enter()))
        return 0;
    for (std::uint32_t yields = 0; yields != most_yields; ++yields) {
        const std::uint32_t end =
            yields < yields_before_last_resort ? last_resort : last_resort + 1;
        for (std::uint32_t number = 1; number != end; ++number) {
            if (try_enter(number))
                return number;
        }
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

// The calling thread is not the first one, or is interrupted in a claim. True: it is the first now.
bool ring_entries::become_first() noexcept {
    const void* first = nullptr;
    if (first_.compare_exchange_strong(first, this_thread_token()))
        return true;
    if (first == this_thread_token() || !registered_ ||
        elsewhere_.fetch_add(1, std::memory_order_relaxed) % claims_per_look != 0)
        return false;
    const std::uint64_t said = entries_[0].position.load(boost::memory_order_relaxed);
    return seen_.exchange(said, std::memory_order_relaxed) == said && take_over();
}

bool ring_entries::take_over() noexcept {
    const void* first = first_.load();
    const void* const nobody = this; // while this thread asks; no thread's token
    if (first == nobody || !first_.compare_exchange_strong(first, nobody))
        return false;
    ipc_words::heavy_fence(); // pairs with the light fence in enter
    const bool busy = busy_.load(std::memory_order_acquire);
    first_ = busy ? first : this_thread_token();
    return !busy;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
