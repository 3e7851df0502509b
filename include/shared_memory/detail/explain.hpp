// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The texts that say why a type may not live in shared memory, or not be copied to and from it.

#ifndef SHARED_MEMORY_DETAIL_EXPLAIN_HPP
#define SHARED_MEMORY_DETAIL_EXPLAIN_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/why_not_shareable.hpp>

#include <cstddef>
#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

#define SHARED_MEMORY_DETAIL_REFUSE(reason, text)                                                  \
    static_assert(Why != why_not::reason,                                                          \
                  "shared_memory: this type cannot live in shared memory: " text)
#define SHARED_MEMORY_DETAIL_VOUCH                                                                 \
    " If you know that there is no pointer and no reference in it, write "                         \
    "SHARED_MEMORY_SHAREABLE(type) behind it"

//! Stops the compilation with the reason, unless there is none. The compiler names the Culprit, which is
//! the Type or lies in it.
template <why_not Why, class Culprit, class Type>
struct explain {
    SHARED_MEMORY_DETAIL_REFUSE(
        pointer, "it is, or contains, a pointer, which means nothing in another process. Keep the "
                 "data itself (a std::array, an array as char[32]) or an index instead");
    SHARED_MEMORY_DETAIL_REFUSE(
        reference, "it is, or contains, a reference, which means nothing in another process. Keep "
                   "the data itself, or an index, instead");
    SHARED_MEMORY_DETAIL_REFUSE(
        not_trivially_copyable,
        "it is, or contains, a class that is not trivially copyable (as std::string and "
        "std::vector, which point to their data). Only bytes are shared: use an array of fixed "
        "length, as char[32] or std::array, and pass a string or a vector as the message itself");
    SHARED_MEMORY_DETAIL_REFUSE(
        virtual_function, "it is, or contains, a class with a virtual function, and so a pointer "
                          "that means nothing in another process. Use a class without");
    SHARED_MEMORY_DETAIL_REFUSE(
        base_class, "it is, or contains, a class with a base class, which the library cannot look "
                    "into. Make the base a member." SHARED_MEMORY_DETAIL_VOUCH);
    SHARED_MEMORY_DETAIL_REFUSE(
        too_many_members,
        "it is, or contains, a class with more than 100 members, which the library cannot look "
        "into. Put some of them into a struct of their own." SHARED_MEMORY_DETAIL_VOUCH);
    SHARED_MEMORY_DETAIL_REFUSE(
        bit_field, "it is, or contains, a class with a bit-field, which the library cannot look "
                   "into. Use whole integers." SHARED_MEMORY_DETAIL_VOUCH);
    SHARED_MEMORY_DETAIL_REFUSE(
        packed, "it is, or contains, a packed class, whose members the library cannot look into. "
                "Order the members by size instead." SHARED_MEMORY_DETAIL_VOUCH);
    SHARED_MEMORY_DETAIL_REFUSE(
        not_an_aggregate,
        "it is, or contains, a class with private members, constructors, private bases or "
        "captures, "
        "which the library cannot look into, and a pointer may be in it. Use a struct with public "
        "members and without constructors." SHARED_MEMORY_DETAIL_VOUCH);
    SHARED_MEMORY_DETAIL_REFUSE(
        union_object,
        "it is, or contains, a union, and the library cannot know which member of it is "
        "used." SHARED_MEMORY_DETAIL_VOUCH);
    SHARED_MEMORY_DETAIL_REFUSE(
        unknown_members,
        "it is, or contains, a class that the library cannot look into: with an anonymous union or "
        "struct, a reference, or a member without default constructor beside too many others. "
        "Give each member a name." SHARED_MEMORY_DETAIL_VOUCH);
    SHARED_MEMORY_DETAIL_REFUSE(volatile_object, "it is, or contains, a volatile object. Leave "
                                                 "volatile away, or use a std::atomic");
    SHARED_MEMORY_DETAIL_REFUSE(no_object, "it is void or a function. Expected a type of objects");
    SHARED_MEMORY_DETAIL_REFUSE(unknown_length, "it is, or contains, an array of unknown length. "
                                                "Say how many elements it has");
    SHARED_MEMORY_DETAIL_REFUSE(
        atomic_with_lock,
        "it is, or contains, a std::atomic that is not always lock-free: its lock would be this "
        "process's own. Use a smaller type in the std::atomic, or a class with locks");
    SHARED_MEMORY_DETAIL_REFUSE(said_not_to_be,
                                "shared_memory::is_shareable is specialised for it, and is false");
};

#undef SHARED_MEMORY_DETAIL_REFUSE
#undef SHARED_MEMORY_DETAIL_VOUCH

template <class T>
struct assert_shareable : explain<verdict<T>::why, typename verdict<T>::culprit, T> {};

// ---- Copied --------------------------------------------------------------------------------------

template <class T>
struct holds_atomic;

template <class T>
constexpr bool class_holds_atomic() noexcept {
    if constexpr (is_atomic<T>::value)
        return true;
    else if constexpr (verdict<T>::why != why_not::shareable)
        return false; // NOLINT(bugprone-branch-clone): refused for another reason
    else if constexpr (is_specialised<T> || vouched_for_by_macro<T>::value)
        return !std::is_copy_constructible_v<T> && !std::is_move_constructible_v<T>;
    else if constexpr (standard_value<T>::known)
        return any_has<holds_atomic, typename standard_value<T>::held>::value;
    else if constexpr (looked_into<T>)
        return any_has<holds_atomic, member_list_of<T, count_members<T>().count>>::value;
    else
        return false;
}
//! T is, or contains, an object that is not to be copied byte by byte while others use it.
template <class T>
struct holds_atomic : std::bool_constant<class_holds_atomic<innermost<T>>()> {};

template <bool Copied, class T>
struct explain_copied {
    static_assert(
        Copied,
        "shared_memory: this type cannot be copied to or from shared memory: it is, or contains, a "
        "std::atomic. Use it where it lies (an element of a shared_array by operator[], data() or "
        "an "
        "iterator, a read_claim's as<T>()), and copy what its load() returns");
};

template <class T>
struct assert_copied
    : std::conditional_t<verdict<T>::why != why_not::shareable, assert_shareable<T>,
                         explain_copied<!holds_atomic<T>::value, T>> {};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

//! Stops the compilation, saying why, if T may not live in shared memory.
#define SHARED_MEMORY_ASSERT_SHAREABLE(...)                                                        \
    static_assert(sizeof(::shared_memory::detail::assert_shareable<__VA_ARGS__>) != 0, "")
//! The same, and also if T cannot be copied to and from shared memory.
#define SHARED_MEMORY_ASSERT_COPIED(...)                                                           \
    static_assert(sizeof(::shared_memory::detail::assert_copied<__VA_ARGS__>) != 0, "")

#endif
