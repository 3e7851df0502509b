// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Copying values out of memory into which another process may have written anything.
//!
//! Any bytes make a number, and an enumeration with a fixed underlying type. Not any bytes make a
//! bool, or an enumeration of bools: to look at a bool that holds neither 0 nor 1 is undefined
//! behaviour. So every bool that can be seen in a copy is put right, in the copy, before anybody
//! looks at it. Types without a bool cost nothing.

#ifndef SHARED_MEMORY_DETAIL_LOAD_HPP
#define SHARED_MEMORY_DETAIL_LOAD_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/copy_bytes.hpp>
#include <shared_memory/shareable.hpp>

#include <boost/pfr/core.hpp>
#include <boost/pfr/tuple_size.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! T is a bool, or has a bool in it, at any depth. A class that its author vouches for by a
//! specialisation of is_shareable is not looked into: Boost.PFR may be unable to take it apart.
template <class T>
constexpr bool is_bool() noexcept {
    if constexpr (std::is_enum_v<T>)
        return std::is_same_v<std::underlying_type_t<T>, bool>;
    else
        return std::is_same_v<T, bool>;
}
template <class T, class = void>
struct holds_bool : std::bool_constant<is_bool<T>()> {};
template <class T>
struct holds_bool<const T> : holds_bool<T> {};
template <class T, std::size_t N>
struct holds_bool<T[N]> : holds_bool<T> {};
template <class T, std::size_t N>
struct holds_bool<const T[N]> : holds_bool<T> {};
template <class T, std::size_t N>
struct holds_bool<std::array<T, N>> : holds_bool<T> {};

template <class T, class Indices>
struct members_hold_bool;
template <class T, std::size_t... I>
struct members_hold_bool<T, std::index_sequence<I...>>
    : std::disjunction<holds_bool<boost::pfr::tuple_element_t<I, T>>...> {};
// is_shareable<T> derives from class_shareable<T> if that is why T is shareable.
template <class T>
struct holds_bool<T, std::enable_if_t<std::is_class_v<T> && !std::is_empty_v<T> &&
                                      std::is_base_of_v<class_shareable<T>, is_shareable<T>>>>
    : members_hold_bool<T, std::make_index_sequence<boost::pfr::tuple_size_v<T>>> {};

template <class T>
inline constexpr bool holds_bool_v = holds_bool<std::remove_cv_t<T>>::value;

template <class T>
struct is_std_array : std::false_type {};
template <class T, std::size_t N>
struct is_std_array<std::array<T, N>> : std::true_type {};

//! Makes every bool in the value that is not 0 a 1.
template <class T>
void put_bools_right(T& value) noexcept {
    using type = std::remove_cv_t<T>;
    if constexpr (is_bool<type>()) {
        static_assert(sizeof(bool) == 1);
        void* const memory = const_cast<type*>(std::addressof(value));
        unsigned char byte = 0;
        std::memcpy(&byte, memory, 1);
        byte = byte != 0 ? 1 : 0;
        std::memcpy(memory, &byte, 1);
    } else if constexpr (!holds_bool_v<type>) {
        // nothing to do
    } else if constexpr (std::is_array_v<type> || is_std_array<type>::value) {
        for (auto& element : value)
            put_bools_right(element);
    } else {
        boost::pfr::for_each_field(value, [](auto& member) { put_bools_right(member); });
    }
}
template <class T>
void put_bools_right(T* values, std::size_t count) noexcept {
    if constexpr (holds_bool_v<T>) {
        for (std::size_t i = 0; i != count; ++i)
            put_bools_right(values[i]);
    }
}

template <class T>
void load_elements(T* to, const std::byte* from, std::size_t count) noexcept {
    copy_bytes(to, from, count * sizeof(T));
    put_bools_right(to, count);
}
template <class T>
void load_value(T& to, const std::byte* from) noexcept {
    std::memcpy(static_cast<void*>(std::addressof(to)), from, sizeof(T));
    put_bools_right(to);
}

//! A T that lies in shared memory equals `value`.
template <class T>
bool equals_loaded(const T& shared, const T& value) {
    if constexpr (holds_bool_v<T>) {
        alignas(T) std::byte memory[sizeof(T)];
        T& copy = *reinterpret_cast<T*>(memory); // T is trivially copyable
        load_value(copy, reinterpret_cast<const std::byte*>(std::addressof(shared)));
        return copy == value;
    } else {
        return shared == value;
    }
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
