// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// How long one stays awake who waits: what a handle learns from how its waits went. And a crowd on
// one core, whose members wake each other in vain.
//
// Runs alone: measures how long others stay awake.
// Not on Windows: keeps threads to one processor.

#include "ring_support.hpp"

#include <shared_memory/detail/core/spin_budget.hpp>

#include <atomic>
#include <cstdint>
#include <sched.h>
#include <string>
#include <thread>
#include <vector>

using namespace ring_support;
using sm::detail::spin_budget;
using test_support::unique_name;

namespace {

// Threads inherit it.
class on_one_core {
public:
    on_one_core() {
        sched_getaffinity(0, sizeof before_, &before_);
        cpu_set_t one;
        CPU_ZERO(&one);
        for (int i = 0; i != CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i)
            if (CPU_ISSET(i, &before_))
                CPU_SET(i, &one);
        sched_setaffinity(0, sizeof one, &one);
    }
    on_one_core(on_one_core const&) = delete;
    on_one_core& operator=(on_one_core const&) = delete;
    ~on_one_core() { sched_setaffinity(0, sizeof before_, &before_); }

private:
    cpu_set_t before_{};
};

} // namespace

BOOST_AUTO_TEST_CASE(spinning_goes_by_what_helped) {
    spin_budget spins;
    for (int i = 0; i != 200; ++i)
        spins.was_in_vain();
    BOOST_TEST(spins.next() == spin_budget::most); // a long try now and then
    BOOST_TEST(spins.next() <= spin_budget::least);
    for (int i = 0; i != 200; ++i)
        spins.helped_after(100);
    std::uint32_t const now = spins.next();
    BOOST_TEST((now > 100 && now < 400), now);
}

BOOST_AUTO_TEST_CASE(yielding_is_for_who_was_woken_in_vain) {
    spin_budget spins;
    BOOST_TEST(spins.yields() == 0U);
    spins.yielding_was_in_vain();
    BOOST_TEST(spins.yields() == 0U);
    spins.woken_in_vain();
    BOOST_TEST(spins.yields() == spin_budget::most_yields);
    for (int i = 0; i != 3; ++i)
        spins.yielding_was_in_vain();
    BOOST_TEST(spins.yields() == spin_budget::most_yields / 8);
    spins.yielding_helped();
    BOOST_TEST(spins.yields() == spin_budget::most_yields);
    for (int i = 0; i != 7; ++i)
        spins.yielding_was_in_vain();
    BOOST_TEST(spins.yields() == 0U);
    spins.woken_in_vain();
    spins.yield_was_too_long();
    BOOST_TEST(spins.yields() == 0U);
}

// Handles of their own, which learn; without the look that would hide a lost wake-up.
BOOST_AUTO_TEST_CASE(a_crowd_on_one_core) {
    constexpr int crowd = 8;
    constexpr int messages = 2000;
    std::string const name = unique_name("ring");
    auto const how = sm::options().death_check_interval(0ms);
    sm::circular_buffer const ring(sm::create_only, name, 4U, 8U, how);
    std::atomic<long> sum{0};
    on_one_core const narrow;
    std::vector<std::thread> threads;
    for (int i = 0; i != crowd; ++i) {
        threads.emplace_back([&] {
            sm::circular_buffer mine(sm::open_only, name, how);
            for (int n = 1; n <= messages; ++n)
                mine.write(n);
        });
        threads.emplace_back([&] {
            sm::circular_buffer mine(sm::open_only, name, how);
            for (int n = 0; n != messages; ++n)
                sum += mine.read<int>();
        });
    }
    for (std::thread& t : threads)
        t.join();
    BOOST_TEST(sum == long{crowd} * messages * (messages + 1) / 2);
}
