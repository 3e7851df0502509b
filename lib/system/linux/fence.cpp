// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A full fence that a process runs for all: membarrier(2).

#include <system/fence.hpp>

#include <shared_memory/detail/layout/header.hpp>

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

bool register_for_heavy_fences() noexcept {
    return ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0) == 0;
}

void fence_all_processes() noexcept {
    ipc_words::full_fence();
    // Where this process may not do it (seccomp), time has to: what another processor has stored is
    // there long before a millisecond has passed, also if its process was just then interrupted.
    if (::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) != 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ipc_words::full_fence();
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
