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
#include <shared_memory/detail/members.hpp>
#include <shared_memory/detail/standard_values.hpp>
#include <shared_memory/detail/why_not_shareable.hpp>
#include <shared_memory/shareable.hpp>

#include <cstddef>
#include <cstring>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

template <class T>
constexpr bool is_bool() noexcept {
    if constexpr (std::is_enum_v<T>)
        return std::is_same_v<std::underlying_type_t<T>, bool>;
    else
        return std::is_same_v<T, bool>;
}

template <class T>
struct holds_bool;

template <class T>
constexpr bool class_holds_bool() noexcept {
    if constexpr (!std::is_class_v<T> || is_specialised<T> || is_atomic<T>::value)
        return is_bool<T>();
    else if constexpr (is_optional<T>::value)
        return true;
    else if constexpr (is_tuple<T>::value || is_std_array<T>::value)
        return any_has<holds_bool, typename standard_value<T>::held>::value;
    else if constexpr (looked_into<T> && verdict<T>::why == why_not::shareable)
        return any_has<holds_bool, member_list_of<T, count_members<T>().count>>::value;
    else
        return false;
}
//! T is a bool, or has a bool in it, at any depth. A class that its author vouches for is not looked
//! into, and an atomic is not copied.
template <class T>
struct holds_bool : std::bool_constant<class_holds_bool<innermost<T>>()> {};

template <class T>
inline constexpr bool holds_bool_v = holds_bool<T>::value;

//! Makes the byte a 1 if it is not 0. A bool is one byte.
inline void put_bool_right(void* memory) noexcept {
    static_assert(sizeof(bool) == 1);
    unsigned char byte = 0;
    std::memcpy(&byte, memory, 1);
    byte = byte != 0 ? 1 : 0;
    std::memcpy(memory, &byte, 1);
}

//! Makes every bool in the value that is not 0 a 1.
template <class T>
void put_bools_right(T& value) noexcept {
    using type = std::remove_cv_t<T>;
    auto* const memory = reinterpret_cast<unsigned char*>(const_cast<type*>(std::addressof(value)));
    if constexpr (is_bool<type>()) {
        put_bool_right(memory);
    } else if constexpr (!holds_bool_v<type>) {
        // nothing to do
    } else if constexpr (is_optional<type>::value) {
        // Every standard library keeps the bool behind the value; see the test for another one.
        static_assert(sizeof(type) > sizeof(typename type::value_type));
        put_bool_right(memory + sizeof(typename type::value_type));
        if (value)
            put_bools_right(*value);
    } else if constexpr (is_tuple<type>::value) {
        std::apply([](auto&... element) { (put_bools_right(element), ...); }, value);
    } else if constexpr (std::is_array_v<type> || is_std_array<type>::value) {
        for (auto& element : value)
            put_bools_right(element);
    } else {
        visit_members(value, [](auto&... member) { (put_bools_right(member), ...); });
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

//! Room for a T that is loaded; T need not have a default constructor.
template <class T>
struct room_for {
    alignas(T) std::byte memory[sizeof(T)];
    T& value() noexcept { return *reinterpret_cast<T*>(memory); } // T is copied by its bytes
};

//! A T that lies in shared memory equals `value`.
template <class T>
bool equals_loaded(const T& shared, const T& value) {
    if constexpr (holds_bool_v<T>) {
        SHARED_MEMORY_ASSERT_COPIED(T);
        room_for<T> copy;
        load_value(copy.value(), reinterpret_cast<const std::byte*>(std::addressof(shared)));
        return copy.value() == value;
    } else {
        return shared == value;
    }
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
