// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Two ways to be in the middle of a call: at a page whose first access calls a function, and at a
//! crash point that a process stops at by itself.

#ifndef SHARED_MEMORY_TEST_DEATH_AT_EVERY_WRITE_INTERRUPTION_HPP
#define SHARED_MEMORY_TEST_DEATH_AT_EVERY_WRITE_INTERRUPTION_HPP

#include "../scenarios/ring_survivors.hpp"
#include "../stage/tracee.hpp"

#include <crash_point.hpp>

#include <cstring>
#include <functional>
#include <new>
#include <signal.h>
#include <string>
#include <sys/mman.h>
#include <utility>

namespace every {

//! Messages in memory of their own. The first access to it calls `then`, in a signal handler, in the
//! middle of whatever reads or writes there. One at a time in a process.
class trapped_messages {
public:
    static constexpr std::size_t count = 2;

    template <class... Numbers>
    explicit trapped_messages(std::function<void()> then, Numbers... numbers)
        : memory_(
              ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)),
          then_(std::move(then)) {
        if (memory_ == MAP_FAILED)
            throw std::bad_alloc();
        const message all[count] = {make_message(std::uint64_t{numbers})...};
        std::memcpy(memory_, all, sizeof all);
        mine = this;
        struct sigaction action {};
        action.sa_handler = [](int) { mine->is_hit(); };
        action.sa_flags = SA_NODEFER; // what is done there may come by another trap
        ::sigaction(SIGSEGV, &action, nullptr);
        ::mprotect(memory_, page, PROT_NONE);
    }
    trapped_messages(const trapped_messages&) = delete;
    trapped_messages& operator=(const trapped_messages&) = delete;
    ~trapped_messages() {
        ::signal(SIGSEGV, SIG_DFL);
        ::munmap(memory_, page);
    }

    message& first() noexcept { return *static_cast<message*>(memory_); }
    //! Elements that are no ranges: a batch of them is copied without a call of the user's.
    struct value {
        message content;
    };
    boost::span<value> all() noexcept { return {static_cast<value*>(memory_), count}; }

private:
    static constexpr std::size_t page = 4096;
    static inline trapped_messages* mine = nullptr;

    void is_hit() {
        ::mprotect(memory_, page, PROT_READ | PROT_WRITE);
        then_();
    }

    void* memory_;
    std::function<void()> then_;
};

//! Stops the calling process when it comes by a place for the n-th time: for a process that nobody
//! records.
class stop_at {
public:
    stop_at(const char* function, killing::moment when, unsigned nth)
        : function_(function), when_(when), left_(nth) {
        mine = this;
        killing::hook = [](const killing::place& here, killing::moment when_there) {
            const std::string name = here.function;
            if (when_there == mine->when_ && name.substr(0, name.find('<')) == mine->function_ &&
                --mine->left_ == 0)
                mark();
        };
    }
    stop_at(const stop_at&) = delete;
    stop_at& operator=(const stop_at&) = delete;
    ~stop_at() { killing::hook = nullptr; }

private:
    static inline stop_at* mine = nullptr;

    std::string function_;
    killing::moment when_;
    unsigned left_;
};

} // namespace every

#endif
