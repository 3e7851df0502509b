// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "bytes_part.hpp"

#include "define_type.hpp"

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

part_need need(const segment_identity& id, const part_entry&) {
    return {bytes_of(id.element_count, id.element_size), page_bytes};
}

} // namespace

const part_type& bytes_part::type() noexcept {
    static constexpr part_type bytes{bytes_part_number, "bytes", 1,       &need,   nullptr, nullptr,
                                     nullptr,           nullptr, nullptr, nullptr, true};
    return bytes;
}
template const part_type& type_of<bytes_part>() noexcept;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
