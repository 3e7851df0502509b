// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <system/signals.hpp>

#include <csignal>
#include <cstring>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

hold_signals::hold_signals() noexcept {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::sigemptyset(&before);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    static_assert(sizeof before <= sizeof before_);
    std::memcpy(before_, &before, sizeof before);
}

hold_signals::~hold_signals() {
    sigset_t before;
    std::memcpy(&before, before_, sizeof before);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
