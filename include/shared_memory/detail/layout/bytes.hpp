// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The bytes part: what an array or a buffer holds, on pages of its own, so that elements of any alignment
//! fit. It has no words of the library's.
//!
//!     +------------------------------------------+ 0
//!     | element_size x element_count             |
//!     +------------------------------------------+

#ifndef SHARED_MEMORY_DETAIL_LAYOUT_BYTES_HPP
#define SHARED_MEMORY_DETAIL_LAYOUT_BYTES_HPP

#include <shared_memory/detail/config.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

inline constexpr std::uint32_t bytes_part_number = 2;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
