// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Exceptions out of the user's functions, through every call that takes one.

#include "ring_support.hpp"

#include <shared_memory/buffer_read_write.hpp>

#include <functional>
#include <map>
#include <stdexcept>
#include <vector>

using namespace ring_support;
using test_support::unique_name;

namespace {

// What is no std::exception, too.
struct on_purpose {
    int number;
};

constexpr std::uint32_t nodes = 3;

struct on_a_ring {
    sm::circular_buffer ring{sm::create_only, unique_name("ring"), nodes, 64};
    sm::circular_buffer other{sm::open_only, ring.name()};
    const std::chrono::steady_clock::time_point later = std::chrono::steady_clock::now() + 1h;

    template <class F>
    std::map<std::string, std::function<void()>> writes(F f) {
        return {{"write", [=] { ring.write(f); }},
                {"try_write", [=] { (void)ring.try_write(f); }},
                {"try_write_for", [=] { (void)ring.try_write_for(f, 1h); }},
                {"try_write_until", [=] { (void)ring.try_write_until(f, later); }}};
    }
    template <class F>
    std::map<std::string, std::function<void()>> reads(F f) {
        return {{"read", [=] { ring.read(f); }},
                {"try_read", [=] { (void)ring.try_read(f); }},
                {"try_read_for", [=] { (void)ring.try_read_for(f, 1h); }},
                {"try_read_until", [=] { (void)ring.try_read_until(f, later); }}};
    }
    // Nobody is in anybody's way, and no node is lost.
    void is_as_new(const std::string& what) {
        BOOST_TEST(ring.empty(), what);
        for (std::uint32_t i = 0; i != 2 * nodes; ++i)
            BOOST_TEST(other.try_write(i) == (i < nodes), what);
        for (std::uint32_t i = 0; i != nodes; ++i)
            BOOST_TEST((other.try_read<std::uint32_t>() == i), what);
        BOOST_TEST(!other.try_read<int>(), what);
    }
};

template <class Call>
void throws_it(const std::string& what, Call&& call, int number) {
    try {
        call();
        BOOST_ERROR(what << ": nothing was thrown");
    } catch (const on_purpose& e) {
        BOOST_TEST(e.number == number, what);
    } catch (const std::runtime_error& e) {
        BOOST_TEST(std::stoi(e.what()) == number, what);
    }
}

// Its move throws, when the function has done its work.
struct cannot_be_moved {
    explicit cannot_be_moved(int n) : number(n) {}
    cannot_be_moved(const cannot_be_moved&) = delete;
    cannot_be_moved(cannot_be_moved&& other) : number(other.number) { throw on_purpose{number}; }
    int number;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(functions_of_a_ring, on_a_ring)

BOOST_AUTO_TEST_CASE(one_that_writes_is_aborted) {
    const auto begins = [](boost::span<std::byte> node) -> std::size_t {
        std::memset(node.data(), 0x55, node.size());
        throw on_purpose{1};
    };
    const auto standard = [](boost::span<std::byte>) -> std::size_t {
        throw std::runtime_error("2");
    };
    for (int round = 0; round != 2 * static_cast<int>(nodes); ++round) {
        for (const auto& [what, write] : writes(begins))
            throws_it(what, write, 1);
        for (const auto& [what, write] : writes(standard))
            throws_it(what, write, 2);
    }
    is_as_new("aborted");
    // among others' messages, and while a reader waits behind it
    for (const auto& [what, write] : writes(begins)) {
        other.write(1);
        throws_it(what, write, 1);
        auto reader = at_once([&] { return other.read<int>() + other.read<int>(); });
        other.write(2);
        BOOST_TEST(reader.get() == 3, what);
    }
    is_as_new("among others");
}

BOOST_AUTO_TEST_CASE(a_size_that_cannot_be_is_aborted) {
    const auto too_much = [](boost::span<std::byte> node) { return node.size() + 1; };
    const auto negative = [](boost::span<std::byte>) { return -1; };
    for (int round = 0; round != 2 * static_cast<int>(nodes); ++round) {
        for (const auto& calls : {writes(too_much), writes(negative)}) {
            for (const auto& [what, write] : calls)
                BOOST_TEST((what_throws(write).code == sm::errc::message_size), what);
        }
    }
    is_as_new("too much");
}

BOOST_AUTO_TEST_CASE(one_that_reads_gives_back) {
    const auto nothing = [](boost::span<const std::byte>) { throw on_purpose{3}; };
    const auto returns = [](boost::span<const std::byte>) -> int { throw std::runtime_error("4"); };
    const auto moves = [](boost::span<const std::byte>) { return cannot_be_moved(5); };
    other.write(10);
    other.write(11);
    std::uint32_t deliveries = 0;
    const auto each = [&](const auto& calls, int number) {
        for (const auto& [what, read] : calls) {
            throws_it(what, read, number);
            ++deliveries;
            BOOST_TEST(ring.redelivered() == deliveries, what << ": not given back");
            BOOST_TEST(ring.size() == 2U, what);
        }
    };
    each(reads(nothing), 3);
    each(reads(returns), 4);
    each(reads(moves), 5);
    auto claim = other.claim_read();
    BOOST_TEST(claim.as<int>() == 10);
    BOOST_TEST(claim.delivery_count() == deliveries + 1);
    claim.release();
    BOOST_TEST(other.read<int>() == 11);
    is_as_new("given back");
    // before newer ones, marked
    other.write(12);
    other.write(13);
    throws_it(
        "read", [&] { ring.read(nothing); }, 3);
    auto again = other.claim_read();
    BOOST_TEST(again.as<int>() == 12);
    BOOST_TEST(again.delivery_count() == 2U);
    again.release();
    BOOST_TEST(other.read<int>() == 13);
    is_as_new("marked");
}

// One that always throws does so at most max_deliveries times.
BOOST_AUTO_TEST_CASE(one_that_reads_gives_up) {
    sm::circular_buffer few(sm::create_only, unique_name("few"), nodes, 64,
                            sm::options().max_deliveries(2));
    const auto throws = [](boost::span<const std::byte>) { throw on_purpose{6}; };
    few.write(1);
    few.write(2);
    for (int i = 0; i != 4; ++i)
        throws_it(
            "read", [&] { few.read(throws); }, 6);
    BOOST_TEST(!few.try_read(throws));
    BOOST_TEST(few.given_up() == 2U);
}

// A function within a function: only what was thrown through is undone.
BOOST_AUTO_TEST_CASE(nested_ones) {
    other.write(20);
    const auto outer = [&](boost::span<const std::byte> message) {
        try {
            ring.write([&](boost::span<std::byte>) -> std::size_t { throw on_purpose{7}; });
        } catch (const on_purpose&) {
        }
        ring.write([&](boost::span<std::byte> node) {
            std::memcpy(node.data(), message.data(), message.size());
            return message.size();
        });
        throw on_purpose{8};
    };
    throws_it(
        "nested", [&] { ring.read(outer); }, 8);
    BOOST_TEST(ring.read<int>() == 20); // given back
    BOOST_TEST(ring.read<int>() == 20); // what the inner one wrote
    is_as_new("nested");
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

using buffer = sm::buffer_read_write;
enum class held { nothing, write_lock, read_lock };

struct on_a_buffer {
    buffer owner{sm::create_only, unique_name("buffer"), 64};
    buffer other{sm::open_only, owner.name()};
    buffer looks{sm::open_read_only, owner.name()};

    static void writes_and_throws(boost::span<std::byte> memory) {
        memory[0] = std::byte{9};
        throw on_purpose{9};
    }
    static void reads_and_throws(boost::span<const std::byte>) { throw on_purpose{10}; }

    // Nobody holds the lock but `owner`, explicitly; nothing is said to be inconsistent.
    void is_as_before(held by_owner, const char* what) {
        BOOST_TEST(!other.inconsistent(), what);
        BOOST_TEST(other.try_lock_shared() == (by_owner != held::write_lock), what);
        other.unlock_shared();
        BOOST_TEST(other.try_lock() == (by_owner == held::nothing), what);
        other.unlock();
        if (by_owner != held::write_lock)
            BOOST_TEST(looks.read<int>(8) == 0, what);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(functions_of_a_buffer, on_a_buffer)

BOOST_AUTO_TEST_CASE(the_lock_is_as_before) {
    for (const held how : {held::nothing, held::write_lock, held::read_lock}) {
        if (how == held::write_lock)
            owner.lock();
        if (how == held::read_lock)
            owner.lock_shared();
        for (const std::uint64_t position : {0U, 5U, 63U}) {
            throws_it(
                "read", [&] { owner.read(reads_and_throws, position); }, 10);
            is_as_before(how, "read");
            if (how == held::read_lock) {
                TEST_THROWS(would_deadlock, owner.write(writes_and_throws, position));
            } else {
                throws_it(
                    "write", [&] { owner.write(writes_and_throws, position); }, 9);
                // not undone: what it wrote is the function's to put right
                BOOST_TEST(owner.read<std::uint8_t>(position) == 9);
            }
            is_as_before(how, "write");
        }
        if (how == held::write_lock)
            owner.unlock();
        if (how == held::read_lock)
            owner.unlock_shared();
        is_as_before(held::nothing, "unlocked");
    }
}

BOOST_AUTO_TEST_CASE(a_read_only_handle_reads_on) {
    for (int i = 0; i != 3; ++i)
        throws_it(
            "read", [&] { looks.read(reads_and_throws); }, 10);
    is_as_before(held::nothing, "read-only");
}

// In all threads at once: what they throw, they get.
BOOST_AUTO_TEST_CASE(in_several_threads) {
    std::vector<std::future<int>> all;
    owner.read_write_timeout(1h);
    for (int i = 0; i != 4; ++i) {
        all.push_back(at_once([this, i] {
            int mine = 0;
            for (int round = 0; round != rounds(500); ++round) {
                try {
                    if ((i + round) % 3 == 0)
                        owner.read([&](boost::span<const std::byte>) { throw on_purpose{i}; });
                    else
                        owner.write([&](boost::span<std::byte> memory) {
                            ++*reinterpret_cast<int*>(memory.data());
                            throw on_purpose{i};
                        });
                } catch (const on_purpose& e) {
                    mine += e.number == i ? 1 : 0;
                }
            }
            return mine;
        }));
    }
    for (auto& one : all)
        BOOST_TEST(one.get() == rounds(500));
    const int reads = [] {
        int count = 0;
        for (int i = 0; i != 4; ++i)
            for (int round = 0; round != rounds(500); ++round)
                count += (i + round) % 3 == 0 ? 1 : 0;
        return count;
    }();
    BOOST_TEST(owner.read<int>() == 4 * rounds(500) - reads, "a write was lost");
    is_as_before(held::nothing, "after all");
}

BOOST_AUTO_TEST_SUITE_END()
