// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The readers/writer lock: nobody starves or misses a wake-up, and what becomes of it when a handle
// ends or the owner shuts down.

#include "locks_peer.hpp"
#include "object_view.hpp"
#include "objects.hpp" // support/posix or support/windows

#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/shared_array.hpp>

#include <boost/interprocess/mapped_region.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

namespace sm = shared_memory;
using namespace locks_test;
using sm::acquired;
using sm::errc;
using test_support::child;
using test_support::unique_name;

// ---- Nobody starves

SHARED_MEMORY_TEST_ROLE(reads_all_the_time) {
    array a(sm::open_only, args.at(0));
    test_support::say("ready");
    const stopwatch watch;
    long reads = 0;
    for (; !watch.at_least(1s); ++reads) {
        const std::shared_lock<array> lock(a);
        const stopwatch inside;
        while (!inside.at_least(50us)) {
        }
    }
    test_support::say(std::to_string(reads));
    return 0;
}

BOOST_AUTO_TEST_CASE(a_stream_of_readers_does_not_starve_a_writer) {
    two_handles h;
    std::vector<child> readers;
    for (int i = 0; i != 3; ++i)
        readers.emplace_back("reads_all_the_time", std::vector<std::string>{h.name});
    for (child& reader : readers)
        reader.read_line();
    int got = 0;
    std::chrono::nanoseconds longest{0};
    const stopwatch all;
    while (!all.at_least(700ms)) {
        const stopwatch watch;
        BOOST_REQUIRE(h.a.try_lock_for(10s));
        longest = std::max(longest, watch.elapsed());
        h.a.unlock();
        ++got;
        std::this_thread::sleep_for(1ms);
    }
    BOOST_TEST((longest < 600ms * slowness));
    BOOST_TEST(got > 5);
    for (child& reader : readers) {
        BOOST_TEST(std::stol(reader.read_line()) > 5); // nor are they blocked for ever
        BOOST_TEST(reader.wait() == 0);
    }
}

BOOST_AUTO_TEST_CASE(a_stream_of_writers_does_not_block_a_reader_for_ever) {
    two_handles h;
    std::atomic<bool> end{false};
    std::thread writer([&] {
        while (!end) {
            const std::unique_lock<array> lock(h.a);
            const stopwatch inside;
            while (!inside.at_least(20us)) {
            }
        }
    });
    for (int i = 0; i != 20; ++i) {
        BOOST_REQUIRE(h.b.try_lock_shared_for(20s));
        h.b.unlock_shared();
    }
    end = true;
    writer.join();
}

// A writer may sleep because it saw the count of a reader that then saw the writer and left: that
// reader must wake it, for nobody looks here. The moment is short: the test counts the reader in
// and out itself, and lets it find out.
BOOST_AUTO_TEST_CASE(a_reader_that_did_not_get_in_wakes_the_writer) {
    two_handles h;
    array w(sm::open_only, h.name, sm::options().death_check_interval(0ms));
    const auto all = h.b.participants();
    const auto self = std::find_if(all.begin(), all.end(), [](const auto& p) { return p.self; });
    namespace bi = boost::interprocess;
    const test_support::memory_object object = test_support::open_object(h.name);
    const bi::mapped_region region(object, bi::read_write);
    auto& counted = object_view(region.get_address()).lock_line(self->slot).shared_lock;
    for (int i = 0; i != 5; ++i) {
        counted.fetch_add(1, boost::memory_order_seq_cst);
        bool entered = true;
        const stopwatch watch;
        std::thread reader([&] {
            std::this_thread::sleep_for(40ms); // the writer sleeps
            counted.fetch_sub(1, boost::memory_order_seq_cst);
            entered = h.b.try_lock_shared();
        });
        BOOST_TEST(w.try_lock_for(5s));
        BOOST_TEST(watch.at_least(40ms));
        BOOST_TEST(!watch.at_least(3s));
        reader.join();
        BOOST_TEST(!entered);
        w.unlock();
    }
}

BOOST_AUTO_TEST_CASE(a_writer_that_gives_up_wakes_those_it_kept_out) {
    two_handles h;
    array waits(sm::open_only, h.name, sm::options().death_check_interval(0ms));
    h.a.lock_shared();
    bool got = true;
    std::thread writer([&] { got = h.b.try_lock_for(150ms); });
    std::this_thread::sleep_for(50ms);
    const stopwatch watch;
    BOOST_TEST(waits.try_lock_shared_for(5s));
    BOOST_TEST(!watch.at_least(3s));
    writer.join();
    BOOST_TEST(!got);
    waits.unlock_shared();
    h.a.unlock_shared();
}

// Whatever happens between any number of them.
BOOST_AUTO_TEST_CASE(no_wake_up_is_lost_in_a_crowd) {
    const auto name = unique_name("a");
    array a(sm::create_only, name, 1);
    std::atomic<bool> end{false};
    std::vector<std::thread> threads;
    for (int i = 0; i != 6; ++i)
        threads.emplace_back([&] {
            array b(sm::open_only, name, sm::options().death_check_interval(0ms));
            while (!end)
                if (b.try_lock_shared_for(100us))
                    b.unlock_shared();
        });
    array w(sm::open_only, name, sm::options().death_check_interval(0ms));
    const stopwatch all;
    while (!all.at_least(1s)) {
        const stopwatch watch;
        BOOST_TEST(w.try_lock_for(5s));
        BOOST_TEST(!watch.at_least(4s));
        w.unlock();
        std::this_thread::sleep_for(100us);
    }
    end = true;
    for (std::thread& t : threads)
        t.join();
}

// ---- When a handle ends

BOOST_AUTO_TEST_CASE(the_owners_shutdown_ends_waits) {
    const auto name = unique_name("a");
    auto owner = std::make_unique<array>(sm::create_only, name, 1);
    array holder(sm::open_only, name);
    peer writes(name), reads(name), plain(name);
    holder.lock();
    writes.send_line("lock");
    reads.send_line("lock_shared");
    std::this_thread::sleep_for(50ms);
    owner->close();
    const std::string shut_down = sm::make_error_code(errc::shut_down).message();
    BOOST_TEST(writes.read_line() == shut_down);
    BOOST_TEST(reads.read_line() == shut_down);
    BOOST_TEST(plain.ask("write") == shut_down);
    BOOST_TEST(holder.is_shutting_down());
    holder.unlock();
    BOOST_TEST(writes.ask("lock") == "ok"); // what is to be had at once still is
    for (peer* p : {&writes, &reads, &plain})
        BOOST_TEST(p->ends());
}

BOOST_AUTO_TEST_CASE(close_ends_this_handles_waits) {
    two_handles h;
    h.a.lock();
    std::thread waiter(
        [&] { BOOST_TEST(fails_with(errc::closed, [&] { (void)h.b.acquire_read_lock(); })); });
    std::this_thread::sleep_for(30ms);
    h.b.close();
    waiter.join();
    h.a.unlock();
}

BOOST_AUTO_TEST_CASE(handles_that_end_while_they_hold_a_lock) {
    two_handles h;
    {
        array holder(sm::open_only, h.name);
        holder.lock();
        array moved(std::move(holder));
        BOOST_TEST(!h.a.try_lock_shared());
        moved.write(5, 0); // it holds the lock now
    }
    BOOST_TEST((h.a.acquire_read_lock(0ms) == acquired::ok)); // no death: not inconsistent
    h.a.release_read_lock();
    array reader(sm::open_only, h.name);
    reader.lock_shared();
    reader.lock_shared();
    reader = array();
    BOOST_TEST((h.a.acquire_write_lock(0ms) == acquired::ok));
    h.a.close(); // the owner's: closed, but it is still there
    BOOST_TEST(!h.b.try_lock());
    h.a.unlock();
    BOOST_TEST(h.b.try_lock());
    h.b.unlock();
}

BOOST_AUTO_TEST_CASE(a_guard_in_a_waiter_is_woken_by_the_end_of_the_holders_handle) {
    two_handles h;
    auto holder = std::make_unique<array>(sm::open_only, h.name);
    holder->lock();
    array waits(sm::open_only, h.name, sm::options().death_check_interval(0ms));
    std::thread ends([&] {
        std::this_thread::sleep_for(30ms);
        holder.reset();
    });
    const stopwatch watch;
    BOOST_TEST((waits.acquire_write_lock(10s) == acquired::ok));
    BOOST_TEST(!watch.at_least(8s)); // by then it looks anyway
    ends.join();
    waits.unlock();
}
