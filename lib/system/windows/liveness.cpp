// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who is alive, on Windows. A lock is a word that says which process holds it: its id, and when it
// started, since ids are used again. That process lives as long as its process object is not
// signalled; Windows signals it when its last thread has ended, whatever ended it. A word is
// changed by CAS only: from free, or from a dead process, to the new holder; and back by the holder.
//
//  [T1]  A handle that takes a slot's lock looks at the name lock afterwards; a handle that takes all
//        locks looks at the slots after it has the name lock. So at least one of the two sees the
//        other, and gives up; both may.
//
// (A named object for each slot would not do: it exists while any process has a handle to it, also a
// process that only asks.)

#include "opened_object.hpp"

#include <shared_memory/detail/layout/words.hpp>
#include <shared_memory/error.hpp>

#include <system/failure.hpp>
#include <system/liveness.hpp>
#include <system/windows/calls.hpp>

#include <boost/interprocess/exceptions.hpp>
#include <boost/memory_order.hpp>

#include <windows.h>

#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

std::uint64_t to_number(const FILETIME& time) noexcept {
    return std::uint64_t{time.dwHighDateTime} << 32U | time.dwLowDateTime;
}

// A tenth of a millisecond is the unit: the word says what started within the same 5 days.
std::uint64_t holder_of(std::uint64_t process, std::uint64_t start_time) noexcept {
    return process << 32U | (start_time >> 10U & 0xffffffffU);
}

std::uint64_t start_time_of(HANDLE process) noexcept {
    FILETIME start{};
    FILETIME end{};
    FILETIME kernel{};
    FILETIME user{};
    return ::GetProcessTimes(process, &start, &end, &kernel, &user) != 0 ? to_number(start) : 0;
}

std::uint64_t own_holder() noexcept {
    static const std::uint64_t mine =
        holder_of(::GetCurrentProcessId(), start_time_of(::GetCurrentProcess()));
    return mine;
}

bool is_alive(std::uint64_t holder) noexcept {
    if (holder == 0 || holder == own_holder())
        return holder != 0;
    const auto id = static_cast<DWORD>(holder >> 32U);
    const HANDLE process = sys::open_process(id);
    if (process == nullptr)
        // A process that cannot be asked about is not declared dead.
        return ::GetLastError() != ERROR_INVALID_PARAMETER;
    const std::uint64_t start = start_time_of(process);
    const bool alive = (start == 0 || holder_of(id, start) == holder) &&
                       ::WaitForSingleObject(process, 0) != WAIT_OBJECT_0;
    ::CloseHandle(process);
    return alive;
}

using word = ipc_words::word64;

// Takes the lock for this process, unless a living process has it.
bool try_lock(word& lock) noexcept {
    std::uint64_t seen = lock.load(boost::memory_order_seq_cst);
    return !is_alive(seen) &&
           lock.compare_exchange_strong(seen, own_holder(), boost::memory_order_seq_cst,
                                        boost::memory_order_relaxed);
}

void unlock(word& lock) noexcept {
    std::uint64_t mine = own_holder();
    lock.compare_exchange_strong(mine, 0, boost::memory_order_seq_cst, boost::memory_order_relaxed);
}

bool is_alive(const word& lock) noexcept {
    return is_alive(lock.load(boost::memory_order_seq_cst));
}

} // namespace

void open_locks(small_object<slot_locks_block>& locks, std::uint64_t number, bool read_only) {
    namespace bi = boost::interprocess;
    const std::string name = kernel_name(number, "locks");
    try {
        const bi::mode_t mode = read_only ? bi::read_only : bi::read_write;
        bi::windows_shared_memory object;
        if (read_only)
            bi::windows_shared_memory(bi::open_only, name.c_str(), mode).swap(object);
        else
            sys::open_or_create(name.c_str(), sizeof(slot_locks_block)).swap(object);
        bi::mapped_region region(object, mode, 0, sizeof(slot_locks_block));
        locks.object.swap(object);
        locks.region.swap(region);
    } catch (const bi::interprocess_exception& failure) {
        if (!read_only)
            throw_system_error(failure.get_native_error(), {task::lock, name});
        // no lock has been taken yet, or this user may not know
    }
}

bool liveness::is_lost() const noexcept {
    return false;
}

std::string liveness::why_lost() const {
    return {};
}

bool liveness::try_lock_slot(std::uint32_t slot) noexcept {
    slot_locks_block& locks = *opened_.locks.get();
    if (!try_lock(locks.slots[slot]))
        return false;
    if (!opened_.name_locked && is_alive(locks.name)) { // [T1]
        unlock(locks.slots[slot]);
        return false;
    }
    opened_.slot = slot;
    return true;
}

void liveness::unlock_slot(std::uint32_t slot) noexcept {
    if (opened_.slot != slot)
        return;
    opened_.slot = max_slots;
    unlock(opened_.locks.get()->slots[slot]);
}

bool liveness::is_slot_locked(std::uint32_t slot) const noexcept {
    const slot_locks_block* const locks = opened_.locks.get();
    return locks != nullptr && slot != opened_.slot && is_alive(locks->slots[slot]);
}

bool liveness::try_lock_all() noexcept {
    if (!try_lock_name())
        return false;
    const slot_locks_block& locks = *opened_.locks.get();
    for (std::uint32_t i = 0; i != max_slots; ++i) { // [T1]
        if (i != opened_.slot && is_alive(locks.slots[i])) {
            unlock_name();
            return false;
        }
    }
    return true;
}

void liveness::unlock_all() noexcept {
    unlock_name();
}

void liveness::unlock_all_but(std::uint32_t) noexcept {
    unlock_name();
}

bool liveness::try_lock_name() noexcept {
    opened_.name_locked = opened_.name_locked || try_lock(opened_.locks.get()->name);
    return opened_.name_locked;
}

void liveness::unlock_name() noexcept {
    if (!std::exchange(opened_.name_locked, false))
        return;
    unlock(opened_.locks.get()->name);
}

bool liveness::is_name_locked() const noexcept {
    return !opened_.name_locked && is_alive(opened_.locks.get()->name);
}

void liveness::observe() noexcept {}
void liveness::pin() noexcept {}
void liveness::watch_forks(std::atomic<std::uint32_t>&, std::uint32_t, std::uint32_t) noexcept {}
void liveness::attach_children(void (*)(void*) noexcept, void*) noexcept {}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
