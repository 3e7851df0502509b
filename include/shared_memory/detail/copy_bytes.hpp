// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Copying a message.

#ifndef SHARED_MEMORY_DETAIL_COPY_BYTES_HPP
#define SHARED_MEMORY_DETAIL_COPY_BYTES_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/config.hpp>

#include <cstddef>
#include <cstring>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! As memcpy; for no bytes, the pointers may be null. Calling memcpy costs as much as copying a
//! cache line: so what has about the size of a line is copied here, by pieces of a fixed size that
//! may overlap.
BOOST_FORCEINLINE void copy_bytes(void* to, const void* from, std::size_t size) noexcept {
    constexpr std::size_t piece = 16;
    constexpr std::size_t least = 2 * piece;
    if (size - least <= least) { // from two pieces to four
        auto* const out = static_cast<unsigned char*>(to);
        const auto* const in = static_cast<const unsigned char*>(from);
        std::memcpy(out, in, piece);
        std::memcpy(out + piece, in + piece, piece);
        std::memcpy(out + size - least, in + size - least, piece);
        std::memcpy(out + size - piece, in + size - piece, piece);
    } else if (size != 0) {
        std::memcpy(to, from, size);
    }
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
