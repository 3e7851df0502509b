// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// For the .cpp of a part: `template const part_type& type_of<the_part>() noexcept;` stands at its end.

#ifndef SHARED_MEMORY_LIB_PART_DEFINE_TYPE_HPP
#define SHARED_MEMORY_LIB_PART_DEFINE_TYPE_HPP

#include "part_type.hpp"

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

template <class Part>
const part_type& type_of() noexcept {
    return Part::type();
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
