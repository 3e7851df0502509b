// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What each system must give: sleeping until another process wakes. The implementations are
//! linux/sleeping.cpp, windows/sleeping.cpp, and interprocess/sleeping.cpp for any system;
//! test/system/sleeping.cpp tests each. See detail/core/wait_room.hpp for how they are used.

#ifndef SHARED_MEMORY_LIB_SYSTEM_SLEEPING_HPP
#define SHARED_MEMORY_LIB_SYSTEM_SLEEPING_HPP

#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/layout/header.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! How the processes of this library sleep: two that differ cannot share a segment.
sync_kind synchronisation() noexcept;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
