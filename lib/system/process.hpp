// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What each system must give: what tells this process from any other. The implementations are
//! linux/process.cpp and windows/process.cpp; test/system/process.cpp tests either one.

#ifndef SHARED_MEMORY_LIB_SYSTEM_PROCESS_HPP
#define SHARED_MEMORY_LIB_SYSTEM_PROCESS_HPP

#include <shared_memory/detail/config.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! A process: its id and, since ids are used again, when it started, in units of the system's. It is
//! for people to read; who is alive is said by liveness.hpp.
struct process_identity {
    std::uint64_t id;
    std::uint64_t start_time; // 0 if the system does not say
};
//! This process; another one in a fork's child.
process_identity this_process();

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
