// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Looking into an aggregate: its members' number and types.
//!
//! C++17 names the members of any aggregate by a structured binding only. A structured binding says
//! how many members there are, and stops the compilation if the number is wrong, if a base has
//! members, or if one of them is an anonymous union. So all of that is found out beforehand, by
//! expressions that may be ill-formed without harm:
//!
//!  - [M1] An aggregate that can be made of `{}` can be made of up to as many `{}, {}, ...` as it
//!    has bases and members, and of no more: braces of their own initialise a whole member, an array
//!    too, where `0, 0, ...` would go to the elements of the array. A member with an explicit default
//!    constructor ends the count too early; then the next one can be initialised by a `probe`.
//!  - [M2] An aggregate that cannot be made of `{}` (a member is a reference, or of a class without
//!    default constructor) is made of probes, which go to an array's elements one by one: `leaves`. The
//!    leaves that `{}` takes the place of are one member.
//!  - [M3] A probe that converts to nothing but bases of T initialises the first base, and no member:
//!    no class has itself, or a class derived from itself, as a member.
//!  - [M4] gcc initialises an anonymous union or struct by no probe of a type that has a name, and by no
//!    reference; clang does, and calls its type anonymous.
//!  - [M5] A tuple-like class is taken apart by `get`, not by its members: it is not looked into.

#ifndef SHARED_MEMORY_DETAIL_MEMBERS_HPP
#define SHARED_MEMORY_DETAIL_MEMBERS_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/member_tables.hpp>

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! What came of counting the members.
enum class counted { members, base, too_many, unknown };

inline constexpr std::size_t most_members = 100;

// ---- Probes: values that convert to what a condition allows -----------------------------------------

template <template <class> class Condition>
struct probe {
    template <class U, class = std::enable_if_t<Condition<U>::value>>
    operator U&() const& noexcept; // NOLINT: implicit, for that is its purpose
    template <class U, class = std::enable_if_t<Condition<U>::value>>
    operator U&() const&& noexcept; // NOLINT: as above
};

template <template <class> class Condition>
struct value_probe {
    template <class U, class = std::enable_if_t<Condition<U>::value>>
    operator U() const noexcept; // NOLINT: as above
};

template <class U>
struct anything : std::true_type {};
template <class U>
struct class_only : std::is_class<U> {};
template <class T>
struct base_of {
    template <class U>
    struct only : std::bool_constant<std::is_base_of_v<U, T> && !std::is_same_v<U, T>> {};
};

//! A compiler's name for a function with the template argument U has the text in it.
template <class U>
constexpr bool is_called(const char* text, char not_followed_by) noexcept {
#if defined(__clang__) || defined(__GNUC__)
    for (std::size_t at = 0; at + 1 < sizeof(__PRETTY_FUNCTION__); ++at) {
        std::size_t same = 0;
        while (text[same] != '\0' && __PRETTY_FUNCTION__[at + same] == text[same])
            ++same;
        if (text[same] == '\0' && __PRETTY_FUNCTION__[at + same] != not_followed_by)
            return true;
    }
#endif
    return false;
}
// clang: "(anonymous struct at file:1:2)", but "(unnamed struct ...)" for the class of a member that
// has a name, and "(anonymous namespace)"; gcc: "<unnamed struct>" for both, and "{anonymous}".
template <class U>
struct anonymous_only : std::bool_constant<(std::is_class_v<U> ||
                                            std::is_union_v<U>)&&is_called<U>("(anonymous ", 'n')> {
};
template <class U>
struct named_class_only
    : std::bool_constant<std::is_class_v<U> && !is_called<U>("(anonymous ", 'n') &&
                         !is_called<U>("(unnamed ", '\0') && !is_called<U>("<unnamed ", '\0')> {};

// ---- Made of braces [M1] ----------------------------------------------------------------------------

template <class T, std::size_t N, class = void>
struct takes_braces : std::false_type {};
template <class T, std::size_t N>
struct takes_braces<T, N, std::void_t<typename braces<N>::template made<T>>> : std::true_type {};
//! N times `{}`, then a Next.
template <class T, std::size_t N, class Next, class = void>
struct takes_next : std::false_type {};
template <class T, std::size_t N, class Next>
struct takes_next<T, N, Next, std::void_t<typename braces<N>::template made<T, Next>>>
    : std::true_type {};

//! The largest number of braces that T can be made of, between Least, which it can, and End, which
//! it cannot.
template <class T, std::size_t Least, std::size_t End>
constexpr std::size_t most_braces() noexcept {
    if constexpr (Least + 1 == End) {
        return Least;
    } else {
        constexpr std::size_t middle = Least + (End - Least) / 2;
        if constexpr (takes_braces<T, middle>::value)
            return most_braces<T, middle, End>();
        else
            return most_braces<T, Least, middle>();
    }
}

//! Behind N braces comes a member that has a name, or none comes [M4].
template <class T, std::size_t N>
inline constexpr bool takes_probe =
    std::disjunction_v<takes_next<T, N, probe<anything>>, takes_next<T, N, probe<class_only>>,
                       takes_next<T, N, value_probe<named_class_only>>>;
template <class T, std::size_t... I>
constexpr bool all_named(std::index_sequence<I...>) noexcept {
    return ((takes_probe<T, I> && !takes_next<T, I, probe<anonymous_only>>::value) && ...);
}

// ---- Made of probes [M2] ----------------------------------------------------------------------------

template <std::size_t>
using a_probe = probe<anything>;

//! N leaves.
template <class T, class Leaves, class = void>
struct takes_leaves : std::false_type {};
template <class T, std::size_t... I>
struct takes_leaves<T, std::index_sequence<I...>,
                    std::void_t<decltype(T{std::declval<a_probe<I>>()...})>> : std::true_type {};
//! Leaves, a Special probe, leaves.
template <class T, class Special, class Before, class After, class = void>
struct takes_special : std::false_type {};
template <class T, class Special, std::size_t... I, std::size_t... K>
struct takes_special<T, Special, std::index_sequence<I...>, std::index_sequence<K...>,
                     std::void_t<decltype(T{std::declval<a_probe<I>>()..., std::declval<Special>(),
                                            std::declval<a_probe<K>>()...})>> : std::true_type {};
//! Leaves, leaves in braces, leaves.
template <class T, class Before, class Inside, class After, class = void>
struct takes_inside : std::false_type {};
template <class T, std::size_t... I, std::size_t... J, std::size_t... K>
struct takes_inside<T, std::index_sequence<I...>, std::index_sequence<J...>,
                    std::index_sequence<K...>,
                    std::void_t<decltype(T{std::declval<a_probe<I>>()...,
                                           {std::declval<a_probe<J>>()...},
                                           std::declval<a_probe<K>>()...})>> : std::true_type {};

template <class T, std::size_t Before, std::size_t Inside, std::size_t After>
inline constexpr bool takes =
    takes_inside<T, std::make_index_sequence<Before>, std::make_index_sequence<Inside>,
                 std::make_index_sequence<After>>::value;

//! The largest number of leaves that T can be made of, up to `most_members`; 0: there is none.
template <class T, std::size_t N = 1>
constexpr std::size_t most_leaves() noexcept {
    if constexpr (N > most_members) {
        return 0;
    } else if constexpr (takes_leaves<T, std::make_index_sequence<N>>::value) {
        if constexpr (takes_leaves<T, std::make_index_sequence<N + 1>>::value)
            return most_leaves<T, N + 1>();
        else
            return N;
    } else {
        return most_leaves<T, N + 1>();
    }
}

//! How many leaves the member has that begins behind Before of Leaves leaves.
template <class T, std::size_t Leaves, std::size_t Before, std::size_t Width = 1>
constexpr std::size_t width() noexcept {
    constexpr std::size_t rest = Leaves - Before;
    if constexpr (Width > rest)
        // no `{}`, and no array: a reference, or a class without default constructor
        return 1; // NOLINT(bugprone-branch-clone): two reasons for one answer
    else if constexpr (takes<T, Before, 0, rest - Width>)
        return Width; // NOLINT(bugprone-branch-clone): as above
    else if constexpr (Width > 1 && takes<T, Before, Width, rest - Width> &&
                       !takes<T, Before, Width, rest - 1>)
        return Width; // an array of such classes
    else
        return width<T, Leaves, Before, Width + 1>();
}
template <class T, std::size_t Leaves, std::size_t Before = 0>
constexpr std::size_t members_of_leaves() noexcept {
    if constexpr (Before == Leaves)
        return 0;
    else
        return 1 + members_of_leaves<T, Leaves, Before + width<T, Leaves, Before>()>();
}

template <class T, std::size_t... I>
constexpr bool leaf_is_anonymous(std::index_sequence<I...>) noexcept {
    return (takes_special<T, probe<anonymous_only>, std::make_index_sequence<I>,
                          std::make_index_sequence<sizeof...(I) - 1 - I>>::value ||
            ...); // [M4]
}

// ---- Both -------------------------------------------------------------------------------------------

template <class T>
struct is_tuple_like {
    template <class U>
    static auto test(int) -> decltype(std::tuple_size<U>::value, std::true_type());
    template <class U>
    static std::false_type test(...);
    static constexpr bool value = decltype(test<T>(0))::value; // [M5]
};

struct count_result {
    counted what;
    std::size_t count;
};

template <class T>
constexpr count_result count_by_leaves() noexcept {
    constexpr std::size_t leaves = most_leaves<T>();
    if constexpr (leaves == 0) { // NOLINT(bugprone-branch-clone): two reasons for one answer
        return {counted::unknown, 0};
    } else if constexpr (takes_special<T, probe<base_of<T>::template only>,
                                       std::make_index_sequence<0>,
                                       std::make_index_sequence<leaves - 1>>::value) {
        return {counted::base, 0};
    } else if constexpr (takes<T, leaves, 0, 0> || // one more member, which takes no probe
                         leaf_is_anonymous<T>(std::make_index_sequence<leaves>())) {
        return {counted::unknown, 0};
    } else {
        return {counted::members, members_of_leaves<T, leaves>()};
    }
}

template <class T>
constexpr count_result count_by_braces() noexcept {
    if constexpr (takes_next<T, 0, probe<base_of<T>::template only>>::value) {
        return {counted::base, 0};
    } else if constexpr (takes_braces<T, most_members + 1>::value) {
        return {counted::too_many, 0};
    } else {
        constexpr std::size_t count = most_braces<T, 0, most_members + 1>();
        if constexpr (!takes_probe<T, count> && all_named<T>(std::make_index_sequence<count>()))
            return {counted::members, count};
        else
            return {counted::unknown, 0};
    }
}

//! How many members the aggregate T has.
template <class T>
constexpr count_result count_members() noexcept {
    if constexpr (is_tuple_like<T>::value)
        return {counted::unknown, 0};
    else if constexpr (takes_braces<T, 0>::value)
        return count_by_braces<T>();
    else
        return count_by_leaves<T>();
}

//! The members of an aggregate T, for which count_members says that there are so many.
template <class T, std::size_t Count>
using member_list_of = decltype(names<Count>::list(std::declval<T&>()));

//! Calls the function once, with references to all members of an aggregate. The members are bindable.
template <class T, class Function>
void visit_members(T& value, Function function) {
    names<count_members<std::remove_cv_t<T>>().count>::visit(value, function);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
