// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Which of a handle's threads uses which of the handle's entries in a ring (layout/ring.hpp,
//! ring_entry), for one side.
//!
//! Entry 0 belongs to one thread of the handle, its *first* thread, which needs no atomic exchange
//! to use it. The other threads take one of the other entries for as long as they claim. A signal
//! handler that interrupts a claim in the same thread finds that thread's entry in use, and takes
//! another one; the last entry is for the case that all others are in use, which only handlers that
//! interrupt handlers can bring about for long.
//!
//! The first thread stays the first as long as the handle is attached: `busy` is a flag that only one
//! thread may ever store, since a thread that another one replaced may be about to store it.

#ifndef SHARED_MEMORY_DETAIL_PART_RING_ENTRIES_HPP
#define SHARED_MEMORY_DETAIL_PART_RING_ENTRIES_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/layout/ring.hpp>
#include <shared_memory/detail/this_thread.hpp>

#include <boost/config.hpp>

#include <atomic>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

class SHARED_MEMORY_DECL ring_entries {
public:
    static constexpr std::uint32_t none = ~std::uint32_t{0};

    //! Nobody uses any entry: the handle attaches. `registered`: the process runs the heavy fences
    //! of others, its own included. `alone`: claims are made by plain stores of a counter, so that a
    //! claim in the middle of another one has to be refused.
    void reset(bool registered, bool alone) noexcept;

    //! The calling thread is the first one, and has now entry 0, which it gives back by `leave`.
    BOOST_FORCEINLINE bool enter() noexcept {
        const void* const self = this_thread_token();
        if (BOOST_UNLIKELY(first_.load(std::memory_order_relaxed) != self) ||
            BOOST_UNLIKELY(busy_.load(std::memory_order_relaxed)))
            return false;
        busy_.store(true, std::memory_order_relaxed);
        ipc_words::light_fence(); // pairs with the heavy fence in is_idle_for_all
        return true;
    }
    // release: pairs with the acquire in is_idle_for_all
    BOOST_FORCEINLINE void leave() noexcept { busy_.store(false, std::memory_order_release); }

    //! A thread has claimed, or has tried to, since the handle attached.
    bool was_used() const noexcept { return first_.load(std::memory_order_relaxed) != nullptr; }
    //! What the first thread does in its entry can be told from outside, by a heavy fence.
    bool has_fences() const noexcept { return registered_; }
    //! The first thread is not in its entry, and what the caller stored before is seen by it when it
    //! enters again. It may be asked as long as the handle is attached, or was.
    bool is_idle_for_all() const noexcept;

    //! Takes any entry, and returns its number. none: all are in use, and stayed so for a while; or
    //! the calling thread was interrupted in a claim that has to be alone.
    std::uint32_t enter_any() noexcept;
    void leave(std::uint32_t number) noexcept;

private:
    bool become_first() noexcept;
    bool is_any_in_use() const noexcept;
    bool try_enter(std::uint32_t number) noexcept;

    std::atomic<const void*> first_{nullptr}; // that thread's token; null: none yet
    std::atomic<bool> busy_{false};           // the first thread uses entry 0
    std::atomic<bool> taken_[entries_per_side]{};
    bool registered_ = false;
    bool alone_ = false;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
