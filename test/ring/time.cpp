// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// How long calls wait: all clocks, and durations that no clock can count.

#include "ring_support.hpp"

#include <atomic>
#include <limits>
#include <ratio>

using namespace ring_support;
using std::chrono::steady_clock;
using std::chrono::system_clock;
using test_support::unique_name;

namespace {

// A clock of the user's, which nothing else knows.
struct seconds_since_yesterday {
    using rep = double;
    using period = std::ratio<1>;
    using duration = std::chrono::duration<rep, period>;
    using time_point = std::chrono::time_point<seconds_since_yesterday>;
    [[maybe_unused]] static constexpr bool is_steady = false;
    static time_point now() {
        return time_point(std::chrono::duration_cast<duration>(
            steady_clock::now().time_since_epoch() - std::chrono::hours(24)));
    }
};

struct fixture {
    sm::circular_buffer ring{sm::create_only, unique_name("ring"), 2, 8};

    void fill() {
        while (ring.try_write(0)) {
        }
    }
    // `wait` comes back without a message, not earlier than `least`.
    template <class Wait>
    void takes_at_least(std::chrono::nanoseconds least, const char* what, Wait&& wait) {
        const auto start = steady_clock::now();
        BOOST_TEST(!wait(), what << ": nothing was there");
        const auto took = steady_clock::now() - start;
        BOOST_TEST((took >= least),
                   what << ": returned after "
                        << std::chrono::duration_cast<std::chrono::microseconds>(took).count()
                        << " us, which is too early");
    }
    // `wait` goes on until a message comes, and returns it.
    template <class Wait>
    void waits_for_a_message(const char* what, Wait&& wait) {
        const segment_view view(ring.name());
        auto reader = at_once(wait);
        BOOST_TEST(a_reader_sleeps(view), what << ": it sleeps");
        BOOST_TEST(!is_done(reader), what << ": it returned although nothing was there");
        ring.write(7);
        BOOST_TEST((reader.get() == 7), what);
        ring.discard(); // if it had returned without
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(circular_buffer_time, fixture)

BOOST_AUTO_TEST_CASE(time_outs_are_not_early) {
    takes_at_least(30ms, "try_read_for", [&] { return ring.try_read_for<int>(30ms); });
    takes_at_least(30ms, "try_read_until steady",
                   [&] { return ring.try_read_until<int>(steady_clock::now() + 30ms); });
    takes_at_least(29ms, "try_read_until system", // a clock that is being adjusted
                   [&] { return ring.try_read_until<int>(system_clock::now() + 30ms); });
    takes_at_least(29ms, "try_read_until another clock", [&] {
        return ring.try_read_until<int>(seconds_since_yesterday::now() +
                                        std::chrono::duration<double>(0.03));
    });
    takes_at_least(30ms, "in microseconds of a double", [&] {
        return ring.try_read_for<int>(std::chrono::duration<double, std::micro>(30000.0));
    });
    takes_at_least(200us, "short", [&] { return ring.try_read_for<int>(200us); });
    takes_at_least(100ms, "longer than a look", [&] { return ring.try_read_for<int>(100ms); });
    takes_at_least(20ms, "try_claim_read_for", [&] { return !!ring.try_claim_read_for(20ms); });
    takes_at_least(20ms, "wait_any", [&] { return sm::wait_any({&ring}, 20ms) != nullptr; });
    fill();
    takes_at_least(30ms, "try_write_for", [&] { return ring.try_write_for(1, 30ms); });
    takes_at_least(30ms, "try_write_until",
                   [&] { return ring.try_write_until(1, steady_clock::now() + 30ms); });
    takes_at_least(20ms, "try_claim_write_for", [&] { return !!ring.try_claim_write_for(20ms); });
    takes_at_least(20ms, "wait_drained_for", [&] { return ring.wait_drained_for(20ms); });
    takes_at_least(20ms, "wait_drained_until",
                   [&] { return ring.wait_drained_until(steady_clock::now() + 20ms); });
}

BOOST_AUTO_TEST_CASE(what_is_over_does_not_wait) {
    // By the watchdog: each of these would wait for ages if it were taken for the future.
    BOOST_TEST(!ring.try_read_for<int>(0s));
    BOOST_TEST(!ring.try_read_for<int>(-1ns));
    BOOST_TEST(!ring.try_read_for<int>(std::chrono::hours::min()));
    BOOST_TEST(!ring.try_read_for<int>(std::chrono::duration<double>(-1e300)));
    BOOST_TEST(!ring.try_read_for<int>(
        std::chrono::duration<double>(-std::numeric_limits<double>::infinity())));
    BOOST_TEST(!ring.try_read_until<int>(steady_clock::now() - 1h));
    BOOST_TEST(!ring.try_read_until<int>(steady_clock::time_point()));
    BOOST_TEST(!ring.try_read_until<int>(steady_clock::time_point::min()));
    BOOST_TEST(!ring.try_read_until<int>(system_clock::time_point::min()));
    fill();
    BOOST_TEST(!ring.try_write_for(1, -1h));
    BOOST_TEST(!ring.try_write_until(1, system_clock::time_point::min()));
    BOOST_TEST(!ring.try_write_for(1, std::chrono::nanoseconds::min()));
}

BOOST_AUTO_TEST_CASE(what_is_there_is_had_after_the_time_too) {
    ring.write(1);
    BOOST_TEST((ring.try_read_for<int>(-1h) == 1));
    ring.write(2);
    BOOST_TEST((ring.try_read_until<int>(steady_clock::time_point::min()) == 2));
    BOOST_TEST(ring.try_write_until(3, system_clock::time_point::min()));
}

BOOST_AUTO_TEST_CASE(what_is_far_away_is_waited_for) {
    waits_for_a_message("hours::max()",
                        [&] { return ring.try_read_for<int>(std::chrono::hours::max()); });
    waits_for_a_message("nanoseconds::max()",
                        [&] { return ring.try_read_for<int>(std::chrono::nanoseconds::max()); });
    waits_for_a_message(
        "1e300 s", [&] { return ring.try_read_for<int>(std::chrono::duration<double>(1e300)); });
    waits_for_a_message("infinite", [&] {
        return ring.try_read_for<int>(
            std::chrono::duration<double>(std::numeric_limits<double>::infinity()));
    });
    waits_for_a_message("unsigned 64-bit years", [&] {
        using years = std::chrono::duration<std::uint64_t, std::ratio<31556952>>;
        return ring.try_read_for<int>(years(~std::uint64_t{0}));
    });
    waits_for_a_message("300 years", [&] { return ring.try_read_for<int>(2629800h); });
    waits_for_a_message("steady time_point::max()",
                        [&] { return ring.try_read_until<int>(steady_clock::time_point::max()); });
    waits_for_a_message("system time_point::max()",
                        [&] { return ring.try_read_until<int>(system_clock::time_point::max()); });
    waits_for_a_message("steady, almost max()", [&] {
        return ring.try_read_until<int>(steady_clock::time_point::max() - 1ns);
    });
    waits_for_a_message("system, almost max()", [&] {
        return ring.try_read_until<int>(system_clock::time_point::max() - 1h);
    });
    waits_for_a_message("system seconds, max()", [&] {
        return ring.try_read_until<int>(
            std::chrono::time_point<system_clock, std::chrono::seconds>::max());
    });
}

BOOST_AUTO_TEST_SUITE_END()
