// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Whatever the tests of the original's ring check, by doc/original_tests.md.

#include "ring_support.hpp"

#include <array>
#include <numeric>
#include <thread>
#include <vector>

using namespace ring_support;
using test_support::unique_name;

namespace {

struct four_ints {
    int a, b, c, d;
    friend bool operator==(const four_ints& x, const four_ints& y) {
        return x.a == y.a && x.b == y.b && x.c == y.c && x.d == y.d;
    }
};

using message = std::array<std::uint8_t, 32>;
message numbered(int i) {
    message m;
    for (std::size_t k = 0; k != m.size(); ++k)
        m[k] = static_cast<std::uint8_t>(i * 7 + static_cast<int>(k));
    return m;
}

} // namespace

BOOST_AUTO_TEST_CASE(empty_name_is_refused) {
    TEST_THROWS(bad_name, sm::circular_buffer(sm::create_only, "", 2, 1));
    TEST_THROWS(bad_name, sm::circular_buffer(sm::open_only, ""));
}

BOOST_AUTO_TEST_CASE(fewer_than_two_nodes_are_refused_by_name) {
    for (const std::uint32_t nodes : {0U, 1U}) {
        const auto name = unique_name("ring");
        const auto found =
            what_throws([&] { sm::circular_buffer(sm::create_only, name, nodes, 1); });
        BOOST_TEST((found.code == sm::errc::out_of_range), nodes << " nodes: " << found.text);
        BOOST_TEST(found.text.find("node_count") != std::string::npos,
                   "the text names the argument: " << found.text);
        TEST_THROWS(not_found, sm::circular_buffer(sm::open_only, name));
    }
}

BOOST_AUTO_TEST_CASE(create_and_open) {
    const auto name = unique_name("ring");
    sm::circular_buffer producer(sm::create_only, name, 10, 1000);
    BOOST_TEST(producer.is_owner());
    sm::circular_buffer consumer(sm::open_only, name);
    BOOST_TEST(!consumer.is_owner());
    for (const auto* ring : {&producer, &consumer}) {
        BOOST_TEST(ring->node_count() == 10U);
        BOOST_TEST(ring->node_size() == 1000U);
        BOOST_TEST(ring->name() == name);
    }
}

BOOST_AUTO_TEST_CASE(open_without_creator_is_not_found) {
    const auto name = unique_name("ring");
    TEST_THROWS(not_found, sm::circular_buffer(sm::open_only, name));
    TEST_THROWS(not_found, sm::circular_buffer(sm::open_read_only, name));
}

BOOST_AUTO_TEST_CASE(creating_twice_is_an_error) {
    const auto name = unique_name("ring");
    sm::circular_buffer first(sm::create_only, name, 2, 8);
    first.write(std::uint64_t{5});
    TEST_THROWS(already_exists, sm::circular_buffer(sm::create_only, name, 2, 8));
    BOOST_TEST(first.read<std::uint64_t>() == 5U); // and harms nothing
}

BOOST_AUTO_TEST_CASE(close_is_seen_by_the_other_handle) {
    const auto name = unique_name("ring");
    sm::circular_buffer owner(sm::create_only, name, 2, 1);
    sm::circular_buffer other(sm::open_only, name);
    BOOST_TEST(!other.is_shutting_down());
    owner.close();
    BOOST_TEST(other.is_shutting_down());
    BOOST_TEST(!owner.is_open());
    BOOST_TEST(other.is_open());
}

BOOST_AUTO_TEST_CASE(too_large_is_refused_and_leaves_nothing) {
    const auto name = unique_name("ring");
    const auto nodes = sm::circular_buffer::max_node_count;
    const auto size = sm::circular_buffer::max_node_size;
    TEST_THROWS(out_of_range, sm::circular_buffer(sm::create_only, name, nodes + 1, 1));
    TEST_THROWS(out_of_range, sm::circular_buffer(sm::create_only, name, ~0U, 1));
    TEST_THROWS(out_of_range, sm::circular_buffer(sm::create_only, name, 2, size + 1));
    TEST_THROWS(out_of_range, sm::circular_buffer(sm::create_only, name, 2, ~0U));
    TEST_THROWS(out_of_range, sm::circular_buffer(sm::create_only, name, 2, 0));
    TEST_THROWS(out_of_range, sm::circular_buffer(sm::create_only, name, nodes, size)); // product
    // within the limits, but more than there is: 64 TiB
    TEST_THROWS(no_space, sm::circular_buffer(sm::create_only, name, 1U << 15U, size));
    TEST_THROWS(not_found, sm::circular_buffer(sm::open_only, name));
    sm::circular_buffer ring(sm::create_only, name, 2, 1);
    BOOST_TEST(ring.is_open());
}

BOOST_AUTO_TEST_CASE(one_write_one_read_and_all_cursors_at_one) {
    const auto name = unique_name("ring");
    sm::circular_buffer writer(sm::create_only, name, 2, 32);
    sm::circular_buffer reader(sm::open_only, name);
    const message sent = numbered(1);
    message got{};
    writer.write(sent);
    BOOST_TEST(reader.read(got) == sent.size());
    BOOST_TEST(got == sent, boost::test_tools::per_element());
    BOOST_TEST(cursors_of(reader) == (cursors{1, 1, 1, 1}));
}

BOOST_AUTO_TEST_CASE(cursors_before_during_and_after) {
    const auto name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 2, 8);
    sm::circular_buffer reader(sm::open_only, name);
    BOOST_TEST(cursors_of(ring) == (cursors{0, 0, 0, 0}));
    ring.write([&](boost::span<std::byte> node) {
        BOOST_TEST(cursors_of(ring) == (cursors{1, 0, 0, 0}), "during the write");
        return node.size();
    });
    BOOST_TEST(cursors_of(ring) == (cursors{1, 1, 0, 0}));
    reader.read([&](boost::span<const std::byte>) {
        BOOST_TEST(cursors_of(reader) == (cursors{1, 1, 1, 0}), "during the read");
    });
    BOOST_TEST(cursors_of(ring) == (cursors{1, 1, 1, 1}));
    sm::circular_buffer looker(sm::open_read_only, name);
    BOOST_TEST(cursors_of(looker) == (cursors{1, 1, 1, 1}));
}

BOOST_AUTO_TEST_CASE(a_struct_through_two_handles) {
    const auto name = unique_name("ring");
    sm::circular_buffer writer(sm::create_only, name, 2, sizeof(four_ints));
    sm::circular_buffer reader(sm::open_only, name);
    const four_ints sent{1, -2, 3, -4};
    writer.write(sent);
    BOOST_TEST((reader.read<four_ints>() == sent));
}

BOOST_AUTO_TEST_CASE(a_thousand_messages_through_two_nodes_in_turns) {
    const auto name = unique_name("ring");
    sm::circular_buffer writer(sm::create_only, name, 2, 32);
    sm::circular_buffer reader(sm::open_only, name);
    for (int i = 0; i != 1000; ++i) {
        writer.write(numbered(i));
        message got{};
        reader.read(got);
        BOOST_TEST(got == numbered(i), "message " << i);
        const auto n = static_cast<std::uint64_t>(i + 1);
        BOOST_TEST(cursors_of(reader) == (cursors{n, n, n, n}));
    }
}

namespace {

// Writes or reads a thousand messages, with a pause before each and time-outs; returns how many
// timed out. Throws for a wrong message.
int write_thousand(const std::string& name, std::chrono::milliseconds limit,
                   std::chrono::microseconds pause) {
    sm::circular_buffer ring(sm::open_only, name);
    int timed_out = 0;
    for (int i = 0; i != 1000; ++i) {
        std::this_thread::sleep_for(pause);
        while (!ring.try_write_for(numbered(i), limit))
            ++timed_out;
    }
    return timed_out;
}
int read_thousand(const std::string& name, std::chrono::milliseconds limit,
                  std::chrono::microseconds pause) {
    sm::circular_buffer ring(sm::open_only, name);
    int timed_out = 0;
    for (int i = 0; i != 1000; ++i) {
        std::this_thread::sleep_for(pause);
        message got{};
        while (!ring.try_read_for(got, limit))
            ++timed_out;
        if (got != numbered(i))
            throw std::runtime_error("message " + std::to_string(i) + " is wrong");
    }
    return timed_out;
}
constexpr std::chrono::milliseconds very_long{60000};

} // namespace

BOOST_AUTO_TEST_CASE(a_thousand_messages_through_two_nodes_by_two_threads) {
    const auto name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 2, 32);
    auto writer = at_once([&] { return write_thousand(name, very_long, 0us); });
    auto reader = at_once([&] { return read_thousand(name, very_long, 0us); });
    BOOST_TEST(writer.get() == 0);
    BOOST_TEST(reader.get() == 0);
    BOOST_TEST(cursors_of(ring) == (cursors{1000, 1000, 1000, 1000}));
}

SHARED_MEMORY_TEST_ROLE(writes_thousand) {
    return write_thousand(args.at(0), very_long, 0us);
}
SHARED_MEMORY_TEST_ROLE(reads_thousand) {
    return read_thousand(args.at(0), very_long, 0us);
}
BOOST_AUTO_TEST_CASE(a_thousand_messages_through_two_nodes_by_two_processes) {
    const auto name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 2, 32);
    test_support::child reader("reads_thousand", {name});
    test_support::child writer("writes_thousand", {name});
    BOOST_TEST(writer.wait() == 0);
    BOOST_TEST(reader.wait() == 0);
    BOOST_TEST(cursors_of(ring) == (cursors{1000, 1000, 1000, 1000}));
}

BOOST_AUTO_TEST_CASE(a_slow_reader_and_a_writer_with_short_time_outs) {
    const auto name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 2, 32);
    auto writer = at_once([&] { return write_thousand(name, 1ms, 0us); });
    auto reader = at_once([&] { return read_thousand(name, very_long, 1200us); });
    BOOST_TEST(writer.get() > 0, "some writes time out");
    BOOST_TEST(reader.get() == 0);
}

BOOST_AUTO_TEST_CASE(a_slow_writer_and_a_reader_with_short_time_outs) {
    const auto name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 2, 32);
    auto writer = at_once([&] { return write_thousand(name, very_long, 1200us); });
    auto reader = at_once([&] { return read_thousand(name, 1ms, 0us); });
    BOOST_TEST(writer.get() == 0);
    BOOST_TEST(reader.get() > 0, "some reads time out");
}

BOOST_AUTO_TEST_CASE(nested_writes_and_reads_that_end_in_reverse_order) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 5, 4);
    const auto put = [](boost::span<std::byte> node, int value) {
        std::memcpy(node.data(), &value, sizeof value);
        return sizeof value;
    };
    const auto get = [](boost::span<const std::byte> node) {
        int value = 0;
        std::memcpy(&value, node.data(), sizeof value);
        return value;
    };
    ring.write([&](auto first) {
        BOOST_TEST(cursors_of(ring) == (cursors{1, 0, 0, 0}));
        ring.write([&](auto second) {
            BOOST_TEST(cursors_of(ring) == (cursors{2, 0, 0, 0}));
            ring.write([&](auto third) {
                BOOST_TEST(cursors_of(ring) == (cursors{3, 0, 0, 0}));
                return put(third, 3);
            });
            BOOST_TEST(cursors_of(ring) == (cursors{3, 0, 0, 0}));
            return put(second, 2);
        });
        BOOST_TEST(cursors_of(ring) == (cursors{3, 0, 0, 0}));
        BOOST_TEST(!ring.try_read<int>());
        return put(first, 1);
    });
    BOOST_TEST(cursors_of(ring) == (cursors{3, 3, 0, 0}));
    ring.read([&](auto first) {
        BOOST_TEST(get(first) == 1);
        BOOST_TEST(cursors_of(ring) == (cursors{3, 3, 1, 0}));
        ring.read([&](auto second) {
            BOOST_TEST(get(second) == 2);
            BOOST_TEST(cursors_of(ring) == (cursors{3, 3, 2, 0}));
            ring.read([&](auto third) {
                BOOST_TEST(get(third) == 3);
                BOOST_TEST(cursors_of(ring) == (cursors{3, 3, 3, 0}));
            });
            BOOST_TEST(cursors_of(ring) == (cursors{3, 3, 3, 0}));
        });
        BOOST_TEST(cursors_of(ring) == (cursors{3, 3, 3, 0}));
    });
    BOOST_TEST(cursors_of(ring) == (cursors{3, 3, 3, 3}));
}

BOOST_AUTO_TEST_CASE(an_array_of_structs_in_one_node) {
    const auto name = unique_name("ring");
    sm::circular_buffer writer(sm::create_only, name, 2, 100 * sizeof(four_ints));
    sm::circular_buffer reader(sm::open_only, name);
    std::vector<four_ints> sent(100);
    for (int i = 0; i != 100; ++i)
        sent[static_cast<std::size_t>(i)] = {i, 2 * i, 3 * i, 4 * i};
    writer.write(sent);
    std::vector<four_ints> got(100);
    BOOST_TEST(reader.read(got) == 100U);
    BOOST_TEST((got == sent));
}

BOOST_AUTO_TEST_CASE(structs_by_start_index_through_smaller_nodes) {
    const auto name = unique_name("ring");
    sm::circular_buffer writer(sm::create_only, name, 2, 3 * sizeof(four_ints));
    sm::circular_buffer reader(sm::open_only, name);
    std::vector<four_ints> sent(88);
    for (int i = 0; i != 88; ++i)
        sent[static_cast<std::size_t>(i)] = {i, -i, i * i, 7};
    std::vector<four_ints> got(88);
    std::size_t written = 0;
    std::size_t read = 0;
    int parts = 0;
    while (read != sent.size()) {
        written += writer.write_some(boost::span<const four_ints>(sent).subspan(written));
        read += reader.read_some(boost::span<four_ints>(got).subspan(read));
        BOOST_TEST(read == written);
        ++parts;
    }
    BOOST_TEST(parts == 30); // 29 of three and one of one
    BOOST_TEST((got == sent));
}

BOOST_AUTO_TEST_CASE(a_raw_pointer_and_a_length) {
    const auto name = unique_name("ring");
    sm::circular_buffer writer(sm::create_only, name, 2, 1024);
    sm::circular_buffer reader(sm::open_only, name);
    std::vector<unsigned char> sent(1024);
    std::iota(sent.begin(), sent.end(), static_cast<unsigned char>(3));
    std::vector<unsigned char> got(1024);
    writer.write(sent.data(), sent.size());
    BOOST_TEST(reader.read(got.data(), got.size()) == 1024U);
    BOOST_TEST(got == sent, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(functions_on_the_nodes_memory) {
    const auto name = unique_name("ring");
    sm::circular_buffer writer(sm::create_only, name, 2, 1024);
    sm::circular_buffer reader(sm::open_only, name);
    writer.write([](boost::span<std::byte> node) {
        BOOST_TEST(node.size() == 1024U);
        std::memset(node.data(), 0x5a, 100);
        return std::size_t{100};
    });
    const auto sum = reader.read([](boost::span<const std::byte> message) {
        BOOST_TEST(message.size() == 100U);
        return std::accumulate(message.begin(), message.end(), 0,
                               [](int s, std::byte b) { return s + std::to_integer<int>(b); });
    });
    BOOST_TEST(sum == 100 * 0x5a);
}
