// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// How many looks for the dead many sleepers make together, and how long a death stays unnoticed. Time
// is a number here: sleepers tick in its order, each when its interval has ended.

#include "stepping_system.hpp"
#include "support.hpp"

#include <shared_memory/detail/core/look_watch.hpp>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace detail = shared_memory::detail;

namespace {

using locks_test::stepping_system;
using watch = detail::look_watch<stepping_system>;

constexpr int interval = 1000; // units of time

struct sleeper {
    watch its;
    long next_tick = 0;
};

struct world {
    stepping_system::word32 looks{0};
    std::vector<sleeper> sleepers;
    std::uint32_t slots;
    std::minstd_rand random{1};
    int lateness = 0; // a timer is late by less than that
    long now = 0;
    long ticks = 0;
    long whole_looks = 0;
    long questions = 0;
    std::size_t newest_looker = 0;
    long last_whole_look = 0;
    long longest_without = 0;
    std::vector<long> asked; // when, by slot

    // One sleeper a slot. They begin to sleep at any time of an interval.
    explicit world(std::uint32_t count, std::uint32_t start = 0)
        : looks{start}, sleepers(count), slots(count), asked(count, 0) {
        for (sleeper& one : sleepers) {
            one.its.begin(looks);
            one.next_tick = 1 + static_cast<long>(random() % interval);
        }
    }
    long late() { return lateness == 0 ? 0 : static_cast<long>(random()) % lateness; }

    void tick() {
        const auto first = std::min_element(
            sleepers.begin(), sleepers.end(),
            [](const sleeper& a, const sleeper& b) { return a.next_tick < b.next_tick; });
        now = first->next_tick;
        ++ticks;
        const detail::look_share share = first->its.tick(looks, slots);
        questions += share.count;
        for (std::uint32_t i = 0; i != share.count; ++i)
            asked[(share.first + i) % slots] = now;
        if (!share.others_look) {
            BOOST_TEST(share.count == slots);
            ++whole_looks;
            longest_without = std::max(longest_without, now - last_whole_look);
            last_whole_look = now;
            newest_looker = static_cast<std::size_t>(first - sleepers.begin());
        }
        first->next_tick =
            now + late() +
            (share.others_look ? detail::others_look_intervals * interval : interval);
    }
    void run(long intervals) {
        for (const long end = now + intervals * interval; now < end;)
            tick();
    }
    void forget() { ticks = whole_looks = questions = longest_without = 0; }
    // That one wakes up, and does not sleep again.
    void wake(std::size_t one) { sleepers.at(one).next_tick = std::numeric_limits<long>::max(); }
};

} // namespace

BOOST_AUTO_TEST_CASE(one_sleeper_of_many_looks) {
    for (const int lateness : {0, 20}) {
        world w(200);
        w.lateness = lateness;
        w.run(10);
        w.forget();
        w.run(1000);
        BOOST_TEST_CONTEXT("lateness " << lateness) {
            BOOST_TEST_MESSAGE("200 sleepers, 1000 intervals: " << w.ticks << " ticks, "
                                                                << w.whole_looks << " looks");
            // one look an interval; the others end one sleep in four
            BOOST_TEST(w.whole_looks <= 1000);
            BOOST_TEST(w.whole_looks >= 950);
            BOOST_TEST(w.ticks <= 1000 + 200 * 1000 / detail::others_look_intervals + 200);
            BOOST_TEST(w.questions <= 1000 * 200 + w.ticks * watch::few);
            BOOST_TEST(w.longest_without <= interval + lateness);
        }
    }
}

BOOST_AUTO_TEST_CASE(in_small_segments_everybody_looks) {
    world w(watch::most_to_look_alone);
    w.run(100);
    BOOST_TEST(w.whole_looks == w.ticks);
    BOOST_TEST(w.looks.value == 0U);
}

// The count wraps around.
BOOST_AUTO_TEST_CASE(after_four_thousand_million_looks) {
    world w(50, std::numeric_limits<std::uint32_t>::max() - 20);
    w.run(10);
    w.forget();
    w.run(100);
    BOOST_TEST(w.whole_looks <= 101);
    BOOST_TEST(w.longest_without <= interval);
}

// The one that looks wakes up for good, again and again, until one is left.
BOOST_AUTO_TEST_CASE(another_sleeper_takes_over) {
    for (std::uint32_t seed = 1; seed != 50; ++seed) {
        world w(20);
        w.random.seed(seed);
        w.lateness = 20;
        for (sleeper& one : w.sleepers)
            one.next_tick = 1 + static_cast<long>(w.random() % interval);
        for (std::uint32_t left = 20; left != 1; --left) {
            w.run(6 + static_cast<long>(w.random() % 6));
            w.wake(w.newest_looker);
        }
        BOOST_TEST_CONTEXT("seed " << seed) {
            BOOST_TEST(w.longest_without <= 6 * interval + 200);
        }
    }
}

// It is killed after it has counted, and before it has asked: one interval more.
BOOST_AUTO_TEST_CASE(the_one_that_looks_dies_before_it_asks) {
    world w(20);
    w.run(10);
    const long last = w.last_whole_look;
    sleeper& victim = w.sleepers[w.newest_looker];
    while (&*std::min_element(w.sleepers.begin(), w.sleepers.end(),
                              [](const sleeper& a, const sleeper& b) {
                                  return a.next_tick < b.next_tick;
                              }) != &victim)
        w.tick();
    BOOST_TEST(!victim.its.tick(w.looks, w.slots).others_look);
    w.wake(w.newest_looker);
    w.forget();
    w.run(20);
    BOOST_TEST(w.longest_without <= 7 * interval);
    BOOST_TEST(w.last_whole_look > last);
}

// Somebody counts, and never looks.
BOOST_AUTO_TEST_CASE(a_count_that_lies) {
    world w(100);
    const long end = 100L / watch::few * detail::others_look_intervals * interval;
    for (std::size_t i = 1; i != 100; ++i)
        w.wake(i);
    while (w.now <= end + interval) {
        w.looks.value += 7;
        w.tick();
    }
    BOOST_TEST(w.whole_looks == 0);
    BOOST_TEST(*std::min_element(w.asked.begin(), w.asked.end()) > 0);
}

// [D1] Others see the count only after the look's questions can see what they wait for.
BOOST_AUTO_TEST_CASE(counted_before_it_is_made) {
    stepping_system::word32 looks{5};
    watch a;
    watch b;
    a.begin(looks);
    b.begin(looks);
    BOOST_TEST(!a.tick(looks, 100).others_look);
    BOOST_TEST(looks.value == 6U);
    BOOST_TEST(b.tick(looks, 100).others_look);
    BOOST_TEST(looks.value == 6U);
    // four intervals of which nobody looked in the last two
    looks.value += 2;
    BOOST_TEST(!b.tick(looks, 100).others_look);
    BOOST_TEST(looks.value == 9U);
    BOOST_TEST(a.tick(looks, 100).others_look);
    looks.value += 3;
    BOOST_TEST(a.tick(looks, 100).others_look);
}
