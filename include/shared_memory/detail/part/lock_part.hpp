// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The lock part: a readers/writer lock. A handle's view of it has the lock's algorithm, waiting
//! for the lock, and reads and writes of the segment's bytes that lock for their own duration.

#ifndef SHARED_MEMORY_DETAIL_PART_LOCK_PART_HPP
#define SHARED_MEMORY_DETAIL_PART_LOCK_PART_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/rw_lock.hpp>
#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/layout/lock.hpp>
#include <shared_memory/detail/part/part.hpp>
#include <shared_memory/detail/part/thread_locks.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

class SHARED_MEMORY_DECL lock_part final : public part {
public:
    lock_part(segment& host, const part_entry& entry);
    static const part_type& type() noexcept;

    //! What the lock guards: the bytes part of the same segment; null if there is none.
    std::byte* data() const noexcept { return data_; }

    //! An explicit lock belongs to the calling thread. False: the lock did not come in time. Throws
    //! `closed`, `read_only`, `forked`, `shut_down`; `would_deadlock` if the call is to wait for ever
    //! and this thread holds the lock, by this handle, in a way that excludes the wanted lock.
    bool lock_shared(deadline until) {
        usable();
        if (!try_enter_shared(lock_use::explicitly) && !wait_shared(lock_use::explicitly, until))
            return false;
        note_reader();
        return true;
    }
    bool lock_exclusive(deadline until) {
        usable();
        if (!try_enter_exclusive() && !wait_exclusive(until))
            return false;
        threads_.add_writer();
        return true;
    }

    //! The calling thread holds the lock for writing (for reading, explicitly), by this handle. A
    //! fork's child holds none of its parent's locks.
    bool holds_exclusive() const noexcept { return threads_.is_writer() && !is_forked(); }
    bool holds_shared() const noexcept { return threads_.is_reader() && !is_forked(); }
    bool inconsistent() const noexcept { return lock_.inconsistent(); }
    void mark_consistent();
    //! False: no thread holds that lock by this handle.
    bool release_shared() noexcept {
        if (is_forked() || !threads_.remove_reader())
            return false;
        leave_shared(lock_use::explicitly);
        return true;
    }
    bool release_exclusive() noexcept {
        if (is_forked() || !threads_.remove_writer())
            return false;
        leave_exclusive();
        return true;
    }
    [[noreturn]] void throw_not_held(const char* what) const;
    //! Throws `read_only`, `closed`, `forked`.
    void require_writable() { usable(); }

    std::chrono::nanoseconds read_write_timeout() const noexcept {
        return std::chrono::nanoseconds(timeout_.load(std::memory_order_relaxed));
    }
    //! Throws `out_of_range` if the value is negative.
    void read_write_timeout(std::chrono::nanoseconds value);

    //! Calls `access(data)` with the lock held for reading, or with the lock that this thread holds
    //! already. A read-only handle calls it without a lock, again and again until nobody wrote
    //! meanwhile. Throws `timed_out`, `inconsistent`.
    template <class Access>
    void read(Access&& access) {
        if (BOOST_UNLIKELY(status() != 0)) {
            if (status() == status_read_only) {
                read_validated(access);
                return;
            }
            host().make_usable();
        }
        if (holds_exclusive()) {
            access(static_cast<const std::byte*>(data()));
            return;
        }
        if (!try_enter_shared(lock_use::plain) &&
            !wait_shared(lock_use::plain, deadline::in(read_write_timeout())))
            throw_timed_out("reading");
        const unlocker guard(*this, &lock_part::leave_plain);
        if (inconsistent() && !holds_shared())
            throw_inconsistent();
        access(static_cast<const std::byte*>(data()));
    }
    //! The same for writing. After a write of all contents they are consistent.
    //! Throws `timed_out`, `would_deadlock`, `read_only`.
    template <class Access>
    void write(Access&& access, bool all_contents = false) {
        usable();
        if (holds_exclusive()) {
            write_locked(access, all_contents);
            return;
        }
        if (!try_enter_exclusive()) {
            require_no_lock();
            if (!wait_exclusive(deadline::in(read_write_timeout())))
                throw_timed_out("writing");
        }
        const unlocker guard(*this, &lock_part::leave_exclusive);
        write_locked(access, all_contents);
    }

private:
    // A function that forks returns twice; in the child, the lock is the parent's.
    class unlocker {
    public:
        unlocker(lock_part& s, void (lock_part::*unlock)() noexcept) noexcept
            : lock_(s), unlock_(unlock), epoch_(s.fork_epoch()) {}
        unlocker(const unlocker&) = delete;
        unlocker& operator=(const unlocker&) = delete;
        ~unlocker() {
            if (epoch_ == lock_.fork_epoch())
                (lock_.*unlock_)();
        }

    private:
        lock_part& lock_;
        void (lock_part::*unlock_)() noexcept;
        std::uint32_t epoch_;
    };

    void attach(std::uint64_t generation) override;
    void detach() noexcept override;
    void repair(slot_set& dead, function_ref<bool(std::uint32_t)> alive,
                recovery_report& report) override;
    boost::span<wait_room* const> rooms() const noexcept override;
    // In lock_holders.cpp:
    std::string_view waits_for(std::size_t room) const noexcept override;
    void tell_holders(tell_holding tell) const override;
    std::string holders() const;
    bool begin_anew() override;

    void usable() {
        if (BOOST_UNLIKELY(status() != 0))
            host().make_usable();
    }
    std::uint64_t me() const noexcept {
        return owner_word(slot(), generation_.load(std::memory_order_relaxed));
    }
    bool is_forked() const noexcept { return (status() & status_forked) != 0; }
    bool try_enter_shared(lock_use use) noexcept {
        return BOOST_LIKELY(lock_.try_enter_shared(slot(), use)) ||
               (threads_.is_reader() && lock_.try_enter_beside_writer(slot(), use)); // [L5]
    }
    void leave_shared(lock_use use) noexcept {
        lock_.leave_shared(slot(), use);
        notify(block_->drain_sleep);
    }
    void leave_plain() noexcept { leave_shared(lock_use::plain); }
    void note_reader();
    void leave_exclusive() noexcept {
        lock_.end_writing();
        unclaim();
    }
    template <class Access>
    void write_locked(Access& access, bool all_contents) {
        access(data());
        if (all_contents && inconsistent())
            lock_.mark_consistent();
    }
    bool try_enter_exclusive() noexcept {
        if (!lock_.try_enter_exclusive(me())) {
            notify(block_->free_sleep); // others may have seen the claim, for a moment
            return false;
        }
        lock_.begin_writing();
        return true;
    }
    void unclaim() noexcept {
        lock_.unclaim(me());
        notify(block_->free_sleep);
    }
    bool wait_shared(lock_use use, deadline until);
    bool wait_exclusive(deadline until);
    bool wait_drained(deadline until);
    //! Throws `would_deadlock` if this thread holds the lock.
    void require_no_lock() const;

    template <class Access>
    void read_validated(Access& access) {
        const deadline until = deadline::in(read_write_timeout());
        for (;;) {
            const std::uint64_t before = stable_sequence(until);
            access(static_cast<const std::byte*>(data()));
            if (lock_.unchanged(before))
                return;
            if (until.passed())
                throw_timed_out("reading");
        }
    }
    //! Waits until no writer is in.
    std::uint64_t stable_sequence(deadline until);
    bool wait_unless_shut_down(wait_room& sleepers, function_ref<progress()> done, deadline until,
                               spin_budget& spins);
    [[noreturn]] void throw_timed_out(const char* doing) const;
    [[noreturn]] void throw_inconsistent() const;

    lock_block* block_;
    wait_room* const rooms_[2] = {&block_->free_sleep, &block_->drain_sleep};
    std::byte* data_;
    rw_lock<ipc_system> lock_;
    std::atomic<std::uint64_t> generation_{0};
    thread_locks threads_;
    std::atomic<std::int64_t> timeout_{
        std::chrono::nanoseconds(std::chrono::milliseconds(100)).count()};
    spin_budget free_spins_{256};
    spin_budget drain_spins_{256};
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
