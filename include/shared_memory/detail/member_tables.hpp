// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What members.hpp needs once for each number of members: `{}, {}, ...` and structured bindings,
//! which no pack can be expanded to.

#ifndef SHARED_MEMORY_DETAIL_MEMBER_TABLES_HPP
#define SHARED_MEMORY_DETAIL_MEMBER_TABLES_HPP

#include <shared_memory/detail/config.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Types, as one. `bindable`: a reference can be bound to each of the members that have the types.
template <class Bindable, class... Types>
struct member_list {
    static constexpr bool bindable = Bindable::value;
};

//! A call with members is well-formed if a reference can be bound to each; no compiler lets
//! one be bound to a bit-field, and gcc none to a packed member. Depends on D.
template <class D, class... T>
void bind_to(D, T&...);

template <class Function>
auto compiles(Function function, int) -> decltype(function(0), std::true_type());
template <class Function>
std::false_type compiles(Function, ...);

//! Braces of N members: `made` is well-formed if T can be made of N times `{}` and a Next, if
//! there is one.
template <std::size_t N>
struct braces;

//! Names for the N members of an aggregate. Only for an aggregate that has so many members, and
//! none of which is anonymous or a base's: anything else stops the compilation.
template <std::size_t N>
struct names;

template <>
struct braces<0> {
    template <class T, class... Next>
    using made = decltype(T{std::declval<Next>()...});
};
template <>
struct names<0> {
    template <class T>
    static auto list(T&) {
        return member_list<std::true_type>();
    }
    template <class T, class Function>
    static void visit(T&, Function) {}
};

// Comma-separated, of the digits of a number: BRACES and NAMES have 10 * tens + ones members, TYPES
// their types; a list of ones goes from 1 to 10. (Boost.Preprocessor takes ten times as long.)
#define SHARED_MEMORY_DETAIL_LIST(tens, ones, what)                                                \
    SHARED_MEMORY_DETAIL_TENS_##tens(what) SHARED_MEMORY_DETAIL_ONES_##ones(what, tens)
#define SHARED_MEMORY_DETAIL_ONES_1(what, t) what(t##0)
#define SHARED_MEMORY_DETAIL_ONES_2(what, t) SHARED_MEMORY_DETAIL_ONES_1(what, t), what(t##1)
#define SHARED_MEMORY_DETAIL_ONES_3(what, t) SHARED_MEMORY_DETAIL_ONES_2(what, t), what(t##2)
#define SHARED_MEMORY_DETAIL_ONES_4(what, t) SHARED_MEMORY_DETAIL_ONES_3(what, t), what(t##3)
#define SHARED_MEMORY_DETAIL_ONES_5(what, t) SHARED_MEMORY_DETAIL_ONES_4(what, t), what(t##4)
#define SHARED_MEMORY_DETAIL_ONES_6(what, t) SHARED_MEMORY_DETAIL_ONES_5(what, t), what(t##5)
#define SHARED_MEMORY_DETAIL_ONES_7(what, t) SHARED_MEMORY_DETAIL_ONES_6(what, t), what(t##6)
#define SHARED_MEMORY_DETAIL_ONES_8(what, t) SHARED_MEMORY_DETAIL_ONES_7(what, t), what(t##7)
#define SHARED_MEMORY_DETAIL_ONES_9(what, t) SHARED_MEMORY_DETAIL_ONES_8(what, t), what(t##8)
#define SHARED_MEMORY_DETAIL_ONES_10(what, t) SHARED_MEMORY_DETAIL_ONES_9(what, t), what(t##9)
#define SHARED_MEMORY_DETAIL_TENS_0(what)
#define SHARED_MEMORY_DETAIL_TENS_1(what) SHARED_MEMORY_DETAIL_ONES_10(what, 0),
#define SHARED_MEMORY_DETAIL_TENS_2(what)                                                          \
    SHARED_MEMORY_DETAIL_TENS_1(what) SHARED_MEMORY_DETAIL_ONES_10(what, 1),
#define SHARED_MEMORY_DETAIL_TENS_3(what)                                                          \
    SHARED_MEMORY_DETAIL_TENS_2(what) SHARED_MEMORY_DETAIL_ONES_10(what, 2),
#define SHARED_MEMORY_DETAIL_TENS_4(what)                                                          \
    SHARED_MEMORY_DETAIL_TENS_3(what) SHARED_MEMORY_DETAIL_ONES_10(what, 3),
#define SHARED_MEMORY_DETAIL_TENS_5(what)                                                          \
    SHARED_MEMORY_DETAIL_TENS_4(what) SHARED_MEMORY_DETAIL_ONES_10(what, 4),
#define SHARED_MEMORY_DETAIL_TENS_6(what)                                                          \
    SHARED_MEMORY_DETAIL_TENS_5(what) SHARED_MEMORY_DETAIL_ONES_10(what, 5),
#define SHARED_MEMORY_DETAIL_TENS_7(what)                                                          \
    SHARED_MEMORY_DETAIL_TENS_6(what) SHARED_MEMORY_DETAIL_ONES_10(what, 6),
#define SHARED_MEMORY_DETAIL_TENS_8(what)                                                          \
    SHARED_MEMORY_DETAIL_TENS_7(what) SHARED_MEMORY_DETAIL_ONES_10(what, 7),
#define SHARED_MEMORY_DETAIL_TENS_9(what)                                                          \
    SHARED_MEMORY_DETAIL_TENS_8(what) SHARED_MEMORY_DETAIL_ONES_10(what, 8),
#define SHARED_MEMORY_DETAIL_TENS_10(what)                                                         \
    SHARED_MEMORY_DETAIL_TENS_9(what) SHARED_MEMORY_DETAIL_ONES_10(what, 9),

#define SHARED_MEMORY_DETAIL_BRACE(i)                                                              \
    {}
#define SHARED_MEMORY_DETAIL_NAME(i) m##i
#define SHARED_MEMORY_DETAIL_TYPE(i) decltype(m##i)

#define SHARED_MEMORY_DETAIL_BRACES(tens, ones)                                                    \
    template <>                                                                                    \
    struct braces<10 * tens + ones> {                                                              \
        template <class T, class... Next>                                                          \
        using made = decltype(T{SHARED_MEMORY_DETAIL_LIST(tens, ones, SHARED_MEMORY_DETAIL_BRACE), \
                                std::declval<Next>()...});                                         \
    };
#define SHARED_MEMORY_DETAIL_NAMES(tens, ones)                                                     \
    template <>                                                                                    \
    struct names<10 * tens + ones> {                                                               \
        template <class T>                                                                         \
        static auto list(T& value) {                                                               \
            auto& [SHARED_MEMORY_DETAIL_LIST(tens, ones, SHARED_MEMORY_DETAIL_NAME)] = value;      \
            auto bind =                                                                            \
                [](auto d) -> decltype(bind_to(d, SHARED_MEMORY_DETAIL_LIST(                       \
                                                      tens, ones, SHARED_MEMORY_DETAIL_NAME))) {}; \
            return member_list<decltype(compiles(bind, 0)),                                        \
                               SHARED_MEMORY_DETAIL_LIST(tens, ones,                               \
                                                         SHARED_MEMORY_DETAIL_TYPE)>();            \
        }                                                                                          \
        template <class T, class Function>                                                         \
        static void visit(T& value, Function function) {                                           \
            auto& [SHARED_MEMORY_DETAIL_LIST(tens, ones, SHARED_MEMORY_DETAIL_NAME)] = value;      \
            function(SHARED_MEMORY_DETAIL_LIST(tens, ones, SHARED_MEMORY_DETAIL_NAME));            \
        }                                                                                          \
    };
#define SHARED_MEMORY_DETAIL_TEN_TABLES(tens)                                                      \
    SHARED_MEMORY_DETAIL_TABLES(tens, 1)                                                           \
    SHARED_MEMORY_DETAIL_TABLES(tens, 2)                                                           \
    SHARED_MEMORY_DETAIL_TABLES(tens, 3)                                                           \
    SHARED_MEMORY_DETAIL_TABLES(tens, 4)                                                           \
    SHARED_MEMORY_DETAIL_TABLES(tens, 5)                                                           \
    SHARED_MEMORY_DETAIL_TABLES(tens, 6)                                                           \
    SHARED_MEMORY_DETAIL_TABLES(tens, 7)                                                           \
    SHARED_MEMORY_DETAIL_TABLES(tens, 8)                                                           \
    SHARED_MEMORY_DETAIL_TABLES(tens, 9)                                                           \
    SHARED_MEMORY_DETAIL_TABLES(tens, 10)
#define SHARED_MEMORY_DETAIL_TABLES(tens, ones)                                                    \
    SHARED_MEMORY_DETAIL_BRACES(tens, ones)                                                        \
    SHARED_MEMORY_DETAIL_NAMES(tens, ones)

SHARED_MEMORY_DETAIL_TEN_TABLES(0)
SHARED_MEMORY_DETAIL_TEN_TABLES(1)
SHARED_MEMORY_DETAIL_TEN_TABLES(2)
SHARED_MEMORY_DETAIL_TEN_TABLES(3)
SHARED_MEMORY_DETAIL_TEN_TABLES(4)
SHARED_MEMORY_DETAIL_TEN_TABLES(5)
SHARED_MEMORY_DETAIL_TEN_TABLES(6)
SHARED_MEMORY_DETAIL_TEN_TABLES(7)
SHARED_MEMORY_DETAIL_TEN_TABLES(8)
SHARED_MEMORY_DETAIL_TEN_TABLES(9)
SHARED_MEMORY_DETAIL_BRACES(10, 1)

#undef SHARED_MEMORY_DETAIL_LIST
#undef SHARED_MEMORY_DETAIL_ONES_1
#undef SHARED_MEMORY_DETAIL_ONES_2
#undef SHARED_MEMORY_DETAIL_ONES_3
#undef SHARED_MEMORY_DETAIL_ONES_4
#undef SHARED_MEMORY_DETAIL_ONES_5
#undef SHARED_MEMORY_DETAIL_ONES_6
#undef SHARED_MEMORY_DETAIL_ONES_7
#undef SHARED_MEMORY_DETAIL_ONES_8
#undef SHARED_MEMORY_DETAIL_ONES_9
#undef SHARED_MEMORY_DETAIL_ONES_10
#undef SHARED_MEMORY_DETAIL_TENS_0
#undef SHARED_MEMORY_DETAIL_TENS_1
#undef SHARED_MEMORY_DETAIL_TENS_2
#undef SHARED_MEMORY_DETAIL_TENS_3
#undef SHARED_MEMORY_DETAIL_TENS_4
#undef SHARED_MEMORY_DETAIL_TENS_5
#undef SHARED_MEMORY_DETAIL_TENS_6
#undef SHARED_MEMORY_DETAIL_TENS_7
#undef SHARED_MEMORY_DETAIL_TENS_8
#undef SHARED_MEMORY_DETAIL_TENS_9
#undef SHARED_MEMORY_DETAIL_TENS_10
#undef SHARED_MEMORY_DETAIL_BRACE
#undef SHARED_MEMORY_DETAIL_NAME
#undef SHARED_MEMORY_DETAIL_TYPE
#undef SHARED_MEMORY_DETAIL_BRACES
#undef SHARED_MEMORY_DETAIL_NAMES
#undef SHARED_MEMORY_DETAIL_TEN_TABLES
#undef SHARED_MEMORY_DETAIL_TABLES

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
