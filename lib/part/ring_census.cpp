// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The ring counted, whichever of the two algorithms it has.

#include <shared_memory/detail/part/ring_part.hpp>

#include <shared_memory/detail/core/node_ring_census.hpp>
#include <shared_memory/detail/core/spsc_ring_census.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

std::uint64_t ring_part::unread() const noexcept {
    return is_single_ ? single_.ring().unread() : ring_.unread();
}

bool ring_part::may_commit() const noexcept {
    return is_single_ ? single_.ring().is_being_written() : ring_.is_being_written();
}

bool ring_part::full() const noexcept {
    return is_single_ ? single_.ring().full() : ring_.full();
}

std::uint32_t ring_part::readable_count() const noexcept {
    return is_single_ ? single_.ring().readable_count() : ring_.readable_count(ring_.find_head());
}

ring_part::extent ring_part::counted() const noexcept {
    const auto of = [](const auto& ring) {
        const auto head = ring.find_head();
        const auto tail = ring.find_tail();
        const std::uint64_t start = ring.number(head);
        return extent{start + ring.steps(head, tail),
                      start + ring.steps(head, ring.find_unreadable(head)), start,
                      start - ring.unreleased_before(head)};
    };
    return is_single_ ? of(single_.ring()) : of(ring_);
}

ring_part::drain_mark ring_part::drain_here() const noexcept {
    const auto of = [](const auto& ring) {
        const auto tail = ring.find_tail();
        return drain_mark{tail.lap, tail.index};
    };
    return is_single_ ? of(single_.ring()) : of(ring_);
}

bool ring_part::drained_before(drain_mark end, std::uint32_t& looked) const noexcept {
    return is_single_ ? single_.ring().drained_before({end.lap, end.index}, looked)
                      : ring_.drained_before({end.lap, end.index}, looked);
}

// Nobody but this handle reads a ring for a single reader, and what the writer still holds is looked
// at before the end is told.
bool ring_part::left_with_others() const noexcept {
    return !is_single_ && ring_.left_with_others(own_slot_);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
