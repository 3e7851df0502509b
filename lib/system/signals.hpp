// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What each system must give: some calls that no signal handler of this thread interrupts. The
//! implementations are linux/signals.cpp and windows/signals.cpp.

#ifndef SHARED_MEMORY_LIB_SYSTEM_SIGNALS_HPP
#define SHARED_MEMORY_LIB_SYSTEM_SIGNALS_HPP

#include <shared_memory/detail/config.hpp>

#include <cstddef>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! While it lives, this thread's signals wait. It costs two system calls, and nests.
class hold_signals {
public:
    hold_signals() noexcept;
    ~hold_signals();
    hold_signals(const hold_signals&) = delete;
    hold_signals& operator=(const hold_signals&) = delete;

private:
    alignas(std::max_align_t) std::byte before_[128]; // the system's set of signals
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
