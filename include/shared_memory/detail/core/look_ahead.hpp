// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Fetching the nodes that come next before they are needed.
//!
//! Nothing here is part of the algorithm: a handle that never fetches ahead is right too, only
//! slower. The other side was the last to write a node's lines, so a claim of the node waits for
//! these lines, and an atomic exchange waits without letting anything else go on. Lines that were
//! asked for some messages earlier are there. But a line that the other side still uses would be
//! taken from under its hands, again and again: so only nodes are fetched that the other side is
//! done with, as far as its counter tells, with a margin.

#ifndef SHARED_MEMORY_DETAIL_CORE_LOOK_AHEAD_HPP
#define SHARED_MEMORY_DETAIL_CORE_LOOK_AHEAD_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/config.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>

#if defined(_MSC_VER) && defined(_M_X64)
#include <intrin.h>
#endif

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Asks for a cache line, to write it soon, or to read it. Any address will do. Inlined by force:
//! gcc takes a function that only fetches for a function that does nothing, and drops its calls.
#if defined(__GNUC__) && defined(__x86_64__)
// Not __builtin_prefetch(line, 1): for processors as old as the ABI, that fetches it to read.
BOOST_FORCEINLINE void fetch_to_write(const void* line) noexcept {
    asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(line)));
}
BOOST_FORCEINLINE void fetch_to_read(const void* line) noexcept {
    __builtin_prefetch(line, 0);
}
#elif defined(__GNUC__)
BOOST_FORCEINLINE void fetch_to_write(const void* line) noexcept {
    __builtin_prefetch(line, 1);
}
BOOST_FORCEINLINE void fetch_to_read(const void* line) noexcept {
    __builtin_prefetch(line, 0);
}
#elif defined(_MSC_VER) && defined(_M_X64)
BOOST_FORCEINLINE void fetch_to_write(const void* line) noexcept {
    _m_prefetchw(line);
}
BOOST_FORCEINLINE void fetch_to_read(const void* line) noexcept {
    _mm_prefetch(static_cast<const char*>(line), _MM_HINT_T0);
}
#else
BOOST_FORCEINLINE void fetch_to_write(const void*) noexcept {}
BOOST_FORCEINLINE void fetch_to_read(const void*) noexcept {}
#endif

//! For one side of one handle: how many more messages may be fetched ahead until the handle looks
//! at the other side's counter again. Threads may share it: what they lose to each other is a fetch.
class look_ahead {
public:
    static constexpr std::uint32_t distance = 12; // messages
    static constexpr std::uint32_t margin = 32;
    //! How much of a payload to fetch. The processor itself fetches what follows the first line of
    //! a long payload; behind a short payload it would fetch the next node's.
    static constexpr std::uint64_t bytes_of(std::uint64_t payload) noexcept {
        return payload > 1024 ? 64 : payload < 512 ? payload : 512;
    }

    //! Time to find out, by `look`, what the other side is done with.
    BOOST_FORCEINLINE bool is_due_to_look() const noexcept {
        return left_.load(std::memory_order_relaxed) == 0;
    }
    //! Whether to fetch the node `distance` from the node whose claim was just ended.
    BOOST_FORCEINLINE bool due() noexcept {
        const std::int32_t left = left_.load(std::memory_order_relaxed);
        left_.store(left > 0 ? left - 1 : left + 1, std::memory_order_relaxed);
        return left > 0;
    }
    //! The same for a run of that many nodes.
    BOOST_FORCEINLINE bool due(std::uint32_t count) noexcept {
        const std::int32_t left = left_.load(std::memory_order_relaxed);
        const auto step = static_cast<std::int32_t>(std::min<std::uint32_t>(count, look_after));
        left_.store(left > 0 ? (std::max)(left - step, 0) : (std::min)(left + step, 0),
                    std::memory_order_relaxed);
        return left > 0;
    }
    //! `room` nodes from here on are those that the other side is done with.
    void look(std::uint64_t room) noexcept {
        constexpr std::uint64_t needed = distance + margin;
        left_.store(room > needed ? static_cast<std::int32_t>(
                                        std::min<std::uint64_t>(room - needed, look_after))
                                  : -look_after,
                    std::memory_order_relaxed);
    }
    //! The claim was not the usual one: the ring is full or empty, or another handle was quicker.
    void stop() noexcept { left_.store(-look_after, std::memory_order_relaxed); }

private:
    static constexpr std::int32_t look_after = 256;

    std::atomic<std::int32_t> left_{0};
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
