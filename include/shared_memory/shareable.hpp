// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Which types may live in shared memory, decided when compiling.

#ifndef SHARED_MEMORY_SHAREABLE_HPP
#define SHARED_MEMORY_SHAREABLE_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/explain.hpp>
#include <shared_memory/detail/why_not_shareable.hpp>

#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! True for a type whose bytes mean the same in every process, false for any other complete type,
//! `void` and functions; never an error. A call that is given another type stops the compilation
//! with a text that says why. Shareable are
//!  - arithmetic types, `std::byte`, enumerations;
//!  - arrays of shareable types: `char[32]`, `int[3][4]`, `std::array`;
//!  - aggregates (structs with public members, and without bases, constructors and virtual functions)
//!    all of whose members are shareable, at any depth: `struct { int id; char name[32]; }`. They have
//!    at most 100 members;
//!  - of the standard library, with shareable elements, `std::pair`, `std::tuple`, `std::optional`,
//!    `std::complex`, `std::bitset`, `std::chrono::duration` and `time_point`. Of tuple, optional and
//!    bitset each standard library has its own layout: all processes use the same one. A time
//!    point of the steady clock means the same in all processes of a machine;
//!  - `std::atomic` of a shareable type, if it is always lock-free, and `std::atomic_flag`. Such an
//!    object is used where it lies, as an element of a shared_array, and never copied: calls that
//!    copy stop the compilation. Its `wait` and `notify` are for the threads of one process.
//!
//! Not shareable are pointers and references, and what has one in it, what is not trivially copyable (pair and
//! tuple excepted, whose assignment alone is not trivial), and what the library cannot look into:
//! classes with private members, constructors or bases, unions, bit-fields, packed structs.
//!
//! **A class of your own** that the library cannot look into, and of which you know that there is no
//! pointer in it, is shareable if you say so, in the line behind it:
//!
//!     class price { ... };
//!     SHARED_MEMORY_SHAREABLE(price)
//!
//! or, for a template, `template <class T> struct shared_memory::is_shareable<vec<T>> :
//! std::true_type {};`. It must be trivially copyable in any case, or at least have a trivial
//! copy constructor and a trivial destructor.
//!
//! **Whatever the memory holds** is what a read returns, and a process that scribbles may have put
//! anything there. All bytes make a number, or an enumeration with a fixed underlying type (any
//! `enum class`; an enumeration of bools counts as a bool). A `bool` must be 0 or 1: to look at
//! another one is undefined behaviour. So the library puts the bools right in what it copies out,
//! by `read`, or compares in `find`, `contains` and `index_of`, also in arrays, aggregates, pairs,
//! tuples and optionals (whether one has a value is a bool, too): what is not 0 is true. That is not
//! done
//!  - for memory used in place: a claim's bytes and `as<T>()`, an array's `operator[]`, `data()` and
//!    iterators, spans given to functions;
//!  - in a class that you vouch for as above;
//!  - for an enumeration without a fixed underlying type (`enum e { a, b };`): give it one.
//!
//! There, use `std::uint8_t` instead of `bool` if the processes that may write are not to
//! be trusted.
template <class T>
struct is_shareable : detail::shareable_if_examined<T> {};

template <class T>
inline constexpr bool is_shareable_v = detail::verdict<T>::why == detail::why_not::shareable;

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

//! Says that a class is shareable: see is_shareable. It stands behind the class, before its first use,
//! in the namespace of the class or in the global one, or in the public part of the class itself:
//!
//!     namespace shop {
//!     class price { ... };
//!     SHARED_MEMORY_SHAREABLE(price)
//!     }
#define SHARED_MEMORY_SHAREABLE(...)                                                               \
    [[maybe_unused]] constexpr ::std::true_type shared_memory_says_shareable(                      \
        ::shared_memory::detail::the_type<__VA_ARGS__>) noexcept {                                 \
        static_assert(                                                                             \
            ::shared_memory::detail::vouched_for_by_macro<__VA_ARGS__>::value,                     \
            "shared_memory: SHARED_MEMORY_SHAREABLE(type) is not seen here. Expected it behind "   \
            "the type, before the type's first use, in the type's namespace, in the global "       \
            "namespace, or in the public part of the class itself");                               \
        SHARED_MEMORY_ASSERT_SHAREABLE(__VA_ARGS__);                                               \
        return {};                                                                                 \
    }

#endif
