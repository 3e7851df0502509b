// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Gives back what a dead participant held, and takes a slot only after that was done.
//!
//! Any number of participants may do this at once, and may die doing it: each step of a repair is
//! made by compare-and-exchange after the kernel has declared the slot's participant dead, and the
//! slot's mark is cleared last [P2]. A part says how its own words are repaired.
//!
//! All dead participants are repaired in one pass over the parts' words, however many died: their
//! slots are a set. A slot leaves the set during the pass if a successor sits in it, or if something
//! cannot be given back yet because a living participant keeps it unsettled. Everybody is woken
//! after the pass, and only then are the slots marked free that have stayed in the set.
//!
//! For lib/ and the tests. No header that users include may include this one.

#ifndef SHARED_MEMORY_DETAIL_CORE_REAPER_HPP
#define SHARED_MEMORY_DETAIL_CORE_REAPER_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/core/look_watch.hpp>
#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/slot_set.hpp>
#include <shared_memory/detail/core/strided.hpp>
#include <shared_memory/detail/core/system.hpp>

#include <boost/memory_order.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Participants that the kernel has declared dead.
struct dead_participants {
    slot_set slots;
    //! Of each slot in the set: its slot word, loaded before the kernel was asked. Others are not set.
    std::uint64_t words[slot_set::capacity];
};

template <class System>
class reaper {
public:
    using participant = basic_participant_block<typename System::words>;
    using slots = strided<participant>;
    using ask_alive = function_ref<bool(std::uint32_t slot)>;
    //! Repairs what the dead participants of the slots held in every part: see part::repair.
    using repair_parts = function_ref<void(slot_set& dead, ask_alive alive)>;
    //! Wakes every sleeper in any wait room.
    using wake_everybody = function_ref<void()>;

    //! `used` counts the slots of which any was ever used; `max` is this handle's own copy of how
    //! many there are, since a peer may scribble over `used`.
    reaper(System& system, slots participants, typename System::word32& used, std::uint32_t max,
           repair_parts repair, wake_everybody wake) noexcept
        : system_(system), slots_(participants), used_(used), max_(max), repair_(repair),
          wake_(wake) {}

    //! Repairs every dead participant; returns how many slots this call has marked free.
    std::uint32_t reap_dead() { return reap_dead({0, slots_used(used_, max_), false}); }

    //! Of the participants in these slots only.
    std::uint32_t reap_dead(const look_share& share) {
        dead_participants dead;
        find_dead(dead, share);
        std::uint32_t count = 0;
        if (!dead.slots.empty()) {
            const auto alive = [this](std::uint32_t slot) { return system_.alive(slot); };
            System::checkpoint(repairing, &dead);
            repair_(dead.slots, alive);
            System::checkpoint(waking, &dead);
            wake_(); // what the dead participants held is there for others
            count = mark_free_all(dead);
        }
        System::checkpoint(reaped, count);
        return count;
    }

    //! Asks the kernel about every participant, and repairs, if a look is due.
    look_result look_if_due() {
        return look([](std::uint32_t used) { return look_share{0, used, false}; });
    }
    //! For a sleeper whose interval has ended: the same, or only its share if others look.
    look_result look_in_turn(look_watch<System>& watch, typename System::word32& looks) {
        return look([&](std::uint32_t used) { return watch.tick(looks, used); });
    }

    //! Before a handle takes a slot that it has in the kernel: repairs what the slot's last
    //! participant held, if that participant died [P1]. Nobody can be alive there but the caller.
    //! False: a living participant, in the slot `kept_by`, keeps something of it unsettled.
    bool repair_before_taking(std::uint32_t slot, std::uint32_t& kept_by) {
        if (!is_used(slots_[slot].slot_word.load(boost::memory_order_acquire)))
            return true;
        slot_set dead(slot);
        const auto alive = [&](std::uint32_t other) {
            if (other == slot || !system_.alive(other))
                return false;
            kept_by = other;
            return true;
        };
        repair_(dead, alive);
        wake_();
        return dead.contains(slot);
    }

    //! A look at all participants is a look at the slots below `used`, so `used` is raised before
    //! any participant can count on the slot.
    void raise_used(std::uint32_t slot) noexcept {
        std::uint32_t used = used_.load(boost::memory_order_relaxed);
        // seq_cst: pairs with the load of slots_used()
        while (used <= slot &&
               !used_.compare_exchange_weak(used, slot + 1, boost::memory_order_seq_cst,
                                            boost::memory_order_relaxed)) {
        }
    }

    //! Takes the slot for the caller, which has it in the kernel: repairs, calls
    //! `prepare(generation)`, which introduces the participant and attaches the parts, and marks
    //! the slot used [P1]. Returns the generation. If the caller dies before the mark, the slot is
    //! as it was, and the next handle that takes it repairs it again.
    //! Zero: what the slot's last participant held is not settled, since the living participant in
    //! the slot `kept_by` has stopped half way through something. The slot is still that dead
    //! participant's; the caller takes another one.
    std::uint64_t occupy(std::uint32_t slot, function_ref<void(std::uint64_t)> prepare,
                         std::uint32_t& kept_by) {
        if (!repair_before_taking(slot, kept_by))
            return 0;
        raise_used(slot);
        typename System::word64& mark = slots_[slot].slot_word;
        prepare(generation_of(mark.load(boost::memory_order_relaxed)) + 1);
        return mark_used<System>(mark);
    }

private:
    // of checkpoints; called by wait()
    enum place : unsigned { reaping = 16, repairing, waking, marking, reaped };

    template <class Share>
    look_result look(Share share_of) {
        if (!system_.look_is_due())
            return look_result::not_due;
        const look_share share = share_of(slots_used(used_, max_));
        if (reap_dead(share) != 0)
            return look_result::repaired;
        return share.others_look ? look_result::others_look : look_result::nobody_died;
    }

    // Each slot word is loaded before the kernel is asked: a successor that comes in between has
    // another word, so that mark_free_all leaves it alone.
    void find_dead(dead_participants& dead, const look_share& share) {
        const std::uint32_t end = slots_used(used_, max_);
        std::uint32_t slot = share.first;
        for (std::uint32_t i = 0; i != share.count; ++i, ++slot) {
            if (slot >= end)
                slot = 0;
            System::checkpoint(reaping, slot, i, &dead);
            // acquire: pairs with mark_used; what the dead participant did is repaired after this
            const std::uint64_t word = slots_[slot].slot_word.load(boost::memory_order_acquire);
            if (!is_used(word) || system_.alive(slot))
                continue;
            dead.slots.add(slot);
            dead.words[slot] = word;
        }
    }

    // [P2]
    std::uint32_t mark_free_all(const dead_participants& dead) {
        std::uint32_t count = 0;
        const slot_set& whole = dead.slots;
        for (std::uint32_t i = whole.first(); i != slot_set::capacity; i = whole.after(i)) {
            System::checkpoint(marking, i, count, &dead);
            count += mark_free<System>(slots_[i].slot_word, dead.words[i]) ? 1U : 0U;
        }
        return count;
    }

    System& system_;
    slots slots_;
    typename System::word32& used_;
    std::uint32_t max_;
    repair_parts repair_;
    wake_everybody wake_;
};

//! The owner, by the segment's word, is dead or gone. `alive` asks the kernel about a slot.
template <class System>
bool owner_dead(typename reaper<System>::slots slots, std::uint32_t max, std::uint64_t owner,
                function_ref<bool(std::uint32_t)> alive) noexcept {
    const std::uint32_t slot = owner_slot(owner);
    if (slot >= max)
        return true;
    const auto sits = [&] {
        return owns(owner, slot, slots[slot].slot_word.load(boost::memory_order_acquire));
    };
    // The word is looked at once more: a successor in the slot is alive, but is not the owner.
    return !sits() || !alive(slot) || !sits();
}

extern template class reaper<ipc_system>;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
