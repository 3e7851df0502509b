// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "support.hpp"

#include <shared_memory/deadline.hpp>

#include <limits>
#include <type_traits>

using namespace std::chrono_literals;
using shared_memory::deadline;
using steady = std::chrono::steady_clock;

namespace {

// A clock that somebody sets: an hour, and 10 s a tick, behind.
struct slow_clock {
    using duration = std::chrono::duration<int, std::ratio<10>>;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<slow_clock>;
    [[maybe_unused]] static constexpr bool is_steady = false;
    static time_point now() { return time_point(duration(value)); }
    static int value;
};
int slow_clock::value = 100;

bool about_in(deadline d, steady::duration wait, steady::time_point before) {
    // A little more may have passed in between; never is it sooner.
    return d.time() >= before + wait - 1us && d.time() <= steady::now() + wait + 1us;
}

} // namespace

BOOST_AUTO_TEST_CASE(now_and_never) {
    BOOST_TEST(deadline::now().at_once());
    BOOST_TEST(deadline::now().passed());
    BOOST_TEST(!deadline::now().is_never());
    BOOST_TEST(deadline::never().is_never());
    BOOST_TEST(!deadline::never().passed());
    BOOST_TEST(!deadline::never().at_once());
}

BOOST_AUTO_TEST_CASE(in_a_while) {
    auto const before = steady::now();
    BOOST_TEST(about_in(deadline::in(1h), 1h, before));
    BOOST_TEST(about_in(deadline::in(1500ms), 1500ms, before));
    BOOST_TEST(about_in(deadline::in(std::chrono::duration<double>(0.5)), 500ms, before));
    BOOST_TEST(!deadline::in(1h).passed());
    BOOST_TEST(!deadline::in(1h).at_once());

    auto const start = steady::now();
    deadline const soon = deadline::in(20ms);
    while (!soon.passed()) {
    }
    BOOST_TEST((steady::now() - start >= 20ms));
}

BOOST_AUTO_TEST_CASE(a_fraction_of_a_tick_is_a_wait) {
    using picoseconds = std::chrono::duration<std::int64_t, std::pico>;
    auto const before = steady::now();
    BOOST_TEST((deadline::in(picoseconds(1)).time() > before));
    BOOST_TEST(!deadline::in(picoseconds(1)).at_once());
}

BOOST_AUTO_TEST_CASE(nothing_to_wait_for) {
    BOOST_TEST(deadline::in(0s).at_once());
    BOOST_TEST(deadline::in(-1ns).at_once());
    BOOST_TEST(deadline::in(std::chrono::hours::min()).at_once());
    BOOST_TEST(deadline::in(std::chrono::nanoseconds::min()).at_once());
    BOOST_TEST(deadline::in(std::chrono::duration<double>(-std::numeric_limits<double>::infinity()))
                   .at_once());
    BOOST_TEST(deadline::in(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN()))
                   .at_once());
}

BOOST_AUTO_TEST_CASE(too_far_away_is_never) {
    BOOST_TEST(deadline::in(std::chrono::nanoseconds::max()).is_never());
    BOOST_TEST(deadline::in(std::chrono::milliseconds::max()).is_never());
    BOOST_TEST(deadline::in(std::chrono::seconds::max()).is_never());
    BOOST_TEST(deadline::in(std::chrono::hours::max()).is_never());
    BOOST_TEST(deadline::in(std::chrono::duration<double>(1e30)).is_never());
    BOOST_TEST(deadline::in(std::chrono::duration<float>(std::numeric_limits<float>::infinity()))
                   .is_never());
    using years = std::chrono::duration<std::int64_t, std::ratio<31556952>>;
    BOOST_TEST(deadline::in(years::max()).is_never());
}

BOOST_AUTO_TEST_CASE(at_a_time_of_any_clock) {
    auto const before = steady::now();
    BOOST_TEST((deadline::at(before + 1h).time() >= before + 1h - 1us));
    BOOST_TEST((deadline::at(before + 1h).time() <= steady::now() + 1h + 1us));
    BOOST_TEST(about_in(deadline::at(std::chrono::system_clock::now() + 1h), 1h, before - 1ms));
    BOOST_TEST(about_in(deadline::at(slow_clock::now() + 30s), 30s, before));
    BOOST_TEST(deadline::at(slow_clock::now()).at_once());
    BOOST_TEST(deadline::at(slow_clock::now() - 10s).at_once());
    BOOST_TEST(deadline::at(steady::now() - 1ns).at_once());
    BOOST_TEST(deadline::at(steady::time_point::min()).at_once());
    BOOST_TEST(deadline::at(steady::time_point::max()).is_never());
    BOOST_TEST(deadline::at(std::chrono::system_clock::time_point::max()).is_never());
    BOOST_TEST(deadline::at(slow_clock::time_point::max()).is_never());
    BOOST_TEST(deadline::at(slow_clock::time_point::min()).at_once());
}

BOOST_AUTO_TEST_CASE(a_clock_set_later_does_not_matter) {
    deadline const d = deadline::at(slow_clock::now() + 30s);
    slow_clock::value += 1000;
    BOOST_TEST(!d.passed());
}

BOOST_AUTO_TEST_CASE(the_sooner_of_two) {
    deadline const one = deadline::in(1h);
    BOOST_TEST((one.sooner(deadline::never()).time() == one.time()));
    BOOST_TEST((deadline::never().sooner(one).time() == one.time()));
    BOOST_TEST(one.sooner(deadline::now()).at_once());
    BOOST_TEST((deadline::in(2h).sooner(one).time() == one.time()));
}

BOOST_AUTO_TEST_CASE(a_duration_and_a_time_point_convert) {
    auto const time_of = [](deadline d) { return d.time(); };
    auto const before = steady::now();
    BOOST_TEST((time_of(1h) >= before + 1h));
    BOOST_TEST((time_of(before + 1h) >= before + 1h - 1us));
    BOOST_TEST((time_of(std::chrono::duration<double>(0.5)) >= before + 500ms));
    BOOST_TEST((time_of(0s) == deadline::now().time()));
    BOOST_TEST((time_of(steady::time_point::max()) == deadline::never().time()));
    BOOST_TEST(about_in(slow_clock::now() + 30s, 30s, before));
    static_assert(!std::is_convertible_v<int, deadline>);
    static_assert(!std::is_default_constructible_v<deadline>);
}

BOOST_AUTO_TEST_CASE(for_takes_durations_and_until_time_points) {
    using sm_duration = shared_memory::any_duration;
    using sm_time_point = shared_memory::any_time_point;
    auto const before = steady::now();
    BOOST_TEST(about_in(sm_duration(1h).end(), 1h, before));
    BOOST_TEST(sm_duration(-1s).end().at_once());
    BOOST_TEST((sm_time_point(before + 1h).time().time() >= before + 1h - 1us));
    BOOST_TEST(sm_time_point(steady::time_point::max()).time().is_never());
    static_assert(!std::is_convertible_v<steady::time_point, sm_duration>);
    static_assert(!std::is_convertible_v<steady::duration, sm_time_point>);
    static_assert(!std::is_convertible_v<deadline, sm_duration>);
    static_assert(!std::is_convertible_v<deadline, sm_time_point>);
}

BOOST_AUTO_TEST_CASE(never_now_and_the_sooner_are_constants) {
    static_assert(deadline::never().is_never() && !deadline::never().at_once());
    static_assert(deadline::now().at_once() && !deadline::now().is_never());
    static_assert(deadline::never().sooner(deadline::now()).at_once());
    BOOST_TEST(true);
}
