// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Which threads of this process hold a handle's lock. A segment knows participants only; what a
//! thread may do with the lock that it holds, and what it would wait for in vain, is known here.
//!
//!  [H1]  For each explicit lock of the handle that a call has taken and no call has released, one
//!        thread is noted. The note is made after the lock was taken, and erased before the lock is
//!        given back.
//!  [H2]  A note is erased by one compare-and-exchange. Of two threads that release one lock at once,
//!        one finds the note, and the other is told that there is no lock.
//!  [H3]  A thread's number is never another thread's, also not after the thread has ended: no thread
//!        holds a lock because an ended thread has left it.

#ifndef SHARED_MEMORY_DETAIL_PART_THREAD_LOCKS_HPP
#define SHARED_MEMORY_DETAIL_PART_THREAD_LOCKS_HPP

#include <shared_memory/detail/config.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

class SHARED_MEMORY_DECL thread_locks {
public:
    thread_locks() noexcept = default;
    thread_locks(const thread_locks&) = delete;
    thread_locks& operator=(const thread_locks&) = delete;
    ~thread_locks();

    //! The calling thread holds the lock for writing.
    void add_writer() noexcept;
    //! False: no thread holds the lock for writing. Any thread may release it.
    bool remove_writer() noexcept;
    //! The calling thread holds the lock for writing.
    bool is_writer() const noexcept {
        // relaxed: a thread sees what it has stored itself; what another thread has stored is not
        // this thread's number
        const std::uint64_t number = writer_.load(std::memory_order_relaxed);
        return number != 0 && is_this_thread(number);
    }
    //! Some thread holds the lock for writing.
    bool has_writer() const noexcept { return writer_.load(std::memory_order_acquire) != 0; }

    //! The calling thread holds the lock for reading, once more. Throws `std::bad_alloc`.
    void add_reader();
    //! Releases a lock that the calling thread has; if it has none, another thread's. False: no thread
    //! holds the lock for reading.
    bool remove_reader() noexcept;
    //! The calling thread holds the lock for reading.
    bool is_reader() const noexcept;

    //! In a fork's child: the locks are the parent's. No other thread uses the handle.
    void clear() noexcept;

private:
    // A note: thread's number << 16 | how many locks it has. A note without a lock is free.
    static constexpr unsigned count_bits = 16;
    static constexpr std::uint64_t count_mask = (std::uint64_t{1} << count_bits) - 1;

    // As many as share a cache line. More are added when more threads hold the lock at once, and stay.
    struct page {
        std::array<std::atomic<std::uint64_t>, 7> notes{};
        std::atomic<page*> next{nullptr};
    };

    static bool is_this_thread(std::uint64_t number) noexcept;
    template <class Use>
    bool any_note(Use use) const noexcept;

    std::atomic<std::uint64_t> writer_{0};
    std::atomic<page*> first_{nullptr};
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
