// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// How the pages of a mapping are had there, alike on all systems: for linux/mapping.cpp
// and windows/mapping.cpp.

#ifndef SHARED_MEMORY_LIB_SYSTEM_TOUCH_PAGES_HPP
#define SHARED_MEMORY_LIB_SYSTEM_TOUCH_PAGES_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/layout/words.hpp>

#include <boost/atomic/ipc_atomic.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <boost/memory_order.hpp>

#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Has every page of a mapping there, as the mapping may use it. Other processes may be writing;
//! so a page is written by exchanging a word for itself. (Of a fetch_add of zero, compilers make
//! a load.)
inline void touch_pages(const boost::interprocess::mapped_region& region) noexcept {
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
