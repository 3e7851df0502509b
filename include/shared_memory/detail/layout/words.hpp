// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The words that processes share, and the one way in which bytes are written into a segment.
//!
//! The tests that kill a process at every write compile the library once more, with a header of
//! this name that is found first: there each write of a word, and each copy, is a place to die. So
//! nothing writes to a segment but these words and this function.

#ifndef SHARED_MEMORY_DETAIL_LAYOUT_WORDS_HPP
#define SHARED_MEMORY_DETAIL_LAYOUT_WORDS_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/copy_bytes.hpp>

#include <boost/atomic/ipc_atomic.hpp>

#include <cstddef>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

template <class T>
using shared_word = boost::ipc_atomic<T>;

inline void write_bytes(void* to, const void* from, std::size_t size) noexcept {
    copy_bytes(to, from, size);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
