// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The lock part: its layout, waiting for the lock, and what a dead participant held.

#include <shared_memory/detail/part/lock_part.hpp>

#include <shared_memory/reports.hpp>

#include "bytes_part.hpp"
#include "define_type.hpp"
#include <system/sleeping.hpp>

#include <algorithm>
#include <string>
#include <thread>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

part_need need(const segment_identity&, const part_entry&) {
    return {sizeof(lock_block), cache_pair_bytes, sizeof(lock_line)};
}

void format(std::byte* words, const part_entry&) {
    auto* const block = ::new (static_cast<void*>(words)) lock_block;
    initialise(block->free_sleep);
    initialise(block->drain_sleep);
}

} // namespace

lock_part::lock_part(segment& host, const part_entry& entry)
    : part(host, entry), block_(reinterpret_cast<lock_block*>(words())),
      data_(host.words_of(bytes_part_number)),
      lock_(*block_, lines<lock_line>(), host.block().life.slots_used,
            host.identity().max_participants) {}

void lock_part::attach(std::uint64_t generation) {
    generation_ = generation;
    threads_.clear(); // in a fork's child: the parent's
    lock_.occupy(slot(), generation);
}

void lock_part::repair(slot_set& dead, function_ref<bool(std::uint32_t)> alive,
                       recovery_report& report) {
    std::uint32_t released = 0;
    lock_.repair(dead, alive, released);
    report.add("locks_released", released);
}

boost::span<wait_room* const> lock_part::rooms() const noexcept {
    return rooms_;
}

// A handle that detaches while it holds the lock is a user's fault, but no death. The others go on.
void lock_part::detach() noexcept {
    release_exclusive();
    std::uint32_t given_back = 0;
    slot_set mine(slot());
    lock_.repair(
        mine, [](std::uint32_t) { return false; }, given_back);
}

// If the process dies in here, the contents are inconsistent, as after any write that was cut short.
bool lock_part::begin_anew() {
    if (data_ == nullptr)
        return true;
    write([this](std::byte* data) {
        constexpr std::byte zeroes[4096] = {};
        const std::uint64_t bytes = identity().element_size * identity().element_count;
        for (std::uint64_t at = 0; at < bytes; at += sizeof zeroes)
            write_bytes(
                data + at, zeroes,
                static_cast<std::size_t>(std::min<std::uint64_t>(bytes - at, sizeof zeroes)));
        lock_.mark_consistent();
    });
    return true;
}

bool lock_part::wait_unless_shut_down(wait_room& sleepers, function_ref<progress()> done,
                                      deadline until, spin_budget& spins) {
    auto in_vain = [&] {
        if (!host().is_shutting_down())
            return false;
        if (status() != 0)
            host().make_usable(); // throws closed, if this handle was the owner, and closed
        throw error(errc::shut_down, "shared_memory: the owner of \"" + name() +
                                         "\" has shut it down while its lock was waited for" +
                                         host().name_note());
    };
    return host().wait(sleepers, done, until, spins, in_vain);
}

// If the note cannot be made, the lock is not held.
void lock_part::note_reader() {
    try {
        threads_.add_reader();
    } catch (...) {
        leave_shared(lock_use::explicitly);
        throw;
    }
}

bool lock_part::wait_shared(lock_use use, deadline until) {
    if (until.is_never() && holds_exclusive())
        require_no_lock();
    auto done = [&] {
        if (try_enter_shared(use))
            return progress::done;
        notify(block_->drain_sleep); // a writer may have seen the count, for a moment
        return progress::blocked;
    };
    if (done() == progress::done)
        return true;
    if (until.at_once())
        return host().look_if_due() == look_result::repaired && done() == progress::done;
    return wait_unless_shut_down(block_->free_sleep, done, until, free_spins_);
}

// The caller first becomes the participant that is to write, which keeps new readers out; then the
// readers must go.
bool lock_part::wait_exclusive(deadline until) {
    if (until.is_never())
        require_no_lock();
    if (until.at_once())
        return host().look_if_due() == look_result::repaired && try_enter_exclusive();
    auto claimed = [&] { return lock_.try_wait_open(me()) ? progress::done : progress::blocked; };
    if (!wait_unless_shut_down(block_->free_sleep, claimed, until, free_spins_))
        return false;
    bool in = false;
    try {
        in = wait_drained(until);
    } catch (...) {
        unclaim();
        throw;
    }
    if (in)
        lock_.begin_writing();
    else
        unclaim();
    return in;
}

bool lock_part::wait_drained(deadline until) {
    auto drained = [&] {
        const closing found = lock_.try_close(me());
        if (found == closing::reopened)
            notify(block_->free_sleep); // a nested call may have seen the closed word, and sleep
        return found == closing::closed ? progress::done : progress::blocked;
    };
    return wait_unless_shut_down(block_->drain_sleep, drained, until, drain_spins_);
}

void lock_part::throw_not_held(const char* what) const {
    throw error(errc::bad_argument, "shared_memory: expected this handle of \"" + name() +
                                        "\" to hold a " + what +
                                        " lock, found that it holds none; lock it first, and "
                                        "release it once only");
}

void lock_part::require_no_lock() const {
    const bool writes = holds_exclusive();
    if (writes || holds_shared())
        throw error(errc::would_deadlock,
                    "shared_memory: this thread holds the lock of \"" + name() + "\" for " +
                        (writes ? "writing" : "reading") +
                        " by this handle, and would wait for itself; release the " +
                        (writes ? "write" : "read") + " lock first");
}

void lock_part::mark_consistent() {
    usable();
    if (holds_exclusive())
        lock_.mark_consistent();
    else
        write([this](std::byte*) { lock_.mark_consistent(); });
}

void lock_part::read_write_timeout(std::chrono::nanoseconds value) {
    if (value < value.zero())
        throw error(errc::out_of_range,
                    "shared_memory: expected a read_write_timeout of 0 or more, "
                    "found " +
                        std::to_string(value.count()) + " ns");
    timeout_ = value.count();
}

std::uint64_t lock_part::stable_sequence(deadline until) {
    for (std::uint32_t tries = 1;; ++tries) {
        const std::uint64_t s = lock_.sequence();
        if ((s & 2U) != 0)
            throw_inconsistent();
        if ((s & 1U) == 0)
            return s;
        if ((status() & status_closed) != 0)
            host().make_usable(); // throws
        if (until.passed())
            throw_timed_out("reading");
        if (tries % 64 == 0)
            std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
}

void lock_part::throw_timed_out(const char* doing) const {
    throw error(errc::timed_out, std::string("shared_memory: ") + doing + " \"" + name() +
                                     "\": its lock was not to be had within the " +
                                     std::to_string(read_write_timeout().count() / 1000000) +
                                     " ms of read_write_timeout; " + holders());
}

void lock_part::throw_inconsistent() const {
    throw error(errc::inconsistent, "shared_memory: a writer of \"" + name() +
                                        "\" died half way through; put the contents right under "
                                        "the write lock, then call mark_consistent()");
}

const part_type& lock_part::type() noexcept {
    static constexpr part_type lock{lock_part_number, "lock",  1,       &need,
                                    nullptr,          nullptr, &format, &make_part<lock_part>};
    return lock;
}
template const part_type& type_of<lock_part>() noexcept;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
