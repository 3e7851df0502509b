// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Ends of claims that are not the usual ones: out of order, aborted, given back.

#ifndef SHARED_MEMORY_DETAIL_CORE_SPSC_RING_ENDS_HPP
#define SHARED_MEMORY_DETAIL_CORE_SPSC_RING_ENDS_HPP

#include <shared_memory/detail/config.hpp>

#include <shared_memory/detail/core/spsc_ring.hpp>

#include <boost/config.hpp>
#include <boost/memory_order.hpp>

#include <atomic>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

template <class System>
std::uint32_t spsc_ring<System>::next_count(std::uint32_t deliveries) noexcept {
    return deliveries < max_delivery_limit ? deliveries + 1 : deliveries;
}
template <class System>
bool spsc_ring<System>::gives_up(std::uint32_t deliveries) const noexcept {
    return geometry_.is_at_limit(deliveries) && !geometry_.dead_letters;
}
template <class System>
typename spsc_ring<System>::word64* spsc_ring<System>::notes_of(const side& s) const noexcept {
    return &s == &writer_ ? at_.write_notes : at_.read_notes;
}
template <class System>
typename spsc_ring<System>::word64& spsc_ring<System>::counter_of(const side& s) const noexcept {
    return &s == &writer_ ? at_.block->tail : at_.block->head;
}

// acquire: pairs with the release of tail, head or the role; an own note is there anyhow
template <class System>
spsc_note spsc_ring<System>::note_at(const word64* notes, std::uint64_t counter) const noexcept {
    return {notes[counter & index_mask_].load(boost::memory_order_acquire)};
}
template <class System>
spsc_state spsc_ring<System>::state_of(const word64* notes, std::uint64_t counter) const noexcept {
    return note_at(notes, counter).state_in(counter >> index_bits_);
}
// release: what is said with it, a message for one, is there for a successor
template <class System>
void spsc_ring<System>::note(word64* notes, std::uint64_t counter, spsc_state how,
                             std::uint32_t deliveries) noexcept {
    notes[counter & index_mask_].store(spsc_note::of(counter >> index_bits_, how, deliveries),
                                       boost::memory_order_release);
}

//! Gives the node up. The reader passes over it.
template <class System>
bool spsc_ring<System>::abort(const node_claim& claim) noexcept {
    return end_later(writer_, claim.index, spsc_state::passed);
}

//! Ends a claim for reading; the message comes again, or is given up.
template <class System>
void spsc_ring<System>::give_back(const node_claim& claim) noexcept {
    return_to_ring(claim.index, claim.deliveries_before());
}

// Notes the end, and moves the counter if nothing older is open. False: no such claim is open.
template <class System>
BOOST_NOINLINE bool spsc_ring<System>::end_later(side& s, std::uint64_t index,
                                                 spsc_state how) noexcept {
    std::uint64_t counter = 0;
    if (!locate(s, index, counter))
        return false;
    const end_of_claims<System> during(s);
    if (how == spsc_state::passed)
        raise(s.holes, at_.block->holes, past(counter, 1)); // before tail [Q3]
    note(notes_of(s), counter, how);
    s.noted.fetch_add(1, std::memory_order_relaxed);
    walk(s);
    return true;
}

// Moves the counter over all ends that were noted. A nested call leaves that to the call that it
// interrupted, which looks again when it has said that it walks no more [Q9].
template <class System>
BOOST_NOINLINE void spsc_ring<System>::walk(side& s) noexcept {
    const word64* const notes = notes_of(s);
    const auto has_ended = [&](std::uint64_t counter) {
        const spsc_state state = state_of(notes, counter);
        return counter != claimed_of(s).load(boost::memory_order_relaxed) &&
               (state == spsc_state::published || state == spsc_state::passed ||
                state == spsc_state::released);
    };
    std::uint64_t left = last_index_ + 2; // a peer may scribble for ever
    do {
        if (s.walking.exchange(1, std::memory_order_relaxed) != 0)
            return;
        System::light_fence();
        std::uint64_t to = s.done.load(std::memory_order_relaxed);
        std::uint64_t count = 0;
        for (; count <= last_index_ && has_ended(to); ++count)
            to = past(to, 1);
        if (count != 0) {
            counter_of(s).store(to, boost::memory_order_release);
            System::light_fence();
            s.done.store(to, std::memory_order_relaxed);
            s.noted.fetch_sub(count, std::memory_order_relaxed);
        }
        System::light_fence();
        s.walking.store(0, std::memory_order_relaxed);
        System::light_fence();
    } while (--left != 0 && has_ended(s.done.load(std::memory_order_relaxed)));
    fence_after_store();
}

template <class System>
BOOST_NOINLINE void spsc_ring<System>::pass_over(std::uint64_t from, std::uint64_t count) noexcept {
    for (std::uint64_t i = 0; i != count; ++i)
        end_later(writer_, past(from, i) & index_mask_, spsc_state::passed);
}

// A word of the writer that only goes forward, also if a nested call raises it between two steps.
template <class System>
void spsc_ring<System>::raise(private_word64& own, word64& word, std::uint64_t to) noexcept {
    std::uint64_t now = own.load(std::memory_order_relaxed);
    while (precedes(now, to) && !own.compare_exchange_weak(now, to, std::memory_order_relaxed)) {
    }
    do {
        now = own.load(std::memory_order_relaxed);
        word.store(now, boost::memory_order_release);
        System::light_fence();
    } while (now != own.load(std::memory_order_relaxed));
}

// A message that was claimed `deliveries` times before.
template <class System>
BOOST_NOINLINE void spsc_ring<System>::return_to_ring(std::uint64_t index,
                                                      std::uint32_t deliveries) noexcept {
    const std::uint32_t now =
        geometry_.is_dead_letter(deliveries) ? deliveries : next_count(deliveries);
    std::uint64_t counter = 0;
    if (!locate(reader_, index, counter))
        return;
    if (gives_up(now)) {
        (*at_.given_up).fetch_add(1, boost::memory_order_relaxed);
        end_later(reader_, index, spsc_state::released);
        return;
    }
    note(at_.read_notes, counter, spsc_state::returned, now);
    if (geometry_.is_dead_letter(now)) { // not for this reader, unless it is a mover
        reader_.dead_letters.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    reader_.again.fetch_add(1, std::memory_order_relaxed);
    (*at_.redelivered).fetch_add(1, boost::memory_order_relaxed);
    fence_after_store();
}

// The position of an open claim: at most node_count lie between done and next.
template <class System>
bool spsc_ring<System>::locate(const side& s, std::uint64_t index,
                               std::uint64_t& counter) const noexcept {
    const std::uint64_t next = claimed_of(s).load(boost::memory_order_relaxed);
    position p = unpack(next);
    if (index >= p.index)
        p.lap = (p.lap - 1) & lap_mask_;
    counter = p.lap << index_bits_ | index;
    const std::uint64_t done = s.done.load(std::memory_order_relaxed);
    return steps(done, counter) < steps(done, next);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
