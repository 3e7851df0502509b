// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A reference to a callable, for code that is compiled elsewhere: waiting, reaping, searching.

#ifndef SHARED_MEMORY_DETAIL_CORE_FUNCTION_REF_HPP
#define SHARED_MEMORY_DETAIL_CORE_FUNCTION_REF_HPP

#include <shared_memory/detail/config.hpp>

#include <memory>
#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

template <class Signature>
class function_ref;

//! The callable must outlive the reference. A temporary lives as long as the call that it is an
//! argument of, so a function may take a function_ref, and must not keep it.
template <class Result, class... Arguments>
class function_ref<Result(Arguments...)> {
public:
    //! Not for a function_ref: a copy refers to the callable itself, not to the copied reference.
    template <class F, class = std::enable_if_t<!std::is_same_v<
                           std::remove_cv_t<std::remove_reference_t<F>>, function_ref>>>
    function_ref(F&& f) noexcept // NOLINT: implicit, and by reference, for that is its purpose
        : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
          call_([](void* object, Arguments... arguments) -> Result {
              return (*static_cast<std::remove_reference_t<F>*>(object))(arguments...);
          }) {}

    Result operator()(Arguments... arguments) const { return call_(object_, arguments...); }

private:
    void* object_;
    Result (*call_)(void*, Arguments...);
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
