// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The bare system calls: sleeping on a word that processes share.

#ifndef SHARED_MEMORY_BENCH_PEERS_FUTEX_HPP
#define SHARED_MEMORY_BENCH_PEERS_FUTEX_HPP

#include <atomic>
#include <climits>
#include <cstdint>
#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace comparison {

using futex_word = std::atomic<std::uint32_t>;

//! Until woken, or the word differs from this value; may return early.
inline void futex_wait(futex_word& word, std::uint32_t value, const timespec* most = nullptr) {
    ::syscall(SYS_futex, &word, FUTEX_WAIT, value, most, nullptr, 0);
}
inline void futex_wake(futex_word& word, int most = INT_MAX) {
    ::syscall(SYS_futex, &word, FUTEX_WAKE, most, nullptr, nullptr, 0);
}

} // namespace comparison

#endif
