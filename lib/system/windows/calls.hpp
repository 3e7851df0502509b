// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The calls of the kernel whose effects other processes see, one function each. All files of
// lib/system/windows make these calls through `sys`, and no other file makes them.
//
// The tests that kill a process at every change compile the library once more, with the folder
// test/killing/ before lib/ among the include folders. There, test/killing/system/windows/calls.hpp
// is found instead of this file: each of its functions is a place to die, before the call and after
// it. So this file is included by <system/windows/calls.hpp> only, and has nothing but the functions.

#ifndef SHARED_MEMORY_LIB_SYSTEM_WINDOWS_CALLS_HPP
#define SHARED_MEMORY_LIB_SYSTEM_WINDOWS_CALLS_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/interprocess/creation_tags.hpp>
#include <boost/interprocess/permissions.hpp>
#include <boost/interprocess/windows_shared_memory.hpp>

#include <windows.h>

#include <cstddef>
#include <memory>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace sys {

//! Creates an object and reserves its memory, by one of Boost's managed classes.
template <class Managed>
Managed create(const char* name, std::size_t bytes,
               const boost::interprocess::permissions& permissions) {
    return Managed(boost::interprocess::create_only, name, bytes, nullptr, permissions);
}

//! Opens a small object, which is created if there is none of that name.
template <class Character>
boost::interprocess::windows_shared_memory open_or_create(const Character* name,
                                                          std::size_t bytes) {
    namespace bi = boost::interprocess;
    return bi::windows_shared_memory(bi::open_or_create, name, bi::read_write, bytes);
}

//! Closes all handles of an opened object. With its last handle, an object goes.
template <class Opened>
void close(std::unique_ptr<Opened>& opened) noexcept {
    opened.reset();
}

//! A handle to ask with whether the process lives; null: GetLastError says why not.
inline HANDLE open_process(DWORD id) noexcept {
    return ::OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, id);
}

//! The auto-reset event of that name, created if there is none; null: it cannot be had.
inline HANDLE create_event(const char* name) noexcept {
    return ::CreateEventA(nullptr, FALSE, FALSE, name);
}

//! The event of that name, to set it; null if there is none.
inline HANDLE open_event(const char* name) noexcept {
    return ::OpenEventA(EVENT_MODIFY_STATE | SYNCHRONIZE, FALSE, name);
}

//! Wakes one sleeper of the event, now or when it comes.
inline void set_event(HANDLE event) noexcept {
    ::SetEvent(event);
}

//! Sleeps until one of the events is set, and resets it; false if none was within the time.
inline bool wait(const HANDLE* events, DWORD count, DWORD milliseconds) noexcept {
    return ::WaitForMultipleObjects(count, events, FALSE, milliseconds) < WAIT_OBJECT_0 + count;
}

//! Closes a handle. With its last handle, an event goes.
inline void close_handle(HANDLE handle) noexcept {
    ::CloseHandle(handle);
}

} // namespace sys
} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
