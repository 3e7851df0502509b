// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Words for the library's algorithms (see ipc_words in layout.hpp): each access is a step of the
// model. The default arguments tell from which line of the algorithm it comes.

#ifndef SHARED_MEMORY_TEST_MODEL_WORDS_HPP
#define SHARED_MEMORY_TEST_MODEL_WORDS_HPP

#include "machine.hpp"

#include <boost/memory_order.hpp>

#include <cstdint>

namespace model {

inline order from_boost(boost::memory_order o) {
    switch (o) {
    case boost::memory_order_relaxed:
        return order::relaxed;
    case boost::memory_order_consume:
    case boost::memory_order_acquire:
        return order::acquire;
    case boost::memory_order_release:
        return order::release;
    case boost::memory_order_acq_rel:
        return order::acq_rel;
    case boost::memory_order_seq_cst:
        break;
    }
    return order::seq_cst;
}

struct place {
    const char* file;
    unsigned line;
};
inline place here(const char* file = __builtin_FILE(), unsigned line = __builtin_LINE()) {
    return {file, line};
}

template <class T>
class word {
public:
    using memory_order = boost::memory_order;

    void lies_at(unsigned location) { location_ = static_cast<std::uint8_t>(location); }
    unsigned location() const { return location_; }

    T load(memory_order o, const char* file = __builtin_FILE(),
           unsigned line = __builtin_LINE()) const {
        return go(op::load, 0, o, file, line);
    }
    void store(T v, memory_order o, const char* file = __builtin_FILE(),
               unsigned line = __builtin_LINE()) {
        go(op::store, v, o, file, line);
    }
    T exchange(T v, memory_order o, const char* file = __builtin_FILE(),
               unsigned line = __builtin_LINE()) {
        return go(op::exchange, v, o, file, line);
    }
    T fetch_add(T v, memory_order o, const char* file = __builtin_FILE(),
                unsigned line = __builtin_LINE()) {
        return go(op::add, v, o, file, line);
    }
    T fetch_sub(T v, memory_order o, const char* file = __builtin_FILE(),
                unsigned line = __builtin_LINE()) {
        return go(op::sub, v, o, file, line);
    }
    T fetch_or(T v, memory_order o, const char* file = __builtin_FILE(),
               unsigned line = __builtin_LINE()) {
        return go(op::bit_or, v, o, file, line);
    }
    bool compare_exchange_strong(T& expected, T v, memory_order success, memory_order failure,
                                 const char* file = __builtin_FILE(),
                                 unsigned line = __builtin_LINE()) {
        access a{op::cas, location_, from_boost(success), from_boost(failure), v, expected,
                 file,    line};
        const auto found = static_cast<T>(machine::active->observe(a));
        if (found == expected)
            return true;
        expected = found;
        return false;
    }
    // Spurious failures are not modelled: one only goes round the caller's loop once more.
    bool compare_exchange_weak(T& expected, T v, memory_order success, memory_order failure,
                               const char* file = __builtin_FILE(),
                               unsigned line = __builtin_LINE()) {
        return compare_exchange_strong(expected, v, success, failure, file, line);
    }

private:
    T go(op what, T operand, memory_order o, const char* file, unsigned line) const {
        return static_cast<T>(machine::active->observe(
            {what, location_, from_boost(o), order::none, operand, 0, file, line}));
    }
    std::uint8_t location_ = 0;
};

struct model_system {
    using words = model_system;
    using private_word64 = std::atomic<std::uint64_t>;
    using word32 = word<std::uint32_t>;
    using word64 = word<std::uint64_t>;
    static void full_fence(const char* file = __builtin_FILE(),
                           unsigned line = __builtin_LINE()) noexcept {
        fence(order::seq_cst, file, line);
    }
    static void store_fence(const char* file = __builtin_FILE(),
                            unsigned line = __builtin_LINE()) noexcept {
        fence(order::release, file, line);
    }
    static void load_fence(const char* file = __builtin_FILE(),
                           unsigned line = __builtin_LINE()) noexcept {
        fence(order::acquire, file, line);
    }
    static void light_fence() noexcept {}
    // A full fence of each process, one after the other.
    static void heavy_fence(const char* file = __builtin_FILE(),
                            unsigned line = __builtin_LINE()) noexcept {
        fence(order::seq_cst, file, line);
        for (unsigned p = 0; p != machine::active->process_count; ++p)
            fence(order::seq_cst, file, line, p + 1);
        fence(order::seq_cst, file, line);
    }

private:
    static void fence(order o, const char* file, unsigned line, unsigned whose = 0) {
        machine::active->observe({op::fence, 0, o, order::none, whose, 0, file, line});
    }
};

//! A step that is the kernel's, or one on memory that is not atomic.
inline std::uint64_t kernel(op what, unsigned location_or_slot = 0, std::uint64_t operand = 0,
                            std::uint64_t expected = 0) {
    return machine::active->observe({what, static_cast<std::uint8_t>(location_or_slot),
                                     order::seq_cst, order::none, operand, expected, nullptr, 0});
}

} // namespace model

#endif
