// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What rings of both kinds count for people to read, if they are asked to.

#ifndef SHARED_MEMORY_DETAIL_PART_RING_STATISTICS_HPP
#define SHARED_MEMORY_DETAIL_PART_RING_STATISTICS_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/layout/tally.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! With options().statistics(): bytes that were written or read just now, and when.
SHARED_MEMORY_DECL void count_bytes(ring_tally& side, std::uint64_t bytes) noexcept;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
