// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// There, a console's handlers run in threads of their own.

#include <system/signals.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

hold_signals::hold_signals() noexcept : before_{} {}
hold_signals::~hold_signals() = default;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
