// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Functions that write and read messages where they lie: which fit, and why another one does not.

#ifndef SHARED_MEMORY_DETAIL_FUNCTIONS_HPP
#define SHARED_MEMORY_DETAIL_FUNCTIONS_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/standard_values.hpp>
#include <shared_memory/detail/why_not_shareable.hpp>

#include <boost/core/span.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Bytes, for a function that takes another span of std::byte than Boost's: std::span<std::byte>,
//! which is not made of a boost::span, or any view that is made of `{pointer, size}`.
class any_span {
public:
    explicit any_span(boost::span<std::byte> bytes) noexcept : bytes_(bytes) {}

    template <class View>
    static auto makes(void (*f)(View))
        -> decltype(f({std::declval<std::byte*>(), std::declval<std::size_t>()}));
    template <class View, class = decltype(makes<View>(nullptr)),
              class = std::enable_if_t<std::is_trivially_copyable_v<View>>>
    // NOLINTNEXTLINE(google-explicit-constructor): it is passed as a View
    operator View() const {
        return {bytes_.data(), bytes_.size()};
    }

private:
    boost::span<std::byte> bytes_;
};

//! What a writing function F is called with.
template <class F>
using writer_argument = std::conditional_t<std::is_invocable_v<F&, boost::span<std::byte>>,
                                           boost::span<std::byte>, any_span>;
template <class F>
inline constexpr bool takes_bytes_v = std::is_invocable_v<F&, writer_argument<F>>;
template <class F>
inline constexpr bool is_writer_function_v =
    std::is_invocable_r_v<std::size_t, F&, writer_argument<F>>;
template <class F>
inline constexpr bool is_reader_function_v = std::is_invocable_v<F&, boost::span<const std::byte>>;

template <class F>
decltype(auto) call_writer(F& function, boost::span<std::byte> bytes) {
    return function(writer_argument<F>(bytes));
}

// ---- Functions that do not fit -----------------------------------------------------------------------

struct has_call_operator {
    void operator()();
};
template <class F>
struct has_two_call_operators : F, has_call_operator {};
//! F has a call operator, be it a template: its name is ambiguous beside another one.
template <class F, bool Derivable = std::is_class_v<F> && !std::is_final_v<F>, class = void>
struct is_callable_class : std::bool_constant<Derivable> {};
template <class F>
struct is_callable_class<F, true, std::void_t<decltype(&has_two_call_operators<F>::operator())>>
    : std::false_type {};

//! F is a function by its looks, and no value that is shareable.
template <class F, class T = std::remove_cv_t<F>>
inline constexpr bool looks_callable_v = std::is_function_v<std::remove_pointer_t<T>> ||
                                         (is_callable_class<T>::value &&
                                          !is_reference_wrapper<T>::value && // an operator always
                                          verdict<T>::why != why_not::shareable);

template <class F>
constexpr void refuse_writer() noexcept {
    constexpr bool returns = takes_bytes_v<F>;
    static_assert(!returns,
                  "shared_memory: this function cannot write a message: expected one that returns "
                  "the message's size, convertible to std::size_t, found one that returns void or "
                  "something else. Add `return size;`");
    static_assert(returns,
                  "shared_memory: this function cannot write a message: expected one that can be "
                  "called with boost::span<std::byte> or std::span<std::byte>, the memory to be "
                  "filled, and returns the message's size; found other parameters");
}
template <class F>
constexpr void refuse_filler() noexcept {
    static_assert(
        takes_bytes_v<F>,
        "shared_memory: this function cannot write to the buffer: expected one that can be "
        "called with boost::span<std::byte> or std::span<std::byte>, the memory to be "
        "filled; found other parameters");
}
template <class F>
constexpr void refuse_reader() noexcept {
    static_assert(is_reader_function_v<F>,
                  "shared_memory: this function cannot read: expected one that can be called with "
                  "boost::span<const std::byte> or std::span<const std::byte>; found other "
                  "parameters. What is read is const: copy what is to be changed");
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
