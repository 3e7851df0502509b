// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The calls of the kernel, of the killing build: the library's own, each of them a crash point that
//! is named after the place that calls.

#ifndef SHARED_MEMORY_TEST_KILLING_SYSTEM_LINUX_CALLS_HPP
#define SHARED_MEMORY_TEST_KILLING_SYSTEM_LINUX_CALLS_HPP

// The library's own, as detail::kernel.
#define sys kernel
#include "../../../../lib/system/linux/calls.hpp"
#undef sys

#include <crash_point.hpp>

#include <sys/stat.h>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace sys {

using kernel::futex_size_32;
using kernel::futex_waiter;
using kernel::max_futex_waiters;
using kernel::wake_time;
using place = ::killing::place;
using ::killing::act;
using ::killing::crash_point;

//! Half way, the object is there as Boost leaves it between two calls of its own: empty, with one
//! byte, with all of them.
template <class Managed>
Managed create(const char* name, std::size_t bytes,
               const boost::interprocess::permissions& permissions,
               const place& here = place::of_caller(act::call)) {
    const crash_point point(here);
    const int file =
        ::shm_open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, permissions.get_permissions());
    if (file >= 0) {
        point.half_way();
        if (::ftruncate(file, 1) == 0)
            point.half_way();
        if (::posix_fallocate(file, 0, static_cast<off_t>(bytes)) == 0)
            point.half_way();
        ::close(file);
        ::shm_unlink(name);
    }
    return kernel::create<Managed>(name, bytes, permissions);
}

//! Half way, the object has half of the bytes that it gets.
inline void enlarge(const char* name, std::size_t bytes,
                    const place& here = place::of_caller(act::call)) {
    const crash_point point(here);
    const int file = ::shm_open(name, O_RDWR | O_CLOEXEC, 0);
    if (file >= 0) {
        if (::posix_fallocate(file, 0, static_cast<off_t>(bytes / 2)) == 0)
            point.half_way();
        ::close(file);
    }
    kernel::enlarge(name, bytes);
}

inline int rename(const char* from, const char* to,
                  const place& here = place::of_caller(act::call)) noexcept {
    const crash_point point(here);
    return kernel::rename(from, to);
}
inline int rename_if_free(const char* from, const char* to,
                          const place& here = place::of_caller(act::call)) noexcept {
    const crash_point point(here);
    return kernel::rename_if_free(from, to);
}
inline int unlink(const char* path, const place& here = place::of_caller(act::call)) noexcept {
    const crash_point point(here);
    return kernel::unlink(path);
}
inline void close(int descriptor, const place& here = place::of_caller(act::call)) noexcept {
    const crash_point point(here);
    kernel::close(descriptor);
}
inline int set_lock(int descriptor, short type, off_t first, off_t count,
                    const place& here = place::of_caller(act::call)) noexcept {
    const crash_point point(here);
    return kernel::set_lock(descriptor, type, first, count);
}
inline int get_lock(int descriptor, short type, off_t byte,
                    const place& here = place::of_caller(act::call)) noexcept {
    const crash_point point(here);
    return kernel::get_lock(descriptor, type, byte);
}
inline int probe_locks(int descriptor, off_t byte,
                       const place& here = place::of_caller(act::call)) noexcept {
    const crash_point point(here);
    return kernel::probe_locks(descriptor, byte);
}
inline void* map(int descriptor, std::size_t bytes,
                 const place& here = place::of_caller(act::call)) noexcept {
    const crash_point point(here);
    return kernel::map(descriptor, bytes);
}
inline void unmap(void* address, std::size_t bytes,
                  const place& here = place::of_caller(act::call)) noexcept {
    const crash_point point(here);
    kernel::unmap(address, bytes);
}
inline void futex_wait(void* word, std::uint32_t value, const wake_time* until,
                       const place& here = place::of_caller(act::sleep)) noexcept {
    const crash_point point(here);
    kernel::futex_wait(word, value, until);
}
inline void futex_wake(void* word, const place& here = place::of_caller(act::call)) noexcept {
    const crash_point point(here);
    kernel::futex_wake(word);
}
inline bool futex_wait_any(futex_waiter* waiters, unsigned count, const wake_time* until,
                           const place& here = place::of_caller(act::sleep)) noexcept {
    const crash_point point(here);
    return kernel::futex_wait_any(waiters, count, until);
}

} // namespace sys
} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
