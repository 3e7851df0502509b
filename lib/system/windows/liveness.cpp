// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who is alive, on Windows. A taking is a word with the process that took it: its id, and when it
// started, since ids are used again. That process lives as long as its process object is not
// signalled; Windows signals it when its last thread has ended, whatever ended it. A word is
// changed by CAS only: from free, or from a dead process, to the taker; and back by the taker.
//
//  [T1]  Who takes a slot looks at the gate afterwards, and who takes all looks at the slots after
//        it has the gate. So one of the two sees the other, and gives up; both may.
//
// (Not by a named object for each slot, which would exist while anybody has a handle to it, also
// one who just asks.)

#include "object.hpp"

#include <shared_memory/detail/layout/words.hpp>
#include <shared_memory/error.hpp>

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
std::uint64_t taking_of(std::uint64_t process, std::uint64_t start_time) noexcept {
    return process << 32U | (start_time >> 10U & 0xffffffffU);
}

std::uint64_t start_time_of(HANDLE process) noexcept {
    FILETIME start{};
    FILETIME end{};
    FILETIME kernel{};
    FILETIME user{};
    return ::GetProcessTimes(process, &start, &end, &kernel, &user) != 0 ? to_number(start) : 0;
}

std::uint64_t own_taking() noexcept {
    static const std::uint64_t mine =
        taking_of(::GetCurrentProcessId(), start_time_of(::GetCurrentProcess()));
    return mine;
}

bool is_alive(std::uint64_t taking) noexcept {
    if (taking == 0 || taking == own_taking())
        return taking != 0;
    const auto id = static_cast<DWORD>(taking >> 32U);
    const HANDLE process =
        ::OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, id);
    if (process == nullptr)
        // One that cannot be asked about is not declared dead.
        return ::GetLastError() != ERROR_INVALID_PARAMETER;
    const std::uint64_t start = start_time_of(process);
    const bool alive = (start == 0 || taking_of(id, start) == taking) &&
                       ::WaitForSingleObject(process, 0) != WAIT_OBJECT_0;
    ::CloseHandle(process);
    return alive;
}

using word = ipc_words::word64;

// For this process, if nobody alive has it.
bool try_take(word& taking) noexcept {
    std::uint64_t seen = taking.load(boost::memory_order_seq_cst);
    return !is_alive(seen) &&
           taking.compare_exchange_strong(seen, own_taking(), boost::memory_order_seq_cst,
                                          boost::memory_order_relaxed);
}

void leave(word& taking) noexcept {
    std::uint64_t mine = own_taking();
    taking.compare_exchange_strong(mine, 0, boost::memory_order_seq_cst,
                                   boost::memory_order_relaxed);
}

bool is_alive(const word& taking) noexcept {
    return is_alive(taking.load(boost::memory_order_seq_cst));
}

} // namespace

void open_takings(small_object<takings_block>& takings, std::uint64_t number, bool read_only) {
    namespace bi = boost::interprocess;
    const std::string name = kernel_name(number, "takings");
    try {
        const bi::mode_t mode = read_only ? bi::read_only : bi::read_write;
        bi::windows_shared_memory object;
        if (read_only)
            bi::windows_shared_memory(bi::open_only, name.c_str(), mode).swap(object);
        else
            bi::windows_shared_memory(bi::open_or_create, name.c_str(), mode, sizeof(takings_block))
                .swap(object);
        bi::mapped_region region(object, mode, 0, sizeof(takings_block));
        takings.object.swap(object);
        takings.region.swap(region);
    } catch (const bi::interprocess_exception& failure) {
        if (!read_only)
            throw_system_error(failure.get_native_error(), "opening \"" + name + '"');
        // nobody has taken anything, or this user may not know
    }
}

kernel_object::kernel_object() noexcept = default;
kernel_object::kernel_object(kernel_object&& other) noexcept = default;
kernel_object& kernel_object::operator=(kernel_object&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

kernel_object::~kernel_object() {
    if (!state_)
        return;
    leave_gate();
    if (state_->slot != max_slots)
        leave_slot(state_->slot);
}

bool kernel_object::is_lost() const noexcept {
    return false;
}

bool kernel_object::try_take_slot(std::uint32_t slot) noexcept {
    takings_block& takings = *state_->takings.get();
    if (!try_take(takings.slots[slot]))
        return false;
    if (!state_->gate && is_alive(takings.gate)) { // [T1]
        leave(takings.slots[slot]);
        return false;
    }
    state_->slot = slot;
    return true;
}

void kernel_object::leave_slot(std::uint32_t slot) noexcept {
    if (state_->slot != slot)
        return;
    state_->slot = max_slots;
    leave(state_->takings.get()->slots[slot]);
}

bool kernel_object::is_taken(std::uint32_t slot) const noexcept {
    const takings_block* const takings = state_->takings.get();
    return takings != nullptr && slot != state_->slot && is_alive(takings->slots[slot]);
}

bool kernel_object::try_take_all() noexcept {
    if (!try_take_gate())
        return false;
    const takings_block& takings = *state_->takings.get();
    for (std::uint32_t i = 0; i != max_slots; ++i) { // [T1]
        if (i != state_->slot && is_alive(takings.slots[i])) {
            leave_gate();
            return false;
        }
    }
    return true;
}

void kernel_object::leave_all() noexcept {
    leave_gate();
}

void kernel_object::leave_all_but(std::uint32_t) noexcept {
    leave_gate();
}

bool kernel_object::try_take_gate() noexcept {
    state_->gate = state_->gate || try_take(state_->takings.get()->gate);
    return state_->gate;
}

void kernel_object::leave_gate() noexcept {
    if (!std::exchange(state_->gate, false))
        return;
    leave(state_->takings.get()->gate);
}

bool kernel_object::is_gate_taken() const noexcept {
    return !state_->gate && is_alive(state_->takings.get()->gate);
}

void kernel_object::observe() noexcept {}
void kernel_object::pin() noexcept {}
void kernel_object::watch_forks(std::atomic<std::uint32_t>&, std::uint32_t,
                                std::uint32_t) noexcept {}

process_identity this_process() {
    return {::GetCurrentProcessId(), start_time_of(::GetCurrentProcess())};
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
