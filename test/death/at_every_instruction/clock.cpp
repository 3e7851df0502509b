// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// How late it is, by a system call: the C library's way through the memory that the kernel keeps the
// time in is now and then another one, and steps are counted here.

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

extern "C" int clock_gettime(clockid_t clock, struct timespec* time) noexcept {
    return static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
}
