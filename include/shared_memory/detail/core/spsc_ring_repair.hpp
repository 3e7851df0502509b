// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The role of a dead participant ends.

#ifndef SHARED_MEMORY_DETAIL_CORE_SPSC_RING_REPAIR_HPP
#define SHARED_MEMORY_DETAIL_CORE_SPSC_RING_REPAIR_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/slot_set.hpp>
#include <shared_memory/detail/core/spsc_ring.hpp>

#include <boost/memory_order.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Ends the roles of dead participants. `alive(slot)` asks the kernel, and is asked after the role's
//! word was loaded [Q1]; true from it takes the slot out of `dead`: a successor is there. The
//! repairer that ends a role counts what the dead participant left; successors put that right [Q6],
//! and the reader does where no writer comes. Any number may do this at once, and may die doing it.
template <class System>
void spsc_ring<System>::repair(slot_set& dead, function_ref<bool(std::uint32_t)> alive,
                               ring_repair& done) noexcept {
    for (word64* role : {at_.writer_role, at_.reader_role}) {
        // acquire: pairs with the beginning of the role; what its holder did comes after it
        const std::uint64_t held = role->load(boost::memory_order_acquire);
        const std::uint32_t slot = owner_slot(held);
        if (held == 0 || !dead.contains(slot))
            continue;
        if (alive(slot)) {
            dead.remove(slot);
            continue;
        }
        ring_repair found;
        if (role == at_.writer_role)
            count_discarded(found);
        else
            count_held(found);
        if (!clear_role(*role, held))
            continue; // another repairer has counted
        (*at_.redelivered).fetch_add(found.reads_redelivered, boost::memory_order_relaxed);
        (*at_.given_up).fetch_add(found.messages_given_up, boost::memory_order_relaxed);
        done += found;
    }
}

// seq_cst: pairs with the reader's load, before sleepers are woken [W2]
template <class System>
bool spsc_ring<System>::clear_role(word64& role, std::uint64_t held) noexcept {
    return role.compare_exchange_strong(held, 0, boost::memory_order_seq_cst,
                                        boost::memory_order_relaxed);
}

template <class System>
void spsc_ring<System>::count_discarded(ring_repair& done) const noexcept {
    const std::uint64_t tail = at_.block->tail.load(boost::memory_order_acquire);
    const std::uint64_t claimed = at_.block->write_claimed.load(boost::memory_order_acquire);
    if (!lies_within(tail, claimed))
        return;
    for (std::uint64_t c = tail; c != claimed; c = past(c, 1))
        done.writes_discarded += state_of(at_.write_notes, c) == spsc_state::none ? 1U : 0U;
}

template <class System>
void spsc_ring<System>::count_held(ring_repair& done) const noexcept {
    const std::uint64_t head = at_.block->head.load(boost::memory_order_acquire);
    const std::uint64_t claimed = at_.block->read_claimed.load(boost::memory_order_acquire);
    if (!lies_within(head, claimed))
        return;
    for (std::uint64_t c = head; c != claimed; c = past(c, 1)) {
        const spsc_note found = note_at(at_.read_notes, c);
        const spsc_state state = found.state_in(c >> index_bits_);
        if (state != spsc_state::none && state != spsc_state::held)
            continue;
        const std::uint32_t deliveries = state == spsc_state::none ? 1 : found.deliveries();
        ++(gives_up(deliveries)                   ? done.messages_given_up
           : geometry_.is_dead_letter(deliveries) ? done.dead_letters
                                                  : done.reads_redelivered);
    }
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
