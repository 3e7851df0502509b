// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Claims that need a look at the other side's counter, or have something to pass over or to give
//! out again; and the beginning of a writer or reader. For lib/ and the tests: a user's program has
//! the fast path alone.

#ifndef SHARED_MEMORY_DETAIL_CORE_SPSC_RING_SEARCH_HPP
#define SHARED_MEMORY_DETAIL_CORE_SPSC_RING_SEARCH_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/spsc_ring.hpp>
#include <shared_memory/detail/core/spsc_ring_ends.hpp>

#include <boost/memory_order.hpp>

#include <atomic>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! The handle has the writer's role. False: the words contradict each other.
template <class System>
bool spsc_ring<System>::begin_writing() noexcept {
    side& w = writer_;
    if (w.begun.load(std::memory_order_relaxed) != 0)
        return true;
    if (!settle_writes())
        return false;
    const std::uint64_t tail = at_.block->tail.load(boost::memory_order_relaxed);
    if (!is_counter(tail))
        return false;
    for (private_word64* one : {&w.limit, &w.done, &w.holes})
        one->store(tail, std::memory_order_relaxed);
    const std::uint64_t front = at_.block->front.load(boost::memory_order_relaxed);
    if (!is_counter(front) || precedes(tail, front))
        return false;
    w.front.store(front, std::memory_order_relaxed);
    for (private_word64* one : {&w.noted, &w.walking, &w.ending})
        one->store(0, std::memory_order_relaxed);
    w.busy.store(tail - 1, std::memory_order_relaxed);
    w.begun.store(1, std::memory_order_relaxed);
    return true;
}

//! The handle has the reader's role: what the last reader held is to come again, or is
//! given up [Q6]. False: the words contradict each other.
template <class System>
bool spsc_ring<System>::begin_reading() noexcept {
    side& r = reader_;
    if (r.begun.load(std::memory_order_relaxed) != 0)
        return true;
    const std::uint64_t head = at_.block->head.load(boost::memory_order_relaxed);
    std::uint64_t claimed = at_.block->read_claimed.load(boost::memory_order_relaxed);
    if (is_counter(head) && precedes(claimed, head)) // a jump was interrupted
        at_.block->read_claimed.store(claimed = head, boost::memory_order_relaxed);
    if (!lies_within(head, claimed))
        return false;
    r.done.store(head, std::memory_order_relaxed);
    r.limit.store(claimed, std::memory_order_relaxed);
    r.busy.store(claimed - 1, std::memory_order_relaxed);
    for (private_word64* one :
         {&r.noted, &r.again, &r.dead_letters, &r.walking, &r.ending, &r.freed})
        one->store(0, std::memory_order_relaxed);
    for (std::uint64_t c = head; c != claimed; c = past(c, 1)) {
        const spsc_note found = note_at(at_.read_notes, c);
        const spsc_state state = found.state_in(c >> index_bits_);
        const std::uint32_t deliveries = state == spsc_state::none ? 1 : found.deliveries();
        const bool held = state == spsc_state::none || state == spsc_state::held;
        if (state == spsc_state::released || (held && gives_up(deliveries))) {
            note(at_.read_notes, c, spsc_state::released);
            r.noted.fetch_add(1, std::memory_order_relaxed);
        } else {
            note(at_.read_notes, c, spsc_state::returned, deliveries);
            (geometry_.is_dead_letter(deliveries) ? r.dead_letters : r.again)
                .fetch_add(1, std::memory_order_relaxed);
        }
    }
    r.begun.store(1, std::memory_order_relaxed);
    walk(r);
    return true;
}

//! Claims the next node: claimed, full, ended, shut_down or corrupted. A call within another one,
//! from a signal handler, finds the ring full.
template <class System>
ring_result spsc_ring<System>::claim_write(node_claim& claim) noexcept {
    return claim_write_at_once(claim) ? ring_result::claimed : search_for_write(claim);
}
template <class System>
ring_result spsc_ring<System>::search_for_write(node_claim& claim) noexcept {
    const auto end = [this] {
        const std::uint32_t state = at_.state->load(boost::memory_order_seq_cst);
        return (state & state_shutting_down) != 0 ? ring_result::shut_down : ring_result::ended;
    };
    if (at_.state->load(boost::memory_order_relaxed) != 0)
        return end();
    side& w = writer_;
    const std::uint64_t n = at_.block->write_claimed.load(boost::memory_order_relaxed);
    if (w.begun.load(std::memory_order_relaxed) == 0 || !enter(w, n))
        return ring_result::full;
    // acquire: pairs with release; our writes come after the reads before
    const std::uint64_t head = at_.block->head.load(boost::memory_order_acquire);
    std::uint64_t first = later_of(head, w.front.load(std::memory_order_relaxed));
    if (lies_within(first, n) && n == a_lap_on(first))
        first = move_front(first);
    const bool makes_sense = is_counter(head) && lies_within(first, n);
    if (!makes_sense || n == a_lap_on(first)) {
        leave(w, n);
        return makes_sense ? ring_result::full : ring_result::corrupted;
    }
    w.limit.store(a_lap_on(first), std::memory_order_relaxed);
    return claim_for_writing(n, 1, claim) ? ring_result::claimed : end();
}

//! Claims the next message: claimed, empty, not_yet, refused, ended, shut_down or corrupted.
//! `accept(size)` decides by the message's size, which is whatever the memory holds; it must
//! refuse what is larger than the node. refused: claim.size tells the size. A call within another
//! one, from a signal handler, finds the ring empty.
template <class System>
ring_result spsc_ring<System>::claim_read(node_claim& claim,
                                          function_ref<bool(std::uint32_t)> accept) noexcept {
    return claim_read_at_once(claim, accept) ? ring_result::claimed
                                             : search_for_read(claim, accept);
}
template <class System>
ring_result spsc_ring<System>::search_for_read(node_claim& claim,
                                               function_ref<bool(std::uint32_t)> accept) noexcept {
    side& r = reader_;
    std::uint64_t n = at_.block->read_claimed.load(boost::memory_order_relaxed);
    if (!is_counter(n))
        return ring_result::corrupted;
    if (r.begun.load(std::memory_order_relaxed) == 0 || !enter(r, n))
        return ring_result::empty;
    ring_result result = ring_result::empty;
    if (r.again.load(std::memory_order_relaxed) != 0)
        result = claim_again(n, claim, accept);
    if (result == ring_result::empty)
        result = look_for_message(n, claim, accept);
    leave(r, n);
    return result;
}

//! How many nodes were passed over since the last call: then writers are to be told of the room.
template <class System>
std::uint64_t spsc_ring<System>::take_freed() noexcept {
    return reader_.freed.exchange(0, std::memory_order_relaxed);
}

// The oldest of the messages that are to come again.
template <class System>
ring_result spsc_ring<System>::claim_again(std::uint64_t n, node_claim& claim,
                                           function_ref<bool(std::uint32_t)> accept) noexcept {
    side& r = reader_;
    std::uint64_t c = r.done.load(std::memory_order_relaxed);
    for (std::uint64_t left = lies_within(c, n) ? steps(c, n) : 0; left != 0;
         --left, c = past(c, 1)) {
        const spsc_note found = note_at(at_.read_notes, c);
        if (found.state_in(c >> index_bits_) != spsc_state::returned ||
            geometry_.is_dead_letter(found.deliveries()))
            continue;
        const std::uint64_t index = c & index_mask_;
        const std::uint32_t size = size_at(index);
        const std::uint32_t before = found.deliveries();
        claim = node_claim{payload(index), word_of(c, node_phase::reading, before), index, size};
        if (!accept(size))
            return ring_result::refused;
        note(at_.read_notes, c, spsc_state::held, next_count(before)); // [Q5]
        r.again.fetch_sub(1, std::memory_order_relaxed);
        return ring_result::claimed;
    }
    r.again.store(0, std::memory_order_relaxed); // a peer has scribbled
    return ring_result::empty;
}

//! Claims the oldest dead letter for the reader, which is a mover: claimed or empty. The claim is said
//! before, as all are [Q5]: the count stays where it is.
template <class System>
ring_result spsc_ring<System>::claim_dead_letter(node_claim& claim) noexcept {
    side& r = reader_;
    const std::uint64_t n = at_.block->read_claimed.load(boost::memory_order_relaxed);
    if (r.begun.load(std::memory_order_relaxed) == 0 ||
        r.dead_letters.load(std::memory_order_relaxed) == 0 || !is_counter(n) || !enter(r, n))
        return ring_result::empty;
    ring_result result = ring_result::empty;
    std::uint64_t c = r.done.load(std::memory_order_relaxed);
    for (std::uint64_t left = lies_within(c, n) ? steps(c, n) : 0; left != 0;
         --left, c = past(c, 1)) {
        const spsc_note found = note_at(at_.read_notes, c);
        if (found.state_in(c >> index_bits_) != spsc_state::returned ||
            !geometry_.is_dead_letter(found.deliveries()))
            continue;
        const std::uint64_t index = c & index_mask_;
        claim = node_claim{payload(index), word_of(c, node_phase::reading, found.deliveries()),
                           index, size_at(index)};
        note(at_.read_notes, c, spsc_state::held, found.deliveries());
        r.dead_letters.fetch_sub(1, std::memory_order_relaxed);
        result = ring_result::claimed;
        break;
    }
    if (result == ring_result::empty)
        r.dead_letters.store(0, std::memory_order_relaxed); // a peer has scribbled
    leave(r, n);
    return result;
}

template <class System>
ring_result spsc_ring<System>::look_for_message(std::uint64_t& n, node_claim& claim,
                                                function_ref<bool(std::uint32_t)> accept) noexcept {
    side& r = reader_;
    std::uint32_t state_before = 0;
    for (std::uint64_t tries = 2 * last_index_ + 8; tries != 0; --tries) {
        // acquire: pairs with publish; sizes, messages, holes and notes come after it
        const std::uint64_t tail = at_.block->tail.load(boost::memory_order_acquire);
        // acquire: pairs with move_front; tail, loaded after it, is not behind it
        std::uint64_t front = at_.block->front.load(boost::memory_order_acquire);
        if (!precedes(n, front) && !lies_within(n, tail))
            return ring_result::corrupted;
        const std::uint64_t holes = at_.block->holes.load(boost::memory_order_relaxed);
        const bool beware = n != tail && precedes(n, holes);
        if (beware && !precedes(n, front)) { // [Q3]
            if (state_of(at_.write_notes, n) == spsc_state::passed) {
                if (!skip(n))
                    return ring_result::empty;
                continue;
            }
            // A note of a later lap says that the node was claimed again; so does front by now.
            front = at_.block->front.load(boost::memory_order_acquire);
        }
        if (precedes(n, front)) {
            if (!is_counter(front))
                return ring_result::corrupted;
            if (!jump(n, front))
                return ring_result::empty;
            continue;
        }
        if (n != tail) {
            r.limit.store(beware ? past(n, 1) : tail, std::memory_order_relaxed);
            const std::uint64_t index = n & index_mask_;
            const std::uint32_t size = size_at(index);
            claim = node_claim{payload(index), word_of(n, node_phase::reading), index, size};
            if (!accept(size))
                return ring_result::refused;
            claim_for_reading(n, 1);
            return ring_result::claimed;
        }
        const std::uint32_t state = at_.state->load(boost::memory_order_seq_cst);
        // acquire: pairs with the role's end; what the writer did is there to be settled
        const bool nobody_writes = at_.writer_role->load(boost::memory_order_acquire) == 0;
        if (state == 0 && !nobody_writes)
            return ring_result::empty;
        const bool open = at_.block->write_claimed.load(boost::memory_order_acquire) != tail;
        if (open && nobody_writes) {
            bool settled = false;
            if (!settle_for_reader(settled))
                return ring_result::corrupted;
            if (settled)
                continue;
        }
        if (state == 0)
            return open ? ring_result::not_yet : ring_result::empty;
        if (state == state_before) // [Q7]
            return open                                ? ring_result::not_yet
                   : (state & state_stream_ended) != 0 ? ring_result::ended
                                                       : ring_result::shut_down;
        state_before = state; // once more, with loads that come after this one
        if (geometry_.heavy_fences)
            System::heavy_fence();
        else
            System::full_fence();
    }
    return ring_result::not_yet; // a writer aborts all the time, or a peer scribbles
}

// The note comes first: without it, a successor would take the position for a message [Q5].
template <class System>
bool spsc_ring<System>::skip(std::uint64_t& n) noexcept {
    side& r = reader_;
    {
        const end_of_claims<System> during(r);
        note(at_.read_notes, n, spsc_state::released);
        r.noted.fetch_add(1, std::memory_order_relaxed);
        r.limit.store(past(n, 1), std::memory_order_relaxed); // never behind what is claimed
        claim_for_reading(n, 1);
        walk(r);
    }
    r.freed.fetch_add(1, std::memory_order_relaxed);
    n = past(n, 1);
    return enter(r, n); // false: a nested call was quicker
}

// To front: nothing is held, for what is held would not be passed over. head comes first; a successor
// that finds read_claimed behind it knows.
template <class System>
bool spsc_ring<System>::jump(std::uint64_t& n, std::uint64_t front) noexcept {
    side& r = reader_;
    if (r.done.load(std::memory_order_relaxed) != n)
        return false; // a peer has scribbled
    r.limit.store(front, std::memory_order_relaxed);
    at_.block->head.store(front, boost::memory_order_release);
    r.done.store(front, std::memory_order_relaxed);
    at_.block->read_claimed.store(front, boost::memory_order_relaxed);
    fence_after_store();
    r.freed.fetch_add(steps(n, front), std::memory_order_relaxed);
    n = front;
    return enter(r, n);
}

// The ring is full: moves front over what is passed over behind `first`, up to tail. Its nodes may be
// claimed again [Q3].
template <class System>
std::uint64_t spsc_ring<System>::move_front(std::uint64_t first) noexcept {
    const std::uint64_t tail = writer_.done.load(std::memory_order_relaxed);
    const std::uint64_t before = first;
    while (first != tail && lies_within(first, tail) &&
           state_of(at_.write_notes, first) == spsc_state::passed)
        first = past(first, 1);
    if (first != before)
        raise(writer_.front, at_.block->front, first);
    return first;
}

// By the participant in the writer's role, before it writes: no claim is open, so what a dead
// writer claimed and did not publish is passed over [Q6]. Notes, holes, then tail [Q3].
template <class System>
bool spsc_ring<System>::settle_writes() noexcept {
    block_type& block = *at_.block;
    const std::uint64_t tail = block.tail.load(boost::memory_order_relaxed);
    const std::uint64_t claimed = block.write_claimed.load(boost::memory_order_relaxed);
    if (!lies_within(tail, claimed))
        return false;
    if (tail == claimed)
        return true;
    for (std::uint64_t c = tail; c != claimed; c = past(c, 1)) {
        if (state_of(at_.write_notes, c) == spsc_state::none)
            note(at_.write_notes, c, spsc_state::passed);
    }
    block.holes.store(claimed, boost::memory_order_relaxed);
    block.tail.store(claimed, boost::memory_order_release);
    fence_after_store();
    return true;
}

// What a dead writer published out of order is to be read, and no successor has come: the reader
// takes the writer's role for so long, by a word that is not the handle's own: the handle may be
// about to become the writer, in another thread. False: the words contradict each other.
template <class System>
bool spsc_ring<System>::settle_for_reader(bool& settled) noexcept {
    word64& writer_role = *at_.writer_role;
    std::uint64_t role = 0;
    const std::uint64_t mine = own_ | settles_for_writer;
    settled = writer_role.compare_exchange_strong(role, mine, boost::memory_order_acq_rel,
                                                  boost::memory_order_relaxed);
    if (!settled)
        return true;
    const bool makes_sense = settle_writes();
    role = mine;
    writer_role.compare_exchange_strong(role, 0, boost::memory_order_acq_rel,
                                        boost::memory_order_relaxed);
    return makes_sense;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
