// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The bytes part: what an array or a buffer holds. It has no words of its own, and no participant
// holds anything in it; a lock beside it says which participant may touch the bytes.

#ifndef SHARED_MEMORY_LIB_PART_BYTES_PART_HPP
#define SHARED_MEMORY_LIB_PART_BYTES_PART_HPP

#include "part_type.hpp"

#include <shared_memory/detail/layout/bytes.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

class bytes_part {
public:
    static const part_type& type() noexcept;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
