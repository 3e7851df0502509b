// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! How the counters of a ring for one writer and one reader are compared and moved. A counter is a
//! position as it lies in a word: lap << index bits | index. A peer may have written anything there.

#ifndef SHARED_MEMORY_DETAIL_CORE_SPSC_COUNTERS_HPP
#define SHARED_MEMORY_DETAIL_CORE_SPSC_COUNTERS_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/ring_positions.hpp>

#include <boost/config.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

class spsc_counters : public ring_positions {
public:
    using ring_positions::ring_positions;
    using ring_positions::steps;

protected:
    std::uint64_t steps(std::uint64_t from, std::uint64_t to) const noexcept {
        return steps(unpack(from), unpack(to));
    }
    bool precedes(std::uint64_t from, std::uint64_t to) const noexcept {
        return ((to - from - 1) & counter_mask_) < counter_mask_ / 2;
    }
    std::uint64_t later_of(std::uint64_t a, std::uint64_t b) const noexcept {
        return precedes(a, b) ? b : a;
    }
    //! False for what only a peer that scribbles makes of a counter.
    bool is_counter(std::uint64_t counter) const noexcept {
        return (counter & index_mask_) <= last_index_ && counter >> index_bits_ <= lap_mask_;
    }
    //! `counter` is a counter behind `from`, which is one, in the same lap.
    bool is_later_in_lap(std::uint64_t from, std::uint64_t counter) const noexcept {
        return counter - from - 1 < last_index_ - (from & index_mask_);
    }
    //! Both are counters, and one is up to node_count behind the other.
    BOOST_NOINLINE bool lies_within(std::uint64_t from, std::uint64_t counter) const noexcept {
        return is_counter(from) && is_counter(counter) && steps(from, counter) <= last_index_ + 1;
    }
    BOOST_FORCEINLINE std::uint64_t past(std::uint64_t counter,
                                         std::uint64_t count) const noexcept {
        const std::uint64_t to = counter + count;
        if (BOOST_LIKELY((counter & index_mask_) + count <= last_index_))
            return to;
        return (to + index_mask_ - last_index_) & counter_mask_; // index 0 of the next lap, or more
    }
    std::uint64_t a_lap_on(std::uint64_t counter) const noexcept {
        const position p = unpack(counter);
        return ((p.lap + 1) & lap_mask_) << index_bits_ | p.index;
    }
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
