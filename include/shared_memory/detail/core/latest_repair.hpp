// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What dead participants held of a latest value: buffers, pin words, the single writer's role.

#ifndef SHARED_MEMORY_DETAIL_CORE_LATEST_REPAIR_HPP
#define SHARED_MEMORY_DETAIL_CORE_LATEST_REPAIR_HPP

#include <shared_memory/detail/core/latest_value.hpp>
#include <shared_memory/detail/core/participants.hpp>

#include <boost/memory_order.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Any number of participants may do this at once, and may die doing it. A word changes only by
//! compare-and-exchange from a value that was loaded before the kernel was asked, and never has that
//! value again [V7]: a repairer that stalls takes nothing from a successor. A compare-and-exchange
//! that fails was made by another repairer. The role is cleared last: a successor of the single
//! writer finds no buffer that the dead writer still has.
template <class System, class Idle>
void latest_cell<System, Idle>::repair(slot_set& dead, function_ref<bool(std::uint32_t)> alive,
                                       latest_repair& done) noexcept {
    const auto is_dead = [&](std::uint32_t slot) {
        if (!dead.contains(slot))
            return false;
        if (alive(slot)) {
            dead.remove(slot); // a successor is there
            return false;
        }
        return true;
    };
    // acquire: pairs with the beginning of the role; looked at first, and cleared at the end
    std::uint64_t role = block_->writer_role.load(boost::memory_order_acquire);
    const bool role_is_dead = role != 0 && is_dead(owner_slot(role));
    for (std::uint32_t i = 0; i != geometry_.buffers; ++i) {
        word64& control = lines_[i].control;
        // acquire: pairs with the claim; what its writer did comes before the repair
        std::uint64_t word = control.load(boost::memory_order_acquire);
        const buffer_word w{word};
        if (!w.is_written() || !is_dead(w.slot()))
            continue;
        const bool published = newest() == latest_mark::of(w.use(), i);
        // seq_cst: pairs with the acquire in scan [V2], and with announce_sleep [W2]
        if (control.compare_exchange_strong(word, buffer_word::done(w.use()),
                                            boost::memory_order_seq_cst,
                                            boost::memory_order_relaxed) &&
            !published)
            ++done.writes_discarded;
    }
    for (std::uint32_t i = 0; i != geometry_.pins; ++i) {
        word64& pin = block_->pins[i];
        // acquire: pairs with take_pin
        std::uint64_t word = pin.load(boost::memory_order_acquire);
        const pin_word p{word};
        if (p.is_free() || !is_dead(p.slot()))
            continue;
        // seq_cst: pairs with is_pinned [V4], and with announce_sleep [W2]
        if (pin.compare_exchange_strong(word, p.freed(), boost::memory_order_seq_cst,
                                        boost::memory_order_relaxed))
            ++done.pins_released;
    }
    if (role_is_dead && dead.contains(owner_slot(role)))
        block_->writer_role.compare_exchange_strong(role, 0, boost::memory_order_seq_cst,
                                                    boost::memory_order_relaxed);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
