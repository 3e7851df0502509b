// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Slots: how a handle takes one, and how it looks for dead participants and repairs what they held in
// theirs.

#include <shared_memory/detail/segment.hpp>

#include "errors.hpp"
#include "holders.hpp"
#include "system_side.hpp"

#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/reaper.hpp>
#include <shared_memory/detail/core/slot_set.hpp>
#include <shared_memory/detail/part/part.hpp>
#include <shared_memory/reports.hpp>

#include <system/process.hpp>
#include <system/sleeping.hpp>

#include <chrono>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

// A look for the dead takes a few microseconds: there is none for each of many short sleeps.
constexpr auto least_between_looks = std::chrono::milliseconds(5);

// Says which process sits in the slot, what it will do, and whose heir it is.
void introduce(participant_block& slot, shared_memory::role role,
               const std::uint64_t (&heir_of)[2]) {
    const process_identity self = this_process();
    slot.process_id.store(self.id, boost::memory_order_relaxed);
    slot.start_time.store(self.start_time, boost::memory_order_relaxed);
    slot.role.store(static_cast<std::uint32_t>(role), boost::memory_order_relaxed);
    slot.asleep.store(0, boost::memory_order_relaxed);
    slot.asleep_in.store(0, boost::memory_order_relaxed);
    slot.sleeps.set(0);
    for (std::size_t i = 0; i != 2; ++i)
        slot.heir_of[i].store(heir_of[i], boost::memory_order_relaxed);
}

} // namespace

std::uint32_t segment::slots_used() const noexcept {
    return detail::slots_used(block_->life.slots_used, identity().max_participants);
}

bool segment::take_slot(const slot_set& but) {
    // Fresh slots first: to take a dead participant's slot means to repair what it held.
    for (const bool any : {false, true}) {
        for (std::uint32_t i = 0; i != identity().max_participants; ++i) {
            const std::uint64_t word = slot_block(i).slot_word.load(boost::memory_order_relaxed);
            if ((any || !is_used(word)) && !but.contains(i) && system_->locks().try_lock_slot(i)) {
                slot_ = i;
                return true;
            }
        }
    }
    return false;
}

void segment::repair(slot_set& dead, function_ref<bool(std::uint32_t)> alive,
                     recovery_report& report) {
    for (const auto& one : parts_) {
        if (one)
            one->repair(dead, alive, report);
    }
}

// Calls `use` with the reaper, which counts in the report what it repairs.
template <class Use>
auto segment::with_reaper(recovery_report& report, Use use) {
    auto repair_all = [&](slot_set& dead, function_ref<bool(std::uint32_t)> alive) {
        repair(dead, alive, report);
    };
    auto wake = [&] { wake_everybody(); };
    ipc_system system(*this);
    reaper<ipc_system> all(system, participants(), block_->life.slots_used,
                           identity().max_participants, repair_all, wake);
    return use(all);
}

// Repairs what the slot's last participant held, and marks the slot used; false: that is not to be
// had, and the slot is as it was.
bool segment::occupy_slot() {
    system_->locks().pin();
    auto prepare = [&](std::uint64_t generation) {
        introduce(slot_block(slot_), options_.role(), heir_of_);
        for (const auto& one : parts_) {
            if (one)
                one->attach(generation);
        }
    };
    recovery_report report;
    generation_ = with_reaper(
        report, [&](reaper<ipc_system>& all) { return all.occupy(slot_, prepare, kept_by_); });
    return generation_ != 0;
}

// Locks a slot, asks whether the handle may stay, and occupies the slot; or another slot if what its
// last participant held cannot be settled.
segment::attach_result segment::occupy_a_slot(function_ref<bool()> may_stay) {
    slot_set unsettled;
    while (take_slot(unsettled)) {
        if (!may_stay())
            return attach_result::start_again;
        if (occupy_slot())
            return attach_result::attached;
        leave_sleepers(block_);
        system_->locks().unlock_slot(slot_);
        unsettled.add(slot_);
        slot_ = max_slots;
    }
    return unsettled.empty() ? attach_result::full : attach_result::unsettled;
}

// No slot was to be had: every slot is a participant's, and none is a lock that a process has for a
// moment only, because it opens the segment alone, or replaces it.
bool segment::is_surely_full(retry_limit& wait) const {
    bool all_used = true;
    for (std::uint32_t i = 0; i != identity().max_participants; ++i) {
        all_used = all_used && is_used(slot_block(i).slot_word.load(boost::memory_order_acquire)) &&
                   system_->locks().is_slot_locked(i);
    }
    if (system_->locks().is_name_locked())
        return false;
    return all_used ? wait.confirms() : wait.is_over();
}

void segment::throw_unsettled() const {
    std::string who = who_is_in(*this, kept_by_);
    who.front() = who.front() == 'p' ? 'P' : 'A';
    fail(errc::too_many_participants, name_, "was created for ", identity().max_participants,
         " participants, and every slot that is not in use was a dead one's. ", who,
         " has stopped in the middle of a call, and so keeps what they held from being given back; "
         "let it go on, or end it");
}

std::uint32_t segment::others_alive(shared_memory::role wanted, std::uint32_t most) const noexcept {
    std::uint32_t count = 0;
    for (std::uint32_t i = 0, end = slots_used(); i != end && count != most; ++i) {
        const participant_block& other = slot_block(i);
        if (i == slot_ || !is_used(other.slot_word.load(boost::memory_order_acquire)))
            continue;
        const std::uint32_t role = other.role.load(boost::memory_order_relaxed);
        if ((role & static_cast<std::uint32_t>(wanted)) != 0 && system_->locks().is_slot_locked(i))
            ++count;
    }
    return count;
}

std::uint32_t segment::reap_dead(recovery_report& report) {
    const std::uint32_t count =
        with_reaper(report, [](reaper<ipc_system>& all) { return all.reap_dead(); });
    report.add("participants_reaped", count);
    require_known();
    return count;
}

std::uint32_t segment::reap_dead() {
    recovery_report report;
    return reap_dead(report);
}

bool segment::look_is_due() noexcept {
    const std::int64_t now = ipc_system::now();
    const std::int64_t due = last_look_.load(std::memory_order_relaxed) +
                             std::chrono::nanoseconds(least_between_looks).count();
    if (now < due && options_.death_check_interval() != options_.death_check_interval().zero())
        return false;
    last_look_.store(now, std::memory_order_relaxed);
    return true;
}

look_result segment::look_if_due() {
    recovery_report report;
    return checked(with_reaper(report, [](reaper<ipc_system>& all) { return all.look_if_due(); }));
}

// A look that found nobody dead because it could not ask is none.
look_result segment::checked(look_result found) const {
    if (found != look_result::not_due)
        require_known();
    return found;
}

look_result segment::look_if_due(look_watch<ipc_system>& watch, bool interval_ended) {
    auto& looks = block_->life.looks;
    if (!interval_ended) {
        const look_result found = look_if_due();
        watch.begin(looks);
        return found;
    }
    recovery_report report;
    return checked(with_reaper(
        report, [&](reaper<ipc_system>& all) { return all.look_in_turn(watch, looks); }));
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
