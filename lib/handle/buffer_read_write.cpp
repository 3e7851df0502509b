// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/buffer_read_write.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

detail::segment_expectation buffer_read_write::any() {
    detail::segment_expectation wanted;
    wanted.class_name = "buffer_read_write";
    return wanted;
}

detail::segment_expectation buffer_read_write::of(std::uint64_t size) {
    if (size == 0)
        throw error(errc::out_of_range,
                    "shared_memory: expected a buffer of 1 byte or more, found 0");
    detail::segment_expectation wanted = any();
    wanted.element_size = 1;
    wanted.element_count = size;
    return wanted;
}

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
