// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What each system must give: a full fence that a process runs for all. The implementations are
//! linux/fence.cpp and windows/fence.cpp; test/system/fence.cpp tests either one.

#ifndef SHARED_MEMORY_LIB_SYSTEM_FENCE_HPP
#define SHARED_MEMORY_LIB_SYSTEM_FENCE_HPP

#include <shared_memory/detail/config.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! From now on, another process's fence_all_processes() is a full fence of this process's
//! threads too. False if the system has no such fence, or does not let this process use it:
//! then the process runs full fences itself. It may be called any number of times; a fork's
//! child inherits it.
bool register_for_heavy_fences() noexcept;

//! A full fence of the caller, and of every thread of every process that has registered: what such
//! a thread stored before is seen by the caller, and what the caller stored before is seen by it.
//! It takes microseconds, or a millisecond where the system does not let this process do it.
void fence_all_processes() noexcept;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
