// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The machine's clock is set, an hour forward or back, while somebody waits. This program has a
// wall clock of its own, which it sets: the library, std::chrono and the waits of the C library
// that follow the wall clock ask it.
//
// A program of its own: replaces functions of the C library.
// Not on Windows: sets the clock of a process of its own.

#include "ring_support.hpp"
#include "sweeping.hpp"

#include <shared_memory/buffer_read_write.hpp>

#include <pthread.h>
#include <sys/time.h>
#include <thread>

SHARED_MEMORY_TEST_CLOCK

using namespace ring_support;
using std::chrono::steady_clock;
using std::chrono::system_clock;
using test_support::child;
using test_support::seconds_ahead;
using test_support::unique_name;

namespace {

bool has_passed(const timespec* time) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec > time->tv_sec ||
           (now.tv_sec == time->tv_sec && now.tv_nsec >= time->tv_nsec);
}
timespec in_a_millisecond() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += 1000000;
    if (time.tv_nsec >= 1000000000) {
        ++time.tv_sec;
        time.tv_nsec -= 1000000000;
    }
    return time;
}

} // namespace

// These wait by the wall clock: by this program's.
extern "C" int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                      const timespec* time) {
    for (;;) {
        if (has_passed(time))
            return ETIMEDOUT;
        const timespec tick = in_a_millisecond();
        const int result = ::pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &tick);
        if (result != ETIMEDOUT)
            return result;
    }
}
extern "C" int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* time) noexcept {
    for (;;) {
        const timespec tick = in_a_millisecond();
        const int result = ::pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &tick);
        if (result != ETIMEDOUT || has_passed(time))
            return result;
    }
}
extern "C" int gettimeofday(timeval* time, void*) noexcept {
    timespec now{};
    const int result = ::clock_gettime(CLOCK_REALTIME, &now);
    *time = {now.tv_sec, now.tv_nsec / 1000};
    return result;
}

namespace {

constexpr long hour = 3600;

struct fixture {
    sm::circular_buffer ring{sm::create_only, unique_name("ring"), 2, 8};
    sm::circular_buffer full{sm::create_only, unique_name("full"), 2, 8};
    sm::buffer_read_write held{sm::create_only, unique_name("held"), 64};
    sm::buffer_read_write other_held{sm::open_only, held.name()};

    fixture() {
        while (full.try_write(0)) {
        }
        held.lock();
        seconds_ahead = 0;
    }
    ~fixture() { seconds_ahead = 0; }

    // The clock is set while that waits, which is told to wait for 400 ms: it waits for no less, and
    // ends (the watchdog's) although the clock says an hour ago.
    template <class Wait>
    void is_not_disturbed(const char* what, Wait&& wait) {
        for (const long ahead : set_to()) {
            seconds_ahead = 0;
            const auto start = steady_clock::now();
            auto waiting = at_once(wait);
            std::this_thread::sleep_for(150ms);
            seconds_ahead = ahead;
            BOOST_TEST(!waiting.get(), what << ": nothing was there");
            BOOST_TEST((steady_clock::now() - start >= 399ms), what << " ended early");
        }
    }
    // The same for a wait that `end` ends.
    template <class Wait, class End>
    void is_woken(const char* what, Wait&& wait, End&& end) {
        for (const long ahead : {hour, -hour}) {
            seconds_ahead = 0;
            auto waiting = at_once(wait);
            std::this_thread::sleep_for(150ms);
            seconds_ahead = ahead;
            std::this_thread::sleep_for(150ms);
            BOOST_TEST(!is_done(waiting), what << " ended early");
            end();
            BOOST_TEST(waiting.get(), what);
        }
    }
    // A clock that is set back prolongs Boost's waits: see doc/synchronisation.md.
    static std::vector<long> set_to() {
        if (!test_support::waiting_is_robust)
            return {hour};
        return {hour, -hour};
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(the_clock_is_set, fixture)

BOOST_AUTO_TEST_CASE(the_clock_can_be_set) {
    const auto before = system_clock::now();
    const auto steady_before = steady_clock::now();
    seconds_ahead = -hour;
    BOOST_TEST((system_clock::now() < before - 30min));
    BOOST_TEST((steady_clock::now() >= steady_before));
}

BOOST_AUTO_TEST_CASE(durations_pass_by_the_monotonic_clock) {
    is_not_disturbed("try_read_for", [&] { return !!ring.try_read_for<int>(400ms); });
    is_not_disturbed("try_write_for", [&] { return full.try_write_for(1, 400ms); });
    is_not_disturbed("wait_drained_for", [&] { return full.wait_drained_for(400ms); });
    is_not_disturbed("wait_any", [&] { return sm::wait_any({&ring, &ring}, 400ms) != nullptr; });
    is_not_disturbed("try_lock_for", [&] { return other_held.try_lock_for(400ms); });
    is_not_disturbed("try_lock_shared_for", [&] { return other_held.try_lock_shared_for(400ms); });
    is_not_disturbed("read", [&] {
        other_held.read_write_timeout(400ms);
        TEST_THROWS(timed_out, other_held.read<int>());
        return false;
    });
    is_not_disturbed("wait_for_creator", [&] {
        const auto how = sm::options().wait_for_creator(400ms);
        TEST_THROWS(not_found, sm::circular_buffer(sm::open_only, unique_name("none"), how));
        return false;
    });
}

// A time point is taken as so far from now when the call begins.
BOOST_AUTO_TEST_CASE(so_do_time_points) {
    const auto wall = [] { return system_clock::now() + 400ms; };
    const auto steady = [] { return steady_clock::now() + 400ms; };
    is_not_disturbed("try_read_until", [&] { return !!ring.try_read_until<int>(wall()); });
    is_not_disturbed("try_read_until, steady",
                     [&] { return !!ring.try_read_until<int>(steady()); });
    is_not_disturbed("try_write_until", [&] { return full.try_write_until(1, wall()); });
    is_not_disturbed("wait_drained_until", [&] { return full.wait_drained_until(wall()); });
    is_not_disturbed("try_lock_until", [&] { return other_held.try_lock_until(wall()); });
    is_not_disturbed("try_lock_until, steady", [&] { return other_held.try_lock_until(steady()); });
    is_not_disturbed("try_lock_shared_until",
                     [&] { return other_held.try_lock_shared_until(wall()); });
}

// One that the clock had reached before the call, and has not now, is waited for, and the other way
// round.
BOOST_AUTO_TEST_CASE(a_time_point_is_judged_when_the_call_begins) {
    const auto soon = system_clock::now() + 400ms;
    seconds_ahead = hour;
    const auto start = steady_clock::now();
    BOOST_TEST(!ring.try_read_until<int>(soon)); // by the watchdog, if it took it for the future
    BOOST_TEST(!other_held.try_lock_until(soon));
    BOOST_TEST(!ring.try_read_until<int>(system_clock::now() + 300ms));
    BOOST_TEST((steady_clock::now() - start >= 299ms));
}

BOOST_AUTO_TEST_CASE(wakers_wake) {
    is_woken(
        "read", [&] { return ring.read<int>() == 5; }, [&] { ring.write(5); });
    is_woken(
        "write",
        [&] {
            full.write(6);
            return true;
        },
        [&] { full.discard(); });
    is_woken(
        "lock",
        [&] {
            other_held.lock();
            other_held.unlock();
            held.lock();
            return true;
        },
        [&] { held.unlock(); });
}

SHARED_MEMORY_TEST_ROLE(claims) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    auto claim = ring.claim_write();
    test_support::say("claimed");
    test_support::hear();
    return 0;
}

// Looks for the dead go on.
BOOST_AUTO_TEST_CASE(sleepers_find_the_dead) {
    for (const long ahead : set_to()) {
        seconds_ahead = 0;
        child victim("claims", {ring.name()});
        BOOST_TEST(victim.read_line() == "claimed");
        ring.write(7);
        auto reader = at_once([&] { return ring.read<int>(); });
        std::this_thread::sleep_for(150ms);
        seconds_ahead = ahead;
        victim.kill();
        BOOST_TEST(reader.get() == 7);
    }
}

SHARED_MEMORY_TEST_ROLE(creates) {
    seconds_ahead = std::stol(args.at(1));
    for (int i = 0; i != 30; ++i) {
        sm::circular_buffer ring(sm::create_only, args.at(0) + "-" + std::to_string(i), 64, 1024);
        ring.write(i);
        if (ring.read<int>() != i)
            return 1;
    }
    return 0;
}

// By some clocks the others' temporaries are an hour old, and are swept while they are built.
BOOST_AUTO_TEST_CASE(creators_whose_clocks_differ) {
    std::vector<child> all;
    for (int i = 0; i != 4; ++i)
        all.emplace_back("creates",
                         std::vector<std::string>{unique_name("made"),
                                                  std::to_string(i % 2 == 0 ? hour : -hour)});
    for (child& one : all)
        BOOST_TEST(one.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
