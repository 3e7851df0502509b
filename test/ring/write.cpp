// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Every way to say what is written, in every way to wait; sizes that do not fit.

#include "ring_support.hpp"

#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace ring_support;
using test_support::unique_name;

namespace {

enum class colour : std::uint16_t { red = 0xf00, blue = 0x00f };
struct pair {
    std::int32_t a;
    std::int32_t b;
};
bool operator==(const pair& x, const pair& y) {
    return x.a == y.a && x.b == y.b;
}

// The four ways to write a message, one after the other; each must get through.
template <class... Message>
void write_all_ways(sm::circular_buffer& ring, Message&&... message) {
    ring.write(message...);
    BOOST_TEST(ring.try_write(message...));
    BOOST_TEST(ring.try_write_for(message..., 1h));
    BOOST_TEST(ring.try_write_until(message..., std::chrono::system_clock::now() + 1h));
    BOOST_TEST(ring.try_write_until(message..., std::chrono::steady_clock::now() + 1h));
}
constexpr int ways = 5;

void expect_bytes(sm::circular_buffer& ring, std::string_view expected) {
    for (int i = 0; i != ways; ++i) {
        std::string got(64, '?');
        const auto size = ring.try_read(got);
        BOOST_REQUIRE(size.has_value());
        BOOST_TEST(got.substr(0, *size) == expected, "way " << i);
    }
    BOOST_TEST(ring.empty());
}

struct fixture {
    sm::circular_buffer ring{sm::create_only, unique_name("ring"), 8, 16};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(circular_buffer_write, fixture)

BOOST_AUTO_TEST_CASE(functions) {
    auto hello = [](boost::span<std::byte> node) {
        std::memcpy(node.data(), "hello", 5);
        return std::size_t{5};
    };
    write_all_ways(ring, hello);
    expect_bytes(ring, "hello");
    ring.write([](boost::span<std::byte>) { return 0; }); // an int is converted
    BOOST_TEST(ring.next_size().value_or(99) == 0U);
}

BOOST_AUTO_TEST_CASE(ranges) {
    std::vector<char> vector{'v', 'e', 'c'};
    write_all_ways(ring, vector);
    expect_bytes(ring, "vec");
    const std::array<char, 4> array{'a', 'r', 'r', 'a'};
    write_all_ways(ring, array);
    expect_bytes(ring, "arra");
    write_all_ways(ring, boost::span<const char>(array).first(2));
    expect_bytes(ring, "ar");
    write_all_ways(ring, std::string("string"));
    expect_bytes(ring, "string");
    write_all_ways(ring, std::string_view("view"));
    expect_bytes(ring, "view");
    char plain[] = {'c', ' ', 'a'};
    write_all_ways(ring, plain);
    expect_bytes(ring, "c a");
    const std::initializer_list<char> list{'l', 'i'};
    write_all_ways(ring, list);
    expect_bytes(ring, "li");
    write_all_ways(ring, std::vector<pair>{{1, 2}, {3, 4}}); // exactly a node
    for (int i = 0; i != ways; ++i) {
        std::vector<pair> got(2);
        BOOST_TEST(ring.read(got) == 2U);
        BOOST_TEST((got == std::vector<pair>{{1, 2}, {3, 4}}));
    }
}

BOOST_AUTO_TEST_CASE(values) {
    write_all_ways(ring, 42);
    for (int i = 0; i != ways; ++i)
        BOOST_TEST(ring.read<int>() == 42);
    const pair constant{5, 6};
    write_all_ways(ring, constant);
    for (int i = 0; i != ways; ++i)
        BOOST_TEST((ring.read<pair>() == constant));
    write_all_ways(ring, colour::blue);
    for (int i = 0; i != ways; ++i)
        BOOST_TEST((ring.read<colour>() == colour::blue));
    write_all_ways(ring, 2.5);
    for (int i = 0; i != ways; ++i)
        BOOST_TEST(ring.read<double>() == 2.5);
    write_all_ways(ring, true);
    for (int i = 0; i != ways; ++i)
        BOOST_TEST(ring.read<bool>());
}

BOOST_AUTO_TEST_CASE(pointers_and_lengths) {
    const char* const text = "pointer";
    write_all_ways(ring, static_cast<const void*>(text), std::size_t{7});
    expect_bytes(ring, "pointer");
    write_all_ways(ring, static_cast<const void*>(nullptr), std::size_t{0});
    expect_bytes(ring, "");
    TEST_THROWS(bad_argument, ring.write(nullptr, 1));
    TEST_THROWS(bad_argument, ring.try_write(nullptr, 1));
    TEST_THROWS(bad_argument, ring.try_write_for(nullptr, 1, 1s));
    TEST_THROWS(bad_argument, ring.try_write_until(nullptr, 1, std::chrono::steady_clock::now()));
    BOOST_TEST(ring.empty());
}

BOOST_AUTO_TEST_CASE(lists_of_spans) {
    const std::array<char, 3> one{'o', 'n', 'e'};
    const std::array<char, 3> two{'t', 'w', 'o'};
    const auto a = boost::as_bytes(boost::span<const char>(one));
    const auto b = boost::as_bytes(boost::span<const char>(two));
    const boost::span<const std::byte> none;
    ring.write({a, b});
    BOOST_TEST(ring.try_write({a, b}));
    BOOST_TEST(ring.try_write_for({a, none, b}, 1h));
    BOOST_TEST(ring.try_write_until({none, a, b}, std::chrono::system_clock::now() + 1h));
    BOOST_TEST(ring.try_write_until({a, b, none}, std::chrono::steady_clock::now() + 1h));
    expect_bytes(ring, "onetwo");
    ring.write({none, none});
    BOOST_TEST(ring.next_size().value_or(99) == 0U);
    ring.discard();
    TEST_THROWS(message_size, ring.write({a, a, b, b, a, b})); // 18 of 16
    TEST_THROWS(message_size, ring.try_write({a, a, b, b, a, b}));
    BOOST_TEST(ring.empty());
}

BOOST_AUTO_TEST_CASE(nothing_at_all) {
    write_all_ways(ring, std::vector<int>());
    expect_bytes(ring, "");
    write_all_ways(ring, std::string_view());
    for (int i = 0; i != ways; ++i) {
        std::vector<int> none;
        BOOST_TEST(ring.read(none) == 0U); // into nothing
    }
    BOOST_TEST(ring.write_some(std::vector<int>()) == 0U);
    BOOST_TEST(ring.empty()); // no message for no element
}

BOOST_AUTO_TEST_CASE(a_throwing_function_aborts) {
    const auto throws = [](boost::span<std::byte> node) -> std::size_t {
        std::memset(node.data(), 1, node.size());
        throw std::runtime_error("on purpose");
    };
    for (int i = 0; i != 20; ++i) { // more often than there are nodes
        BOOST_CHECK_THROW(ring.write(throws), std::runtime_error);
        BOOST_CHECK_THROW((void)ring.try_write(throws), std::runtime_error);
        BOOST_CHECK_THROW((void)ring.try_write_for(throws, 1h), std::runtime_error);
    }
    BOOST_TEST(!ring.try_read<int>());
    const auto too_much = [](boost::span<std::byte> node) { return node.size() + 1; };
    for (int i = 0; i != 20; ++i)
        TEST_THROWS(message_size, ring.write(too_much));
    BOOST_TEST(ring.empty());
    ring.write(7);
    BOOST_TEST(ring.read<int>() == 7);
}

BOOST_AUTO_TEST_CASE(longer_than_a_node_is_an_error) {
    const std::vector<char> seventeen(17);
    TEST_THROWS(message_size, ring.write(seventeen));
    TEST_THROWS(message_size, ring.try_write(seventeen));
    TEST_THROWS(message_size, ring.try_write_for(seventeen, 1h));
    TEST_THROWS(message_size, ring.write(seventeen.data(), 17));
    TEST_THROWS(message_size, ring.write(std::array<pair, 3>{}));
    TEST_THROWS(message_size, ring.write_some(std::array<std::array<char, 17>, 2>{}));
    TEST_THROWS(message_size, ring.write(boost::span<const double>(
                                  static_cast<const double*>(nullptr),
                                  std::numeric_limits<std::size_t>::max() / 8 + 1)));
    // also if the ring is full: it can never be written
    while (ring.try_write(1)) {
    }
    TEST_THROWS(message_size, ring.try_write(seventeen));
    BOOST_TEST(ring.size() == 8U);
    const auto found = what_throws([&] { ring.write(std::array<int, 5>{}); });
    BOOST_TEST(found.text.find("20 bytes") != std::string::npos, found.text);
}

BOOST_AUTO_TEST_CASE(full_is_false_in_every_way) {
    while (ring.try_write(1)) {
    }
    const auto steady = std::chrono::steady_clock::now();
    const auto never_called = [](boost::span<std::byte>) -> std::size_t {
        BOOST_ERROR("called without room");
        return 0;
    };
    const pair p{1, 2};
    const auto part = boost::as_bytes(boost::span<const pair>(&p, 1));
    BOOST_TEST(!ring.try_write(p));
    BOOST_TEST(!ring.try_write_for(p, 1ms));
    BOOST_TEST(!ring.try_write_until(p, steady));
    BOOST_TEST(!ring.try_write(&p, sizeof p));
    BOOST_TEST(!ring.try_write_for(&p, sizeof p, 1ms));
    BOOST_TEST(!ring.try_write_until(&p, sizeof p, steady));
    BOOST_TEST(!ring.try_write({part}));
    BOOST_TEST(!ring.try_write_for({part}, 1ms));
    BOOST_TEST(!ring.try_write_until({part}, steady));
    BOOST_TEST(!ring.try_write(never_called));
    BOOST_TEST(!ring.try_write_for(never_called, 1ms));
    BOOST_TEST(!ring.try_write_until(never_called, steady));
    BOOST_TEST(!ring.try_claim_write());
    BOOST_TEST(!ring.try_claim_write_for(1ms));
    BOOST_TEST(!ring.try_claim_write_until(steady));
}

BOOST_AUTO_TEST_SUITE_END()
