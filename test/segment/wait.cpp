// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Waiting for the creator.

#include "peer.hpp"
#include "sweeping.hpp"

#include <random>

using namespace test_support;
using namespace std::chrono_literals;
using sm::errc;

SHARED_MEMORY_TEST_ROLE(waiter) {
    auto const limit = std::chrono::milliseconds(std::stoi(args.at(1)));
    say("waiting");
    auto const start = std::chrono::steady_clock::now();
    std::string how = "opened";
    try {
        sm::circular_buffer ring(sm::open_only, args.at(0), sm::options().wait_for_creator(limit));
        how += ' ' + std::to_string(ring.read<int>());
    } catch (sm::error const& e) {
        how = "error " + std::to_string(e.code().value());
    }
    auto const waited = std::chrono::steady_clock::now() - start;
    say(how);
    say(std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(waited).count()));
    return 0;
}

SHARED_MEMORY_TEST_ROLE(builder) {
    say("ready");
    for (;;) {
        std::error_code ec;
        sm::circular_buffer const ring(sm::create_only, args.at(0), 64, 4096, ec);
    }
}

BOOST_AUTO_TEST_CASE(nobody_comes) {
    std::string const name = unique_name("none");
    for (auto const wait : {0ms, 1ms, 60ms}) {
        auto const start = std::chrono::steady_clock::now();
        auto const how = sm::options().wait_for_creator(wait);
        check_fails("open_only", errc::not_found,
                    [&] { sm::circular_buffer(sm::open_only, name, how); }, {name});
        BOOST_TEST((std::chrono::steady_clock::now() - start >= wait), wait.count() << " ms");
    }
}

BOOST_AUTO_TEST_CASE(the_creator_is_late) {
    std::string const name = unique_name("ring");
    std::vector<child> waiters;
    for (int i = 0; i != 5; ++i) {
        waiters.emplace_back("waiter", std::vector<std::string>{name, "60000"});
        BOOST_TEST(waiters.back().read_line() == "waiting");
    }
    std::this_thread::sleep_for(60ms);
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    for (int i = 0; i != 5; ++i)
        ring.write(7);
    for (child& w : waiters) {
        BOOST_TEST(w.read_line() == "opened 7");
        BOOST_TEST(std::stoi(w.read_line()) >= 50);
        BOOST_TEST(w.wait() == 0);
    }
}

// Builders are killed while they build and whenever else; then one comes that is not.
BOOST_AUTO_TEST_CASE(the_creator_is_killed) {
    std::string const name = unique_name("ring");
    std::mt19937 random(5);
    child patient("waiter", {unique_name("another"), "60000"});
    for (int round = 0; round != 30; ++round) {
        child killed("builder", {name});
        killed.read_line();
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 1500));
        killed.kill();
        (void)sm::shared_buffer::remove(name); // not what it may have completed: what it has not
        child waiting("waiter", {name, "60000"});
        waiting.read_line();
        if (round % 2 == 0)
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
        sm::circular_buffer ring(sm::create_only, name, 4, 8);
        ring.write(round);
        BOOST_TEST(waiting.read_line() == "opened " + std::to_string(round));
    }
    patient.kill();
    check_temporaries_are_swept();
}

// One segment after the other of that name comes and goes: a waiter gets hold of one of them.
BOOST_AUTO_TEST_CASE(the_creator_is_replaced) {
    std::string const name = unique_name("ring");
    child waiting("waiter", {name, "60000"});
    waiting.read_line();
    for (int i = 0; i != 100; ++i) {
        sm::circular_buffer const short_lived(sm::create_only, name, 4, 8);
    }
    sm::circular_buffer ring(sm::open_or_create, name, 4, 8);
    ring.write(1);
    std::string const last = waiting.read_line();
    // One that it had opened may have been closed before it could read.
    BOOST_TEST((last == "opened 1" ||
                last == "error " + std::to_string(static_cast<int>(errc::shut_down))),
               last);
}

BOOST_AUTO_TEST_CASE(a_leftover_is_a_segment) {
    std::string const name = dead_leftover("ring");
    sm::circular_buffer ring(sm::open_only, name, sm::options().wait_for_creator(10min));
    BOOST_TEST(ring.read<int>() == 1);
}
