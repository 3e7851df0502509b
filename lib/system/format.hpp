// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What all systems do alike with the memory of an object, by linux/object.cpp and
// windows/object.cpp.

#ifndef SHARED_MEMORY_LIB_SYSTEM_FORMAT_HPP
#define SHARED_MEMORY_LIB_SYSTEM_FORMAT_HPP

#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/detail/layout/words.hpp>
#include <shared_memory/error.hpp>

#include <boost/atomic/ipc_atomic.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <boost/memory_order.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Lays the block out in an object that one of Boost's managed classes has just made. Throws also
//! what that one throws.
template <class Managed>
void lay_out(Managed& object, const segment_identity& identity) {
    const std::uint64_t bytes = identity.total_size - identity.block_offset - page_bytes;
    auto* const block = static_cast<std::byte*>(
        object.allocate_aligned(static_cast<std::size_t>(bytes), page_bytes));
    const auto offset =
        static_cast<std::uint64_t>(block - static_cast<std::byte*>(object.get_address()));
    if (offset != identity.block_offset)
        throw error(errc::system_error,
                    "shared_memory: expected Boost.Interprocess to allocate the block at offset " +
                        std::to_string(identity.block_offset) + ", found " +
                        std::to_string(offset) + "; this version of Boost is not supported");
    // Fresh pages are zero, and all words start at zero: only the first page of what the allocator
    // may have touched is written.
    std::memset(static_cast<void*>(block), 0, sizeof(segment_block));
    auto* const laid_out = ::new (static_cast<void*>(block)) segment_block;
    initialise(laid_out->readers_sleep);
    initialise(laid_out->writers_sleep);
    initialise(laid_out->lock.free_sleep);
    initialise(laid_out->lock.drain_sleep);
    write_bytes(&laid_out->identity, &identity, sizeof identity);
}

//! Has every page of a mapping there, as the mapping may use it. Others may be writing; and of a
//! fetch_add of zero, compilers make a load.
inline void touch(const boost::interprocess::mapped_region& region) noexcept {
    const bool write = region.get_mode() != boost::interprocess::read_only;
    const std::size_t page = boost::interprocess::mapped_region::get_page_size();
    auto* const begin = static_cast<std::byte*>(region.get_address());
    for (std::size_t at = 0; at < region.get_size(); at += page) {
        auto& word = *reinterpret_cast<boost::ipc_atomic<std::uint32_t>*>(begin + at);
        std::uint32_t value = word.load(boost::memory_order_relaxed);
        while (write && !word.compare_exchange_weak(value, value, boost::memory_order_relaxed,
                                                    boost::memory_order_relaxed)) {
        }
    }
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
