// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! How an array says what its elements are, and a typed ring what its messages are.

#ifndef SHARED_MEMORY_TYPE_TAG_HPP
#define SHARED_MEMORY_TYPE_TAG_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/segment.hpp>
#include <shared_memory/detail/type_shape.hpp>

#include <cstdint>
#include <string>
#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! The name of the type of an array's elements, or of a typed ring's messages; the segment keeps it.
//! Arithmetic types have names that say what they are in any process, 32-bit or 64-bit ("int32",
//! "uint8", "float64", "bool"); other types have none, unless you name them, in at most 63 bytes:
//!
//!     template <> struct shared_memory::type_tag<point> {
//!         static std::string value() { return "point"; }
//!     };
//!
//! An opener with another type gets `errc::wrong_type`, whose text tells both types, and what
//! differs. Two types are the same if all of this is:
//!
//!  - their sizes and their alignments;
//!  - their names, where both have one;
//!  - what the library sees when it looks into both of them: the members' offsets, sizes and kinds
//!    (signed and unsigned integers, floating point, bool, enumerations, arrays and their lengths,
//!    structs, at any depth). It does not look into a class for which its author vouches (see
//!    is_shareable); of these the size counts.
//!
//! That is the same for all compilers, for debug and release builds, and for 32-bit and 64-bit
//! processes where the type has the same size and offsets in both.
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

namespace detail {

//! Says that all elements, or all messages, are of type T.
template <class T>
void expect_type(segment_expectation& wanted) {
    wanted.element_alignment = static_cast<std::uint32_t>(alignment_of<T>());
    wanted.type_size = sizeof(T);
    wanted.type_shape = shape_of<T>();
    wanted.type_tag = type_tag<T>::value();
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
