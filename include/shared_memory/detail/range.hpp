// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What users hand over to be copied: contiguous ranges, values, functions on memory.

#ifndef SHARED_MEMORY_DETAIL_RANGE_HPP
#define SHARED_MEMORY_DETAIL_RANGE_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/core/span.hpp>

#include <cstddef>
#include <cstring>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

[[noreturn]] SHARED_MEMORY_DECL void throw_bad_argument(const char* what);

inline boost::span<const std::byte> bytes(const void* data, std::size_t size) {
    if (data == nullptr && size != 0)
        throw_bad_argument("expected a pointer to the message, found null");
    return {static_cast<const std::byte*>(data), size};
}
inline boost::span<std::byte> bytes(void* data, std::size_t size) {
    if (data == nullptr && size != 0)
        throw_bad_argument("expected a pointer to room for the message, found null");
    return {static_cast<std::byte*>(data), size};
}

inline void copy_bytes(void* to, const void* from, std::size_t size) noexcept {
    if (size != 0)
        std::memcpy(to, from, size);
}

template <class R, class = void>
struct range_element {
    using type = void;
};
template <class R>
struct range_element<R, std::void_t<decltype(std::data(std::declval<R&>())),
                                    decltype(std::size(std::declval<R&>()))>> {
    using type = std::remove_reference_t<decltype(*std::data(std::declval<R&>()))>;
};
template <class R>
using range_element_t = typename range_element<R>::type;
template <class R>
inline constexpr bool is_range_v = !std::is_void_v<range_element_t<R>>;
template <class F>
inline constexpr bool is_writer_function_v =
    std::is_invocable_r_v<std::size_t, F&, boost::span<std::byte>>;
template <class F>
inline constexpr bool is_reader_function_v = std::is_invocable_v<F&, boost::span<const std::byte>>;

template <class T>
void load_value(T& to, const std::byte* from) noexcept {
    if constexpr (std::is_same_v<T, bool>)
        to = *from != std::byte{}; // a bool may hold nothing but 0 and 1
    else
        std::memcpy(static_cast<void*>(std::addressof(to)), from, sizeof(T));
}

template <class T>
void load_elements(T* to, const std::byte* from, std::size_t count) noexcept {
    if constexpr (std::is_same_v<T, bool>) {
        for (std::size_t i = 0; i != count; ++i)
            load_value(to[i], from + i);
    } else {
        copy_bytes(to, from, count * sizeof(T));
    }
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
