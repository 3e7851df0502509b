// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What a participant held is given back: by itself, or by others after its death.

#ifndef SHARED_MEMORY_DETAIL_CORE_NODE_RING_REPAIR_HPP
#define SHARED_MEMORY_DETAIL_CORE_NODE_RING_REPAIR_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/core/node_ring.hpp>
#include <shared_memory/detail/core/participants.hpp>

#include <boost/config.hpp>
#include <boost/memory_order.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Gives the node up. Readers and writers may both be waiting behind it.
template <class System>
bool node_ring<System>::abort(const node_claim& claim) noexcept {
    const bool held = exchange(claim, next_lap(claim.word));
    pass_over();
    return held;
}

//! Ends a claim for reading; the message is for the next reader, or given up.
template <class System>
void node_ring<System>::give_back(const node_claim& claim) noexcept {
    ring_repair counts;
    put_back_own(claim, counts);
    finish_put_back(counts);
}

//! Ends a claim of a message that was delivered before.
template <class System>
bool node_ring<System>::release_redelivered(const node_claim& claim) noexcept {
    // By CAS [R5]: deliveries may have wrapped while a repairer was stalled on this very word, and
    // then it has given the message to the next reader. That reader gets it marked, as promised,
    // and this one is not told. The epoch rises, since the repairer may have died before its own.
    if (!exchange(claim, next_lap(claim.word)))
        raise_epoch();
    return true;
}

// Calls `each(claim)` for the nodes of a run from number `from` to before number `to`.
template <class System>
template <class Each>
void node_ring<System>::for_each(const node_run& run, std::uint32_t from, std::uint32_t to,
                                 Each&& each) noexcept {
    for (std::uint32_t i = from; i < to; ++i) {
        const std::uint64_t index = index_of(run, i);
        const std::uint64_t word = run.first.word;
        each(node_claim{payload(index),
                        index >= run.first.index ? word : next_lap(word) | (word & ~free_mask_),
                        index, 0});
    }
}

// Gives the nodes of a run up, all but the first `count`.
template <class System>
bool node_ring<System>::abort_behind(const node_run& run, std::uint32_t count) noexcept {
    bool all = true;
    for_each(run, count, run.count,
             [&](const node_claim& claim) { all = exchange(claim, next_lap(claim.word)) && all; });
    pass_over();
    return all;
}

// Gives the messages of a run back, all but the first `count`.
template <class System>
void node_ring<System>::give_back_behind(const node_run& run, std::uint32_t count) noexcept {
    ring_repair counts;
    for_each(run, count, run.count, [&](const node_claim& claim) { put_back_own(claim, counts); });
    finish_put_back(counts);
}

//! Undoes what the dead participants of some slots held. `alive(slot)` asks the kernel, and is
//! asked after each word was loaded [R4]. A slot leaves the set if a successor is in it, so that
//! another repairer has done the rest; or if a living participant has, or is just about to take, a
//! position that may be the dead participant's: the slot has to be looked at again, later [R15].
//! `done` counts what this repairer has done.
//! Any number may do this at once, and may die doing it. The last step raises the epoch, always,
//! also if this repairer changed nothing, and finished no slot: a repairer that died before that
//! step may have [R7].
template <class System>
void node_ring<System>::repair(slot_set& dead, function_ref<bool(std::uint32_t)> alive,
                               ring_repair& done) {
    enum place : unsigned { repairing = 32, settling, settled, raised }; // called by reap_dead()
    const bool any_dead = !dead.empty();
    ring_repair here;
    const auto checkpoint = [&](place now, std::uint32_t at) {
        System::checkpoint(now, at, &dead, here.reads_redelivered, here.messages_given_up,
                           here.dead_letters);
    };
    for (std::uint32_t i = 0; i != geometry_.node_count; ++i) {
        checkpoint(repairing, i);
        const control_word c{lines_[i].control.load(boost::memory_order_acquire)};
        const bool writing = c.phase() == node_phase::writing;
        if ((!writing && c.phase() != node_phase::reading) || !dead.contains(c.slot()))
            continue;
        if (alive(c.slot()))
            dead.remove(c.slot());
        else if (writing)
            here.writes_discarded += discard(i, c) ? 1U : 0U;
        else
            put_back(i, c, here);
    }
    for (std::uint32_t slot = dead.first(); slot != slot_set::capacity; slot = dead.after(slot)) {
        checkpoint(settling, slot);
        const bool writes = settle_entries(slot, side::write, alive, here);
        if (!writes || !settle_entries(slot, side::read, alive, here))
            dead.remove(slot);
    }
    checkpoint(settled, 0);
    finish_put_back(here);
    if (here.reads_redelivered + here.dead_letters == 0 && any_dead)
        raise_epoch();
    System::checkpoint(raised, &dead);
    pass_over();
    done += here;
}

// The positions that the dead participant said it was about to take. False: some are not settled.
template <class System>
bool node_ring<System>::settle_entries(std::uint32_t slot, side s,
                                       function_ref<bool(std::uint32_t)> alive, ring_repair& done) {
    entry_type* const entries = s == side::write ? writes_of(slot) : reads_of(slot);
    for (std::uint32_t e = 0; e != entries_per_side; ++e) {
        // acquire: pairs with the store before the counter was moved
        const std::uint64_t from = entries[e].position.load(boost::memory_order_acquire);
        if (from == no_position || (from & index_mask_) > last_index_)
            continue;
        const std::uint64_t end = entries[e].end.load(boost::memory_order_acquire);
        position p = unpack(from);
        for (std::uint32_t n = 0; n != geometry_.node_count; ++n, p = next(p)) {
            if (n != 0 && !covers(from, end, p))
                break;
            if (!settle(s, p, alive, done))
                return false; // the others are looked at again, later, too
        }
    }
    return true;
}

// Did the dead participant take the position, and not mark the node? Then it is passed over, or
// delivered again. The order of the loads is [R14]: a participant that moved the counter had said
// the position before; a participant that has marked the node, or ended its claim, did so before
// it says another position, so that the CAS fails.
// False: a living participant says the position. It has the node, or is about to see that it has
// not.
template <class System>
bool node_ring<System>::settle(side s, position p, function_ref<bool(std::uint32_t)> alive,
                               ring_repair& done) {
    const bool write = s == side::write;
    const control_word unmarked{
        control_word::of(p.lap, write ? node_phase::free : node_phase::ready)};
    const auto& counter = write ? block_->tail : block_->head;
    for (std::uint32_t looks = patience_; looks != 0; --looks) {
        // acquire: pairs with the mark, through the next position that its writer says; and with
        // the end of the claim
        if (lines_[p.index].control.load(boost::memory_order_acquire) != unmarked.value)
            return true;
        // seq_cst: pairs with the CAS in move
        if (!is_behind(p, unpack(counter.load(boost::memory_order_seq_cst))))
            return true;
        bool said = false;
        const std::uint32_t slots = slots_used(*slots_used_, slots_); // after the counter
        for (std::uint32_t slot = 0; slot != slots && !said; ++slot)
            said = is_said_by(slot, s, p) && alive(slot);
        if (!said) {
            if (write)
                done.writes_discarded += discard(p.index, unmarked) ? 1U : 0U;
            else
                put_back(p.index, unmarked, done);
            return true;
        }
        System::yield();
    }
    return false;
}

template <class System>
bool node_ring<System>::covers(std::uint64_t from, std::uint64_t end, position p) const noexcept {
    return end != no_position && pack(p) - from < end - from;
}

template <class System>
bool node_ring<System>::is_said_by(std::uint32_t slot, side s, position p) const noexcept {
    const entry_type* const entries = s == side::write ? writes_of(slot) : reads_of(slot);
    for (std::uint32_t e = 0; e != entries_per_side; ++e) {
        // acquire, in this order: an end is said after the last run's was taken back
        const std::uint64_t from = entries[e].position.load(boost::memory_order_acquire);
        if (from == pack(p))
            return true;
        if (from != no_position &&
            covers(from, entries[e].end.load(boost::memory_order_acquire), p))
            return true;
    }
    return false;
}

//! Moves head over positions that nobody wrote, so that no reader has to go through an endless row
//! of them.
template <class System>
void node_ring<System>::pass_over() noexcept {
    for (std::uint32_t n = 0; n != geometry_.node_count; ++n) {
        const std::uint64_t head = block_->head.load(boost::memory_order_acquire);
        const position h = unpack(head);
        // acquire: pairs with abort and repair
        if (!is_past(control_word{lines_[h.index].control.load(boost::memory_order_acquire)}, h))
            return;
        pass(head, h);
    }
}

// seq_cst: as in move. Another participant may have done it [R8].
template <class System>
bool node_ring<System>::pass(std::uint64_t head, position h) noexcept {
    return block_->head.compare_exchange_strong(head, pack(next(h)), boost::memory_order_seq_cst,
                                                boost::memory_order_relaxed);
}

// -> free in the next lap: the position is passed over.
template <class System>
bool node_ring<System>::discard(std::uint32_t index, control_word c) noexcept {
    std::uint64_t expected = c.value;
    return lines_[index].control.compare_exchange_strong(
        expected, next_lap(c.value), boost::memory_order_seq_cst, boost::memory_order_relaxed);
}

// -> ready with one delivery more, or -> free if that was the last one allowed; or else it is a dead
// letter, and stays one [D1].
template <class System>
bool node_ring<System>::put_back(std::uint32_t index, control_word c, ring_repair& done) noexcept {
    const std::uint32_t deliveries = geometry_.is_dead_letter(c)
                                         ? c.deliveries()
                                         : next_delivery(c.deliveries(), geometry_.most_counted);
    const bool at_limit = geometry_.is_at_limit(deliveries);
    const bool give_up = at_limit && !geometry_.dead_letters;
    const std::uint64_t to =
        give_up ? next_lap(c.value) : control_word::of(c.lap(), node_phase::ready, 0, deliveries);
    std::uint64_t expected = c.value;
    if (!lines_[index].control.compare_exchange_strong(expected, to, boost::memory_order_seq_cst,
                                                       boost::memory_order_relaxed))
        return false;
    ++(give_up ? done.messages_given_up : at_limit ? done.dead_letters : done.reads_redelivered);
    return true;
}

// A stalled repairer may have done it already: see release_redelivered.
template <class System>
void node_ring<System>::put_back_own(const node_claim& claim, ring_repair& done) noexcept {
    if (!put_back(static_cast<std::uint32_t>(claim.index), control_word{claim.word}, done) &&
        claim.deliveries_before() != 0)
        raise_epoch();
}

// There is nothing to look for if all were given up.
template <class System>
void node_ring<System>::finish_put_back(const ring_repair& done) noexcept {
    if (done.reads_redelivered != 0)
        block_->redelivered.fetch_add(done.reads_redelivered, boost::memory_order_relaxed);
    if (done.reads_redelivered + done.dead_letters != 0)
        raise_epoch();
    if (done.messages_given_up != 0)
        block_->given_up.fetch_add(done.messages_given_up, boost::memory_order_relaxed);
}

template <class System>
void node_ring<System>::raise_epoch() noexcept {
    block_->redelivery_epoch.fetch_add(
        1, boost::memory_order_seq_cst); // release, and wait_room.hpp [W2]
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
