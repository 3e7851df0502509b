// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The readers/writer lock and fork(): a child's copies of guards and calls do not unlock the parent's.
//
// Not on Windows: is about fork().

#include "locks_peer.hpp"

#include <shared_memory/buffer_read_write.hpp>
#include <shared_memory/shared_array.hpp>

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <sys/wait.h>
#include <unistd.h>

namespace sm = shared_memory;
using namespace locks_test;
using test_support::unique_name;

namespace {

int exit_status_of(pid_t pid) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_fork_within_a_functor_does_not_unlock_the_parents) {
    const auto name = unique_name("b");
    sm::buffer_read_write a(sm::create_only, name, 100);
    sm::buffer_read_write b(sm::open_only, name);
    for (const bool writes : {true, false}) {
        pid_t pid = -1;
        const auto forks = [&](auto) {
            pid = ::fork();
            if (pid == 0)
                throw 1; // leaves the child's copy of the call
            BOOST_TEST(exit_status_of(pid) == 0);
            BOOST_TEST(!b.try_lock());
            BOOST_TEST(b.try_lock_shared() == !writes);
            if (!writes)
                b.unlock_shared();
        };
        try {
            if (writes)
                a.write([&](boost::span<std::byte> memory) { forks(memory); });
            else
                a.read([&](boost::span<const std::byte> memory) { forks(memory); });
        } catch (int) {
            ::_exit(0);
        }
    }
    BOOST_TEST(b.try_lock());
    b.unlock();
}

BOOST_AUTO_TEST_CASE(a_forks_guards_do_not_unlock_the_parents) {
    two_handles h;
    for (const bool shared : {false, true}) {
        auto writes = std::make_unique<std::unique_lock<array>>(h.a, std::defer_lock);
        auto reads = std::make_unique<std::shared_lock<array>>(h.a, std::defer_lock);
        shared ? reads->lock() : writes->lock();
        const pid_t pid = ::fork();
        if (pid == 0) {
            writes.reset();
            reads.reset();
            bool right = !h.b.try_lock(); // attaches anew
            try {
                h.a.release_write_lock();
                right = false;
            } catch (const sm::error&) {
            }
            ::_exit(right ? 0 : 1);
        }
        BOOST_TEST(exit_status_of(pid) == 0);
        BOOST_TEST(!h.b.try_lock());
        BOOST_TEST(h.b.try_lock_shared() == shared);
        if (shared)
            h.b.unlock_shared();
    }
    BOOST_TEST(h.a.try_lock());
    h.a.unlock();
}
