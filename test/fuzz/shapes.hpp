// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The segments that the fuzzers begin with.

#ifndef SHARED_MEMORY_TEST_FUZZ_SHAPES_HPP
#define SHARED_MEMORY_TEST_FUZZ_SHAPES_HPP

#include "support.hpp"

#include <shared_memory/buffer_read_write.hpp>
#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/shared_array.hpp>

#include <memory>
#include <string>
#include <vector>

namespace fuzz {

enum class subject { ring, array_of_int, array_of_flags, array_of_bool, buffer };

struct shape {
    subject what;
    std::uint32_t count; // nodes, elements, bytes
    std::uint32_t size;  // a ring's node
    std::uint32_t participants;
};

// Inline and separate payloads, sizes that fill their stride and that do not, one participant and
// more than fit a page.
inline constexpr shape shapes[] = {
    {subject::ring, 4, 8, 4},           {subject::ring, 2, 48, 1},
    {subject::ring, 3, 49, 4},          {subject::ring, 5, 200, 17},
    {subject::ring, 7, 1, 2},           {subject::array_of_int, 10, 0, 4},
    {subject::array_of_flags, 5, 0, 2}, {subject::array_of_bool, 7, 0, 4},
    {subject::buffer, 100, 0, 4},       {subject::buffer, 4096, 0, 17},
};
constexpr std::uint32_t shape_count = sizeof(shapes) / sizeof(shapes[0]);

// Bytes of a segment of each shape whose participants were killed: one with a node, or the lock, to
// write, one that reads, messages in between.
const std::string& image_of(const shape& s);
std::string read_object();
void write_object(const std::string& bytes);

} // namespace fuzz

#endif
