// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Which types may live in shared memory, decided when compiling.

#ifndef SHARED_MEMORY_SHAREABLE_HPP
#define SHARED_MEMORY_SHAREABLE_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/pfr/core.hpp>
#include <boost/pfr/tuple_size.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

template <class T>
struct is_shareable;

namespace detail {

template <class T, class Indices>
struct members_shareable;
template <class T, std::size_t... I>
struct members_shareable<T, std::index_sequence<I...>>
    : std::conjunction<is_shareable<boost::pfr::tuple_element_t<I, T>>...> {};

template <class T, class = void>
struct class_shareable : std::false_type {};
template <class T>
struct class_shareable<T, std::enable_if_t<std::is_class_v<T> && std::is_aggregate_v<T> &&
                                           std::is_trivially_copyable_v<T>>>
    : std::conditional_t<
          std::is_empty_v<T>, std::true_type,
          members_shareable<T, std::make_index_sequence<boost::pfr::tuple_size_v<T>>>> {};

} // namespace detail

//! True for a type whose bytes mean the same in every process: arithmetic types and enumerations,
//! arrays of shareable types, and aggregates all of whose members are shareable, at any depth.
//! Pointers, references and whatever may hide one (any class with private members, a base class, a
//! constructor or a virtual function) are not.
//!
//! For a class of your own of which you know that it is shareable, say so:
//!
//!     template <> struct shared_memory::is_shareable<my_type> : std::true_type {};
//!
//! and so for an aggregate with a C array among its members, which Boost.PFR cannot look into
//! (or make that member a `std::array`). It must be trivially copyable in any case.
//!
//! **Whatever the memory holds** is what a read returns, and a process that scribbles may have put
//! anything there. All bytes make a number, or an enumeration with a fixed underlying type (any
//! `enum class`; an enumeration of bools counts as a bool). A `bool` must be 0 or 1: to look at
//! another one is undefined behaviour. So the library puts the bools right in what it copies out,
//! by `read`, or compares in `find`, `contains` and `index_of`, also in arrays and aggregates: what
//! is not 0 is true. That is not done
//!  - for memory used in place: a claim's bytes and `as<T>()`, an array's `operator[]`, `data()` and
//!    iterators, spans given to functions;
//!  - in a class that you vouch for as above;
//!  - for an enumeration without a fixed underlying type (`enum e { a, b };`): give it one.
//!
//! There, use `std::uint8_t` instead of `bool` if the processes that may write are not to
//! be trusted.
template <class T>
struct is_shareable
    : std::disjunction<std::is_arithmetic<T>, std::is_enum<T>, detail::class_shareable<T>> {};
template <class T>
struct is_shareable<const T> : is_shareable<T> {};
template <class T>
struct is_shareable<volatile T> : std::false_type {};
template <class T, std::size_t N>
struct is_shareable<T[N]> : is_shareable<T> {};
template <class T, std::size_t N>
struct is_shareable<const T[N]> : is_shareable<T> {};
template <class T, std::size_t N>
struct is_shareable<std::array<T, N>> : is_shareable<T> {};
template <>
struct is_shareable<std::byte> : std::true_type {};

template <class T>
inline constexpr bool is_shareable_v = is_shareable<T>::value&& std::is_trivially_copyable_v<T>;

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

//! Stops the compilation, saying why, if T may not live in shared memory.
#define SHARED_MEMORY_ASSERT_SHAREABLE(...)                                                        \
    static_assert(::shared_memory::is_shareable_v<__VA_ARGS__>,                                    \
                  "shared_memory: this type cannot live in shared memory: it is, or may contain, " \
                  "a pointer or reference, which means nothing in another process. Shareable are " \
                  "arithmetic types, enumerations, arrays and aggregates of those; for a class "   \
                  "that holds none, specialise shared_memory::is_shareable<T> as std::true_type")

#endif
