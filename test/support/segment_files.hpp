// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Segments as bytes, read and forged, and how a call on them ended.

#ifndef SHARED_MEMORY_TEST_SEGMENT_FILES_HPP
#define SHARED_MEMORY_TEST_SEGMENT_FILES_HPP

#include "leftovers.hpp"
#include "objects.hpp" // posix/ or windows/
#include "support.hpp"

#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/shared_array.hpp>
#include <shared_memory/shared_buffer.hpp>

#include <cstring>
#include <string>
#include <system_error>
#include <vector>

namespace test_support {

namespace sm = shared_memory;

// ---- How a call ended

struct outcome {
    std::error_code code; // zero: it returned
    std::string text;     // what() of what it threw
};

template <class Call>
outcome outcome_of(Call&& call) {
    try {
        call();
        return {};
    } catch (sm::error const& e) {
        return {e.code(), e.what()};
    }
}

// The call throws that error, and its text has all the words.
template <class Call>
void check_fails(std::string const& what, sm::errc expected, Call&& call,
                 std::vector<std::string> const& words = {}) {
    outcome const o = outcome_of(call);
    std::error_code const code = expected;
    BOOST_TEST(o.code == code, what << ": expected '" << code.message() << "', got '"
                                    << (o.code ? o.code.message() : "success") << "': " << o.text);
    if (!o.code)
        return;
    for (std::string const& word : words)
        BOOST_TEST(o.text.find(word) != std::string::npos,
                   what << ": expected '" << word << "' in the text: " << o.text);
}

// ---- Images

// The bytes of a ring in use, with the messages 0, 1, ... in it. Written to another object, they
// are a ring whose owner is dead: nobody holds a slot of that object.
inline std::string ring_image(std::uint32_t node_count = 4, std::uint32_t node_size = 8,
                              int messages = 2,
                              sm::options const& how = sm::options().max_participants(4)) {
    std::string const name = unique_name("image");
    sm::circular_buffer ring(sm::create_only, name, node_count, node_size, how);
    for (int i = 0; i != messages; ++i)
        ring.write(i);
    return read_object(name);
}

// The same of an array of `count` numbers.
inline std::string array_image(std::uint64_t count = 4,
                               sm::options const& how = sm::options().max_participants(4)) {
    std::string const name = unique_name("image");
    sm::shared_array<std::uint64_t> const array(sm::create_only, name, count, how);
    return read_object(name);
}

constexpr std::size_t block_at = sm::detail::page_bytes;

inline sm::detail::segment_identity identity_of(std::string const& image) {
    sm::detail::segment_identity identity{};
    std::memcpy(&identity, image.data() + block_at, sizeof identity);
    return identity;
}

inline std::string with_identity(std::string image, sm::detail::segment_identity const& identity) {
    std::memcpy(image.data() + block_at, &identity, sizeof identity);
    return image;
}

} // namespace test_support

#endif
