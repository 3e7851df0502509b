// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What the ring part does around the algorithm of rings for a writer and a reader.

#include <shared_memory/detail/part/ring_part.hpp>

#include <shared_memory/detail/core/spsc_ring_search.hpp>

#include <system/signals.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

// Puts right what the predecessor left. Others may wait for that: for messages that were not yet
// published, for the end, for nodes of messages that are given up.
void ring_part::begin_single(shared_memory::role taken) {
    const auto begin = [&] {
        const hold_signals meanwhile; // a handler's call would begin, too, and go on
        return taken == shared_memory::role::writer ? single_.ring().begin_writing()
                                                    : single_.ring().begin_reading();
    };
    const bool makes_sense = begin();
    single_.begin_counting(taken);
    host().wake_everybody();
    if (!makes_sense)
        progress_or_throw(taken, ring_result::corrupted);
}

ring_result single_ring::search_for_write(node_claim& claim) noexcept {
    return ring_.is_within(ring_.writer()) ? ring_result::no_entry : ring_.search_for_write(claim);
}

ring_result single_ring::search_for_read(node_claim& claim,
                                         function_ref<bool(std::uint32_t)> accept) noexcept {
    if (ring_.is_within(ring_.reader()))
        return ring_result::no_entry;
    const ring_result r = ring_.search_for_read(claim, accept);
    if (const std::uint64_t passed = ring_.take_freed()) {
        block_->read.undone.add(passed);
        notify(words_->writers_sleep);
    }
    return r;
}

void single_ring::begin_counting(shared_memory::role side) noexcept {
    const bool writes = side == shared_memory::role::writer;
    ring_tally& done = writes ? block_->written : block_->read;
    done.clear();
    done.messages.set((writes ? block_->tail : block_->head).load(boost::memory_order_acquire));
}

ring_result single_ring::search_for_write(node_run& run, std::uint32_t most) noexcept {
    const ring_result r = search_for_write(run.first);
    run.count = 1;
    if (r == ring_result::claimed && most != 1)
        ring_.extend_write(run, most);
    return r;
}

ring_result single_ring::search_for_read(node_run& run, std::uint32_t most,
                                         function_ref<bool(std::uint32_t)> accept) noexcept {
    const ring_result r = search_for_read(run.first, accept);
    run.count = 1;
    if (r == ring_result::claimed && most != 1)
        ring_.extend_read(run, most, accept);
    return r;
}

void single_ring::throw_node_changed() const {
    whole_->throw_taken_away();
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
