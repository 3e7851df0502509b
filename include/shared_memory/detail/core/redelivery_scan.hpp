// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! How far a thread has looked for redelivered messages: node_ring_search.hpp uses it.

#ifndef SHARED_MEMORY_DETAIL_CORE_REDELIVERY_SCAN_HPP
#define SHARED_MEMORY_DETAIL_CORE_REDELIVERY_SCAN_HPP

#include <shared_memory/detail/config.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! How far a thread has looked for redelivered messages. Private to the holder of a reader's entry.
template <class System>
struct redelivery_scan {
    typename System::thread_word64 seen{0};  // the epoch of the last look at the whole ring
    typename System::thread_word64 epoch{0}; // the epoch of a look that is not at its end
    typename System::thread_word64 next{0};  // where that look goes on, packed
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
