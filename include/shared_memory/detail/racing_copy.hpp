// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Copying bytes that another participant may be writing at the same time. The caller finds out
//! afterwards, and then throws the copy away. A race detector is told nothing of these reads: to it,
//! they would be a fault.

#ifndef SHARED_MEMORY_DETAIL_RACING_COPY_HPP
#define SHARED_MEMORY_DETAIL_RACING_COPY_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/copy_bytes.hpp>

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SHARED_MEMORY_DETAIL_RACES_ARE_FOUND
#endif
#elif defined(__SANITIZE_THREAD__)
#define SHARED_MEMORY_DETAIL_RACES_ARE_FOUND
#endif

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

#if defined(SHARED_MEMORY_DETAIL_RACES_ARE_FOUND)
__attribute__((no_sanitize("thread"), noinline)) inline void
racing_copy(void* to, const void* from, std::size_t size) noexcept {
    auto* const out = static_cast<volatile unsigned char*>(to); // volatile: no call of memcpy
    const auto* const in = static_cast<const volatile unsigned char*>(from);
    for (std::size_t i = 0; i != size; ++i)
        out[i] = in[i];
}
#else
BOOST_FORCEINLINE void racing_copy(void* to, const void* from, std::size_t size) noexcept {
    copy_bytes(to, from, size);
}
#endif

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
