// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The ring's searches: claiming a node where another participant was quicker, something was given
//! back, or the ring is full, empty or at its end. For lib/ and the tests: a user's program has the
//! fast path alone.

#ifndef SHARED_MEMORY_DETAIL_CORE_NODE_RING_SEARCH_HPP
#define SHARED_MEMORY_DETAIL_CORE_NODE_RING_SEARCH_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/core/node_ring.hpp>
#include <shared_memory/detail/core/node_ring_batch.hpp>

#include <boost/memory_order.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! How often a search looks again. A step that another participant makes renews what words that
//! contradict each other have: only they are `corrupted`. A search that others keep going for ever
//! ends too, and has found nothing.
class search_budget {
public:
    explicit search_budget(std::uint64_t most_stuck) noexcept : most_stuck_(most_stuck) {}

    //! This search itself moved it to `now`.
    void moved(std::uint64_t now) noexcept { last_ = now; }

    //! `now` is what moves with every progress.
    bool has_another(std::uint64_t now) noexcept {
        if (now != last_) {
            last_ = now;
            stuck_ = 0;
        }
        return ++stuck_ < most_stuck_ && ++all_ != most;
    }
    bool made_no_progress() const noexcept { return stuck_ >= most_stuck_; }

private:
    static constexpr std::uint32_t most = 1U << 24U;

    std::uint64_t most_stuck_;
    std::uint64_t last_ = 0;
    std::uint64_t stuck_ = 0;
    std::uint32_t all_ = 0;
};

//! Claims the next node: claimed, full, ended, shut_down or corrupted.
template <class System>
ring_result node_ring<System>::claim_write(const claimant& who, node_claim& claim) noexcept {
    switch (claim_write_at_once(who, claim)) {
    case attempt::claimed:
        return ring_result::claimed;
    case attempt::too_late:
        abort(claim);
        break;
    case attempt::nothing:
        break;
    }
    return search_for_write(who, claim);
}

//! All cases of it.
template <class System>
ring_result node_ring<System>::search_for_write(const claimant& who, node_claim& claim) noexcept {
    const ring_result r = search_to_write(who, claim);
    if (r != ring_result::claimed)
        forget(who);
    return r;
}

template <class System>
ring_result node_ring<System>::search_to_write(const claimant& who, node_claim& claim) noexcept {
    if (state_->load(boost::memory_order_relaxed) != 0) // only ever set: late is as before
        return end_for_writer(state_->load(boost::memory_order_seq_cst));
    search_budget budget(retry_limit_);
    std::uint64_t tail = 0;
    do {
        writers_.pause_if_lost();
        tail = block_->tail.load(boost::memory_order_acquire); // as in claim_write_at_once
        if ((tail & index_mask_) > last_index_)
            return ring_result::corrupted;
        const position t = unpack(tail);
        const control_word c{lines_[t.index].control.load(boost::memory_order_acquire)}; // as there
        if (distance(c.lap(), t.lap) == lap_mask_) { // the lap before: not released yet
            if (!c.has_valid_phase())
                return ring_result::corrupted;
            writers_.found_nothing();
            return ring_result::full;
        }
        const std::uint64_t free = control_word::of(t.lap, node_phase::free);
        if (c.value != free || !move_tail(who, tail, pack(next(t))))
            continue; // another participant was quicker
        claim = node_claim{payload(t.index), free, t.index, geometry_.node_size};
        if (!who.brief)
            mark(claim, free + control_word::bits(node_phase::writing, who.slot));
        const std::uint32_t state = state_->load(boost::memory_order_seq_cst);
        if (state != 0) { // [R9]
            abort(claim);
            return end_for_writer(state);
        }
        return ring_result::claimed;
    } while (budget.has_another(tail));
    return budget.made_no_progress() ? ring_result::corrupted : ring_result::full;
}

// Nothing was claimed: what was said is taken back, so that it keeps no dead participant's position
// unsettled. release: as in move.
template <class System>
void node_ring<System>::forget(const claimant& who) noexcept {
    who.entry->end.store(no_position, boost::memory_order_release);
    who.entry->position.store(no_position, boost::memory_order_release);
}

//! Claims the next message: claimed, empty, not_yet, refused, ended, shut_down or corrupted.
//! `accept(size)` decides by the message's size, which is whatever the memory holds; it must
//! refuse what is larger than the node. refused: claim.size tells the size.
template <class System>
ring_result node_ring<System>::claim_read(const claimant& who, node_claim& claim,
                                          function_ref<bool(std::uint32_t)> accept) noexcept {
    return claim_read_at_once(who, claim, accept) ? ring_result::claimed
                                                  : search_for_read(who, claim, accept);
}

//! All cases of it.
template <class System>
ring_result node_ring<System>::search_for_read(const claimant& who, node_claim& claim,
                                               function_ref<bool(std::uint32_t)> accept) noexcept {
    node_run run;
    const ring_result r = search_for_read(who, run, 1, accept);
    if (r == ring_result::claimed || r == ring_result::refused)
        claim = run.first;
    return r;
}

//! The same for up to `most` messages in a row, as many as there are.
template <class System>
ring_result node_ring<System>::search_for_read(const claimant& who, node_run& run,
                                               std::uint32_t most,
                                               function_ref<bool(std::uint32_t)> accept) noexcept {
    const ring_result r = search_to_read(who, run, most, accept);
    // What was redelivered is marked, and was not said.
    if (r != ring_result::claimed || run.first.deliveries_before() != 0)
        forget(who);
    return r;
}

template <class System>
ring_result node_ring<System>::search_to_read(const claimant& who, node_run& run,
                                              std::uint32_t most,
                                              function_ref<bool(std::uint32_t)> accept) noexcept {
    // At most a lap is passed over: a writer that gives up behind that has moved head itself.
    search_budget budget(std::uint64_t{retry_limit_} + geometry_.node_count);
    std::uint32_t state_before = 0;
    std::uint64_t head = 0;
    std::uint64_t epoch = 0;
    do {
        readers_.pause_if_lost();
        epoch = block_->redelivery_epoch.load(boost::memory_order_acquire); // [R7]
        if (epoch != who.scan->seen.load(std::memory_order_relaxed)) {
            const ring_result r = claim_redelivered(who, epoch, run, most, accept);
            if (r != ring_result::empty)
                return r;
            who.scan->seen.store(epoch, std::memory_order_relaxed);
        }
        head = block_->head.load(boost::memory_order_acquire); // as in claim_read_at_once
        if ((head & index_mask_) > last_index_)
            return ring_result::corrupted;
        const position h = unpack(head);
        line_type& line = lines_[h.index];
        const control_word c{line.control.load(boost::memory_order_acquire)}; // as there
        if (is_past(c, h)) { // nobody wrote it, or head has moved since
            if (pass(head, h)) {
                head = pack(next(h));
                budget.moved(head + epoch);
            }
            continue;
        }
        const std::uint64_t d = distance(c.lap(), h.lap);
        if (!c.has_valid_phase() || (d != 0 && d != lap_mask_))
            return ring_result::corrupted;
        if (d == 0 && c.phase() == node_phase::ready && c.deliveries() == 0) {
            const std::uint32_t size = line.size.load(boost::memory_order_relaxed); // as there
            run.count = 1;
            run.first = node_claim{payload(h.index), c.value, h.index, size};
            if (!accept(size)) {
                // fetch_add(0): a mere load could come before the size's. Pairs with move.
                if (!reader_stores_ &&
                    block_->head.fetch_add(0, boost::memory_order_acq_rel) != head)
                    continue;
                return ring_result::refused;
            }
            if (most != 1) {
                if (claim_read_run_at_once(who, run, most, accept))
                    return ring_result::claimed;
                continue;
            }
            if (!move_head(who, head, pack(next(h))))
                continue;
            if (!who.brief)
                mark(run.first, control_word::of(h.lap, node_phase::reading, who.slot));
            return ring_result::claimed;
        }
        if (d == 0 && (c.phase() == node_phase::reading || c.phase() == node_phase::ready))
            continue; // head has moved since
        // Empty; but a writer may have taken the position without marking the node.
        const std::uint32_t state = state_->load(boost::memory_order_seq_cst);
        if (state == 0) {
            readers_.found_nothing();
            return d == 0 && c.phase() == node_phase::writing ? ring_result::not_yet
                                                              : ring_result::empty;
        }
        if (state == state_before) { // [R10]
            if (block_->tail.load(boost::memory_order_seq_cst) != head)
                return ring_result::not_yet;
            return end_for_reader(state);
        }
        state_before = state; // once more, with loads that come after this one
        if (geometry_.heavy_fences)
            System::heavy_fence(); // [R12]
        else
            System::full_fence();
    } while (budget.has_another(head + epoch));
    return budget.made_no_progress() ? ring_result::corrupted : ring_result::not_yet;
}

// Redelivered messages lie behind head, by less than a lap, so the whole ring is looked through
// [R6]: from the oldest on, and after a claim from there. A message that is redelivered behind
// that raises the epoch, so that the next look starts anew.
template <class System>
ring_result
node_ring<System>::claim_redelivered(const claimant& who, std::uint64_t epoch, node_run& run,
                                     std::uint32_t most,
                                     function_ref<bool(std::uint32_t)> accept) noexcept {
    const position h = unpack(block_->head.load(boost::memory_order_acquire));
    const position oldest{(h.lap - 1) & lap_mask_, h.index};
    position p = oldest;
    if (who.scan->epoch.load(std::memory_order_relaxed) == epoch) {
        p = unpack(who.scan->next.load(std::memory_order_relaxed));
        if (steps(p, h) > geometry_.node_count)
            p = oldest;
    }
    for (std::uint64_t n = steps(p, h); n != 0; --n, p = next(p)) {
        const control_word c{lines_[p.index].control.load(boost::memory_order_acquire)};
        // Of another lap: taken since head was loaded. The epoch is still to be raised for it.
        if (!c.redelivered() || distance(c.lap(), p.lap) != 0 ||
            geometry_.is_dead_letter(c)) // [D2]
            continue;
        take_result r = take_redelivered(p, c, who, run.first, accept);
        if (r == take_result::lost)
            continue;
        who.scan->epoch.store(epoch, std::memory_order_relaxed);
        if (r == take_result::refused) {
            who.scan->next.store(pack(p), std::memory_order_relaxed);
            return ring_result::refused;
        }
        for (run.count = 1; run.count < most && --n != 0; ++run.count) {
            const position after = next(p);
            const control_word same{
                control_word::of(after.lap, node_phase::ready, 0, c.deliveries())};
            node_claim claim;
            if (lines_[after.index].control.load(boost::memory_order_acquire) != same.value ||
                take_redelivered(after, same, who, claim, accept) != take_result::taken)
                break;
            p = after;
        }
        who.scan->next.store(pack(next(p)), std::memory_order_relaxed);
        return ring_result::claimed;
    }
    return ring_result::empty;
}

// ready -> reading, by CAS. The size is read once, before, and the CAS proves that it belonged to c.
template <class System>
typename node_ring<System>::take_result
node_ring<System>::take_redelivered(position p, control_word c, const claimant& who,
                                    node_claim& claim,
                                    function_ref<bool(std::uint32_t)> accept) noexcept {
    line_type& line = lines_[p.index];
    const std::uint32_t size = line.size.load(boost::memory_order_relaxed);
    const std::uint64_t mine =
        control_word::of(c.lap(), node_phase::reading, who.slot, c.deliveries());
    claim = node_claim{payload(p.index), mine, p.index, size};
    // acq_rel: pairs with put_back, and with the next claim of the message
    if (!accept(size)) // fetch_add(0), for the load must not come before the size's
        return line.control.fetch_add(0, boost::memory_order_acq_rel) == c.value
                   ? take_result::refused
                   : take_result::lost;
    std::uint64_t expected = c.value;
    return line.control.compare_exchange_strong(expected, mine, boost::memory_order_acq_rel,
                                                boost::memory_order_relaxed)
               ? take_result::taken
               : take_result::lost;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
