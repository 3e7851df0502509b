// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Sleeping with events (Windows): one named auto-reset event for each participant's slot. One event
// with several waiters would lose wake-ups, so of the threads that sleep through one handle, one at a
// time attends to the event, and passes a wake-up on to the others by a condition variable. Nothing
// in shared memory is left behind by a killed sleeper but its mark, which costs a wake call.
//
//  [E1]  Whoever sleeps makes its event, marks its slot, and then looks at the word; whoever wakes
//        changes the word, and then looks at the marks. So one of the two sees the other. An event
//        set in between stays set until somebody attends to it.
//  [E2]  One who sleeps without attending has looked at the word with the group's lock held, and
//        whoever takes the event's wake-up raises the epoch under that lock afterwards.

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
    sleeper_group(segment_block& block, const segment_identity& identity, std::uint32_t slot)
        : block_(block), bytes_(identity.total_size - identity.block_offset),
          participants_(reinterpret_cast<participant_block*>(reinterpret_cast<std::byte*>(&block) +
                                                             sizeof(segment_block)),
                        identity.participant_stride),
          slot_(slot), events_(identity.max_participants) {
        std::copy(std::begin(identity.id), std::end(identity.id), std::begin(id_));
    }
    sleeper_group(const sleeper_group&) = delete;
    sleeper_group& operator=(const sleeper_group&) = delete;
    ~sleeper_group() {
        for (const HANDLE event : events_) {
            if (event != nullptr)
                sys::close_handle(event);
        }
    }

    bool contains(const sleep_block& block) const noexcept {
        const auto begin = reinterpret_cast<std::uintptr_t>(&block_);
        const auto at = reinterpret_cast<std::uintptr_t>(&block);
        return at >= begin && at < begin + bytes_;
    }

    void sleep(sleep_block& block, std::uint32_t ticket, deadline until) {
        const exclusively lock(lock_);
        const HANDLE event = own_event();
        if (event == nullptr)
            return nap();
        fall_asleep();
        const std::uint64_t begun = epoch_;
        while (epoch_ == begun && !until.passed() &&
               block.word.load(boost::memory_order_seq_cst) == ticket) { // [E1]
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
        // somebody else has to attend, if all that kept them was this thread
        if (!attended_)
            ::WakeConditionVariable(&changed_);
    }

    void wake_all() noexcept {
        const std::uint32_t end = std::min(block_.life.slots_used.load(boost::memory_order_seq_cst),
                                           static_cast<std::uint32_t>(events_.size()));
        for (std::uint32_t i = 0; i != end; ++i) {
            if (participant(i).asleep.load(boost::memory_order_seq_cst) == 0) // [E1]
                continue;
            const exclusively lock(events_lock_);
            if (events_[i] == nullptr)
                events_[i] = sys::open_event(name(i).text);
            if (events_[i] != nullptr)
                sys::set_event(events_[i]);
        }
    }

    //! For one who waits for several groups: the event to wait for, marked as asleep; null if
    //! another thread attends to it, or it cannot be had.
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
    participant_block& participant(std::uint32_t slot) const noexcept {
        return participants_[slot];
    }
    //! Without an allocation that could fail.
    struct event_name {
        char text[96];
    };
    event_name name(std::uint32_t slot) const noexcept {
        event_name result;
        std::snprintf(result.text, sizeof result.text,
                      "Local\\shared_memory.%016llx%016llx.wake.%u",
                      static_cast<unsigned long long>(id_[0]),
                      static_cast<unsigned long long>(id_[1]), static_cast<unsigned>(slot));
        return result;
    }

    HANDLE own_event() {
        const exclusively lock(events_lock_);
        if (!made_) {
            if (events_[slot_] != nullptr)
                sys::close_handle(events_[slot_]);
            events_[slot_] = sys::create_event(name(slot_).text);
            made_ = events_[slot_] != nullptr;
        }
        return events_[slot_];
    }
    void fall_asleep() noexcept {
        if (asleep_++ == 0)
            participant(slot_).asleep.store(1, boost::memory_order_seq_cst);
    }
    void wake_up() noexcept {
        if (--asleep_ == 0)
            participant(slot_).asleep.store(0, boost::memory_order_seq_cst);
    }
    void stop_attending(bool woken) noexcept {
        attended_ = false;
        if (!woken)
            return;
        ++epoch_; // [E2]
        ::WakeAllConditionVariable(&changed_);
    }

    segment_block& block_;
    std::uint64_t bytes_;
    strided<participant_block> participants_;
    std::uint32_t slot_;
    std::uint64_t id_[2]; // the segment's

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
    void add(segment_block& block, std::unique_ptr<sleeper_group> group) {
        const exclusively lock(lock_);
        groups_[&block] = std::move(group);
    }
    void remove(segment_block& block) noexcept {
        std::unique_ptr<sleeper_group> gone;
        const exclusively lock(lock_);
        const auto found = groups_.find(&block);
        if (found == groups_.end())
            return;
        gone = std::move(found->second);
        groups_.erase(found);
    }
    //! The handle whose mapping it is keeps the group alive.
    sleeper_group* find(const sleep_block& block) noexcept {
        ::AcquireSRWLockShared(&lock_);
        const auto next = groups_.upper_bound(reinterpret_cast<const segment_block*>(&block));
        sleeper_group* result = nullptr;
        if (next != groups_.begin() && std::prev(next)->second->contains(block))
            result = std::prev(next)->second.get();
        ::ReleaseSRWLockShared(&lock_);
        return result;
    }

private:
    SRWLOCK lock_ = SRWLOCK_INIT;
    std::map<const segment_block*, std::unique_ptr<sleeper_group>, std::less<>> groups_;
};

} // namespace

sync_kind synchronisation() noexcept {
    return sync_kind::events;
}

void sleep_on(sleep_block& block, std::uint32_t ticket, deadline until) noexcept {
    if (sleeper_group* const group = group_registry::instance().find(block))
        group->sleep(block, ticket, until);
    else
        sleeper_group::nap();
}

void wake_all(sleep_block& block) noexcept {
    if (sleeper_group* const group = group_registry::instance().find(block))
        group->wake_all();
}

void sleep_on_any(const sleep_ticket* tickets, std::size_t count, deadline until) noexcept {
    if (count == 1)
        return sleep_on(*tickets[0].block, tickets[0].ticket, until);
    std::array<HANDLE, MAXIMUM_WAIT_OBJECTS> events{};
    std::array<sleeper_group*, MAXIMUM_WAIT_OBJECTS> groups{};
    DWORD attended = 0;
    // Too many, or another thread attends to one of them: look at all of them once a millisecond.
    bool all = count <= events.size();
    bool changed = false;
    for (std::size_t i = 0; all && i != count; ++i) {
        sleeper_group* const group = group_registry::instance().find(*tickets[i].block);
        if (std::find(groups.begin(), groups.begin() + attended, group) !=
            groups.begin() + attended)
            continue; // the same ring twice
        const HANDLE event = group == nullptr ? nullptr : group->attend();
        all = event != nullptr;
        if (all) {
            groups[attended] = group;
            events[attended++] = event;
        }
    }
    for (std::size_t i = 0; all && i != count; ++i) // [E1]
        changed = changed ||
                  tickets[i].block->word.load(boost::memory_order_seq_cst) != tickets[i].ticket;
    bool woken = false;
    if (all && !changed)
        woken = sys::wait(events.data(), attended, milliseconds_left(until));
    for (DWORD i = 0; i != attended; ++i)
        groups[i]->leave(woken);
    if (!all)
        sleeper_group::nap();
}

void initialise(sleep_block&) {}

void join_sleepers(segment_block& block, const segment_identity& identity, std::uint32_t slot) {
    group_registry::instance().add(block, std::make_unique<sleeper_group>(block, identity, slot));
}

void leave_sleepers(segment_block& block) noexcept {
    group_registry::instance().remove(block);
}

std::uint64_t sleep_bytes() noexcept {
    return 0;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
