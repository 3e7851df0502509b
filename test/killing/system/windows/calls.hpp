// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The calls of the kernel, of the killing build: the library's own, each of them a crash point that
//! is named after the place that calls.

#ifndef SHARED_MEMORY_TEST_KILLING_SYSTEM_WINDOWS_CALLS_HPP
#define SHARED_MEMORY_TEST_KILLING_SYSTEM_WINDOWS_CALLS_HPP

// The library's own, as detail::kernel.
#define sys kernel
#include "../../../../lib/system/windows/calls.hpp"
#undef sys

#include <crash_point.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace sys {

using place = ::killing::place;
using ::killing::act;
using ::killing::crash_point;

template <class Managed>
Managed create(const char* name, std::size_t bytes,
               const boost::interprocess::permissions& permissions,
               const place& here = place::of_caller(act::call)) {
    const crash_point point(here);
    return kernel::create<Managed>(name, bytes, permissions);
}
template <class Character>
boost::interprocess::windows_shared_memory
open_or_create(const Character* name, std::size_t bytes,
               const place& here = place::of_caller(act::call)) {
    const crash_point point(here);
    return kernel::open_or_create(name, bytes);
}
template <class Opened>
void close(std::unique_ptr<Opened>& opened,
           const place& here = place::of_caller(act::call)) noexcept {
    const crash_point point(here);
    kernel::close(opened);
}
inline HANDLE open_process(DWORD id, const place& here = place::of_caller(act::call)) noexcept {
    const crash_point point(here);
    return kernel::open_process(id);
}
inline HANDLE create_event(const char* name,
                           const place& here = place::of_caller(act::call)) noexcept {
    const crash_point point(here);
    return kernel::create_event(name);
}
inline HANDLE open_event(const char* name,
                         const place& here = place::of_caller(act::call)) noexcept {
    const crash_point point(here);
    return kernel::open_event(name);
}
inline void set_event(HANDLE event, const place& here = place::of_caller(act::call)) noexcept {
    const crash_point point(here);
    kernel::set_event(event);
}
inline bool wait(const HANDLE* events, DWORD count, DWORD milliseconds,
                 const place& here = place::of_caller(act::sleep)) noexcept {
    const crash_point point(here);
    return kernel::wait(events, count, milliseconds);
}
inline void close_handle(HANDLE handle, const place& here = place::of_caller(act::call)) noexcept {
    const crash_point point(here);
    kernel::close_handle(handle);
}

} // namespace sys
} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
