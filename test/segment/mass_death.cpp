// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// All users of a large segment are killed at once. Some processes open it then, one just after the
// other: all of them are let in, though each has much to repair, and one of them is the owner.

#include "peer.hpp"

#include <shared_memory/buffer_read_write.hpp>

#include <chrono>
#include <thread>
#include <vector>

using namespace test_support;
using namespace std::chrono_literals;

namespace {

// One process with that many handles: the kernel knows each handle by itself.
constexpr int users = 64;
constexpr std::uint32_t max_participants = users + 8;
constexpr std::uint64_t many_nodes = 1U << 20U;

template <class Handle>
std::vector<Handle> others_of(std::string const& name) {
    std::vector<Handle> all;
    while (all.size() + 1 != users)
        all.emplace_back(sm::open_only, name);
    return all;
}

} // namespace

SHARED_MEMORY_TEST_ROLE(many_users_of_a_ring) {
    auto const terms = sm::options().max_participants(max_participants);
    sm::circular_buffer const first(sm::create_only, args.at(0), many_nodes, 8, terms);
    auto const others = others_of<sm::circular_buffer>(args.at(0));
    say("attached");
    hear();
    return 0;
}

SHARED_MEMORY_TEST_ROLE(opens_a_ring) {
    say("ready");
    hear();
    auto const start = std::chrono::steady_clock::now();
    sm::circular_buffer const ring(sm::open_or_create, args.at(0),
                                   static_cast<std::uint32_t>(many_nodes), 8);
    auto const took = std::chrono::steady_clock::now() - start;
    say(std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()) +
        " ms");
    hear();
    say(ring.is_owner() ? "owner" : "no owner");
    hear();
    return 0;
}

BOOST_AUTO_TEST_CASE(three_open_a_ring_whose_users_were_all_killed) {
    std::string const name = unique_name("ring");
    child all("many_users_of_a_ring", {name});
    BOOST_TEST_REQUIRE(all.read_line() == "attached");
    std::vector<child> openers;
    for (int i = 0; i != 3; ++i) {
        openers.emplace_back("opens_a_ring", role_args{name});
        BOOST_TEST_REQUIRE(openers.back().read_line() == "ready");
    }
    keep_object(name); // where it would go with the last one
    all.kill();
    for (child& one : openers) {
        one.send_line("open");
        std::this_thread::sleep_for(10ms); // the first one has begun to repair
    }
    for (child& one : openers)
        BOOST_TEST_MESSAGE("attached after " << one.read_line()); // else the child has thrown
    int owners = 0;
    for (child& one : openers) {
        one.send_line("tell");
        owners += one.read_line() == "owner" ? 1 : 0;
    }
    BOOST_TEST(owners == 1);
    {
        sm::circular_buffer ring(sm::open_only, name);
        BOOST_TEST(ring.participants().size() == 4U); // nobody dead is left
        BOOST_TEST(ring.try_write(7));
        BOOST_TEST(ring.read<int>() == 7);
    }
    for (child& one : openers) {
        one.send_line("end");
        BOOST_TEST(one.wait() == 0);
    }
}

SHARED_MEMORY_TEST_ROLE(many_readers_of_a_buffer) {
    auto const terms = sm::options().max_participants(max_participants);
    sm::buffer_read_write first(sm::create_only, args.at(0), 64, terms);
    auto others = others_of<sm::buffer_read_write>(args.at(0));
    std::size_t held = first.acquire_read_lock() == sm::acquired::ok ? 1 : 0;
    for (auto& one : others)
        held += one.acquire_read_lock() == sm::acquired::ok ? 1 : 0;
    say(held == users ? "attached" : "not all have the lock");
    hear();
    return 0;
}

// One look gives back what all of them held.
BOOST_AUTO_TEST_CASE(locks_of_many_dead) {
    std::string const name = unique_name("buffer");
    child all("many_readers_of_a_buffer", {name});
    BOOST_TEST_REQUIRE(all.read_line() == "attached");
    sm::buffer_read_write mine(sm::open_only, name);
    BOOST_TEST((mine.acquire_write_lock(0ms) == sm::acquired::timed_out));
    all.kill();
    auto const report = mine.recover();
    BOOST_TEST(report.participants_reaped() == static_cast<std::uint64_t>(users));
    BOOST_TEST(report.locks_released() == static_cast<std::uint64_t>(users));
    BOOST_TEST((mine.acquire_write_lock(0ms) == sm::acquired::ok));
    mine.release_write_lock();
}
