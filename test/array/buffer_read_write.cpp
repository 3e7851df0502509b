// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// buffer_read_write: values, ranges, bytes and functors at any position, and reads that are whole
// while others write.

#include "locks_support.hpp"

#include <shared_memory/buffer_read_write.hpp>

#include <boost/core/span.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

namespace sm = shared_memory;
using namespace locks_test;
using test_support::child;
using test_support::unique_name;

namespace {

using bytes = std::vector<std::byte>;
using block = std::array<std::uint64_t, 512>; // 4 KiB

bytes random_bytes(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    bytes result(size);
    for (std::byte& b : result)
        b = static_cast<std::byte>(random());
    return result;
}

struct vertex {
    float x, y, z;
    std::uint16_t colour;
};

bytes contents(const sm::buffer_read_write& b) {
    return bytes(b.data(), b.data() + b.size());
}

bool whole(const block& words) {
    return std::all_of(words.begin(), words.end(), [&](auto w) { return w == words[0]; });
}

} // namespace

// ---- What is written and read

BOOST_AUTO_TEST_CASE(bytes_come_back_through_another_handle) {
    const auto name = unique_name("b");
    sm::buffer_read_write a(sm::create_only, name, 1024);
    BOOST_TEST(a.size() == 1024U);
    BOOST_TEST(a.kind_name() == std::string("buffer_read_write"));
    sm::buffer_read_write b(sm::open_only, name);
    BOOST_TEST(b.size() == 1024U);
    BOOST_TEST((contents(b) == bytes(1024)));
    const bytes data = random_bytes(1024, 1);
    a.write(data);
    bytes back(1024);
    b.read(back);
    BOOST_TEST((back == data));
    b.write(data.data(), 10, 500);
    a.read(back.data(), 10, 500);
    BOOST_TEST(std::memcmp(back.data(), data.data(), 10) == 0);
}

BOOST_AUTO_TEST_CASE(values_at_any_position) {
    sm::buffer_read_write b(sm::create_only, unique_name("b"), 64);
    b.write(123);
    BOOST_TEST(b.read<int>() == 123);
    for (std::uint64_t position = 0; position != 56; ++position) {
        const double value = 0.5 + static_cast<double>(position);
        b.write(value, position);
        BOOST_TEST(b.read<double>(position) == value);
    }
    b.write(vertex{1, 2, 3, 4}, 13);
    vertex v{};
    b.read(v, 13);
    BOOST_TEST(v.y == 2);
    BOOST_TEST(b.read<vertex>(13).colour == 4);
    int i = 0;
    b.write(-1, 0);
    b.read(i);
    BOOST_TEST(i == -1);
}

BOOST_AUTO_TEST_CASE(ranges_of_every_sort) {
    sm::buffer_read_write b(sm::create_only, unique_name("b"), 100);
    const std::vector<std::uint16_t> v{1, 2, 3};
    b.write(v, 1);
    b.write(std::array<std::uint16_t, 2>{4, 5}, 7);
    const std::uint16_t c[] = {6, 7};
    b.write(c, 11);
    b.write(boost::span<const std::uint16_t>(c), 15);
    std::array<std::uint16_t, 9> back{};
    b.read(back, 1);
    BOOST_TEST(back == (std::array<std::uint16_t, 9>{1, 2, 3, 4, 5, 6, 7, 6, 7}),
               boost::test_tools::per_element());
    std::uint16_t two[2];
    b.read(two, 3);
    BOOST_TEST(two[1] == 3);
    b.read(boost::span<std::uint16_t>(two), 5);
    BOOST_TEST(two[1] == 4);
    b.write(std::vector<int>(), 100); // nothing, at the very end
}

BOOST_AUTO_TEST_CASE(bools_in_a_buffer_are_true_or_false_whatever_the_memory_holds) {
    sm::buffer_read_write b(sm::create_only, unique_name("b"), 8);
    b.write(std::uint8_t{0x5a}, 3);
    const bool value = b.read<bool>(3);
    unsigned char raw = 0;
    std::memcpy(&raw, &value, 1);
    BOOST_TEST(raw == 1);
    BOOST_TEST(b.read<bool>(4) == false);
}

BOOST_AUTO_TEST_CASE(ends_are_checked_and_nothing_is_touched) {
    sm::buffer_read_write b(sm::create_only, unique_name("b"), 100);
    const bytes before = random_bytes(100, 2);
    b.write(before);
    constexpr auto largest = ~std::uint64_t{0};
    b.write(before[96], 99);
    b.write(b.read<int>(96), 96);
    b.write(before);
    for (const std::uint64_t position :
         {std::uint64_t{97}, std::uint64_t{99}, std::uint64_t{100}, std::uint64_t{101},
          std::uint64_t{4096}, largest, largest - 1, largest - 3, largest / 2 + 1}) {
        int value = 77;
        std::vector<int> some{1, 2, 3};
        std::byte raw[4] = {};
        const auto refuses = [&](auto call) {
            return fails_with(sm::errc::out_of_range, call, {"100"});
        };
        BOOST_TEST(refuses([&] { b.write(0, position); }));
        BOOST_TEST(refuses([&] { b.write(some, position); }));
        BOOST_TEST(refuses([&] { b.write(raw, 4, position); }));
        BOOST_TEST(refuses([&] { b.read(value, position); }));
        BOOST_TEST(refuses([&] { b.read<int>(position); }));
        BOOST_TEST(refuses([&] { b.read(some, position); }));
        BOOST_TEST(refuses([&] { b.read(raw, 4, position); }));
        BOOST_TEST(value == 77);
        BOOST_TEST(some[0] == 1);
    }
    // sizes whose sum or product overflows
    std::byte one{};
    for (const std::size_t size : {std::size_t{101}, ~std::size_t{0}, ~std::size_t{0} - 50}) {
        BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { b.write(&one, size, 0); }));
        BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { b.write(&one, size, 60); }));
        BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { b.read(&one, size, 60); }));
    }
    std::uint64_t word = 0;
    const boost::span<std::uint64_t> wraps(&word, (~std::size_t{0} >> 3U) + 2); // 8 bytes, mod 2^64
    BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { b.write(wraps, 0); }));
    BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { b.read(wraps, 0); }));
    int called = 0;
    BOOST_TEST(fails_with(sm::errc::out_of_range,
                          [&] { b.write([&](boost::span<std::byte>) { ++called; }, 101); }));
    BOOST_TEST(fails_with(sm::errc::out_of_range,
                          [&] { b.read([&](boost::span<const std::byte>) { ++called; }, 101); }));
    BOOST_TEST(called == 0);
    BOOST_TEST((contents(b) == before));
}

BOOST_AUTO_TEST_CASE(null_and_sizes_that_cannot_be) {
    const auto name = unique_name("b");
    sm::buffer_read_write b(sm::create_only, name, 10);
    BOOST_TEST(fails_with(sm::errc::bad_argument,
                          [&] { b.write(static_cast<const void*>(nullptr), 1, 0); }));
    BOOST_TEST(
        fails_with(sm::errc::bad_argument, [&] { b.read(static_cast<void*>(nullptr), 1, 0); }));
    b.write(static_cast<const void*>(nullptr), 0, 10);
    BOOST_TEST(fails_with(sm::errc::wrong_type,
                          [&] { sm::buffer_read_write(sm::open_or_create, name, 11); }));
    BOOST_CHECK_NO_THROW(sm::buffer_read_write(sm::open_or_create, name, 10));
    const auto other = unique_name("c");
    for (const std::uint64_t size : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 47U})
        BOOST_TEST(fails_with(sm::errc::out_of_range,
                              [&] { sm::buffer_read_write(sm::create_only, other, size); }));
}

BOOST_AUTO_TEST_CASE(functors_get_the_memory_to_the_end) {
    sm::buffer_read_write b(sm::create_only, unique_name("b"), 100);
    b.write(
        [&](boost::span<std::byte> memory) {
            BOOST_TEST(memory.size() == 90U);
            BOOST_TEST((memory.data() == b.data() + 10));
            std::fill(memory.begin(), memory.end(), std::byte{5});
        },
        10);
    std::size_t sum = 0;
    b.read(
        [&](boost::span<const std::byte> memory) {
            for (const std::byte x : memory)
                sum += std::to_integer<std::size_t>(x);
        },
        9);
    BOOST_TEST(sum == 450U);
    b.read([&](boost::span<const std::byte> memory) { sum = memory.size(); }, 100);
    BOOST_TEST(sum == 0U);
}

BOOST_AUTO_TEST_CASE(a_functor_that_throws_lets_the_lock_go) {
    const auto name = unique_name("b");
    sm::buffer_read_write a(sm::create_only, name, 100);
    sm::buffer_read_write b(sm::open_only, name);
    BOOST_CHECK_THROW(a.write([](boost::span<std::byte> memory) {
        memory[0] = std::byte{1};
        throw std::runtime_error("on purpose");
    }),
                      std::runtime_error);
    BOOST_TEST(b.read<std::uint8_t>() == 1);
    BOOST_TEST(!b.inconsistent());
    BOOST_CHECK_THROW(
        a.read([](boost::span<const std::byte>) { throw std::runtime_error("on purpose"); }),
        std::runtime_error);
    BOOST_TEST(b.try_lock());
    b.unlock();
}

// ---- Time-outs and read-only handles

SHARED_MEMORY_TEST_ROLE(holder) {
    sm::buffer_read_write b(sm::open_only, args.at(0));
    (void)b.acquire_write_lock();
    test_support::say("held");
    test_support::hear();
    b.release_write_lock();
    test_support::say("released");
    test_support::hear();
    return 0;
}

BOOST_AUTO_TEST_CASE(a_read_behind_a_lock_times_out_and_works_after) {
    const auto name = unique_name("b");
    sm::buffer_read_write b(sm::create_only, name, 100);
    BOOST_TEST((b.read_write_timeout() == 100ms));
    child peer("holder", {name});
    peer.read_line();
    b.read_write_timeout(50ms);
    stopwatch one;
    BOOST_TEST(fails_with(sm::errc::timed_out, [&] { b.read<int>(); }, {"50 ms"}));
    BOOST_TEST(one.at_least(50ms));
    stopwatch two;
    BOOST_TEST(fails_with(sm::errc::timed_out, [&] { b.write(1); }));
    BOOST_TEST(two.at_least(50ms));
    BOOST_TEST((b.acquire_read_lock(20ms) == sm::acquired::timed_out));
    sm::buffer_read_write looks(sm::open_read_only, name);
    looks.read_write_timeout(50ms);
    stopwatch three;
    BOOST_TEST(fails_with(sm::errc::timed_out, [&] { looks.read<int>(); }));
    BOOST_TEST(three.at_least(50ms));
    b.read_write_timeout(0ms);
    BOOST_TEST(fails_with(sm::errc::timed_out, [&] { b.read<int>(); }));
    BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { b.read_write_timeout(-1ms); }));
    peer.send_line("release");
    BOOST_TEST(peer.read_line() == "released");
    b.write(7);
    BOOST_TEST(b.read<int>() == 7);
    BOOST_TEST(looks.read<int>() == 7);
    peer.send_line("end");
    BOOST_TEST(peer.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_read_only_handle_changes_nothing) {
    const auto name = unique_name("b");
    sm::buffer_read_write a(sm::create_only, name, 16);
    a.write(42);
    sm::buffer_read_write b(sm::open_read_only, name);
    BOOST_TEST(b.read<int>() == 42);
    std::array<std::uint8_t, 3> odd{};
    b.read(odd, 0);
    BOOST_TEST(odd[0] + 0 == 42);
    const auto refuses = [](auto call) { return fails_with(sm::errc::read_only, call); };
    BOOST_TEST(refuses([&] { b.write(1); }));
    BOOST_TEST(refuses([&] { b.write([](boost::span<std::byte>) {}); }));
    BOOST_TEST(refuses([&] { b.data(); }));
    BOOST_TEST(refuses([&] { (void)b.acquire_read_lock(); }));
    BOOST_TEST(refuses([&] { (void)b.acquire_write_lock(10ms); }));
    BOOST_TEST(refuses([&] { b.lock(); }));
    BOOST_TEST(refuses([&] { (void)b.try_lock(); }));
    BOOST_TEST(refuses([&] { (void)b.try_lock_shared_for(10ms); }));
    BOOST_TEST(refuses([&] { b.mark_consistent(); }));
    BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { b.read<int>(13); }));
    BOOST_TEST(a.read<int>() == 42);
}

// ---- Whole values only, while another process writes

SHARED_MEMORY_TEST_ROLE(block_writer) {
    sm::buffer_read_write b(sm::open_only, args.at(0));
    b.read_write_timeout(10s);
    test_support::say("ready");
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(std::stoi(args.at(1)));
    block words;
    for (std::uint64_t i = 1; std::chrono::steady_clock::now() < end; ++i) {
        words.fill(i);
        b.write(words);
        if (i % 8 == 0)
            std::this_thread::yield();
    }
    return 0;
}

BOOST_AUTO_TEST_CASE(reads_are_whole_while_another_process_writes) {
    const auto name = unique_name("b");
    sm::buffer_read_write b(sm::create_only, name, sizeof(block));
    b.read_write_timeout(10s);
    sm::buffer_read_write looks(sm::open_read_only, name);
    looks.read_write_timeout(10s);
    child writer("block_writer", {name, "500"});
    writer.read_line();
    int reads = 0, changes = 0;
    std::uint64_t last = 0;
    const stopwatch watch;
    while (!watch.at_least(450ms)) {
        block words;
        looks.read(words);
        BOOST_REQUIRE(whole(words));
        changes += words[0] != last ? 1 : 0;
        last = words[0];
        b.read(words);
        BOOST_REQUIRE(whole(words));
        // a functor's last call is the one that counts
        looks.read([&](boost::span<const std::byte> memory) {
            std::memcpy(words.data(), memory.data(), sizeof words);
        });
        BOOST_REQUIRE(whole(words));
        ++reads;
    }
    BOOST_TEST(writer.wait() == 0);
    BOOST_TEST(reads > times(100));
    BOOST_TEST(changes > 10);
}
