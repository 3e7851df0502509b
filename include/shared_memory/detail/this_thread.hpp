// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A number for the calling thread, in one instruction where that can be had.

#ifndef SHARED_MEMORY_DETAIL_THIS_THREAD_HPP
#define SHARED_MEMORY_DETAIL_THIS_THREAD_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/config.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Differs from the token of every other thread of this process that lives, and is never null. A
//! thread that begins later may get the token of an ended thread. It is asked anew at each call:
//! a coroutine may go on in another thread.
#if defined(__GNUC__) && defined(__x86_64__) && defined(__linux__)
// The thread's control block begins with its own address.
BOOST_FORCEINLINE const void* this_thread_token() noexcept {
    const void* token = nullptr;
    asm volatile("mov %%fs:0, %0" : "=r"(token));
    return token;
}
#else
inline const void* this_thread_token() noexcept {
    static thread_local char token;
    return &token;
}
#endif

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
