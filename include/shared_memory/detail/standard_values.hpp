// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Classes of the standard library that are values: shareable if what they hold is.
//!
//! `std::pair` and `std::tuple` are not trivially copyable, since their assignment is their own (it goes
//! through references that they may hold). They are taken all the same. With elements that are
//! trivially copyable and no references, their copy constructor and destructor are trivial, which
//! makes them implicit-lifetime classes: copied bytes begin an object's life, and the bytes of the
//! elements are the elements' values.
//!
//! The layouts of tuple, optional and bitset are the standard library's own: all processes use the
//! same one.

#ifndef SHARED_MEMORY_DETAIL_STANDARD_VALUES_HPP
#define SHARED_MEMORY_DETAIL_STANDARD_VALUES_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/move/detail/std_ns_begin.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

// Declared, not included, as in Boost.Container: <complex> and <bitset> are large, and a program that
// has such a value has included them.
BOOST_MOVE_STD_NS_BEG
template <class T>
class complex;
template <std::size_t N>
class bitset;
template <class T>
class reference_wrapper;
BOOST_MOVE_STD_NS_END

#include <boost/move/detail/std_ns_end.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

template <class... Types>
struct elements {};

//! `known`: T is such a class; `held`: what has to be shareable for T to be.
template <class T>
struct standard_value {
    static constexpr bool known = false;
};
template <class... Types>
struct known_value {
    static constexpr bool known = true;
    using held = elements<Types...>;
};

template <class T, std::size_t N>
struct standard_value<std::array<T, N>> : known_value<T> {};
template <class T, class U>
struct standard_value<std::pair<T, U>> : known_value<T, U> {};
template <class... T>
struct standard_value<std::tuple<T...>> : known_value<T...> {};
template <class T>
struct standard_value<std::optional<T>> : known_value<T> {};
template <class T>
struct standard_value<std::complex<T>> : known_value<T> {};
template <std::size_t N>
struct standard_value<std::bitset<N>> : known_value<> {};
template <class Rep, class Period>
struct standard_value<std::chrono::duration<Rep, Period>> : known_value<Rep> {};
template <class Clock, class Duration>
struct standard_value<std::chrono::time_point<Clock, Duration>> : known_value<Duration> {};
template <class T>
struct standard_value<std::atomic<T>> : known_value<T> {};
template <>
struct standard_value<std::atomic_flag> : known_value<> {};

template <class T>
struct is_std_array : std::false_type {};
template <class T, std::size_t N>
struct is_std_array<std::array<T, N>> : std::true_type {};

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

template <class T>
struct is_tuple : std::false_type {};
template <class T, class U>
struct is_tuple<std::pair<T, U>> : std::true_type {};
template <class... T>
struct is_tuple<std::tuple<T...>> : std::true_type {};

template <class T>
struct is_reference_wrapper : std::false_type {};
template <class T>
struct is_reference_wrapper<std::reference_wrapper<T>> : std::true_type {};

template <class T>
struct is_atomic : std::false_type {
    static constexpr bool lock_free = true;
};
//! Lock-free: it has no lock beside it, which would be this process's own.
template <class T>
struct is_atomic<std::atomic<T>> : std::true_type {
    static constexpr bool lock_free = std::atomic<T>::is_always_lock_free;
};
template <>
struct is_atomic<std::atomic_flag> : std::true_type {
    static constexpr bool lock_free = true;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
