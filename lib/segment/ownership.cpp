// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who owns a segment. The owner is named by a word (layout/participants.hpp), which changes by
// compare-and-exchange alone: from the word of an owner that is dead or has left, or by the owner
// itself. So the word that a stalled participant means to replace has an owner of that generation, or
// the exchange fails.
//
// A fork's child may inherit the ownership (options::inherit_on_fork): its slot says whose heir it is.
// When the owner is dead, any participant that looks hands the ownership on to a living heir, before
// it takes the ownership itself.

#include <shared_memory/detail/segment.hpp>

#include "system_side.hpp"

#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/reaper.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

std::uint64_t segment::own_word() const noexcept {
    return owner_word(slot_, generation_);
}

bool segment::is_dead_owner(std::uint64_t owner, const liveness& locks) const noexcept {
    return detail::owner_dead<ipc_system>(
        participants(), identity().max_participants, owner, [&](std::uint32_t slot) {
            return (slot == slot_ && (status() & status_forked) == 0) || locks.is_slot_locked(slot);
        });
}

// The owner's own children come before its children's children.
std::uint64_t segment::living_heir_of(std::uint64_t owner) const noexcept {
    if (owner == 0)
        return 0;
    for (std::size_t distance = 0; distance != 2; ++distance) {
        for (std::uint32_t i = 0, end = slots_used(); i != end; ++i) {
            const participant_block& one = slot_block(i);
            // acquire: pairs with mark_used; what the participant said of itself comes before
            const std::uint64_t word = one.slot_word.load(boost::memory_order_acquire);
            if (is_used(word) && one.heir_of[distance].load(boost::memory_order_relaxed) == owner &&
                is_alive(i) && one.slot_word.load(boost::memory_order_acquire) == word)
                return owner_word(i, generation_of(word));
        }
    }
    return 0;
}

// If the owner is dead, or has left, its heir owns the segment, or else the participant with the word
// `otherwise`, which is not 0. Returns the owner's word.
std::uint64_t segment::settle_ownership(std::uint64_t otherwise) const noexcept {
    auto& word = block_->life.owner;
    std::uint64_t owner = word.load(boost::memory_order_acquire);
    for (;;) {
        if (!is_dead_owner(owner, system_->locks()))
            return owner;
        const std::uint64_t heir = living_heir_of(owner);
        const std::uint64_t next = heir != 0 ? heir : otherwise;
        if (next == 0)
            return owner;
        if (word.compare_exchange_strong(owner, next, boost::memory_order_acq_rel,
                                         boost::memory_order_acquire))
            return next;
    }
}

void segment::give_ownership_away() noexcept {
    std::uint64_t mine = own_word();
    const std::uint64_t heir = living_heir_of(mine);
    block_->life.owner.compare_exchange_strong(mine, heir, boost::memory_order_acq_rel,
                                               boost::memory_order_relaxed);
}

bool segment::is_owner() const noexcept {
    if (slot_ == max_slots || (status() & status_forked) != 0)
        return false;
    const std::uint64_t owner = heir_of_[0] != 0
                                    ? settle_ownership(0)
                                    : block_->life.owner.load(boost::memory_order_acquire);
    return owner == own_word();
}

std::uint64_t segment::owner() const noexcept {
    return (status() & status_read_only) != 0 ? block_->life.owner.load(boost::memory_order_acquire)
                                              : settle_ownership(0);
}

bool segment::owner_alive() const {
    const bool dead = is_dead_owner(owner(), system_->locks());
    require_known();
    return !dead;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
