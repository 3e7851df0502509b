// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A System whose words count their steps, in one thread, and can be interrupted before any of them.

#ifndef SHARED_MEMORY_TEST_STEPPING_SYSTEM_HPP
#define SHARED_MEMORY_TEST_STEPPING_SYSTEM_HPP

#include <boost/memory_order.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

namespace locks_test {

inline int steps_left = -1;                // before the interruption
inline std::function<void()> interruption; // what happens there

inline void step() {
    if (steps_left >= 0 && steps_left-- == 0)
        std::exchange(interruption, nullptr)();
}

// Runs `operation`, and `then` before its step number k, for each k; `before` each time, and
// `after` with whether it was interrupted.
template <class Setup, class Operation, class Then, class Check>
int at_each_step(Setup setup, Operation operation, Then then, Check check) {
    int k = 0;
    for (bool interrupted = true; interrupted; ++k) {
        setup();
        interrupted = false;
        interruption = [&] {
            interrupted = true;
            then();
        };
        steps_left = k;
        operation();
        steps_left = -1;
        if (interrupted)
            check();
    }
    return k - 1;
}

template <class T>
struct stepping_word {
    T value;
    using order = boost::memory_order;
    T load(order) const {
        step();
        return value;
    }
    void store(T v, order) {
        step();
        value = v;
    }
    T exchange(T v, order) {
        step();
        return std::exchange(value, v);
    }
    T fetch_add(T v, order) {
        step();
        return std::exchange(value, value + v);
    }
    T fetch_sub(T v, order) {
        step();
        return std::exchange(value, value - v);
    }
    bool compare_exchange_strong(T& expected, T v, order, order) {
        step();
        if (value == expected) {
            value = v;
            return true;
        }
        expected = value;
        return false;
    }
    bool compare_exchange_weak(T& expected, T v, order a, order b) {
        return compare_exchange_strong(expected, v, a, b);
    }
};

// What a handle knows by itself; signal handlers come in between.
struct stepping_private_word {
    std::uint64_t value = 0;
    using order = std::memory_order;
    stepping_private_word() = default;
    stepping_private_word(std::uint64_t v) : value(v) {} // NOLINT: as std::atomic
    std::uint64_t load(order) const {
        step();
        return value;
    }
    void store(std::uint64_t v, order) {
        step();
        value = v;
    }
    std::uint64_t exchange(std::uint64_t v, order) {
        step();
        return std::exchange(value, v);
    }
    std::uint64_t fetch_add(std::uint64_t v, order) {
        step();
        return std::exchange(value, value + v);
    }
    std::uint64_t fetch_sub(std::uint64_t v, order) {
        step();
        return std::exchange(value, value - v);
    }
    bool compare_exchange_weak(std::uint64_t& expected, std::uint64_t v, order) {
        step();
        if (value == expected) {
            value = v;
            return true;
        }
        expected = value;
        return false;
    }
};

struct stepping_system {
    using words = stepping_system;
    using word32 = stepping_word<std::uint32_t>;
    using word64 = stepping_word<std::uint64_t>;
    using private_word64 = stepping_private_word;
    using thread_word64 = std::atomic<std::uint64_t>;
    static void full_fence() {}
    static void store_fence() {}
    static void load_fence() {}
    static void light_fence() {}
    static void heavy_fence() {}
};

} // namespace locks_test

#endif
