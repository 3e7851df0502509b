// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#ifndef SHARED_MEMORY_TEST_DEATH_SOAK_SETTINGS_HPP
#define SHARED_MEMORY_TEST_DEATH_SOAK_SETTINGS_HPP

#include <cstddef>
#include <cstdint>
#include <string>

namespace soak {

struct settings {
    double seconds = 30;
    std::uint32_t writers = 3;
    std::uint32_t readers = 3;
    std::uint32_t threads = 1; // of each process, on the same handle of the ring
    double kills_per_second = 50;
    std::uint32_t node_count = 1000;
    std::uint32_t node_size = 64;
    std::uint64_t seed = 1;
    std::uint32_t dwell = 0; // microseconds
    std::uint32_t longest_stall = 1000;
    bool single = false; // a ring created for a single writer and a single reader

    std::string ring;   // a circular_buffer
    std::string array;  // a shared_array<std::uint64_t>
    std::string buffer; // a buffer_read_write

    std::size_t processes() const noexcept { return std::size_t{writers} + readers; }
    //! A place is a thread's: those of process i begin at i * threads.
    std::size_t places() const noexcept { return processes() * threads; }
    std::size_t process_of(std::size_t place) const noexcept { return place / threads; }
    //! Every second thread of a writing process reads, and of a reading one writes.
    bool writes(std::size_t place) const noexcept {
        return (process_of(place) < writers) == (place % threads % 2 == 0);
    }
};

//! Elements of the array, which are all the same while nobody writes; bytes of the buffer.
inline constexpr std::size_t array_length = 4096;
inline constexpr std::size_t buffer_length = 256;

} // namespace soak

#endif
