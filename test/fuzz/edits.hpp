// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Damage: a change of some bytes of a segment, chosen among its words, or anywhere.

#ifndef SHARED_MEMORY_TEST_FUZZ_EDITS_HPP
#define SHARED_MEMORY_TEST_FUZZ_EDITS_HPP

#include "shapes.hpp"
#include "support.hpp"

#include <cstddef>
#include <cstdint>

namespace fuzz {

struct edit {
    enum operation : std::uint8_t { set, add, flip };
    std::uint64_t offset = 0; // in the object; one that does not fit changes nothing
    std::uint32_t width = 0;  // bytes: 1, 2, 4 or 8
    operation what = set;
    std::uint64_t value = 0;
};

// An edit of a segment that once was of that shape.
edit take_edit(input& in, const shape& s);
// Also while others read and write there.
void apply(const edit& e, std::byte* object, std::size_t size);

} // namespace fuzz

#endif
