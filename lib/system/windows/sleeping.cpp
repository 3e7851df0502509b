// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Sleeping with events (Windows): one named auto-reset event for each participant's slot. One event
// with several waiters would lose wake-ups; so of the threads that sleep through one handle, one at a
// time attends to the event, and passes a wake-up on to the others by a condition variable. A killed
// sleeper leaves nothing in shared memory but its mark, which costs a wake call.
//
//  [E1]  A sleeper makes its event, marks its slot, and then looks at the word; a waker changes the
//        word, and then looks at the marks. So at least one of the two sees the other. An event that
//        is set in between stays set until a thread attends to it.
//  [E2]  A thread that sleeps without attending has looked at the word with the group's lock held;
//        the thread that takes the event's wake-up raises the epoch under that lock afterwards.

#include <system/sleeping.hpp>

#include <shared_memory/detail/layout/words.hpp>

#include <system/windows/calls.hpp>

#include <windows.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

DWORD milliseconds_left(deadline until) {
    if (until.is_never())
        return INFINITE;
    if (until.passed())
        return 0;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until.time() - deadline::clock::now()).count();
    // an early return is allowed
    return static_cast<DWORD>(std::clamp<std::int64_t>(left, 0, 1000 * 3600));
}

class exclusively {
public:
    explicit exclusively(SRWLOCK& lock) noexcept : lock_(lock) {
        ::AcquireSRWLockExclusive(&lock_);
    }
    exclusively(const exclusively&) = delete;
    exclusively& operator=(const exclusively&) = delete;
    ~exclusively() { ::ReleaseSRWLockExclusive(&lock_); }

private:
    SRWLOCK& lock_;
};

//! The threads that sleep through one handle, and the events of all others.
class sleeper_group {
public:
    explicit sleeper_group(const sleeper_place& place)
        : place_(place), events_(place.max_participants) {}
    sleeper_group(const sleeper_group&) = delete;
    sleeper_group& operator=(const sleeper_group&) = delete;
    ~sleeper_group() {
        for (const HANDLE event : events_) {
            if (event != nullptr)
                sys::close_handle(event);
        }
    }

    bool contains(const wait_room& room) const noexcept {
        const auto begin = reinterpret_cast<std::uintptr_t>(place_.begin);
        const auto at = reinterpret_cast<std::uintptr_t>(&room);
        return at >= begin && at - begin < place_.bytes;
    }

    void sleep(const sleep_ticket& room, deadline until) {
        const exclusively lock(lock_);
        const HANDLE event = own_event();
        if (event == nullptr)
            return nap();
        fall_asleep();
        const std::uint64_t begun = epoch_;
        while (epoch_ == begun && !until.passed() &&
               room.block->word.load(boost::memory_order_seq_cst) == room.ticket) { // [E1]
            if (attended_) {
                ::SleepConditionVariableSRW(&changed_, &lock_, milliseconds_left(until), 0);
                continue;
            }
            attended_ = true;
            ::ReleaseSRWLockExclusive(&lock_);
            const bool woken = sys::wait(&event, 1, milliseconds_left(until));
            ::AcquireSRWLockExclusive(&lock_);
            stop_attending(woken);
        }
        wake_up();
        // another thread has to attend, if all that kept it was this one
        if (!attended_)
            ::WakeConditionVariable(&changed_);
    }

    void wake_all() noexcept {
        const std::uint32_t end = std::min(place_.slots_used->load(boost::memory_order_seq_cst),
                                           static_cast<std::uint32_t>(events_.size()));
        for (std::uint32_t i = 0; i != end; ++i) {
            if (place_.is_asleep[i].load(boost::memory_order_seq_cst) == 0) // [E1]
                continue;
            const exclusively lock(events_lock_);
            if (events_[i] == nullptr)
                events_[i] = sys::open_event(name(i).text);
            if (events_[i] != nullptr)
                sys::set_event(events_[i]);
        }
    }

    //! For a thread that sleeps through several groups: the event to wait for, marked as asleep; null
    //! if another thread attends to it, or it cannot be had.
    HANDLE attend() {
        const exclusively lock(lock_);
        const HANDLE event = own_event();
        if (event == nullptr || attended_)
            return nullptr;
        attended_ = true;
        fall_asleep();
        return event;
    }
    void leave(bool woken) {
        const exclusively lock(lock_);
        stop_attending(woken);
        wake_up();
        ::WakeConditionVariable(&changed_);
    }

    static void nap() noexcept { ::Sleep(1); }

private:
    //! Without an allocation that could fail.
    struct event_name {
        char text[96];
    };
    event_name name(std::uint32_t slot) const noexcept {
        event_name result;
        std::snprintf(
            result.text, sizeof result.text, "Local\\shared_memory.%016llx%016llx.wake.%u",
            static_cast<unsigned long long>(place_.segment_id[0]),
            static_cast<unsigned long long>(place_.segment_id[1]), static_cast<unsigned>(slot));
        return result;
    }

    HANDLE own_event() {
        const exclusively lock(events_lock_);
        if (!made_) {
            if (events_[place_.slot] != nullptr)
                sys::close_handle(events_[place_.slot]);
            events_[place_.slot] = sys::create_event(name(place_.slot).text);
            made_ = events_[place_.slot] != nullptr;
        }
        return events_[place_.slot];
    }
    void fall_asleep() noexcept {
        if (asleep_++ == 0)
            place_.is_asleep[place_.slot].store(1, boost::memory_order_seq_cst);
    }
    void wake_up() noexcept {
        if (--asleep_ == 0)
            place_.is_asleep[place_.slot].store(0, boost::memory_order_seq_cst);
    }
    void stop_attending(bool woken) noexcept {
        attended_ = false;
        if (!woken)
            return;
        ++epoch_; // [E2]
        ::WakeAllConditionVariable(&changed_);
    }

    sleeper_place place_;

    SRWLOCK lock_ = SRWLOCK_INIT;
    CONDITION_VARIABLE changed_ = CONDITION_VARIABLE_INIT;
    std::uint64_t epoch_ = 0;  // wake-ups
    std::uint32_t asleep_ = 0; // threads
    bool attended_ = false;    // one of them waits for the event

    SRWLOCK events_lock_ = SRWLOCK_INIT;
    std::vector<HANDLE> events_; // by slot; null: not opened yet
    bool made_ = false;          // the own one
};

//! The groups of this process, by the address of their mapping.
class group_registry {
public:
    static group_registry& instance() {
        // never destroyed: static handles may outlive it
        static auto* const one = new group_registry;
        return *one;
    }
    void add(const sleeper_place& place) {
        auto group = std::make_unique<sleeper_group>(place);
        const exclusively lock(lock_);
        groups_[place.begin] = std::move(group);
    }
    void remove(const void* begin) noexcept {
        std::unique_ptr<sleeper_group> gone;
        const exclusively lock(lock_);
        const auto found = groups_.find(begin);
        if (found == groups_.end())
            return;
        gone = std::move(found->second);
        groups_.erase(found);
    }
    //! The handle whose mapping it is keeps the group alive.
    sleeper_group* find(const wait_room& room) noexcept {
        ::AcquireSRWLockShared(&lock_);
        const auto next = groups_.upper_bound(&room);
        sleeper_group* result = nullptr;
        if (next != groups_.begin() && std::prev(next)->second->contains(room))
            result = std::prev(next)->second.get();
        ::ReleaseSRWLockShared(&lock_);
        return result;
    }

private:
    SRWLOCK lock_ = SRWLOCK_INIT;
    std::map<const void*, std::unique_ptr<sleeper_group>, std::less<>> groups_;
};

sleeper_group* group_of(const wait_room& room) noexcept {
    return group_registry::instance().find(room);
}

//! The groups whose events a thread attends to, while it sleeps in several rooms.
struct attended_groups {
    std::array<HANDLE, MAXIMUM_WAIT_OBJECTS> events{};
    std::array<sleeper_group*, MAXIMUM_WAIT_OBJECTS> groups{};
    DWORD count = 0;

    //! False if another thread attends to the group's event, or it cannot be had.
    bool add(sleeper_group* group) {
        const auto end = groups.begin() + count;
        if (std::find(groups.begin(), end, group) != end)
            return true; // two rooms of one segment
        const HANDLE event = group == nullptr ? nullptr : group->attend();
        if (event == nullptr)
            return false;
        groups[count] = group;
        events[count++] = event;
        return true;
    }
};

void sleep_in_several(const sleep_ticket* rooms, std::size_t count, deadline until) {
    attended_groups attended;
    bool all = count <= attended.events.size();
    for (std::size_t i = 0; all && i != count; ++i)
        all = attended.add(group_of(*rooms[i].block));
    const bool changed = std::any_of(rooms, rooms + count, [](const sleep_ticket& room) { // [E1]
        return room.block->word.load(boost::memory_order_seq_cst) != room.ticket;
    });
    const bool woken = all && !changed &&
                       sys::wait(attended.events.data(), attended.count, milliseconds_left(until));
    for (DWORD i = 0; i != attended.count; ++i)
        attended.groups[i]->leave(woken);
    // Too many rooms, or an event of another thread's: the caller looks at all rooms once
    // a millisecond.
    if (!all && !changed)
        sleeper_group::nap();
}

} // namespace

sync_kind synchronisation() noexcept {
    return sync_kind::events;
}

void sleep_in(const sleep_ticket* rooms, std::size_t count, deadline until) noexcept {
    if (count != 1)
        return sleep_in_several(rooms, count, until);
    if (sleeper_group* const group = group_of(*rooms->block))
        group->sleep(*rooms, until);
    else
        sleeper_group::nap();
}

void wake_all(wait_room& room) noexcept {
    if (sleeper_group* const group = group_of(room))
        group->wake_all();
}

void initialise(wait_room&) {}

void join_sleepers(const sleeper_place& place) {
    group_registry::instance().add(place);
}

void leave_sleepers(const void* begin) noexcept {
    group_registry::instance().remove(begin);
}

std::uint64_t sleep_bytes() noexcept {
    return 0;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
