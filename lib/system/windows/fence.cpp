// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Windows has no fence that a process runs for others (FlushProcessWriteBuffers reaches this
// process's threads only). No process registers, so all run full fences.

#include <system/fence.hpp>

#include <shared_memory/detail/layout/header.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

bool register_for_heavy_fences() noexcept {
    return false;
}

void fence_all_processes() noexcept {
    ipc_words::full_fence();
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
