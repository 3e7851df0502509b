// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What users hand over to be copied: contiguous ranges, bytes. Functions are in functions.hpp.

#ifndef SHARED_MEMORY_DETAIL_RANGE_HPP
#define SHARED_MEMORY_DETAIL_RANGE_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/core/span.hpp>

#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

[[noreturn]] SHARED_MEMORY_DECL void throw_bad_argument(const char* what);

inline boost::span<const std::byte> bytes(const void* data, std::size_t size) {
    if (data == nullptr && size != 0)
        throw_bad_argument("expected a pointer to the message, found a null pointer");
    return {static_cast<const std::byte*>(data), size};
}
inline boost::span<std::byte> bytes(void* data, std::size_t size) {
    if (data == nullptr && size != 0)
        throw_bad_argument("expected a pointer to room for the message, found a null pointer");
    return {static_cast<std::byte*>(data), size};
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

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
