// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What a writer's death left half written, and who puts it right: the pattern that stands in
// buffer_with_locks.hpp, and writes of all contents at once.

#include "locks_peer.hpp"

#include <shared_memory/buffer_read_write.hpp>
#include <shared_memory/shared_array.hpp>

#include <array>
#include <mutex>
#include <numeric>
#include <shared_mutex>
#include <vector>

namespace sm = shared_memory;
using namespace locks_test;
using sm::acquired;
using sm::errc;
using test_support::child;
using test_support::unique_name;

namespace {

constexpr std::size_t length = 100; // two_handles'

void die_writing(const std::string& name) {
    peer p(name);
    BOOST_TEST(p.ask("lock") != "timed_out");
    p.kill();
}

// An array that a dead writer has left.
struct left_half_written : two_handles {
    left_half_written() { die_again(); }
    void die_again() {
        die_writing(name);
        BOOST_TEST(a.recover().locks_released() == 1U);
        BOOST_TEST(a.inconsistent());
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_guard_succeeds_and_readers_stay_refused_until_it_is_put_right) {
    left_half_written h;
    {
        const std::unique_lock<array> lock(h.a);
        h.a[0] = 5;
    }
    BOOST_TEST(h.a.inconsistent());
    h.b.write(7, 0);
    BOOST_TEST(fails_with(errc::inconsistent, [&] { h.b.read(0); }, {"mark_consistent"}));
    {
        const std::shared_lock<array> lock(h.b);
        BOOST_TEST(h.b.read(0) == 7); // a holder may look
    }
    {
        const std::unique_lock<array> lock(h.a);
        if (h.a.inconsistent()) {
            std::fill(h.a.begin(), h.a.end(), 1);
            h.a.mark_consistent();
        }
        h.a[0] = 2;
    }
    BOOST_TEST(h.b.read(0) == 2);
    BOOST_TEST((h.b.acquire_read_lock() == acquired::ok));
    h.b.release_read_lock();
}

BOOST_AUTO_TEST_CASE(a_death_while_it_is_put_right_leaves_it_inconsistent) {
    left_half_written h;
    h.a.fill(1);
    BOOST_TEST(!h.a.inconsistent());
    h.die_again();
    peer p(h.name);
    BOOST_TEST(p.ask("lock") == "inconsistent");
    BOOST_TEST(p.ask("mark_consistent") == "ok");
    p.kill();
    BOOST_TEST((h.a.acquire_write_lock(10s) == acquired::inconsistent));
    h.a.unlock();
}

BOOST_AUTO_TEST_CASE(a_write_of_the_whole_array_puts_it_right) {
    left_half_written h;
    const std::vector<int> all(length, 3);
    const auto mends = [&](auto write) {
        write();
        BOOST_TEST(!h.a.inconsistent());
        BOOST_TEST(h.b.read(length - 1) == h.a[length - 1]);
        h.die_again();
    };
    mends([&] { h.b.fill(2); });
    mends([&] { h.b.write(all); });
    mends([&] {
        const std::unique_lock<array> lock(h.b); // under an explicit lock too
        h.b.fill(4);
    });
    mends([&] {
        const std::unique_lock<array> lock(h.b);
        h.b.write(all);
    });
    const std::vector<int> part(length - 1, 3);
    const auto does_not = [&](auto write) {
        write();
        BOOST_TEST(h.a.inconsistent());
    };
    does_not([&] { h.b.write(part); });
    does_not([&] { h.b.write(part, 1); });
    does_not([&] { h.b.write(1, 0); });
    does_not([&] { h.b.write(std::vector<int>()); });
    does_not([&] { BOOST_TEST(fails_with(errc::out_of_range, [&] { h.b.write(all, 1); })); });
    does_not([&] {
        const std::shared_lock<array> lock(h.b);
        BOOST_TEST(fails_with(errc::would_deadlock, [&] { h.b.fill(1); }));
    });
    // a single element is the whole array, if there is only one
    const auto name = unique_name("a");
    array one(sm::create_only, name, 1);
    die_writing(name);
    one.recover();
    BOOST_TEST(one.inconsistent());
    one.write(1, 0);
    BOOST_TEST(one.read(0) == 1);
}

SHARED_MEMORY_TEST_ROLE(dies_in_a_buffer) {
    sm::buffer_read_write b(sm::open_only, args.at(0));
    b.lock();
    test_support::say("locked");
    test_support::hear();
    return 0;
}

BOOST_AUTO_TEST_CASE(a_write_of_the_whole_buffer_puts_it_right) {
    using record = std::array<std::uint64_t, 8>;
    const auto name = unique_name("b");
    sm::buffer_read_write b(sm::create_only, name, sizeof(record));
    const auto dies = [&] {
        child writer("dies_in_a_buffer", {name});
        BOOST_TEST(writer.read_line() == "locked");
        writer.kill();
        b.recover();
        BOOST_TEST(b.inconsistent());
    };
    record all{};
    dies();
    b.write(all);
    BOOST_TEST(b.read<std::uint64_t>() == 0U);
    dies();
    b.write(all.data(), sizeof all, 0);
    BOOST_TEST(b.read<std::uint64_t>() == 0U);
    dies();
    b.write(std::uint64_t{1}, 8);
    BOOST_TEST(b.inconsistent());
    // nobody knows what a function wrote
    b.write([](boost::span<std::byte> memory) {
        std::fill(memory.begin(), memory.end(), std::byte{1});
    });
    BOOST_TEST(fails_with(errc::inconsistent, [&] { b.read<int>(); }));
    b.mark_consistent();
    BOOST_TEST(b.read<std::uint8_t>(63) + 0 == 1);
}

BOOST_AUTO_TEST_CASE(another_process_writes_it_whole) {
    left_half_written h;
    peer p(h.name);
    BOOST_TEST(p.ask("read") == sm::make_error_code(errc::inconsistent).message());
    h.b.fill(9);
    BOOST_TEST(p.ask("read") == "ok");
    BOOST_TEST(p.ends());
}
