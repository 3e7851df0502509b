// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Fork handlers of the program that use handles: whether they were registered before the program's
// first handle or after it, in a child they act for the child, and before a fork they may open.
//
// A program of its own: its fork handlers stay.
// Not on Windows: is about fork().

#include "ring_support.hpp"

#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/shared_array.hpp>

#include <csignal>
#include <functional>
#include <optional>
#include <pthread.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace ring_support;
using test_support::unique_name;

namespace {

// What the handlers do; nothing unless a test sets it.
struct actions {
    std::function<void()> prepare, parent, child;
};
actions early, late;

void run(const std::function<void()>& action) {
    if (action)
        action();
}

// Registered before main(), and before this program has used the library; as early as it can.
const int registered_early = ::pthread_atfork([] { run(early.prepare); }, [] { run(early.parent); },
                                              [] { run(early.child); });

void register_late() {
    static const int registered = ::pthread_atfork(
        [] { run(late.prepare); }, [] { run(late.parent); }, [] { run(late.child); });
    BOOST_TEST(registered == 0);
}

struct no_actions {
    no_actions() {
        BOOST_TEST(registered_early == 0);
        register_late();
        ::alarm(60); // a deadlock ends the program
    }
    ~no_actions() {
        early = late = actions();
        ::alarm(0);
    }
};

// The child ends at once, as killed, so that it gives nothing back itself; true if it came so far.
bool fork_and_kill_child() {
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::raise(SIGKILL);
        ::_exit(1);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(handlers, no_actions)

// What they claim in the child is the child's: it goes with the child.
BOOST_AUTO_TEST_CASE(claims_of_a_childs_handler_die_with_the_child) {
    for (actions* when : {&early, &late}) {
        const auto name = unique_name("r");
        sm::circular_buffer r(sm::create_only, name, 4, 8);
        std::optional<sm::write_claim> written;
        std::optional<sm::read_claim> read;
        r.write(1);
        when->child = [&] {
            read = r.claim_read();
            written = r.claim_write(); // and neither is ended
        };
        BOOST_TEST(fork_and_kill_child());
        *when = actions();
        BOOST_TEST(!written);
        BOOST_TEST(r.participants().size() <= 2U); // the dead child, until it is repaired
        sm::circular_buffer other(sm::open_only, name);
        BOOST_TEST(bool(other.try_read_for<int>(10s) == 1)); // the child had it
        r.write(7);
        BOOST_TEST(bool(other.try_read_for<int>(10s) == 7)); // not behind the child's claim
        BOOST_TEST(r.participants().size() == 2U);
    }
}

// The lock likewise; and the parent's lock is not the child's.
BOOST_AUTO_TEST_CASE(locks_of_a_childs_handler_die_with_the_child) {
    for (actions* when : {&early, &late}) {
        const auto name = unique_name("a");
        sm::shared_array<int> a(sm::create_only, name, 4);
        when->child = [&] {
            a.lock();
            a[0] = 1;
        };
        BOOST_TEST(fork_and_kill_child());
        *when = actions();
        BOOST_TEST((a.acquire_write_lock(10s) == sm::acquired::inconsistent));
        a.mark_consistent();
        bool child_held = true;
        when->child = [&] {
            a.unlock(); // an inherited guard: does nothing
            child_held = a.try_lock();
            if (child_held)
                ::_exit(1);
        };
        BOOST_TEST(fork_and_kill_child());
        *when = actions();
        BOOST_TEST(!a.try_lock_shared()); // this thread's still
        a.unlock();
        BOOST_TEST(a.try_lock());
        a.unlock();
    }
}

// A message that a child's handler has written, as a logger's does.
BOOST_AUTO_TEST_CASE(a_childs_handler_writes) {
    for (actions* when : {&early, &late}) {
        const auto name = unique_name("r");
        sm::circular_buffer r(sm::create_only, name, 4, 8);
        when->child = [&] { r.write(static_cast<int>(::getpid())); };
        const pid_t pid = ::fork();
        if (pid == 0) {
            const auto all = r.participants();
            const bool is_attached = std::any_of(all.begin(), all.end(), [](const auto& p) {
                return p.self && p.process_id == static_cast<std::uint64_t>(::getpid());
            });
            ::_exit(is_attached ? 0 : 1);
        }
        int status = 0;
        ::waitpid(pid, &status, 0);
        BOOST_TEST(WIFEXITED(status));
        BOOST_TEST(WEXITSTATUS(status) == 0);
        BOOST_TEST(bool(r.try_read_for<int>(10s) == static_cast<int>(pid)));
    }
}

// Opening and closing, in each handler, while other threads do that too.
BOOST_AUTO_TEST_CASE(handlers_open_and_close) {
    const auto name = unique_name("r");
    sm::circular_buffer r(sm::create_only, name, 8, 8);
    std::optional<sm::circular_buffer> kept;
    for (actions* when : {&early, &late}) {
        when->prepare = [&] { sm::circular_buffer(sm::open_only, name).write(1); };
        when->parent = [&] { sm::circular_buffer(sm::open_only, name).write(2); };
        when->child = [&] { sm::circular_buffer(sm::open_only, name).write(3); };
    }
    std::atomic<bool> end{false};
    std::thread opens([&] {
        while (!end)
            sm::circular_buffer(sm::open_only, name).close();
    });
    for (int i = 0; i != 5; ++i) {
        const pid_t pid = ::fork();
        if (pid == 0)
            ::_exit(0);
        int seen[4] = {};
        for (int n = 0; n != 6; ++n) {
            const auto m = r.try_read_for<int>(20s);
            BOOST_REQUIRE(m.has_value());
            ++seen[*m];
        }
        for (int which = 1; which != 4; ++which)
            BOOST_TEST(seen[which] == 2);
        int status = 0;
        ::waitpid(pid, &status, 0);
        BOOST_TEST(WIFEXITED(status));
    }
    end = true;
    opens.join();
}

// A handle that a prepare handler has opened is inherited as any other.
BOOST_AUTO_TEST_CASE(what_a_prepare_handler_opens_is_inherited) {
    for (actions* when : {&early, &late}) {
        const auto name = unique_name("r");
        sm::circular_buffer r(sm::create_only, name, 4, 8);
        std::optional<sm::circular_buffer> opened;
        when->prepare = [&] { opened.emplace(sm::open_only, name); };
        std::optional<sm::write_claim> claim;
        when->child = [&] { claim = opened->claim_write(); };
        BOOST_TEST(fork_and_kill_child());
        *when = actions();
        opened->write(5);
        BOOST_TEST(bool(r.try_read_for<int>(10s) == 5));
    }
}

BOOST_AUTO_TEST_SUITE_END()
