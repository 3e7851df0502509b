// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What messages say: the loops that write and read payloads, the same for everybody.
//!
//! A payload is 64-bit words, number, number + 1, number + 2, ..., so that the sum of its words is
//! known, and one that is torn or another's is found.

#ifndef SHARED_MEMORY_BENCH_PEERS_PAYLOAD_HPP
#define SHARED_MEMORY_BENCH_PEERS_PAYLOAD_HPP

#include <boost/align/aligned_allocator.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace comparison {

//! Bytes aligned as the nodes of rings are.
using bytes = std::vector<std::byte, boost::alignment::aligned_allocator<std::byte, 64>>;

inline constexpr std::size_t word_size = sizeof(std::uint64_t);

//! The number of the message that says that no more will come.
inline constexpr std::uint64_t end_of_run = ~std::uint64_t{0};
//! The numbers of a writer's messages count up from here.
constexpr std::uint64_t first_number(unsigned writer) {
    return static_cast<std::uint64_t>(writer) << 40U;
}
constexpr unsigned writer_of(std::uint64_t number) {
    return static_cast<unsigned>(number >> 40U);
}

//! The same pointer, of which the compiler does not know what it points to: the loops below take any
//! size, and it warns of those that it sees not to fit.
template <class T>
T* of_any_size(T* pointer) {
    asm("" : "+r"(pointer));
    return pointer;
}

// By hand, since compilers make too much of plain loops when there are few words.
using lanes = std::uint64_t __attribute__((vector_size(16)));
inline constexpr std::size_t line_size = 64;

inline std::uint64_t load_word(const std::byte* from) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, word_size);
    return word;
}

inline lanes load_lanes(const std::byte* from) {
    lanes two{};
    std::memcpy(&two, from, sizeof two);
    return two;
}

inline void fill(std::byte* to, std::size_t size, std::uint64_t number) {
    for (; size >= line_size; size -= line_size) {
        lanes next = {number, number + 1};
        for (std::size_t k = 0; k != line_size; k += sizeof next, next += 2)
            std::memcpy(to + k, &next, sizeof next);
        to += line_size;
        number += line_size / word_size;
    }
    for (; size != 0; size -= word_size) {
        std::memcpy(to, &number, word_size);
        to += word_size;
        ++number;
    }
}

inline std::uint64_t sum(const std::byte* from, std::size_t size) {
    lanes even{};
    lanes odd{};
    for (; size >= line_size; size -= line_size) {
        even += load_lanes(from) + load_lanes(from + 32);
        odd += load_lanes(from + 16) + load_lanes(from + 48);
        from += line_size;
    }
    even += odd;
    std::uint64_t result = even[0] + even[1];
    for (; size != 0; size -= word_size) {
        result += load_word(from);
        from += word_size;
    }
    return result;
}

//! Modulo 2^64, as sum().
constexpr std::uint64_t expected_sum(std::size_t size, std::uint64_t number) {
    const std::uint64_t words = size / word_size;
    return words * number + words * (words - 1) / 2;
}

//! Reads a whole payload and returns its number; throws if it is not one.
inline std::uint64_t check(const std::byte* from, std::size_t size) {
    const std::uint64_t total = sum(from, size);
    const std::uint64_t number = load_word(from);
    if (total != expected_sum(size, number))
        throw std::runtime_error("message " + std::to_string(number) + " is torn");
    return number;
}

} // namespace comparison

#endif
