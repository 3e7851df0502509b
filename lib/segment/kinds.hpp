// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What a segment's class says: its name, its limits, its parts. The rows stand in kinds.cpp.

#ifndef SHARED_MEMORY_LIB_SEGMENT_KINDS_HPP
#define SHARED_MEMORY_LIB_SEGMENT_KINDS_HPP

#include "../part/part_type.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! The least and the most that a number may be, and what errors call the number.
struct limit {
    const char* what;
    std::uint64_t low;
    std::uint64_t high;
};

struct class_row {
    std::uint32_t number; // segment_identity::class_number; never used again for another class
    const char* name;     // of the public class
    limit element_size;
    limit element_count;
    bool typed; // its elements are the user's: their alignment and type tag are compared
    std::array<const part_type& (*)() noexcept, max_parts> parts; // null: no more

    std::uint32_t part_count() const noexcept {
        std::uint32_t count = 0;
        while (count != max_parts && parts[count] != nullptr)
            ++count;
        return count;
    }
};

//! Null: this version of the library has no such class.
const class_row* find_class(std::uint32_t number) noexcept;
const class_row* find_class(std::string_view name) noexcept;
//! For a class that the library has.
const class_row& class_of(const segment_identity& identity) noexcept;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
