// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What a handle has from the system: for lib/segment/*.cpp.

#ifndef SHARED_MEMORY_LIB_SEGMENT_SYSTEM_SIDE_HPP
#define SHARED_MEMORY_LIB_SEGMENT_SYSTEM_SIDE_HPP

#include <shared_memory/detail/segment.hpp>

#include <system/liveness.hpp>
#include <system/mapping.hpp>
#include <system/object.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! The mapping goes before the object, and with the object its locks.
struct segment::system_side {
    kernel_object object;
    mapping memory;

    liveness locks() const noexcept { return liveness(object); }
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
