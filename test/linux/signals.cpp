// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Signals: storms of them, with handlers that make system calls fail with EINTR, end no wait and
// prolong none.
//
// A program of its own: keeps signal handlers.
// Not on Windows: is about signals.

#include "ring_support.hpp"

#include <shared_memory/buffer_read_write.hpp>

#include <atomic>
#include <csignal>
#include <pthread.h>
#include <thread>

using namespace ring_support;
using std::chrono::steady_clock;
using test_support::unique_name;

namespace {

std::atomic<std::uint64_t> handled{0};

// Sends a signal to the thread that made it, again and again, until its end.
class storm {
public:
    // flags: of the handler; SA_RESTART or none
    storm(int flags, std::chrono::microseconds period) {
        struct sigaction handler {};
        handler.sa_handler = [](int) { ++handled; };
        handler.sa_flags = flags;
        ::sigaction(SIGUSR1, &handler, &old_);
        thread_ = std::thread([this, target = ::pthread_self(), period] {
            while (!over_) {
                ::pthread_kill(target, SIGUSR1);
                std::this_thread::sleep_for(period);
            }
        });
    }
    storm(const storm&) = delete;
    storm& operator=(const storm&) = delete;
    ~storm() {
        over_ = true;
        thread_.join();
        ::sigaction(SIGUSR1, &old_, nullptr);
    }

private:
    struct sigaction old_ {};
    std::atomic<bool> over_{false};
    std::thread thread_;
};

constexpr auto period = 50us;

struct fixture {
    sm::circular_buffer ring{sm::create_only, unique_name("ring"), 2, 8};
    sm::circular_buffer full{sm::create_only, unique_name("full"), 2, 8};
    sm::buffer_read_write held{sm::create_only, unique_name("held"), 64};
    sm::buffer_read_write shared{sm::create_only, unique_name("shared"), 64};
    sm::buffer_read_write other_held{sm::open_only, held.name()};
    sm::buffer_read_write other_shared{sm::open_only, shared.name()};

    fixture() {
        while (full.try_write(0)) {
        }
        held.lock();
        shared.lock_shared();
    }

    // It ends in vain, after no less than that; that it ends at all is the watchdog's.
    template <class Wait>
    void in_vain(const char* what, Wait&& wait) {
        for (const int flags : {0, SA_RESTART}) {
            const std::uint64_t before = handled;
            const auto start = steady_clock::now();
            {
                const storm s(flags, period);
                BOOST_TEST(!wait(200ms), what << ": nothing was there");
            }
            BOOST_TEST((steady_clock::now() - start >= 200ms), what << " ended early");
            // a sanitizer may keep signals back until the system call is over
            BOOST_TEST((handled - before > 20U || sanitized), what << ": that was no storm");
        }
    }
    // It goes on until `end` has ended it.
    template <class Wait, class End>
    void until(const char* what, Wait&& wait, End&& end) {
        auto waiting = at_once([&] {
            const storm s(0, period);
            return wait();
        });
        std::this_thread::sleep_for(200ms);
        BOOST_TEST(!is_done(waiting), what << " ended early");
        end();
        BOOST_TEST(waiting.get(), what);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_storm_of_signals, fixture)

BOOST_AUTO_TEST_CASE(changes_no_time_out) {
    in_vain("try_read_for", [&](auto d) { return ring.try_read_for<int>(d).has_value(); });
    in_vain("try_read_until",
            [&](auto d) { return !!ring.try_read_until<int>(steady_clock::now() + d); });
    in_vain("try_claim_read_for", [&](auto d) { return !!ring.try_claim_read_for(d); });
    in_vain("try_write_for", [&](auto d) { return full.try_write_for(1, d); });
    in_vain("wait_drained_for", [&](auto d) { return full.wait_drained_for(d); });
    in_vain("wait_any", [&](auto d) { return sm::wait_any({&ring}, d) != nullptr; });
    in_vain("try_lock_for", [&](auto d) { return other_held.try_lock_for(d); });
    in_vain("try_lock_for, shared", [&](auto d) { return other_shared.try_lock_for(d); });
    in_vain("try_lock_shared_for", [&](auto d) { return other_held.try_lock_shared_for(d); });
    const auto times_out = [&](auto d, auto&& call) {
        other_held.read_write_timeout(d);
        TEST_THROWS(timed_out, call());
        return false;
    };
    in_vain("write", [&](auto d) { return times_out(d, [&] { other_held.write(1); }); });
    in_vain("read", [&](auto d) { return times_out(d, [&] { other_held.read<int>(); }); });
    in_vain("wait_for_creator", [&](auto d) {
        const auto how = sm::options().wait_for_creator(d);
        TEST_THROWS(not_found, sm::circular_buffer(sm::open_only, unique_name("none"), how));
        return false;
    });
}

BOOST_AUTO_TEST_CASE(ends_no_wait) {
    until(
        "read", [&] { return ring.read<int>() == 1; }, [&] { ring.write(1); });
    until(
        "write", [&] { return full.try_write_for(2, 1h); }, [&] { full.discard(); });
    until(
        "wait_any", [&] { return sm::wait_any({&ring}, 1h) == &ring; }, [&] { ring.write(1); });
    until(
        "lock", [&] { return !!other_held.acquire_write_lock(); }, [&] { held.unlock(); });
    other_held.unlock();
    held.lock();
    until(
        "lock_shared", [&] { return !!other_held.acquire_read_lock(); }, [&] { held.unlock(); });
    until(
        "lock, shared", [&] { return !!other_shared.acquire_write_lock(); },
        [&] { shared.unlock_shared(); });
    const auto late = unique_name("late");
    sm::circular_buffer created;
    until(
        "wait_for_creator",
        [&] {
            const auto how = sm::options().wait_for_creator(1h);
            return sm::circular_buffer(sm::open_only, late, how).is_open();
        },
        [&] { created = sm::circular_buffer(sm::create_only, late, 2, 8); });
}

// What has many system calls in it.
BOOST_AUTO_TEST_CASE(creating_and_attaching) {
    const auto name = unique_name("large");
    const storm s(0, period);
    for (int i = 0; i != rounds(20); ++i) {
        sm::circular_buffer a(sm::create_only, name, 1024, 4096);
        sm::circular_buffer b(sm::open_only, name);
        a.write(i);
        BOOST_TEST(b.read<int>() == i);
        BOOST_TEST(b.participants().size() == 2U);
        BOOST_TEST(b.recover().participants_reaped() == 0U);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(no_signal_ends_a_wait) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 2, 8);
    const segment_view view(ring.name());
    static std::atomic<int> signals{0};
    struct sigaction handler {};
    struct sigaction old {};
    handler.sa_handler = [](int) { ++signals; }; // without SA_RESTART
    BOOST_REQUIRE(sigaction(SIGUSR1, &handler, &old) == 0);
    std::atomic<pthread_t> thread{};
    auto reader = at_once([&] {
        thread = pthread_self();
        return ring.try_read_for<int>(1h);
    });
    BOOST_TEST(a_reader_sleeps(view));
    for (int i = 1; i <= 20; ++i) {
        pthread_kill(thread, SIGUSR1);
        BOOST_TEST(test_support::becomes_true([&] { return signals == i; }));
    }
    BOOST_TEST(!is_done(reader));
    ring.write(3);
    BOOST_TEST((reader.get() == 3));
    sigaction(SIGUSR1, &old, nullptr);
}
