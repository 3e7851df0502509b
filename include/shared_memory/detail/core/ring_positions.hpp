// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Counting round a ring of any number of nodes. A position is a lap and an index; a counter packs
//! both in 64 bits. Laps wrap.

#ifndef SHARED_MEMORY_DETAIL_CORE_RING_POSITIONS_HPP
#define SHARED_MEMORY_DETAIL_CORE_RING_POSITIONS_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/layout/ring.hpp>

#include <boost/config.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

class ring_positions {
public:
    struct position {
        std::uint64_t lap;
        std::uint32_t index;
    };

    ring_positions() noexcept = default;
    explicit ring_positions(std::uint32_t node_count) noexcept {
        while ((std::uint64_t{1} << index_bits_) < node_count)
            ++index_bits_;
        index_mask_ = (std::uint64_t{1} << index_bits_) - 1;
        last_index_ = node_count - std::uint64_t{1};
        const std::uint32_t lap_bits = 64 - index_bits_ < 46 ? 64 - index_bits_ : 46;
        lap_mask_ = (std::uint64_t{1} << lap_bits) - 1;
        free_mask_ = control_word::of(lap_mask_, node_phase::free);
        to_next_lap_ = index_mask_ + 1 - last_index_;
        counter_mask_ = lap_mask_ << index_bits_ | index_mask_;
    }

    //! How many positions `to` lies behind `from`; the laps may wrap in between.
    std::uint64_t steps(position from, position to) const noexcept {
        return distance(to.lap, from.lap) * (last_index_ + 1) + to.index - from.index;
    }
    //! The position as a number of messages; starts again at 0 when the laps wrap.
    std::uint64_t number(position p) const noexcept { return p.lap * (last_index_ + 1) + p.index; }

protected:
    std::uint64_t distance(std::uint64_t to, std::uint64_t from) const noexcept {
        return (to - from) & lap_mask_;
    }
    // A counter that cannot be (only a scribbling peer makes one) is taken for the first node's.
    position unpack(std::uint64_t counter) const noexcept {
        const auto index = static_cast<std::uint32_t>(counter & index_mask_);
        if (index > last_index_)
            return {0, 0};
        return {(counter >> index_bits_) & lap_mask_, index};
    }
    std::uint64_t pack(position p) const noexcept { return p.lap << index_bits_ | p.index; }
    position next(position p) const noexcept {
        if (p.index == last_index_)
            return {(p.lap + 1) & lap_mask_, 0};
        return {p.lap, p.index + 1};
    }
    // The same of a counter whose index is known.
    BOOST_FORCEINLINE std::uint64_t after(std::uint64_t counter,
                                          std::uint64_t index) const noexcept {
        return BOOST_LIKELY(index != last_index_) ? counter + 1
                                                  : (counter + to_next_lap_) & counter_mask_;
    }
    // The position lies before the counter, by less than a lap or two.
    bool is_behind(position p, position counter) const noexcept {
        const std::uint64_t d = distance(counter.lap, p.lap);
        return d == 0 ? counter.index > p.index : d == 1;
    }
    // The node has gone on from that position: it was read, or nobody wrote it.
    bool is_past(control_word c, position p) const noexcept {
        return distance(c.lap(), p.lap) - 1 < lap_mask_ / 2;
    }
    // Free in the lap after that of a word.
    std::uint64_t next_lap(std::uint64_t word) const noexcept {
        return (word + control_word::of(1, node_phase::free)) & free_mask_;
    }

    std::uint32_t index_bits_ = 1;
    std::uint64_t index_mask_ = 1;
    std::uint64_t last_index_ = 0;
    std::uint64_t free_mask_ = 0; // the lap's bits in a control word
    std::uint64_t lap_mask_ = 0;
    std::uint64_t to_next_lap_ = 0; // from the last index on
    std::uint64_t counter_mask_ = 0;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
