// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! How a call that throws gets a twin that sets a `std::error_code`.

#ifndef SHARED_MEMORY_DETAIL_ERROR_CODE_TWIN_HPP
#define SHARED_MEMORY_DETAIL_ERROR_CODE_TWIN_HPP

#include <shared_memory/detail/config.hpp>

#include <system_error>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! The exception that is being handled, as a code: an `error`'s own, a `std::system_error`'s,
//! `std::errc::not_enough_memory`, else `errc::system_error`.
SHARED_MEMORY_DECL std::error_code current_error() noexcept;

//! What `call` returns, with `ec` clear. If it throws: what `{}` makes, with `ec` set.
template <class Call>
auto or_error_code(std::error_code& ec, Call&& call) noexcept -> decltype(call()) {
    ec.clear();
    try {
        return call();
    } catch (...) {
        ec = current_error();
        return {};
    }
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
