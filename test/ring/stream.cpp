// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A stream read to its end, where the end is a value; and messages as objects, in place.

#include "support.hpp"

#include <shared_memory/circular_buffer.hpp>

#include <array>
#include <atomic>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace sm = shared_memory;
using namespace std::chrono_literals;
using test_support::unique_name;

namespace {

struct trade {
    int id;
    double price;
};
struct packet {
    std::uint32_t kind;
    std::uint32_t length;
};
struct throws_when_made {
    int a;
    explicit throws_when_made(int) : a(0) { throw std::runtime_error("on purpose"); }
};

struct ring_of_trades : sm::circular_buffer {
    ring_of_trades() : sm::circular_buffer(sm::create_only, unique_name("ring"), 8, 64) {}
    void write_some(int count) {
        for (int i = 0; i != count; ++i)
            write(trade{i, i * 1.5});
    }
};

template <class Function>
sm::errc error_of(Function function) {
    try {
        function();
    } catch (const sm::error& e) {
        return static_cast<sm::errc>(e.code().value());
    }
    return sm::errc{};
}

} // namespace

SHARED_MEMORY_SHAREABLE(throws_when_made)

BOOST_FIXTURE_TEST_SUITE(stream, ring_of_trades)

BOOST_AUTO_TEST_CASE(next_tells_a_message_none_and_the_end) {
    auto none = try_next<trade>();
    BOOST_TEST((!none && !none.ended()));
    none = try_next_for<trade>(1ms);
    BOOST_TEST((!none && !none.ended()));
    write_some(2);
    end_of_stream();
    auto const first = next<trade>();
    BOOST_REQUIRE(first.has_value());
    BOOST_TEST(first->id == 0);
    BOOST_TEST(!first.ended());
    BOOST_TEST(try_next_until<trade>(std::chrono::steady_clock::now())->id == 1);
    BOOST_TEST((next<trade>().ended() && !next<trade>().has_value()));
    BOOST_TEST(try_next<trade>().ended());
    BOOST_TEST(try_next_for<trade>(1h).ended());
    BOOST_TEST(next_claim().ended());
    BOOST_TEST(try_next_claim().ended());
    BOOST_TEST(try_next_claim_for(1h).ended());
}

BOOST_AUTO_TEST_CASE(other_errors_stay_errors) {
    write(1);
    BOOST_CHECK((error_of([&] { (void)next<trade>(); }) == sm::errc::message_size));
    BOOST_TEST(*next<int>() == 1);
    sm::circular_buffer reader(sm::open_only, std::string(name()));
    close();
    BOOST_CHECK((error_of([&] { (void)reader.next<int>(); }) == sm::errc::shut_down));
    BOOST_CHECK((error_of([&] {
                     for (int x : reader.messages<int>())
                         (void)x;
                 }) == sm::errc::shut_down));
}

BOOST_AUTO_TEST_CASE(a_message_that_another_reader_holds_is_no_end) {
    write_some(1);
    end_of_stream();
    sm::circular_buffer other(sm::open_only, std::string(name()));
    auto held = other.next_claim();
    BOOST_REQUIRE(held.has_value());
    BOOST_TEST(!try_next<trade>().ended());
    held->give_back();
    BOOST_TEST(next<trade>()->id == 0);
    BOOST_TEST(next<trade>().ended());
}

BOOST_AUTO_TEST_CASE(a_loop_reads_to_the_end) {
    std::thread writer([&] {
        sm::circular_buffer other(sm::open_only, std::string(name()));
        for (int i = 0; i != 100; ++i)
            other.write(trade{i, 0});
        other.end_of_stream();
    });
    std::vector<int> got;
    for (const trade& t : messages<trade>())
        got.push_back(t.id);
    writer.join();
    BOOST_REQUIRE(got.size() == 100U);
    for (int i = 0; i != 100; ++i)
        BOOST_TEST(got[static_cast<std::size_t>(i)] == i);
    for (const trade& t : messages<trade>())
        BOOST_ERROR("a message after the end: " << t.id);
}

BOOST_AUTO_TEST_CASE(a_loop_over_claims_releases_what_its_body_left) {
    write_some(4);
    end_of_stream();
    int count = 0;
    for (sm::read_claim& claim : messages()) {
        BOOST_TEST(claim.as<trade>().id == count);
        BOOST_TEST(claim.delivery_count() == 1U);
        if (count == 1)
            claim.release();
        ++count;
    }
    BOOST_TEST(count == 4);
    BOOST_TEST(next_claim().ended());
}

BOOST_AUTO_TEST_CASE(a_body_that_leaves_the_loop_gives_the_message_back) {
    write_some(3);
    end_of_stream();
    for (sm::read_claim& claim : messages()) {
        if (claim.as<trade>().id == 1)
            break;
    }
    BOOST_CHECK_THROW(
        for (sm::read_claim& claim
             : messages()) {
            BOOST_TEST(claim.as<trade>().id == 1);
            BOOST_TEST(claim.delivery_count() == 2U);
            throw std::runtime_error("on purpose");
        },
        std::runtime_error);
    for (sm::read_claim& claim : messages()) {
        BOOST_TEST(claim.delivery_count() == 3U);
        claim.release();
        break;
    }
    BOOST_TEST(next<trade>()->id == 2);
    BOOST_TEST(next<trade>().ended());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(claim_views, ring_of_trades)

BOOST_AUTO_TEST_CASE(emplaced) {
    auto claim = claim_write();
    trade& made = claim.emplace<trade>(7, 2.5);
    BOOST_TEST(reinterpret_cast<std::byte*>(&made) == claim.data());
    claim.commit();
    trade const got = read<trade>(); // exactly a trade, and not the whole node
    BOOST_TEST(got.id == 7);
    BOOST_TEST(got.price == 2.5);
}

BOOST_AUTO_TEST_CASE(assigned_in_place) {
    auto claim = claim_write();
    trade& at = claim.as<trade>();
    at = trade{8, 3.5};
    claim.commit();
    BOOST_TEST(read<trade>().id == 8);
}

BOOST_AUTO_TEST_CASE(a_header_and_bytes_behind_it) {
    auto out = claim_write();
    {
        auto [header, room] = out.as_prefix<packet>();
        BOOST_TEST(room.size() == 64 - sizeof(packet));
        header = {3, 5};
        std::memcpy(room.data(), "hello", 5);
        out.commit(sizeof header + header.length);
    }
    auto in = claim_read();
    auto const [header, rest] = in.as_prefix<packet>();
    BOOST_TEST(header.kind == 3U);
    BOOST_TEST(header.length == rest.size());
    BOOST_TEST(std::string(reinterpret_cast<const char*>(rest.data()), rest.size()) == "hello");
    in.release();
}

BOOST_AUTO_TEST_CASE(what_commit_makes_a_message) {
    auto whole = claim_write();
    whole.commit();
    BOOST_TEST(*next_size() == 64U);
    (void)discard();
    auto resized = claim_write();
    resized.resize(3);
    resized.commit();
    BOOST_TEST(*next_size() == 3U);
    (void)discard();
    auto again = claim_write();
    again.emplace<trade>();
    auto moved = std::move(again);
    moved.commit();
    BOOST_TEST(*next_size() == sizeof(trade));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit) {
    auto claim = claim_write();
    using large = std::array<int, 17>;
    struct alignas(128) strict {
        int a;
    };
    BOOST_CHECK((error_of([&] { (void)claim.emplace<large>(); }) == sm::errc::message_size));
    BOOST_CHECK((error_of([&] { (void)claim.as<large>(); }) == sm::errc::message_size));
    BOOST_CHECK((error_of([&] { (void)claim.as_prefix<large>(); }) == sm::errc::message_size));
    BOOST_CHECK((error_of([&] { claim.resize(65); }) == sm::errc::message_size));
    BOOST_CHECK((error_of([&] { (void)claim.as<strict>(); }) == sm::errc::message_size));
    BOOST_CHECK_THROW(claim.emplace<throws_when_made>(1), std::runtime_error);
    BOOST_TEST(static_cast<bool>(claim));
    claim.commit(3);
    auto read_back = claim_read();
    BOOST_CHECK((error_of([&] { (void)read_back.as_prefix<int>(); }) == sm::errc::message_size));
    auto const [byte, rest] = read_back.as_prefix<std::byte>();
    BOOST_TEST(rest.size() == 2U);
    (void)byte;
    read_back.release();
    BOOST_CHECK(
        (error_of([&] { (void)read_back.as_prefix<std::byte>(); }) == sm::errc::bad_argument));
    BOOST_CHECK((error_of([&] { (void)claim.emplace<int>(1); }) == sm::errc::bad_argument));
}

BOOST_AUTO_TEST_SUITE_END()
