// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Places at which a test can have its process die: before and after every write that other
//! processes see, and every call to the kernel. The killing build of the library has them: it finds
//! the headers of this folder before the library's own of the same name. Nothing in the library
//! knows that.

#ifndef SHARED_MEMORY_TEST_KILLING_CRASH_POINT_HPP
#define SHARED_MEMORY_TEST_KILLING_CRASH_POINT_HPP

#include <cstddef>
#include <cstring>

namespace killing {

//! What a crash point is about.
enum class act { word, copy, call, sleep };

//! A place in the sources of the library.
struct place {
    const char* file;
    const char* function;
    unsigned line;
    act what;

    //! As a default argument: where the function that has it is called.
    static constexpr place of_caller(act what, const char* file = __builtin_FILE(),
                                     const char* function = __builtin_FUNCTION(),
                                     unsigned line = __builtin_LINE()) noexcept {
        return {file, function, line, what};
    }
    static constexpr place of_word(const char* file = __builtin_FILE(),
                                   const char* function = __builtin_FUNCTION(),
                                   unsigned line = __builtin_LINE()) noexcept {
        return {file, function, line, act::word};
    }
};

enum class moment { before, half_way, after };

//! What is called at each crash point; null: nothing.
inline void (*hook)(const place&, moment) = nullptr;

inline void reach(const place& here, moment when) {
    if (hook != nullptr)
        hook(here, when);
}

//! Makes a crash point of what is done while it lives.
class crash_point {
public:
    explicit crash_point(const place& here) : here_(here) { reach(here_, moment::before); }
    crash_point(const crash_point&) = delete;
    crash_point& operator=(const crash_point&) = delete;
    ~crash_point() { reach(here_, moment::after); }
    void half_way() const { reach(here_, moment::half_way); }

private:
    place here_;
};

//! memcpy, with a crash point half way.
inline void copy(void* to, const void* from, std::size_t size, const place& here) {
    const crash_point point(here);
    const std::size_t half = size / 2;
    if (half != 0)
        std::memcpy(to, from, half);
    point.half_way();
    if (size != 0)
        std::memcpy(static_cast<std::byte*>(to) + half, static_cast<const std::byte*>(from) + half,
                    size - half);
}

} // namespace killing

#endif
