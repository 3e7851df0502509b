// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What Linux says, as errors tell it.

#ifndef SHARED_MEMORY_LIB_SYSTEM_LINUX_TOLD_HPP
#define SHARED_MEMORY_LIB_SYSTEM_LINUX_TOLD_HPP

#include <shared_memory/detail/config.hpp>

#include <sys/types.h>

#include <cstdio>
#include <string>
#include <system_error>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! What the kernel says of an error.
inline std::string told(int why) {
    return "the system says \"" + std::generic_category().message(why) + '"';
}

//! As chmod takes it: 0600.
inline std::string octal_mode(mode_t mode) {
    char text[8];
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777U));
    return text;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
