// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The calls of the kernel whose effects other processes see, one function each. All files of
// lib/system/linux make these calls through `sys`, and no other file makes them.
//
// The tests that kill a process at every change compile the library once more, with the folder
// test/killing/ before lib/ among the include folders. There, test/killing/system/linux/calls.hpp is
// found instead of this file: each of its functions is a place to die, before the call and after it.
// So this file is included by <system/linux/calls.hpp> only, and has nothing but the functions.

#ifndef SHARED_MEMORY_LIB_SYSTEM_LINUX_CALLS_HPP
#define SHARED_MEMORY_LIB_SYSTEM_LINUX_CALLS_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/interprocess/creation_tags.hpp>
#include <boost/interprocess/permissions.hpp>
#include <boost/interprocess/shared_memory_object.hpp>

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>

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

//! Reserves more memory for an object, which has that many bytes then. Throws what Boost throws.
inline void enlarge(const char* name, std::size_t bytes) {
    boost::interprocess::shared_memory_object(boost::interprocess::open_only, name,
                                              boost::interprocess::read_write)
        .truncate(static_cast<boost::interprocess::offset_t>(bytes));
}

//! Renames a file; 0, or the error's number.
inline int rename(const char* from, const char* to) noexcept {
    return ::rename(from, to) == 0 ? 0 : errno;
}

//! Renames a file unless the new name is there (EEXIST); 0, or the error's number.
inline int rename_if_free(const char* from, const char* to) noexcept {
    return ::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 ? 0 : errno;
}

//! Removes a name; 0, or the error's number.
inline int unlink(const char* path) noexcept {
    return ::unlink(path) == 0 ? 0 : errno;
}

//! Closes a descriptor. With the description's last reference, its locks go.
inline void close(int descriptor) noexcept {
    ::close(descriptor);
}

//! Sets (F_WRLCK, F_RDLCK) or drops (F_UNLCK) the description's lock of some bytes; 0, or the
//! error's number.
inline int set_lock(int descriptor, short type, off_t first, off_t count) noexcept {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = first;
    lock.l_len = count;
    while (::fcntl(descriptor, F_OFD_SETLK, &lock) == -1) {
        if (errno != EINTR)
            return errno;
    }
    return 0;
}

//! Asks whether a lock (F_WRLCK, F_RDLCK) of the byte could be set: F_UNLCK if it could, else the
//! type of the lock that another description has. -1: the kernel cannot be asked.
inline int get_lock(int descriptor, short type, off_t byte) noexcept {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = byte;
    lock.l_len = 1;
    return ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0 ? lock.l_type : -1;
}

//! Whether the kernel knows such locks, and lets this process set them and ask for them: 0, or the
//! error's number. The byte is one that the description has no lock of: nothing changes.
inline int probe_locks(int descriptor, off_t byte) noexcept {
    struct flock lock {};
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = byte;
    lock.l_len = 1;
    if (::fcntl(descriptor, F_OFD_GETLK, &lock) != 0)
        return errno;
    return set_lock(descriptor, F_UNLCK, byte, 1);
}

//! Maps a file's first bytes for reading: one more reference to the description. Null: it cannot.
inline void* map(int descriptor, std::size_t bytes) noexcept {
    void* const address = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor, 0);
    return address == MAP_FAILED ? nullptr : address;
}

inline void unmap(void* address, std::size_t bytes) noexcept {
    ::munmap(address, bytes);
}

//! A point of CLOCK_MONOTONIC, as the futex calls take it where time_t has 64 bits in the kernel.
//! glibc's timespec has that form on 64-bit systems; 32-bit ones have a call of their own for it.
struct wake_time {
    std::int64_t seconds;
    std::int64_t nanoseconds;
};
#if defined(SYS_futex_time64)
inline constexpr long futex_call = SYS_futex_time64;
#else
inline constexpr long futex_call = SYS_futex;
#endif

//! Sleeps until woken, the time has come (null: never), or at once if the word has another value.
//! FUTEX_WAIT_BITSET takes an absolute time, on the monotonic clock. Not FUTEX_PRIVATE_FLAG: the
//! word is shared between processes.
inline void futex_wait(void* word, std::uint32_t value, const wake_time* until) noexcept {
    ::syscall(futex_call, word, FUTEX_WAIT_BITSET, value, until, nullptr, FUTEX_BITSET_MATCH_ANY);
}

//! Wakes all sleepers of the word.
inline void futex_wake(void* word) noexcept {
    ::syscall(futex_call, word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

#if defined(SYS_futex_waitv) && defined(FUTEX_32)
using futex_waiter = ::futex_waitv;
inline constexpr unsigned max_futex_waiters = FUTEX_WAITV_MAX;
inline constexpr std::uint32_t futex_size_32 = FUTEX_32;

//! As futex_wait, for several words at once. False if the kernel (before 5.16) does not know the
//! call, or a filter does not let it through.
inline bool futex_wait_any(futex_waiter* waiters, unsigned count, const wake_time* until) noexcept {
    return ::syscall(SYS_futex_waitv, waiters, count, 0U, until, CLOCK_MONOTONIC) >= 0 ||
           errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT;
}
#else
// As the kernel's headers have it; those of the system are older.
struct futex_waiter {
    std::uint64_t val;
    std::uint64_t uaddr;
    std::uint32_t flags;
    std::uint32_t reserved;
};
inline constexpr unsigned max_futex_waiters = 128;
inline constexpr std::uint32_t futex_size_32 = 2;

inline bool futex_wait_any(futex_waiter*, unsigned, const wake_time*) noexcept {
    return false;
}
#endif

} // namespace sys
} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
