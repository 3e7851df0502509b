// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! How large the parts of a segment are. Nothing here overflows, whatever the numbers are.

#ifndef SHARED_MEMORY_DETAIL_GEOMETRY_HPP
#define SHARED_MEMORY_DETAIL_GEOMETRY_HPP

#include <shared_memory/detail/layout/header.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

inline constexpr std::uint64_t max_total_size = std::uint64_t{1} << 47U;
inline constexpr std::uint64_t max_element_size = std::uint64_t{1} << 46U;

constexpr std::uint64_t round_up(std::uint64_t bytes, std::uint64_t unit) noexcept {
    return (bytes + unit - 1) / unit * unit;
}

//! Where the data begins, from the block's start.
constexpr std::uint64_t data_offset(std::uint32_t max_participants) noexcept {
    return round_up(sizeof(segment_block) +
                        std::uint64_t{max_participants} * sizeof(participant_block),
                    page_bytes);
}

//! Where a ring's payloads begin, from the data's start.
constexpr std::uint64_t payload_offset(std::uint64_t node_count) noexcept {
    return node_count * sizeof(node_line);
}

//! What an element takes, with everything that belongs to it.
constexpr std::uint64_t element_stride(segment_kind kind, std::uint64_t element_size) noexcept {
    if (kind != segment_kind::ring)
        return element_size;
    const std::uint64_t payload =
        element_size <= inline_payload_bytes ? 0 : round_up(element_size, cache_line_bytes);
    return sizeof(node_line) + payload;
}

//! Bytes of the whole block in pages; 0 if that is more than a segment may have.
constexpr std::uint64_t block_bytes(segment_kind kind, std::uint64_t element_size,
                                    std::uint64_t element_count,
                                    std::uint32_t max_participants) noexcept {
    const std::uint64_t fixed = data_offset(max_participants);
    if (element_size > max_element_size)
        return 0;
    const std::uint64_t stride = element_stride(kind, element_size);
    if (stride != 0 && element_count > (max_total_size - fixed) / stride)
        return 0;
    return round_up(fixed + stride * element_count, page_bytes);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
