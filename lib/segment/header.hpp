// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The header of a segment: made for a new segment, and checked in a segment that was found.

#ifndef SHARED_MEMORY_LIB_SEGMENT_HEADER_HPP
#define SHARED_MEMORY_LIB_SEGMENT_HEADER_HPP

#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/detail/segment.hpp>
#include <shared_memory/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! What is wrong with something: nothing, or an error and the text that goes behind a name.
struct fault {
    errc code{};
    std::string text;

    explicit operator bool() const noexcept { return code != errc{}; }
};

//! Throws `errc::out_of_range` for options that no segment can have.
void check_options(const options& wanted);
//! The header of a new segment. Throws `errc::out_of_range` if the segment would be too large.
segment_header make_header(const segment_request& request);
//! Whether a header that was found `found_at` bytes into an object of `object_size` bytes can be
//! one of ours, whole: every field is compared with what this library would have written there.
fault find_fault(const segment_header& header, std::uint64_t found_at, std::uint64_t object_size);
//! The magic number, as this machine writes it, or a machine of the other byte order.
bool has_magic(const segment_identity& identity) noexcept;
//! Lays the parts out in the zeroed memory of a new block.
void format_parts(std::byte* block, const segment_header& header);

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
