// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Whether a type may live in shared memory and, if not, why not and which type in it is to blame.

#ifndef SHARED_MEMORY_DETAIL_WHY_NOT_SHAREABLE_HPP
#define SHARED_MEMORY_DETAIL_WHY_NOT_SHAREABLE_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/members.hpp>
#include <shared_memory/detail/standard_values.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

//! Associated with the namespace that SHARED_MEMORY_SHAREABLE may stand in for any class.
struct shared_memory_global_namespace;

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

template <class T>
struct is_shareable;

namespace detail {

enum class why_not {
    shareable,
    pointer,
    reference,
    volatile_object,
    no_object,
    unknown_length,
    not_trivially_copyable,
    virtual_function,
    base_class,
    too_many_members,
    bit_field,
    packed,
    union_object,
    not_an_aggregate,
    unknown_members,
    atomic_with_lock,
    said_not_to_be
};

template <why_not Why, class Culprit>
struct verdict_is {
    static constexpr why_not why = Why;
    using culprit = Culprit;
};
//! The one verdict on T: of why_not_examined, or of a specialisation of is_shareable.
template <class T>
struct verdict;

// ---- A type's author says that it is shareable ------------------------------------------------------

//! What the function that SHARED_MEMORY_SHAREABLE declares is called with: found in T's namespace, and
//! in the global one.
template <class T, class = shared_memory_global_namespace>
struct the_type {};

template <class T>
struct vouched_for_by_macro {
    template <class U>
    static auto beside(int) -> decltype(shared_memory_says_shareable(the_type<U>()));
    template <class U>
    static std::false_type beside(...);
    template <class U>
    static auto within(int)
        -> decltype(std::declval<U&>().shared_memory_says_shareable(the_type<U>()));
    template <class U>
    static std::false_type within(...);
    static constexpr bool value = decltype(beside<T>(0))::value || decltype(within<T>(0))::value;
};

//! The least that is asked of a class whatever its author says: it is copied by its bytes, or not
//! at all, as a std::atomic.
template <class T>
inline constexpr bool lives_as_bytes = std::is_trivially_destructible_v<T> &&
                                       (std::is_trivially_copyable_v<T> ||
                                        std::is_trivially_copy_constructible_v<T> ||
                                        (!std::is_copy_constructible_v<T> &&
                                         !std::is_move_constructible_v<T>));

// ---- Of the parts' verdicts, the first that is not good --------------------------------------------

template <class... Verdicts>
struct first_bad : verdict_is<why_not::shareable, void> {};
template <class Verdict, class... More>
struct first_bad<Verdict, More...>
    : std::conditional_t<Verdict::why != why_not::shareable, Verdict, first_bad<More...>> {};

template <class List>
struct verdict_on_all;
template <class... Types>
struct verdict_on_all<elements<Types...>> : first_bad<verdict<Types>...> {};
template <class Bindable, class... Types>
struct verdict_on_all<member_list<Bindable, Types...>> : first_bad<verdict<Types>...> {};

// ---- Classes ---------------------------------------------------------------------------------------

template <class List>
struct list_traits;
template <class Bindable, class... Types>
struct list_traits<member_list<Bindable, Types...>> {
    static constexpr std::size_t alignment =
        (std::max)({std::size_t(1), alignof(std::remove_reference_t<Types>)...});
    static constexpr bool trivially_copyable = (std::is_trivially_copyable_v<Types> && ...);
};

//! An aggregate whose members are known. It is trivially copyable itself, unless it is not
//! since a shareable member, a std::pair for one, is not, or since nothing can be assigned to it (clang).
template <class T, class List, class OnMembers = verdict_on_all<List>>
constexpr why_not why_not_with_members() noexcept {
    if constexpr (OnMembers::why != why_not::shareable)
        return OnMembers::why;
    else if constexpr (list_traits<List>::alignment > alignof(T))
        return why_not::packed;
    else if constexpr (!List::bindable)
        return why_not::bit_field;
    else if constexpr (!std::is_trivially_copyable_v<T> &&
                       (!lives_as_bytes<T> ||
                        (list_traits<List>::trivially_copyable && std::is_copy_assignable_v<T>)))
        return why_not::not_trivially_copyable;
    else
        return why_not::shareable;
}

template <class T, counted What, std::size_t Count>
struct verdict_on_aggregate : verdict_is<What == counted::base       ? why_not::base_class
                                         : What == counted::too_many ? why_not::too_many_members
                                                                     : why_not::unknown_members,
                                         T> {};
template <class T, std::size_t Count>
struct verdict_on_aggregate<T, counted::members, Count> {
private:
    using members = member_list_of<T, Count>;
    using on_members = verdict_on_all<members>;

public:
    static constexpr why_not why = why_not_with_members<T, members>();
    using culprit =
        std::conditional_t<on_members::why != why_not::shareable, typename on_members::culprit, T>;
};

template <class T>
constexpr why_not why_not_class() noexcept {
    if constexpr (std::is_polymorphic_v<T>)
        return why_not::virtual_function;
    else if constexpr (!std::is_aggregate_v<T>)
        return lives_as_bytes<T> ? why_not::not_an_aggregate : why_not::not_trivially_copyable;
    else if constexpr (!std::is_trivially_destructible_v<T> && std::is_empty_v<T>)
        return why_not::not_trivially_copyable;
    else
        return why_not::shareable; // so far
}

//! T is a class that is judged by its members, and not by its author.
template <class T>
inline constexpr bool looked_into =
    std::is_class_v<T> && !standard_value<T>::known && !vouched_for_by_macro<T>::value &&
    why_not_class<T>() == why_not::shareable && !std::is_empty_v<T>;

template <class T, class OnElements = verdict_on_all<typename standard_value<T>::held>>
struct verdict_on_standard_value
    : std::conditional_t<OnElements::why != why_not::shareable, OnElements,
                         verdict_is<!lives_as_bytes<T>         ? why_not::not_trivially_copyable
                                    : !is_atomic<T>::lock_free ? why_not::atomic_with_lock
                                                               : why_not::shareable,
                                    T>> {};

template <class T, bool Known = standard_value<T>::known, bool LookInto = looked_into<T>>
struct verdict_on_class : verdict_is<why_not_class<T>(), T> {};
template <class T>
struct verdict_on_class<T, true, false> : verdict_on_standard_value<T> {};
template <class T>
struct verdict_on_class<T, false, true>
    : verdict_on_aggregate<T, count_members<T>().what, count_members<T>().count> {};

// ---- Any type --------------------------------------------------------------------------------------

template <class T>
constexpr why_not why_not_simple() noexcept {
    if constexpr (std::is_reference_v<T>)
        return why_not::reference;
    else if constexpr (std::is_void_v<T> || std::is_function_v<T>)
        return why_not::no_object;
    else if constexpr (std::is_volatile_v<T>)
        return why_not::volatile_object;
    else if constexpr (std::is_pointer_v<T> || std::is_member_pointer_v<T> ||
                       std::is_null_pointer_v<T>)
        return why_not::pointer;
    else if constexpr (std::is_array_v<T>)
        return why_not::unknown_length; // see examined for the others
    else if constexpr (vouched_for_by_macro<T>::value)
        return lives_as_bytes<T> ? why_not::shareable : why_not::not_trivially_copyable;
    else if constexpr (std::is_union_v<T>)
        return why_not::union_object;
    else
        return why_not::shareable; // arithmetic types, __int128, vector types, enumerations
}

//! The verdict on a type of which no specialisation of is_shareable speaks.
template <class T, class = void>
struct examined : verdict_is<why_not_simple<T>(), T> {};
template <class T>
struct examined<const T, std::enable_if_t<!std::is_array_v<T>>> : verdict<T> {};
template <class T, std::size_t N>
struct examined<T[N], std::enable_if_t<!std::is_volatile_v<T>>> : verdict<T> {};
template <class T>
struct examined<T, std::enable_if_t<std::is_class_v<T> && std::is_same_v<T, std::remove_cv_t<T>> &&
                                    !vouched_for_by_macro<T>::value>> : verdict_on_class<T> {};

//! What is_shareable derives from, where it is not specialised.
template <class T>
struct shareable_if_examined : std::bool_constant<examined<T>::why == why_not::shareable> {};

template <class T, bool Specialised>
struct verdict_on : examined<T> {};
template <class T>
struct verdict_on<T, true> : verdict_is<!is_shareable<T>::value ? why_not::said_not_to_be
                                        : !lives_as_bytes<T>    ? why_not::not_trivially_copyable
                                                                : why_not::shareable,
                                        T> {};
template <class T>
inline constexpr bool is_specialised =
    !std::is_base_of_v<shareable_if_examined<T>, is_shareable<T>>;
template <class T>
struct verdict : verdict_on<T, is_specialised<T>> {};

// ---- Of the types in a shareable type ----------------------------------------------------------------

//! Has<T> for one type T at least, of the elements or the members.
template <template <class> class Has, class List>
struct any_has;
template <template <class> class Has, class... Types>
struct any_has<Has, elements<Types...>> : std::disjunction<Has<Types>...> {};
template <template <class> class Has, class Bindable, class... Types>
struct any_has<Has, member_list<Bindable, Types...>> : std::disjunction<Has<Types>...> {};

//! Of an array, or array of arrays, what it is made of.
template <class T>
using innermost = std::remove_cv_t<std::remove_all_extents_t<T>>;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
