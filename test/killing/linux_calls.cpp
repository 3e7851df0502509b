// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The kernel's calls as crash points, of Boost's headers too: the linker binds them here (--wrap).

#include <crash_point.hpp>

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include <cstdarg>
#include <cstddef>

namespace {

constexpr killing::place at(const char* name, killing::act what = killing::act::call) {
    return {"kernel", name, 0, what};
}

} // namespace

extern "C" {
int __real_rename(const char*, const char*);
int __wrap_rename(const char* from, const char* to) {
    const killing::crash_point point(at("rename"));
    return __real_rename(from, to);
}
int __real_renameat2(int, const char*, int, const char*, unsigned);
int __wrap_renameat2(int a, const char* from, int b, const char* to, unsigned flags) {
    const killing::crash_point point(at("renameat2"));
    return __real_renameat2(a, from, b, to, flags);
}
int __real_unlink(const char*);
int __wrap_unlink(const char* path) {
    const killing::crash_point point(at("unlink"));
    return __real_unlink(path);
}
int __real_posix_fallocate(int, off_t, off_t);
int __wrap_posix_fallocate(int file, off_t from, off_t size) {
    const killing::crash_point point(at("posix_fallocate"));
    return __real_posix_fallocate(file, from, size);
}
int __real_ftruncate(int, off_t);
int __wrap_ftruncate(int file, off_t size) {
    const killing::crash_point point(at("ftruncate"));
    return __real_ftruncate(file, size);
}
int __real_shm_open(const char*, int, mode_t);
int __wrap_shm_open(const char* name, int flags, mode_t mode) {
    const killing::crash_point point(at("shm_open"));
    return __real_shm_open(name, flags, mode);
}
int __real_fchmod(int, mode_t);
int __wrap_fchmod(int file, mode_t mode) {
    const killing::crash_point point(at("fchmod"));
    return __real_fchmod(file, mode);
}
void* __real_mmap(void*, std::size_t, int, int, int, off_t);
void* __wrap_mmap(void* at_address, std::size_t size, int how, int flags, int file, off_t from) {
    const killing::crash_point point(at("mmap"));
    return __real_mmap(at_address, size, how, flags, file, from);
}
int __real_munmap(void*, std::size_t);
int __wrap_munmap(void* from, std::size_t size) {
    const killing::crash_point point(at("munmap"));
    return __real_munmap(from, size);
}
int __real_close(int);
int __wrap_close(int file) {
    const killing::crash_point point(at("close"));
    return __real_close(file);
}
int __real_fcntl(int, int, ...);
int __wrap_fcntl(int file, int command, ...) {
    va_list list;
    va_start(list, command);
    void* const argument = va_arg(list, void*);
    va_end(list);
    const char* name = "ask_lock";
    if (command == F_OFD_SETLK)
        name = static_cast<const struct flock*>(argument)->l_type == F_UNLCK ? "unlock" : "lock";
    else if (command != F_OFD_GETLK)
        return __real_fcntl(file, command, argument);
    const killing::crash_point point(at(name));
    return __real_fcntl(file, command, argument);
}
long __real_syscall(long, ...);
long __wrap_syscall(long number, ...) {
    va_list list;
    va_start(list, number);
    long a[6];
    for (long& argument : a)
        argument = va_arg(list, long);
    va_end(list);
    const auto call = [&] { return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]); };
    if (number != SYS_futex)
        return call();
    const bool sleeps = (a[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET;
    const killing::crash_point point(sleeps ? at("sleep_on", killing::act::sleep) : at("wake_all"));
    return call();
}
}
