// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Places at which a test can have the process die: before and after every write that others see.
//! They exist only where SHARED_MEMORY_CRASH_POINTS is defined, which is another ABI (config.hpp);
//! elsewhere there is nothing of them.
//!
//! - The words of layout.hpp are `shared_word`s; each write of theirs is a crash point of itself,
//!   named after the place where it is called. Those writes have no default memory order there: a
//!   write that does not name one does not compile.
//! - SHARED_MEMORY_CRASH_POINT() makes one of the rest of its block: before, and after.
//! - `write_bytes` copies into a segment; there is a point half way, too.
//! - SHARED_MEMORY_SWITCHED_OFF("name") is true when the test has switched that repair off.

#ifndef SHARED_MEMORY_DETAIL_CRASH_POINT_HPP
#define SHARED_MEMORY_DETAIL_CRASH_POINT_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/copy_bytes.hpp>

#include <boost/atomic/ipc_atomic.hpp>

#include <cstddef>
#include <cstring>

#if defined(SHARED_MEMORY_CRASH_POINTS)

#include <string_view>

#define SHARED_MEMORY_CALLER                                                                       \
    const char *file = __builtin_FILE(), const char *function = __builtin_FUNCTION(),              \
               unsigned line = __builtin_LINE()
#define SHARED_MEMORY_CRASH_POINT()                                                                \
    const ::shared_memory::detail::crash_point BOOST_JOIN(crash_point_,                            \
                                                          __LINE__)(__FILE__, __func__, __LINE__)
#define SHARED_MEMORY_SWITCHED_OFF(name) ::shared_memory::detail::is_switched_off(name)

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

struct crash_place {
    const char* file;
    const char* function;
    unsigned line;
};
enum class crash_moment { before, half_way, after };

//! What is called at each of them, by the one thread of a test's process.
inline void (*crash_hook)(const crash_place&, crash_moment) = nullptr;
inline void reach(const crash_place& place, crash_moment moment) {
    if (crash_hook != nullptr)
        crash_hook(place, moment);
}

class crash_point {
public:
    crash_point(const char* file, const char* function, unsigned line)
        : place_{file, function, line} {
        reach(place_, crash_moment::before);
    }
    crash_point(const crash_point&) = delete;
    crash_point& operator=(const crash_point&) = delete;
    ~crash_point() { reach(place_, crash_moment::after); }
    void half_way() const { reach(place_, crash_moment::half_way); }

private:
    crash_place place_;
};

//! The name of the repair that is left out; empty: none.
inline std::string_view switched_off;
inline bool is_switched_off(std::string_view name) noexcept {
    return !switched_off.empty() && switched_off == name;
}

template <class T>
class shared_word {
    using order = boost::memory_order;

public:
    static constexpr bool is_always_lock_free = boost::ipc_atomic<T>::is_always_lock_free;

    T load(order o = boost::memory_order_seq_cst) const noexcept { return word_.load(o); }
    void store(T value, order o, SHARED_MEMORY_CALLER) noexcept {
        const crash_point here(file, function, line);
        word_.store(value, o);
    }
    T exchange(T value, order o, SHARED_MEMORY_CALLER) noexcept {
        const crash_point here(file, function, line);
        return word_.exchange(value, o);
    }
    T fetch_add(T value, order o, SHARED_MEMORY_CALLER) noexcept {
        const crash_point here(file, function, line);
        return word_.fetch_add(value, o);
    }
    T fetch_sub(T value, order o, SHARED_MEMORY_CALLER) noexcept {
        const crash_point here(file, function, line);
        return word_.fetch_sub(value, o);
    }
    T fetch_or(T value, order o, SHARED_MEMORY_CALLER) noexcept {
        const crash_point here(file, function, line);
        return word_.fetch_or(value, o);
    }
    bool compare_exchange_strong(T& expected, T value, order success, order otherwise,
                                 SHARED_MEMORY_CALLER) noexcept {
        const crash_point here(file, function, line);
        return word_.compare_exchange_strong(expected, value, success, otherwise);
    }
    bool compare_exchange_weak(T& expected, T value, order success, order otherwise,
                               SHARED_MEMORY_CALLER) noexcept {
        const crash_point here(file, function, line);
        return word_.compare_exchange_weak(expected, value, success, otherwise);
    }

private:
    boost::ipc_atomic<T> word_;
};

inline void write_bytes(void* to, const void* from, std::size_t size,
                        const char* file = __builtin_FILE(), unsigned line = __builtin_LINE()) {
    const crash_point here(file, "write_bytes", line); // callers are lambdas, without names
    const std::size_t half = size / 2;
    if (half != 0)
        std::memcpy(to, from, half);
    here.half_way();
    if (size != 0)
        std::memcpy(static_cast<std::byte*>(to) + half, static_cast<const std::byte*>(from) + half,
                    size - half);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#else

#define SHARED_MEMORY_CRASH_POINT() static_cast<void>(0)
#define SHARED_MEMORY_SWITCHED_OFF(name) false

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

template <class T>
using shared_word = boost::ipc_atomic<T>;

inline void write_bytes(void* to, const void* from, std::size_t size) noexcept {
    copy_bytes(to, from, size);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif

#endif
