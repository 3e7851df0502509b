// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A segment with a readers/writer lock between processes.

#ifndef SHARED_MEMORY_BUFFER_WITH_LOCKS_HPP
#define SHARED_MEMORY_BUFFER_WITH_LOCKS_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/part/lock_part.hpp>
#include <shared_memory/segment_handle.hpp>

#include <chrono>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! How an attempt to lock ended. Converts to true if the lock is held.
class [[nodiscard]] acquired {
public:
    enum value_type {
        timed_out,   //!< not held
        ok,          //!< held
        inconsistent //!< held; a writer died half way through, and the contents are not right yet
    };
    // NOLINTNEXTLINE(google-explicit-constructor): acquired::ok is one
    constexpr acquired(value_type value) noexcept : value_(value) {}
    constexpr explicit operator bool() const noexcept { return value_ != timed_out; }
    constexpr value_type value() const noexcept { return value_; }
    friend constexpr bool operator==(acquired a, acquired b) noexcept {
        return a.value_ == b.value_;
    }
    friend constexpr bool operator!=(acquired a, acquired b) noexcept {
        return a.value_ != b.value_;
    }

private:
    value_type value_;
};

//! The base of `shared_array` and `buffer_read_write`: any number of readers or one writer.
//!
//! **Who holds a lock.** A lock belongs to the handle and to the thread that took it. It excludes
//! every other lock, also a lock that another thread takes through the same handle. The thread that
//! holds it goes straight on: its reads and writes through the handle take no lock of their own, and
//! it may take the lock for reading again. Every other thread waits, as another process does. A call
//! that is to wait for ever, or a plain write, throws `errc::would_deadlock` where the thread would
//! wait for itself: because it has the lock for writing already, or has it for reading and wants it
//! for writing. Any thread may release a lock (a release takes the calling thread's own lock, if it
//! has one); the thread that took it must make no call then that relies on the lock.
//!
//! Reads and writes without a lock take the lock for their own duration, waiting at most
//! `read_write_timeout()`. The calls have the standard names too, so that `std::unique_lock` and
//! `std::shared_lock` work. A writer that waits keeps new readers out: beside it only a thread enters
//! that holds the lock for reading already.
//!
//! An uncontended lock or unlock makes no system call. Acquire and release: the holder of a lock
//! sees what was done before the lock was released.
//!
//! **If a process dies** holding the lock, a participant that waits for the lock gives it back. A
//! process that dies holding the write lock leaves the contents *inconsistent*, for all: reads throw
//! `errc::inconsistent`, `acquire_*` return `acquired::inconsistent` (and hold the lock); the standard
//! names succeed, since the standard gives them no other way to say so. The contents stay inconsistent
//! until a participant puts them right, and calls `mark_consistent()`. A write of all contents at once
//! (`fill`, or a value or range as long as the array or buffer) puts them right by itself; a function
//! that is given the memory does not, since nobody knows what it wrote. So a writer looks, once it has
//! the lock:
//!
//!     std::unique_lock lock(array);
//!     if (array.inconsistent()) {             // a writer died half way through
//!         put_right(array);                   // from what is there, or from the beginning
//!         array.mark_consistent();            // readers may come again
//!     }
//!     change(array);
//!
//! A process that dies while it puts the contents right leaves them inconsistent again.
//!
//! **Errors** besides the ones named: `closed`, `read_only` (no lock through a read-only handle),
//! `forked`.
class SHARED_MEMORY_DECL buffer_with_locks : public segment_handle {
public:
    //! Waits for the lock for reading, for ever or so long. A wait for ever throws
    //! `errc::would_deadlock` if this thread holds the lock for writing. Throws `errc::shut_down` if the
    //! owner closes meanwhile.
    //! If this process dies here: a participant that waits for the lock gives it back.
    [[nodiscard]] acquired acquire_read_lock(deadline until = deadline::never()) {
        return outcome(share(until));
    }
    //! Throws `errc::bad_argument` if no thread holds a read lock by this handle.
    void release_read_lock() {
        if (!locks().release_shared())
            locks().throw_not_held("read");
    }

    //! Waits for the lock for writing, for ever or so long. A wait for ever throws
    //! `errc::would_deadlock` if this thread holds the lock, for reading or for writing. Throws `errc::shut_down` if
    //! the owner closes meanwhile. If this process dies here: a participant that waits for the lock
    //! gives it back; if it died holding the lock, the contents are inconsistent.
    [[nodiscard]] acquired acquire_write_lock(deadline until = deadline::never()) {
        return outcome(locks().lock_exclusive(until));
    }
    //! Throws `errc::bad_argument` if no thread holds the write lock by this handle.
    void release_write_lock() {
        if (!locks().release_exclusive())
            locks().throw_not_held("write");
    }

    //! The names of the standard library's `Lockable` and `SharedLockable`. They succeed although the
    //! contents are inconsistent; ask `inconsistent()`. `lock()` and `lock_shared()` throw
    //! `errc::would_deadlock` as `acquire_write_lock()` and `acquire_read_lock()` do. Unlocking what is not
    //! held, as an inherited guard does in a fork's child, does nothing.
    void lock() { locks().lock_exclusive(deadline::never()); }
    [[nodiscard]] bool try_lock() { return locks().lock_exclusive(deadline::now()); }
    [[nodiscard]] bool try_lock_for(any_duration wait) {
        return locks().lock_exclusive(wait.end());
    }
    [[nodiscard]] bool try_lock_until(any_time_point until) {
        return locks().lock_exclusive(until.time());
    }
    void unlock() noexcept { locks().release_exclusive(); }
    void lock_shared() { share(deadline::never()); }
    [[nodiscard]] bool try_lock_shared() { return share(deadline::now()); }
    [[nodiscard]] bool try_lock_shared_for(any_duration wait) { return share(wait.end()); }
    [[nodiscard]] bool try_lock_shared_until(any_time_point until) { return share(until.time()); }
    void unlock_shared() noexcept { locks().release_shared(); }

    //! How long a read or write through this handle waits for the lock before it throws
    //! `errc::timed_out`. 100 ms unless set; zero: not at all. Throws `errc::out_of_range`
    //! if negative.
    std::chrono::nanoseconds read_write_timeout() const { return locks().read_write_timeout(); }
    template <class Rep, class Period>
    void read_write_timeout(const std::chrono::duration<Rep, Period>& value) {
        locks().read_write_timeout(std::chrono::ceil<std::chrono::nanoseconds>(value));
    }

    //! A writer died half way through, and since then no participant has called `mark_consistent()` or
    //! written all contents at once.
    bool inconsistent() const { return locks().inconsistent(); }
    //! Says that the contents are right again; takes the write lock, as a write does, unless this
    //! thread holds it.
    void mark_consistent() { locks().mark_consistent(); }

protected:
    buffer_with_locks() noexcept = default;
    explicit buffer_with_locks(detail::segment_ptr segment) noexcept
        : segment_handle(std::move(segment)) {}
    // No value, as segment_handle is none: two arrays of different elements are of this class.
    buffer_with_locks(buffer_with_locks&&) noexcept = default;
    buffer_with_locks& operator=(buffer_with_locks&&) noexcept = default;
    ~buffer_with_locks() = default;

    detail::lock_part& locks() const {
        // the first part of every segment of the classes that have locks
        return static_cast<detail::lock_part&>(mapping().part_at(0));
    }

private:
    bool share(deadline until) { return locks().lock_shared(until); }
    acquired outcome(bool held) const {
        if (!held)
            return acquired::timed_out;
        return inconsistent() ? acquired::inconsistent : acquired::ok;
    }
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
