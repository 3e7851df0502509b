// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The words that say who is attached. A slot word is generation << 1 | used; the owner word is
//! generation << 10 | slot, the generation being the one in which the owner took its slot.
//!
//! "Dead" is stored nowhere. A participant is dead when its slot word says used, and the kernel
//! says that nobody has taken the slot.
//!  [P1]  Only the handle that has taken the slot in the kernel (kernel_object) sets `used`, by
//!        CAS, one generation on, after it has repaired what the slot's last participant held.
//!  [P2]  `used` is cleared last, by CAS in its own generation: by the participant when it leaves,
//!        or by a repairer that has repaired all that the dead participant held. A repairer that
//!        stalls before that CAS cannot clear the mark of the next participant.

#ifndef SHARED_MEMORY_DETAIL_CORE_PARTICIPANTS_HPP
#define SHARED_MEMORY_DETAIL_CORE_PARTICIPANTS_HPP

#include <shared_memory/detail/layout/participants.hpp>
#include <shared_memory/detail/layout/words.hpp>

#include <boost/memory_order.hpp>

#include <algorithm>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

constexpr bool is_used(std::uint64_t slot_word) noexcept {
    return (slot_word & 1U) != 0;
}
constexpr std::uint64_t generation_of(std::uint64_t slot_word) noexcept {
    return slot_word >> 1U;
}

constexpr std::uint64_t owner_word(std::uint32_t slot, std::uint64_t generation) noexcept {
    return generation << 10U | slot;
}
constexpr std::uint32_t owner_slot(std::uint64_t owner) noexcept {
    return static_cast<std::uint32_t>(owner & 1023U);
}
//! In an owner's word: the participant is there in the place of a dead one, for as long as it puts
//! something right.
inline constexpr std::uint64_t settles_for_writer = std::uint64_t{1} << 63U;

//! The owner has the slot, in that generation, as far as words can tell.
constexpr bool owns(std::uint64_t owner, std::uint32_t slot, std::uint64_t slot_word) noexcept {
    return is_used(slot_word) && owner == owner_word(slot, generation_of(slot_word));
}

//! How many slots there are to look at: all that were ever used lie below. `max` is the caller's
//! own copy of how many there are.
template <class Word>
std::uint32_t slots_used(const Word& used, std::uint32_t max) noexcept {
    // seq_cst: pairs with reaper::raise_used
    return std::min<std::uint32_t>(used.load(boost::memory_order_seq_cst), max);
}

//! Marks the slot used in the next generation, and returns that [P1]. The caller has the slot in
//! the kernel.
template <class System>
std::uint64_t mark_used(typename System::word64& word) noexcept {
    std::uint64_t w = word.load(boost::memory_order_relaxed);
    // acq_rel: pairs with mark_free; what the last participant and its repairers wrote comes before
    while (!word.compare_exchange_weak(w, (generation_of(w) + 1) << 1U | 1U,
                                       boost::memory_order_acq_rel, boost::memory_order_relaxed)) {
    }
    return generation_of(w) + 1;
}

//! Marks the slot free if it is still in the generation of `seen` [P2].
template <class System>
bool mark_free(typename System::word64& word, std::uint64_t seen) noexcept {
    return is_used(seen) &&
           word.compare_exchange_strong(seen, seen & ~std::uint64_t{1}, boost::memory_order_acq_rel,
                                        boost::memory_order_relaxed);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
