// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The readers/writer lock of arrays and buffers: who excludes whom, time-outs, and what goes on
// through a handle that holds it. See also waiting.cpp and kill.cpp.

#include "locks_peer.hpp"

#include <shared_memory/shared_array.hpp>

#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <thread>

namespace sm = shared_memory;
using namespace locks_test;
using sm::acquired;
using sm::errc;
using test_support::unique_name;

// ---- Who excludes whom

BOOST_AUTO_TEST_CASE(one_writer_or_many_readers) {
    two_handles h;
    BOOST_TEST((h.a.acquire_write_lock() == acquired::ok));
    BOOST_TEST((h.b.acquire_read_lock(10ms) == acquired::timed_out));
    BOOST_TEST((h.b.acquire_write_lock(10ms) == acquired::timed_out));
    BOOST_TEST((h.a.acquire_write_lock(10ms) == acquired::timed_out)); // the same handle too
    BOOST_TEST(!h.a.try_lock_shared());
    h.a.release_write_lock();
    BOOST_TEST((h.a.acquire_read_lock() == acquired::ok));
    BOOST_TEST((h.b.acquire_read_lock() == acquired::ok));
    BOOST_TEST((h.b.acquire_read_lock(0ms) == acquired::ok)); // any number of times
    BOOST_TEST((h.a.acquire_write_lock(10ms) == acquired::timed_out));
    h.a.release_read_lock();
    BOOST_TEST(!h.a.try_lock());
    h.b.release_read_lock(); // one reader's release is not another's
    BOOST_TEST(!h.a.try_lock());
    h.b.release_read_lock();
    BOOST_TEST(h.a.try_lock());
    h.a.unlock();
    BOOST_TEST(bool(acquired(acquired::inconsistent)));
    BOOST_TEST(!bool(acquired(acquired::timed_out)));
}

BOOST_AUTO_TEST_CASE(releasing_what_is_not_held) {
    two_handles h;
    BOOST_TEST(fails_with(errc::bad_argument, [&] { h.a.release_read_lock(); }, {"read lock"}));
    BOOST_TEST(fails_with(errc::bad_argument, [&] { h.a.release_write_lock(); }, {"write lock"}));
    h.b.lock();
    BOOST_TEST(fails_with(errc::bad_argument, [&] { h.a.release_write_lock(); }));
    h.a.unlock(); // noexcept: does nothing
    BOOST_TEST(!h.a.try_lock());
    h.b.unlock();
    h.b.lock_shared();
    h.a.unlock_shared();
    BOOST_TEST(!h.a.try_lock());
    h.b.unlock_shared();
}

BOOST_AUTO_TEST_CASE(waits_last_as_long_as_told) {
    two_handles h;
    h.a.lock();
    const auto takes = [](std::chrono::milliseconds least, auto call) {
        const stopwatch watch;
        BOOST_TEST(!bool(call()));
        BOOST_TEST(watch.at_least(least));
        BOOST_TEST(!watch.at_least(least + 5s));
    };
    takes(30ms, [&] { return h.b.acquire_read_lock(30ms); });
    takes(30ms, [&] { return h.b.acquire_write_lock(30ms); });
    takes(30ms, [&] { return h.b.try_lock_for(30ms); });
    takes(30ms, [&] { return h.b.try_lock_shared_for(30ms); });
    takes(0ms, [&] { return h.b.try_lock(); });
    takes(0ms, [&] { return h.b.try_lock_shared(); });
    takes(0ms, [&] { return h.b.acquire_read_lock(-1s); });
    takes(25ms, [&] { return h.b.try_lock_until(std::chrono::steady_clock::now() + 30ms); });
    takes(25ms, [&] { return h.b.try_lock_shared_until(std::chrono::system_clock::now() + 30ms); });
    h.a.unlock();
    h.b.lock_shared();
    takes(30ms, [&] { return h.a.try_lock_for(30ms); });
    BOOST_TEST(h.b.try_lock_shared()); // a writer that gave up keeps nobody out
    h.b.unlock_shared();
    h.b.unlock_shared();
}

BOOST_AUTO_TEST_CASE(locks_block_another_process_and_let_it_go) {
    two_handles h;
    peer p(h.name);
    BOOST_TEST((h.a.acquire_write_lock() == acquired::ok));
    BOOST_TEST(p.ask("lock_shared 30") == "timed_out");
    BOOST_TEST(p.ask("lock 30") == "timed_out");
    h.a.release_write_lock();
    BOOST_TEST(p.ask("lock_shared 30") == "ok");
    BOOST_TEST((h.a.acquire_write_lock(30ms) == acquired::timed_out));
    BOOST_TEST((h.a.acquire_read_lock(30ms) == acquired::ok));
    BOOST_TEST(p.ask("unlock_shared") == "ok");
    h.a.release_read_lock();
    BOOST_TEST(p.ask("lock") == "ok");
    BOOST_TEST((h.a.acquire_read_lock(30ms) == acquired::timed_out));
    // it gets it while it waits, from another process and without a look after the dead
    array waits(sm::open_only, h.name, sm::options().death_check_interval(0ms));
    std::thread releaser([&] {
        std::this_thread::sleep_for(30ms);
        p.ask("unlock");
    });
    const stopwatch watch;
    BOOST_TEST((waits.acquire_read_lock(10s) == acquired::ok));
    BOOST_TEST(!watch.at_least(8s)); // by then it looks anyway
    releaser.join();
    waits.release_read_lock();
}

BOOST_AUTO_TEST_CASE(taken_in_one_thread_released_in_another) {
    two_handles h;
    std::thread([&] { (void)h.a.acquire_write_lock(); }).join();
    std::atomic<int> seen{0};
    std::thread reader([&] {
        (void)h.b.acquire_read_lock();
        seen = h.b[0];
        h.b.release_read_lock();
    });
    std::this_thread::sleep_for(20ms);
    BOOST_TEST(seen == 0);
    h.a[0] = 99;
    std::thread([&] { h.a.release_write_lock(); }).join();
    reader.join();
    BOOST_TEST(seen == 99);
}

BOOST_AUTO_TEST_CASE(two_threads_of_one_handle_exclude_each_other) {
    two_handles h;
    long long unguarded = 0; // a data race if they do not; the thread sanitizer would say so
    const auto work = [&] {
        for (int i = 0; i != times(50000); ++i) {
            const std::unique_lock<array> lock(h.a);
            unguarded = unguarded + 1;
        }
    };
    std::thread one(work), two(work);
    one.join();
    two.join();
    BOOST_TEST(unguarded == 2 * times(50000));
}

BOOST_AUTO_TEST_CASE(standard_guards) {
    two_handles h;
    {
        const std::shared_lock<array> one(h.a);
        const std::shared_lock<array> two(h.b, std::try_to_lock);
        BOOST_TEST(two.owns_lock());
        BOOST_TEST(!std::unique_lock<array>(h.b, 10ms).owns_lock());
    }
    const std::unique_lock<array> writer(h.b, 10ms);
    BOOST_TEST(writer.owns_lock());
    BOOST_TEST(!std::shared_lock<array>(h.a, std::try_to_lock).owns_lock());
}

// ---- Through a handle that holds the lock

BOOST_AUTO_TEST_CASE(writing_with_the_read_lock_would_deadlock) {
    two_handles h;
    h.a.lock_shared();
    const stopwatch watch;
    h.a.read_write_timeout(20s);
    BOOST_TEST(fails_with(errc::would_deadlock, [&] { h.a.write(1, 0); }));
    BOOST_TEST(fails_with(errc::would_deadlock, [&] { h.a.fill(1); }));
    BOOST_TEST(fails_with(errc::would_deadlock, [&] { h.a.lock(); }));
    BOOST_TEST(fails_with(errc::would_deadlock, [&] { (void)h.a.acquire_write_lock(); }));
    BOOST_TEST(fails_with(errc::would_deadlock, [&] { h.a.mark_consistent(); }));
    BOOST_TEST(!h.a.try_lock());
    BOOST_TEST(!watch.at_least(10s));
    BOOST_TEST(h.a.read(0) == 0);
    h.a.unlock_shared();
    h.a.write(1, 0);
}

BOOST_AUTO_TEST_CASE(reads_and_writes_with_the_lock_go_straight_on) {
    two_handles h;
    h.a.read_write_timeout(0ms);
    {
        const std::unique_lock<array> lock(h.a);
        for (int i = 0; i != 100; ++i) {
            h.a.write(i, 5);
            BOOST_TEST(h.a.read(5) == i);
        }
        h.a.fill(3);
        BOOST_TEST(h.a.contains(3));
    }
    // and while a writer waits, which keeps others out
    const std::shared_lock<array> lock(h.a);
    std::atomic<bool> in{false};
    std::thread writer([&] {
        const std::unique_lock<array> other(h.b);
        in = true;
    });
    array third(sm::open_only, h.name);
    BOOST_TEST(test_support::becomes_true([&] {
        const bool entered = third.try_lock_shared();
        if (entered)
            third.unlock_shared();
        return !entered;
    }));
    h.a.read_write_timeout(1s);
    for (int i = 0; i != 1000; ++i)
        BOOST_TEST(h.a.read(5) == 3);
    BOOST_TEST((h.a.acquire_read_lock(1s) == acquired::ok));
    h.a.release_read_lock();
    BOOST_TEST(!in);
    h.a.unlock_shared();
    writer.join();
    h.a.lock_shared(); // for the guard
}
