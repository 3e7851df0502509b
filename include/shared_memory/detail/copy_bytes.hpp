// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Copying a message.

#ifndef SHARED_MEMORY_DETAIL_COPY_BYTES_HPP
#define SHARED_MEMORY_DETAIL_COPY_BYTES_HPP

#include <shared_memory/detail/config.hpp>

#include <cstddef>
#include <cstring>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! memcpy, which may be given null for nothing. Calling it costs as much as copying a cache line: so
//! what has about the size of one is copied here, by pieces of a fixed size that may overlap.
inline void copy_bytes(void* to, const void* from, std::size_t size) noexcept {
    constexpr std::size_t half = 32;
    if (size - half <= half) { // from one half to two
        struct piece {
            unsigned char bytes[half];
        };
        piece first;
        piece last;
        const std::size_t rest = size - half;
        std::memcpy(&first, from, half);
        std::memcpy(&last, static_cast<const unsigned char*>(from) + rest, half);
        std::memcpy(to, &first, half);
        std::memcpy(static_cast<unsigned char*>(to) + rest, &last, half);
    } else if (size != 0) {
        std::memcpy(to, from, size);
    }
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
