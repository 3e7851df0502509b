// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! An array whose elements lie a fixed number of bytes apart: the same line of each participant.

#ifndef SHARED_MEMORY_DETAIL_CORE_STRIDED_HPP
#define SHARED_MEMORY_DETAIL_CORE_STRIDED_HPP

#include <shared_memory/detail/config.hpp>

#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

template <class T>
class strided {
public:
    strided() noexcept = default;
    strided(T* first, std::size_t distance = sizeof(T)) noexcept // NOLINT: implicit from an array
        : first_(first), distance_(distance) {}
    T& operator[](std::uint32_t i) const noexcept {
        return *reinterpret_cast<T*>(reinterpret_cast<std::byte*>(first_) + distance_ * i);
    }

private:
    T* first_ = nullptr;
    std::size_t distance_ = sizeof(T);
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
