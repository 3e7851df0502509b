// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! How an array says what its elements are.

#ifndef SHARED_MEMORY_TYPE_TAG_HPP
#define SHARED_MEMORY_TYPE_TAG_HPP

#include <shared_memory/detail/config.hpp>

#include <string>
#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! The name of an element type, kept in the array: an opener with a type of another name, size or
//! alignment gets `errc::wrong_type`. Arithmetic types have names that say what they are in any
//! process, 32-bit or 64-bit ("int32", "uint8", "float64", "bool"); other types have no names, and
//! are compared by size and alignment, unless you name them, in at most 63 bytes:
//!
//!     template <> struct shared_memory::type_tag<point> {
//!         static std::string value() { return "point"; }
//!     };
template <class T>
struct type_tag {
    static std::string value() {
        if constexpr (std::is_same_v<T, bool>)
            return "bool";
        else if constexpr (std::is_floating_point_v<T>)
            return "float" + std::to_string(8 * sizeof(T));
        else if constexpr (std::is_integral_v<T>)
            return (std::is_signed_v<T> ? "int" : "uint") + std::to_string(8 * sizeof(T));
        else
            return {};
    }
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
