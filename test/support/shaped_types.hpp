// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Types, and what they look like as numbers: the same in every process, whatever compiled it.

#ifndef SHARED_MEMORY_TEST_SUPPORT_SHAPED_TYPES_HPP
#define SHARED_MEMORY_TEST_SUPPORT_SHAPED_TYPES_HPP

#include <shared_memory/detail/type_shape.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <sstream>
#include <string>
#include <utility>

namespace shaped_types {

struct doubles {
    double x, y;
};
struct numbers {
    std::int64_t x, y;
};
enum class colour : std::uint16_t { red };
enum plain { none, some };
struct named {
    std::int32_t id;
    char name[32];
};
struct nested { // of one size in 32-bit and 64-bit processes, as all of them
    doubles at;
    std::uint32_t count;
    colour c;
    bool on;
    named who[3];
    std::array<float, 5> box;
};
struct alignas(32) aligned {
    std::int32_t value;
};
struct of_standard {
    std::pair<std::int32_t, float> pair;
    std::chrono::duration<std::int64_t, std::milli> wait;
    std::atomic<std::uint32_t> counters[2];
};

template <class T>
std::string told(char const* name) {
    namespace smd = shared_memory::detail;
    std::ostringstream text;
    text << name << ' ' << sizeof(T) << ' ' << smd::alignment_of<T>() << ' ' << std::hex
         << smd::shape_of<T>() << '\n';
    return text.str();
}

inline std::string all() {
    return told<bool>("bool") + told<char>("char") + told<std::int32_t>("int32") +
           told<std::uint64_t>("uint64") + told<double>("double") + told<colour>("colour") +
           told<plain>("plain") + told<doubles>("doubles") + told<numbers>("numbers") +
           told<named>("named") + told<nested>("nested") + told<aligned>("aligned") +
           told<of_standard>("of_standard") + told<std::array<named, 5>>("array");
}

} // namespace shaped_types

#endif
