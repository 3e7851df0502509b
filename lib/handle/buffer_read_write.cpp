// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/buffer_read_write.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

detail::segment_wish buffer_read_write::any() {
    detail::segment_wish wish;
    wish.kind = detail::segment_kind::buffer;
    return wish;
}

detail::segment_wish buffer_read_write::of(std::uint64_t size) {
    if (size == 0)
        throw error(errc::out_of_range,
                    "shared_memory: expected a buffer of 1 byte or more, found 0");
    detail::segment_wish wish = any();
    wish.element_size = 1;
    wish.element_count = size;
    return wish;
}

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
