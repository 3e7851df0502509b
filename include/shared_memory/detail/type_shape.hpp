// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What a type looks like in memory, as a number: the same in every process that has the same type,
//! whatever compiled it, and hardly ever the same for two types.
//!
//! The number is made of sizes, of offsets, and of the kinds below, whose numbers stay the same for
//! good. Names do not count, so that `long` and `long long` of one size are one type, and so are a
//! struct and a pair of the same members, or a C array and a std::array.

#ifndef SHARED_MEMORY_DETAIL_TYPE_SHAPE_HPP
#define SHARED_MEMORY_DETAIL_TYPE_SHAPE_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/members.hpp>
#include <shared_memory/detail/standard_values.hpp>
#include <shared_memory/detail/why_not_shareable.hpp>
#include <shared_memory/shareable.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <tuple>
#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

enum class shape_kind : std::uint64_t {
    boolean = 1,
    signed_integer,
    unsigned_integer,
    floating,
    enumeration,
    array,     // its length, its element
    structure, // how many members, and each one's offset, and itself; then its size
    optional,  // what it may hold; then its size
    bits,      // std::bitset
    duration,  // the ticks in a second, and what counts them
    opaque     // a class that the library does not look into: its size alone
};

//! Takes in numbers, as FNV-1a of 64 bits does with their bytes, the lowest first.
class shape_hash {
public:
    constexpr void add(std::uint64_t number) noexcept {
        for (unsigned bit = 0; bit != 64; bit += 8) {
            value_ ^= number >> bit & 0xffU;
            value_ *= 0x100000001b3U;
        }
    }
    constexpr void add(shape_kind kind, std::uint64_t number) noexcept {
        add(static_cast<std::uint64_t>(kind));
        add(number);
    }
    //! Not zero, which says that nothing is known of a type.
    constexpr std::uint64_t value() const noexcept { return value_ == 0 ? 1 : value_; }

private:
    std::uint64_t value_ = 0xcbf29ce484222325U;
};

template <class T>
struct is_duration : std::false_type {};
template <class Rep, class Period>
struct is_duration<std::chrono::duration<Rep, Period>> : std::true_type {};
template <class T>
struct is_time_point : std::false_type {};
template <class Clock, class Duration>
struct is_time_point<std::chrono::time_point<Clock, Duration>> : std::true_type {};
template <class T>
struct is_complex : std::false_type {};
template <class T>
struct is_complex<std::complex<T>> : std::true_type {};
template <class T>
struct atomic_value;
template <class T>
struct atomic_value<std::atomic<T>> {
    using type = T;
};
template <class T>
struct is_bitset : std::false_type {};
template <std::size_t N>
struct is_bitset<std::bitset<N>> : std::true_type {};

//! The library looks into the class, in every process: its author does not vouch for it.
template <class T>
constexpr bool has_known_members() noexcept {
    if constexpr (!std::is_class_v<T> || is_specialised<T> || vouched_for_by_macro<T>::value ||
                  standard_value<T>::known || verdict<T>::why != why_not::shareable)
        return false;
    else
        return count_members<T>().what == counted::members;
}

template <class T>
void add_shape(shape_hash& hash, T& place);

//! One element for all of them.
template <class Element>
void add_elements(shape_hash& hash, std::size_t count, void* first) {
    hash.add(shape_kind::array, count);
    add_shape(hash, *static_cast<Element*>(first));
}

template <class T, class... Members>
void add_members(shape_hash& hash, T& place, Members&... members) {
    hash.add(shape_kind::structure, sizeof...(Members));
    const auto at = reinterpret_cast<std::uintptr_t>(std::addressof(place));
    [[maybe_unused]] const auto add = [&](auto& member) {
        hash.add(reinterpret_cast<std::uintptr_t>(std::addressof(member)) - at);
        add_shape(hash, member);
    };
    (add(members), ...);
    hash.add(sizeof(T));
}

//! `place` is where a T could lie. No T need be there: its address alone is used.
template <class T>
void add_shape(shape_hash& hash, T& place) {
    using type = std::remove_cv_t<T>;
    [[maybe_unused]] void* const at =
        const_cast<void*>(static_cast<const volatile void*>(std::addressof(place)));
    if constexpr (std::is_array_v<type>) {
        add_elements<std::remove_extent_t<type>>(hash, std::extent_v<type>, at);
    } else if constexpr (std::is_same_v<type, bool>) {
        hash.add(shape_kind::boolean, sizeof(type));
    } else if constexpr (std::is_integral_v<type>) {
        hash.add(std::is_signed_v<type> ? shape_kind::signed_integer : shape_kind::unsigned_integer,
                 sizeof(type));
    } else if constexpr (std::is_floating_point_v<type>) {
        hash.add(shape_kind::floating, sizeof(type));
    } else if constexpr (std::is_enum_v<type>) {
        hash.add(shape_kind::enumeration, sizeof(type));
    } else if constexpr (is_std_array<type>::value) {
        add_elements<typename type::value_type>(hash, std::tuple_size_v<type>, at);
    } else if constexpr (is_complex<type>::value) {
        add_elements<typename type::value_type>(hash, 2, at);
    } else if constexpr (is_tuple<type>::value) {
        std::apply([&](auto&... members) { add_members(hash, place, members...); }, place);
    } else if constexpr (is_optional<type>::value) {
        hash.add(shape_kind::optional, sizeof(type));
        add_shape(hash, *static_cast<typename type::value_type*>(at));
    } else if constexpr (is_bitset<type>::value) {
        hash.add(shape_kind::bits, sizeof(type));
    } else if constexpr (is_duration<type>::value) {
        hash.add(shape_kind::duration, static_cast<std::uint64_t>(type::period::num));
        hash.add(static_cast<std::uint64_t>(type::period::den));
        add_shape(hash, *static_cast<typename type::rep*>(at));
    } else if constexpr (is_time_point<type>::value) {
        add_shape(hash, *static_cast<typename type::duration*>(at));
    } else if constexpr (is_atomic<type>::value && !std::is_same_v<type, std::atomic_flag>) {
        add_shape(hash, *static_cast<typename atomic_value<type>::type*>(at));
    } else if constexpr (has_known_members<type>()) {
        visit_members(place, [&](auto&... members) { add_members(hash, place, members...); });
    } else {
        hash.add(shape_kind::opaque, sizeof(type));
    }
}

//! The number; 0 for a class that the library does not look into.
template <class T>
std::uint64_t shape_of() {
    constexpr bool is_known = !std::is_class_v<T> || standard_value<T>::known ||
                              is_atomic<T>::value || has_known_members<T>();
    if constexpr (!is_known) {
        return 0;
    } else {
        // A place of that size, whose pages nobody touches.
        constexpr std::align_val_t alignment{alignof(T)};
        const auto give_back = [](void* memory) { ::operator delete(memory, alignment); };
        const std::unique_ptr<void, decltype(give_back)> place(::operator new(sizeof(T), alignment),
                                                               give_back);
        shape_hash hash;
        add_shape(hash, *static_cast<T*>(place.get()));
        return hash.value();
    }
}

// ---- Alignment --------------------------------------------------------------------------------------

template <class T>
constexpr std::size_t alignment_of() noexcept;

template <class List>
struct most_aligned;
template <class... Types>
struct most_aligned<elements<Types...>> {
    static constexpr std::size_t value() noexcept {
        return (std::max)(
            {std::size_t{1}, alignment_of<std::remove_cv_t<std::remove_reference_t<Types>>>()...});
    }
};
template <class Bindable, class... Types>
struct most_aligned<member_list<Bindable, Types...>> : most_aligned<elements<Types...>> {};

//! The alignment that a T has in a 64-bit process: some 32-bit processes align std::uint64_t to 4.
template <class T>
constexpr std::size_t alignment_of() noexcept {
    if constexpr (std::is_array_v<T>)
        return alignment_of<std::remove_cv_t<std::remove_all_extents_t<T>>>();
    else if constexpr (!std::is_class_v<T> && !std::is_union_v<T> && sizeof(T) <= 8)
        return (std::max)(sizeof(T), alignof(T));
    else if constexpr (standard_value<T>::known)
        return (std::max)(alignof(T), most_aligned<typename standard_value<T>::held>::value());
    else if constexpr (has_known_members<T>())
        return (std::max)(alignof(T),
                          most_aligned<member_list_of<T, count_members<T>().count>>::value());
    else
        return alignof(T);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
