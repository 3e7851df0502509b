// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What tells this process from any other, on Windows.

#include <system/process.hpp>

#include <windows.h>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

process_identity this_process() {
    FILETIME start{};
    FILETIME end{};
    FILETIME kernel{};
    FILETIME user{};
    std::uint64_t started = 0;
    if (::GetProcessTimes(::GetCurrentProcess(), &start, &end, &kernel, &user) != 0)
        started = std::uint64_t{start.dwHighDateTime} << 32U | start.dwLowDateTime;
    return {::GetCurrentProcessId(), started};
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
