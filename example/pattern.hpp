// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The messages between server and client.

#ifndef SHARED_MEMORY_EXAMPLE_PATTERN_HPP
#define SHARED_MEMORY_EXAMPLE_PATTERN_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace example {

//! A message begins with this.
struct message_header {
    std::uint64_t number;     //!< counts the server's messages
    std::uint64_t is_checked; //!< 1: the bytes behind the header are the pattern of the number
};

//! Calls f(offset, word) for each word of the pattern: in the last one, only the first bytes that
//! are left count.
template <class Function>
void for_each_word(std::uint64_t number, std::size_t size, Function f) {
    std::uint64_t word = (number + 1) * 0x9e3779b97f4a7c15U;
    for (std::size_t at = 0; at < size; at += sizeof word) {
        f(at, word);
        word += 0xbf58476d1ce4e5b9U;
    }
}

inline std::size_t word_bytes(std::size_t at, std::size_t size) {
    return size - at < sizeof(std::uint64_t) ? size - at : sizeof(std::uint64_t);
}

inline void fill_pattern(std::uint64_t number, std::byte* data, std::size_t size) {
    for_each_word(number, size, [=](std::size_t at, std::uint64_t word) {
        std::memcpy(data + at, &word, word_bytes(at, size));
    });
}

//! Where the data is not the pattern, or `size` if all of it is.
inline std::size_t find_difference(std::uint64_t number, const std::byte* data, std::size_t size) {
    std::size_t found = size;
    for_each_word(number, size, [&](std::size_t at, std::uint64_t word) {
        if (found == size && std::memcmp(data + at, &word, word_bytes(at, size)) != 0)
            found = at;
    });
    return found;
}

} // namespace example

#endif
