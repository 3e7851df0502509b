// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// How a fresh object gets its block, alike on all systems: for linux/object.cpp
// and windows/object.cpp.

#ifndef SHARED_MEMORY_LIB_SYSTEM_FORMAT_HPP
#define SHARED_MEMORY_LIB_SYSTEM_FORMAT_HPP

#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/error.hpp>

#include <system/object.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Allocates the block in an object that a managed class of Boost's has just made, and has
//! `format` write it. Throws also what the managed class and `format` throw.
template <class Managed>
void format_object(Managed& object, const object_extent& extent,
                   const std::function<void(void* block)>& format) {
    const std::uint64_t bytes = extent.bytes - extent.block_offset - page_bytes;
    auto* const block = static_cast<std::byte*>(
        object.allocate_aligned(static_cast<std::size_t>(bytes), page_bytes));
    const auto offset =
        static_cast<std::uint64_t>(block - static_cast<std::byte*>(object.get_address()));
    if (offset != extent.block_offset)
        throw error(errc::system_error,
                    "shared_memory: expected Boost.Interprocess to allocate the block at offset " +
                        std::to_string(extent.block_offset) + ", found " + std::to_string(offset) +
                        "; this version of Boost is not supported");
    // Fresh pages are zero: only the first page, which the allocator may have touched, is written.
    std::memset(static_cast<void*>(block), 0, page_bytes);
    format(block);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
