// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The words that processes share, and the one way in which bytes are written into a segment: those
//! of the killing build, in which each write is a crash point, named after the place that writes.
//!
//! The writes have no default memory order here: a write that names none does not compile.

#ifndef SHARED_MEMORY_DETAIL_LAYOUT_WORDS_HPP
#define SHARED_MEMORY_DETAIL_LAYOUT_WORDS_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/copy_bytes.hpp>

#include <boost/atomic/ipc_atomic.hpp>

#include <crash_point.hpp>

#include <cstddef>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

template <class T>
class shared_word {
    using order = boost::memory_order;
    using place = ::killing::place;

public:
    static constexpr bool is_always_lock_free = boost::ipc_atomic<T>::is_always_lock_free;

    T load(order o = boost::memory_order_seq_cst) const noexcept { return word_.load(o); }
    void store(T value, order o, place here = place::of_word()) noexcept {
        const ::killing::crash_point point(here);
        word_.store(value, o);
    }
    T exchange(T value, order o, place here = place::of_word()) noexcept {
        const ::killing::crash_point point(here);
        return word_.exchange(value, o);
    }
    T fetch_add(T value, order o, place here = place::of_word()) noexcept {
        const ::killing::crash_point point(here);
        return word_.fetch_add(value, o);
    }
    T fetch_sub(T value, order o, place here = place::of_word()) noexcept {
        const ::killing::crash_point point(here);
        return word_.fetch_sub(value, o);
    }
    T fetch_or(T value, order o, place here = place::of_word()) noexcept {
        const ::killing::crash_point point(here);
        return word_.fetch_or(value, o);
    }
    T fetch_and(T value, order o, place here = place::of_word()) noexcept {
        const ::killing::crash_point point(here);
        return word_.fetch_and(value, o);
    }
    bool compare_exchange_strong(T& expected, T value, order success, order otherwise,
                                 place here = place::of_word()) noexcept {
        const ::killing::crash_point point(here);
        return word_.compare_exchange_strong(expected, value, success, otherwise);
    }
    bool compare_exchange_weak(T& expected, T value, order success, order otherwise,
                               place here = place::of_word()) noexcept {
        const ::killing::crash_point point(here);
        return word_.compare_exchange_weak(expected, value, success, otherwise);
    }

private:
    boost::ipc_atomic<T> word_;
};

inline void
write_bytes(void* to, const void* from, std::size_t size,
            ::killing::place here = ::killing::place::of_caller(::killing::act::copy)) noexcept {
    here.function = "write_bytes"; // its callers are lambdas, which have no names
    ::killing::copy(to, from, size, here);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
