// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Several messages at a time: claimed, written and read in batches, ended in every way, and by
// processes that are killed.

#include "ring_support.hpp"

#include <array>
#include <limits>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace ring_support;
using test_support::child;
using test_support::unique_name;

namespace {

constexpr std::uint32_t nodes = 5;

sm::options single() {
    return sm::options().single_writer().single_reader();
}

void put(const sm::write_batch& batch, std::size_t i, int value) {
    std::memcpy(batch[i].data(), &value, sizeof value);
}
int value_of(const sm::read_batch& batch, std::size_t i) {
    int value = -1;
    BOOST_TEST(batch[i].size() == sizeof value);
    std::memcpy(&value, batch[i].data(), sizeof value);
    return value;
}
void fill(sm::write_batch& batch, int first) {
    for (std::size_t i = 0; i != batch.size(); ++i) {
        put(batch, i, first + static_cast<int>(i));
        batch.resize(i, sizeof(int));
    }
}
std::vector<int> from(int first, int count) {
    std::vector<int> values(static_cast<std::size_t>(count));
    std::iota(values.begin(), values.end(), first);
    return values;
}

// A general ring, and one for a single writer and a single reader; from each of its nodes on.
template <class F>
void on_each_ring(F&& test) {
    for (const bool alone : {false, true}) {
        for (std::uint32_t start = 0; start != nodes; ++start) {
            BOOST_TEST_CONTEXT((alone ? "single" : "general") << ", from node " << start) {
                sm::circular_buffer ring(sm::create_only, unique_name("ring"), nodes, 64,
                                         alone ? single() : sm::options());
                { // and goes: nobody is the single writer or reader yet
                    sm::circular_buffer shortly(sm::open_only, ring.name());
                    for (std::uint32_t i = 0; i != start; ++i) {
                        shortly.write(-1);
                        shortly.read<int>();
                    }
                }
                test(ring);
            }
        }
    }
}

std::vector<int> read_all(sm::circular_buffer& ring) {
    std::vector<int> all;
    while (const auto value = ring.try_read<int>())
        all.push_back(*value);
    return all;
}

// All nodes can be written and read once more: none is lost.
void check_nodes(sm::circular_buffer& ring) {
    for (int lap = 0; lap != 2; ++lap) {
        BOOST_TEST(ring.try_write_each(from(100, nodes + 1)) == nodes);
        BOOST_TEST(read_all(ring) == from(100, nodes), boost::test_tools::per_element());
    }
}

struct fixture {
    const std::string name = unique_name("ring");
    sm::circular_buffer ring{sm::create_only, name, nodes, 64};

    child peer(const char* role, const std::string& of, const std::string& more = "") {
        child one(role, {of, more});
        BOOST_TEST(one.read_line() == "ready");
        return one;
    }
};

} // namespace

static_assert(!std::is_copy_constructible_v<sm::write_batch>);
static_assert(!std::is_copy_assignable_v<sm::read_batch>);
static_assert(std::is_nothrow_move_constructible_v<sm::write_batch>);
static_assert(std::is_nothrow_move_assignable_v<sm::read_batch>);

SHARED_MEMORY_TEST_ROLE(holds_a_write_batch) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    auto batch = ring.claim_write(3);
    fill(batch, 0x6666);
    test_support::say("ready");
    test_support::hear();
    return 0;
}

SHARED_MEMORY_TEST_ROLE(holds_a_read_batch) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    auto batch = ring.claim_read(3);
    test_support::say(batch.size() == 3 && batch.delivery_count() == 1 ? "ready" : "not three");
    test_support::hear();
    return 0;
}

SHARED_MEMORY_TEST_ROLE(writes_batches) {
    sm::circular_buffer ring(sm::open_only, args.at(0), sm::options().death_check_interval(0ms));
    test_support::say("ready");
    const int count = std::stoi(args.at(1));
    for (int next = 0; next != count;) {
        const auto some = from(next, std::min(count - next, 1 + next % 7));
        ring.write_each(some);
        next += static_cast<int>(some.size());
    }
    return 0;
}

BOOST_FIXTURE_TEST_SUITE(ring_batches, fixture)

BOOST_AUTO_TEST_CASE(fill_commit_look_release) {
    on_each_ring([](sm::circular_buffer& any) {
        auto written = any.claim_write(3);
        BOOST_TEST(static_cast<bool>(written));
        BOOST_REQUIRE(written.size() == 3U);
        for (std::size_t i = 0; i != 3; ++i) {
            BOOST_TEST(written[i].size() == 64U);
            for (std::size_t k = 0; k != i; ++k)
                BOOST_TEST((written[i].data() != written[k].data()));
        }
        fill(written, 7);
        BOOST_TEST(!any.try_claim_read(3));
        written.commit();
        BOOST_TEST(!static_cast<bool>(written));
        BOOST_TEST(any.size() == 3U);

        auto read = any.claim_read(100);
        BOOST_TEST(static_cast<bool>(read));
        BOOST_REQUIRE(read.size() == 3U);
        BOOST_TEST(read.delivery_count() == 1U);
        for (std::size_t i = 0; i != 3; ++i)
            BOOST_TEST(value_of(read, i) == 7 + static_cast<int>(i));
        BOOST_TEST(any.empty());
        read.release();
        BOOST_TEST(!static_cast<bool>(read));
        BOOST_TEST(any.redelivered() == 0U);
        check_nodes(any);
    });
}

// The whole node unless it is said otherwise, also in a node that had a shorter message before.
BOOST_AUTO_TEST_CASE(sizes_of_messages) {
    on_each_ring([](sm::circular_buffer& any) {
        for (int lap = 0; lap != 2; ++lap) {
            auto written = any.claim_write(nodes);
            BOOST_REQUIRE(written.size() == nodes);
            written.resize(0, 0);
            written.resize(1, 64);
            written.resize(2, 63);
            written.resize(3, 63);
            written.resize(3, 1); // the last word counts
            TEST_THROWS(message_size, written.resize(3, 65));
            TEST_THROWS(message_size, written.resize(3, std::numeric_limits<std::size_t>::max()));
            TEST_THROWS(out_of_range, written.resize(nodes, 1));
            TEST_THROWS(out_of_range, written[nodes]);
            TEST_THROWS(out_of_range, written[std::numeric_limits<std::size_t>::max()]);
            written.commit();
            auto read = any.claim_read(nodes);
            BOOST_REQUIRE(read.size() == nodes);
            const std::array<std::size_t, nodes> sizes{0, 64, 63, 1, 64};
            for (std::size_t i = 0; i != nodes; ++i)
                BOOST_TEST(read[i].size() == sizes[i]);
            TEST_THROWS(out_of_range, read[nodes]);
            read.release();
        }
    });
}

BOOST_AUTO_TEST_CASE(as_many_as_can_be_had) {
    on_each_ring([](sm::circular_buffer& any) {
        const auto most = std::numeric_limits<std::size_t>::max();
        {
            auto all = any.claim_write(most);
            BOOST_TEST(all.size() == nodes);
            BOOST_TEST(!any.try_claim_write(1));
            fill(all, 0);
            all.commit();
        }
        BOOST_TEST(any.full());
        auto two = any.claim_read(2);
        BOOST_TEST(two.size() == 2U);
        auto rest = any.claim_read(most);
        BOOST_TEST(rest.size() == nodes - 2U);
        BOOST_TEST(value_of(rest, 0) == 2);
        BOOST_TEST(!any.try_claim_read(1));
        rest.release(); // the nodes behind are free, and the next two are not
        BOOST_TEST(!any.try_claim_write(most));
        two.release();
        auto again = any.claim_write(most);
        BOOST_TEST(again.size() == nodes);
        again.abort();
        check_nodes(any);
    });
}

BOOST_AUTO_TEST_CASE(a_batch_ends_where_another_has_a_node) {
    sm::circular_buffer other(sm::open_only, name);
    auto first = ring.claim_write(2);
    auto between = other.claim_write();
    std::memset(between.data(), 0, 64);
    auto second = ring.claim_write(1);
    fill(first, 1);
    fill(second, 4);
    second.commit();
    first.commit();
    auto read = ring.claim_read(nodes);
    BOOST_TEST(read.size() == 2U); // the next one is being written
    auto late = ring.try_claim_read(nodes);
    BOOST_TEST(!late);
    between.abort();
    late = ring.try_claim_read(nodes);
    BOOST_REQUIRE(late.has_value());
    BOOST_TEST(late->size() == 1U);
    BOOST_TEST(value_of(*late, 0) == 4);
    late->release();
    read.release();

    // a message that was given back is in no batch with those that were not, and comes before them
    ring.write_each(from(0, 4));
    { auto back = ring.claim_read(1); }
    auto again = ring.claim_read(nodes);
    BOOST_TEST(again.size() == 1U);
    BOOST_TEST(again.delivery_count() == 2U);
    BOOST_TEST(value_of(again, 0) == 0);
    auto others = ring.claim_read(nodes);
    BOOST_TEST(others.size() == 3U);
    BOOST_TEST(others.delivery_count() == 1U);
}

BOOST_AUTO_TEST_CASE(a_part_is_committed) {
    on_each_ring([](sm::circular_buffer& any) {
        for (std::size_t count = 0; count <= 4; ++count) {
            auto written = any.claim_write(4);
            BOOST_REQUIRE(written.size() == 4U);
            fill(written, 10);
            TEST_THROWS(out_of_range, written.commit(5));
            TEST_THROWS(out_of_range, written.commit(std::numeric_limits<std::size_t>::max()));
            BOOST_TEST(static_cast<bool>(written)); // still held
            written.commit(count);
            BOOST_TEST(!static_cast<bool>(written));
            any.write(99); // behind those that are skipped
            auto expected = from(10, static_cast<int>(count));
            expected.push_back(99);
            BOOST_TEST(read_all(any) == expected, boost::test_tools::per_element());
        }
        check_nodes(any);
    });
}

BOOST_AUTO_TEST_CASE(a_part_is_released) {
    on_each_ring([](sm::circular_buffer& any) {
        for (std::size_t count = 0; count <= 4; ++count) {
            const std::uint64_t before = any.redelivered();
            any.write_each(from(20, 5));
            auto read = any.claim_read(4);
            BOOST_REQUIRE(read.size() == 4U);
            TEST_THROWS(out_of_range, read.release(5));
            TEST_THROWS(out_of_range, read.release(std::numeric_limits<std::size_t>::max()));
            BOOST_TEST(static_cast<bool>(read)); // still held
            read.release(count);
            BOOST_TEST(any.redelivered() - before == 4 - count);
            for (int i = static_cast<int>(count); i != 5; ++i) { // in their order, marked
                auto next = any.claim_read();
                BOOST_TEST(next.as<int>() == 20 + i);
                BOOST_TEST(next.delivery_count() == (i == 4 ? 1U : 2U));
                next.release();
            }
        }
        check_nodes(any);
    });
}

BOOST_AUTO_TEST_CASE(aborted_by_call_destructor_and_exception) {
    on_each_ring([](sm::circular_buffer& any) {
        { auto dropped = any.claim_write(2); }
        auto called = any.claim_write(2);
        called.abort();
        BOOST_TEST(!static_cast<bool>(called));
        try {
            auto thrown = any.claim_write(2);
            fill(thrown, 13);
            throw std::runtime_error("on purpose");
        } catch (const std::runtime_error&) {
        }
        BOOST_TEST(!any.try_claim_read(1));
        check_nodes(any);
    });
}

BOOST_AUTO_TEST_CASE(given_back_by_call_destructor_and_exception) {
    on_each_ring([](sm::circular_buffer& any) {
        any.write_each(from(1, 3));
        { auto dropped = any.claim_read(3); }
        for (std::uint32_t round = 2; round != 4; ++round) {
            auto held = any.claim_read(3); // they were delivered as often
            BOOST_TEST(held.size() == 3U);
            BOOST_TEST(value_of(held, 0) == 1);
            BOOST_TEST(held.delivery_count() == round);
            if (round == 2)
                held.give_back();
            BOOST_TEST(static_cast<bool>(held) == (round != 2));
        }
        try {
            auto thrown = any.claim_read(3);
            throw std::runtime_error("on purpose");
        } catch (const std::runtime_error&) {
        }
        BOOST_TEST(read_all(any) == from(1, 3), boost::test_tools::per_element());
        check_nodes(any);
    });
}

BOOST_AUTO_TEST_CASE(given_up_after_so_many_deliveries) {
    sm::circular_buffer strict(sm::create_only, unique_name("strict"), nodes, 64,
                               sm::options().max_deliveries(1));
    strict.write_each(from(0, 4));
    auto batch = strict.claim_read(3);
    batch.release(1);
    BOOST_TEST(strict.given_up() == 2U);
    BOOST_TEST(strict.redelivered() == 0U);
    BOOST_TEST(strict.read<int>() == 3);
    check_nodes(strict);
}

BOOST_AUTO_TEST_CASE(used_after_the_end) {
    const auto write_calls = [](sm::write_batch& batch) {
        BOOST_TEST(!static_cast<bool>(batch));
        TEST_THROWS(bad_argument, batch.size());
        TEST_THROWS(bad_argument, batch[0]);
        TEST_THROWS(bad_argument, batch.resize(0, 1));
        TEST_THROWS(bad_argument, batch.commit());
        TEST_THROWS(bad_argument, batch.commit(0));
        TEST_THROWS(bad_argument, batch.abort());
    };
    auto committed = ring.claim_write(1);
    committed.commit();
    write_calls(committed);
    auto aborted = ring.claim_write(1);
    aborted.abort();
    write_calls(aborted);
    auto moved = ring.claim_write(1);
    sm::write_batch taker(std::move(moved));
    write_calls(moved); // NOLINT: what moving leaves is what is tested

    const auto read_calls = [](sm::read_batch& batch) {
        BOOST_TEST(!static_cast<bool>(batch));
        TEST_THROWS(bad_argument, batch.size());
        TEST_THROWS(bad_argument, batch[0]);
        TEST_THROWS(bad_argument, batch.delivery_count());
        TEST_THROWS(bad_argument, batch.release());
        TEST_THROWS(bad_argument, batch.release(0));
        TEST_THROWS(bad_argument, batch.give_back());
    };
    auto back = ring.claim_read(1);
    back.give_back();
    read_calls(back);
    auto from_there = ring.claim_read(1);
    auto read = std::move(from_there);
    read_calls(from_there); // NOLINT
    read.release();
    read_calls(read);
}

BOOST_AUTO_TEST_CASE(moved_batches) {
    auto first = ring.claim_write(2);
    auto second = ring.claim_write(2);
    fill(second, 3);
    first = std::move(second); // aborts the first two
    auto& same = first;
    first = std::move(same);
    first.commit();
    ring.write(5);
    auto a = ring.claim_read(2);
    auto b = ring.claim_read(1);
    a = std::move(b); // gives two back
    auto& self = a;
    a = std::move(self);
    BOOST_TEST(value_of(a, 0) == 5);
    BOOST_TEST(read_all(ring) == from(3, 2), boost::test_tools::per_element());
    a.release();
    check_nodes(ring);
}

BOOST_AUTO_TEST_CASE(batches_outlive_their_handle) {
    std::optional<sm::write_batch> written;
    std::optional<sm::read_batch> read;
    for (const auto& how : {sm::options(), single()}) {
        const auto other = unique_name("other");
        const sm::circular_buffer owner(sm::create_only, other, nodes, 64, how);
        {
            sm::circular_buffer shortly(sm::open_only, other);
            shortly.write_each(from(0, 2));
            written = shortly.claim_write(2);
            read = shortly.claim_read(2);
        }
        BOOST_TEST(owner.participants().size() == 2U);
        fill(*written, 2);
        written->commit();
        read->release(1);
        BOOST_TEST(owner.participants().size() == 1U);
        sm::circular_buffer next(sm::open_only, other);
        BOOST_TEST(read_all(next) == from(1, 3), boost::test_tools::per_element());
        check_nodes(next);
    }
}

BOOST_AUTO_TEST_CASE(none_is_a_bad_argument) {
    const auto soon = std::chrono::steady_clock::now() + 1h;
    TEST_THROWS(bad_argument, ring.claim_write(0));
    TEST_THROWS(bad_argument, ring.try_claim_write(0));
    TEST_THROWS(bad_argument, ring.try_claim_write_for(0, 1h));
    TEST_THROWS(bad_argument, ring.try_claim_write_until(0, soon));
    TEST_THROWS(bad_argument, ring.claim_read(0));
    TEST_THROWS(bad_argument, ring.try_claim_read(0));
    TEST_THROWS(bad_argument, ring.try_claim_read_for(0, 1h));
    TEST_THROWS(bad_argument, ring.try_claim_read_until(0, soon));
    // of nothing there is nothing to do
    std::vector<int> empty;
    ring.write_each(empty);
    BOOST_TEST(ring.try_write_each(empty) == 0U);
    BOOST_TEST(ring.read_each(empty) == 0U);
}

BOOST_AUTO_TEST_CASE(time_outs) {
    const auto later = [] { return std::chrono::steady_clock::now() + 20ms; };
    std::array<int, 3> values{};
    BOOST_TEST(!ring.try_claim_read(3));
    BOOST_TEST(!ring.try_claim_read_for(3, 20ms));
    BOOST_TEST(!ring.try_claim_read_until(3, later()));
    BOOST_TEST(ring.try_read_each(values) == 0U);
    BOOST_TEST(ring.try_read_each_for(values, 20ms) == 0U);
    BOOST_TEST(ring.try_read_each_until(values, later()) == 0U);

    BOOST_TEST(ring.try_claim_write_for(2, 1h).value().size() == 2U); // and aborted
    BOOST_TEST(ring.try_claim_write_until(2, later()).value().size() == 2U);
    BOOST_TEST(ring.try_write_each(from(0, 2)) == 2U);
    BOOST_TEST(ring.try_write_each_for(from(2, 2), 20ms) == 2U);
    BOOST_TEST(ring.try_write_each_until(from(4, 3), later()) == 1U);
    BOOST_TEST(ring.try_write_each_for(from(5, 3), 20ms) == 0U);
    BOOST_TEST(!ring.try_claim_write(1));
    BOOST_TEST(!ring.try_claim_write_for(1, 20ms));
    BOOST_TEST(!ring.try_claim_write_until(1, later()));

    BOOST_TEST(ring.try_read_each(values) == 3U);
    BOOST_TEST(values[2] == 2);
    BOOST_TEST(ring.try_claim_read_for(1, 1h).value().size() == 1U); // and given back
    BOOST_TEST(ring.try_read_each_for(values, 1h) == 1U);
    BOOST_TEST(values[0] == 3);
    BOOST_TEST(ring.try_read_each_until(values, later()) == 1U);
    BOOST_TEST(values[0] == 4);
}

BOOST_AUTO_TEST_CASE(elements_of_all_kinds) {
    on_each_ring([](sm::circular_buffer& any) {
        struct point {
            double x, y;
        };
        any.write_each(std::vector<point>{{1, 2}, {3, 4}});
        std::array<point, 4> points{};
        BOOST_TEST(any.read_each(points) == 2U);
        BOOST_TEST(points[1].y == 4);

        const std::array<int, 2> arrays[2] = {{1, 2}, {3, 4}};
        any.write_each(arrays);
        std::vector<std::array<int, 2>> read(3);
        BOOST_TEST(any.read_each(read) == 2U);
        BOOST_TEST((read[1] == arrays[1]));

        const std::vector<std::string> texts{"one", "", std::string(64, 'x'), "four"};
        any.write_each(texts);
        auto batch = any.claim_read(nodes);
        BOOST_REQUIRE(batch.size() == texts.size());
        for (std::size_t i = 0; i != texts.size(); ++i)
            BOOST_TEST(std::string(reinterpret_cast<const char*>(batch[i].data()),
                                   batch[i].size()) == texts[i]);
        batch.release();

        const std::vector<std::vector<std::uint16_t>> lists{{}, {1}, {2, 3, 4}};
        BOOST_TEST(any.try_write_each(lists) == 3U);
        std::array<std::uint16_t, 8> list{};
        for (const auto& expected : lists)
            BOOST_TEST(any.read(list) == expected.size());
        BOOST_TEST(list[2] == 4);

        const bool truth[] = {true, false};
        any.write_each(truth);
        bool answers[2] = {false, true};
        BOOST_TEST(any.read_each(answers) == 2U);
        BOOST_TEST((answers[0] && !answers[1]));

        std::vector<int> values(2);
        any.write_each(from(0, 4));
        BOOST_TEST(any.read_each(boost::span<int>(values)) == 2U); // no more than there is room for
        BOOST_TEST(any.read_each(values) == 2U);
        BOOST_TEST(values == from(2, 2), boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_CASE(too_long_in_the_middle) {
    on_each_ring([](sm::circular_buffer& any) {
        const std::string too_long(65, 'x');
        TEST_THROWS(message_size, any.write_each(std::vector<std::string>{too_long, "a"}));
        BOOST_TEST(any.empty());
        BOOST_TEST(any.snapshot().write_start - any.snapshot().read_start == 0U); // not claimed
        TEST_THROWS(message_size,
                    any.write_each(std::vector<std::string>{"a", "b", too_long, "c"}));
        BOOST_TEST(any.size() == 2U); // those before it are messages
        TEST_THROWS(message_size, any.try_write_each(std::vector<std::string>{"c", too_long}));
        std::array<char, 64> text{};
        for (const char expected : {'a', 'b', 'c'}) {
            BOOST_TEST(any.read(text) == 1U);
            BOOST_TEST(text[0] == expected);
        }
        // a size whose bytes do not fit a size_t is too long, too
        const boost::span<const std::uint64_t> huge(
            reinterpret_cast<const std::uint64_t*>(text.data()),
            std::numeric_limits<std::size_t>::max() / 8 + 2);
        TEST_THROWS(message_size, any.write_each(std::array{huge}));
        check_nodes(any);
    });
}

namespace {
struct throws_at_last {
    int value;
    const int* data() const {
        if (value == 2)
            throw std::runtime_error("on purpose");
        return &value;
    }
    std::size_t size() const { return 1; }
};
} // namespace

BOOST_AUTO_TEST_CASE(an_element_that_throws) {
    on_each_ring([](sm::circular_buffer& any) {
        const std::array<throws_at_last, 4> messages{{{0}, {1}, {2}, {3}}};
        BOOST_CHECK_THROW(any.write_each(messages), std::runtime_error);
        BOOST_TEST(any.try_write(9)); // no node is left claimed
        BOOST_TEST(read_all(any) == from(9, 1), boost::test_tools::per_element());
        check_nodes(any);
    });
}

BOOST_AUTO_TEST_CASE(wrong_size_first_and_in_the_middle) {
    on_each_ring([](sm::circular_buffer& any) {
        std::array<int, 4> values{};
        any.write('x');
        any.write(1);
        TEST_THROWS(message_size, any.read_each(values));
        TEST_THROWS(message_size, any.try_read_each(values));
        BOOST_TEST(any.read<char>() == 'x'); // it stayed
        any.write(2);
        any.write('y');
        any.write(3);
        BOOST_TEST(any.read_each(values) == 2U);
        BOOST_TEST(values[1] == 2);
        TEST_THROWS(message_size, any.read_each(values));
        BOOST_TEST(any.discard());
        BOOST_TEST(any.read_each(values) == 1U);
        BOOST_TEST(values[0] == 3);
        BOOST_TEST(any.redelivered() == 0U);

        struct wide {
            std::array<char, 65> bytes;
        };
        std::vector<wide> too_wide(1);
        any.write(std::array<char, 64>{});
        TEST_THROWS(message_size, any.read_each(too_wide));
        auto batch = any.claim_read(1);
        BOOST_TEST(batch[0].size() == 64U);
        batch.release();
        check_nodes(any);
    });
}

// Sizes that somebody scribbled: no access leaves the node.
BOOST_AUTO_TEST_CASE(sizes_that_lie) {
    const segment_view view(name);
    ring.write_each(from(0, 4));
    view.lines()[2].size.store(65);
    auto before = ring.claim_read(nodes);
    BOOST_TEST(before.size() == 2U);
    TEST_THROWS(corrupted, ring.claim_read(nodes));
    TEST_THROWS(corrupted, ring.try_claim_read(nodes));
    BOOST_TEST(ring.discard());
    auto last = ring.claim_read(nodes);
    BOOST_TEST(last.size() == 1U);
    view.lines()[3].size.store(0xffffffff); // after the claim
    TEST_THROWS(corrupted, last[0]);
    view.lines()[3].size.store(64);
    BOOST_TEST(last[0].size() == 64U);
    // a node taken away
    view.lines()[3].control.store(smd::control_word::of(0, smd::node_phase::ready));
    TEST_THROWS(corrupted, last.release());
    view.lines()[1].control.store(smd::control_word::of(0, smd::node_phase::ready));
    TEST_THROWS(corrupted, before.release());
    auto written = ring.claim_write(1);
    view.lines()[4].control.store(smd::control_word::of(7, smd::node_phase::free));
    TEST_THROWS(corrupted, written.commit());
}

BOOST_AUTO_TEST_CASE(the_end_of_the_stream) {
    on_each_ring([](sm::circular_buffer& any) {
        auto held = any.claim_write(2);
        any.end_of_stream();
        TEST_THROWS(end_of_stream, any.claim_write(2));
        TEST_THROWS(end_of_stream, any.try_claim_write(2));
        TEST_THROWS(end_of_stream, any.write_each(from(0, 2)));
        fill(held, 0);
        held.commit(); // claimed before
        std::array<int, 4> values{};
        BOOST_TEST(any.read_each(values) == 2U);
        TEST_THROWS(end_of_stream, any.read_each(values));
        TEST_THROWS(end_of_stream, any.try_read_each(values));
        TEST_THROWS(end_of_stream, any.claim_read(2));
        TEST_THROWS(end_of_stream, any.try_claim_read(2));
    });
}

BOOST_AUTO_TEST_CASE(handles_that_may_not) {
    sm::circular_buffer reader(sm::open_only, name, sm::options().role(sm::role::reader));
    sm::circular_buffer writer(sm::open_only, name, sm::options().role(sm::role::writer));
    sm::circular_buffer observer(sm::open_read_only, name);
    sm::circular_buffer closed;
    std::array<int, 2> values{};
    TEST_THROWS(bad_argument, reader.claim_write(1));
    TEST_THROWS(bad_argument, reader.write_each(values));
    TEST_THROWS(bad_argument, writer.claim_read(1));
    TEST_THROWS(bad_argument, writer.read_each(values));
    TEST_THROWS(read_only, observer.claim_read(1));
    TEST_THROWS(read_only, observer.write_each(values));
    TEST_THROWS(closed, closed.claim_write(1));
    TEST_THROWS(closed, closed.read_each(values));

    const auto alone = unique_name("alone");
    sm::circular_buffer first(sm::create_only, alone, nodes, 64, single());
    sm::circular_buffer second(sm::open_only, alone);
    first.write_each(values);
    TEST_THROWS(in_use, second.claim_write(1));
    TEST_THROWS(in_use, second.write_each(values));
    BOOST_TEST(second.read_each(values) == 2U);
    TEST_THROWS(in_use, first.claim_read(1));
    TEST_THROWS(in_use, first.read_each(values));
}

// One commit (release) wakes all sleepers; nothing else would: nobody looks by itself.
BOOST_AUTO_TEST_CASE(sleepers_are_woken) {
    for (const auto& how : {sm::options(), single()}) {
        const auto other = unique_name("other");
        sm::circular_buffer owner(sm::create_only, other, nodes, 64,
                                  sm::options(how).death_check_interval(0ms));
        sm::circular_buffer guest(sm::open_only, other, sm::options().death_check_interval(0ms));
        const segment_view view(other);
        auto reader = at_once([&] { return guest.claim_read(nodes).size(); }); // and gives back
        BOOST_TEST(a_reader_sleeps(view));
        auto batch = owner.claim_write(3);
        fill(batch, 0);
        batch.commit();
        BOOST_TEST(reader.get() != 0U);

        BOOST_TEST(owner.try_write_each(from(3, 9)) == 2U); // full
        auto writer = at_once([&] { owner.write_each(from(5, 4)); });
        BOOST_TEST(a_writer_sleeps(view));
        std::array<int, 4> values{};
        for (int next = 0; next != 9;) {
            const std::size_t count = guest.read_each(values);
            for (std::size_t i = 0; i != count; ++i)
                BOOST_TEST(values.at(i) == next++);
        }
        writer.get();
        if (owner.single_writer())
            continue;

        // a part that is given up makes room, and a part that is given back is there to be read
        auto all = owner.claim_write(nodes);
        BOOST_TEST(all.size() == nodes);
        auto after = at_once([&] { return guest.claim_write(1).size(); });
        BOOST_TEST(a_writer_sleeps(view));
        all.commit(0);
        BOOST_TEST(after.get() == 1U);
        owner.write_each(from(0, 2));
        auto held = owner.claim_read(2);
        BOOST_TEST(held.size() == 2U);
        auto again = at_once([&] { return guest.read<int>(); });
        BOOST_TEST(a_reader_sleeps(view));
        held.release(1);
        BOOST_TEST(again.get() == 1);
    }
}

BOOST_AUTO_TEST_CASE(two_processes) {
    const int count = rounds(30000);
    for (const auto& how : {sm::options(), single()}) {
        for (const std::uint32_t size : {2U, 7U, 64U}) {
            sm::circular_buffer reader(sm::create_only, unique_name("pair"), size, 4,
                                       sm::options(how).death_check_interval(0ms));
            child writer = peer("writes_batches", reader.name(), std::to_string(count));
            std::array<int, 16> values{};
            int next = 0;
            int wrong = 0;
            for (std::size_t turn = 0; next != count; ++turn) {
                if (turn % 3 == 0) {
                    auto batch = reader.claim_read(1 + turn % 16);
                    for (std::size_t i = 0; i != batch.size(); ++i)
                        wrong += value_of(batch, i) == next++ ? 0 : 1;
                    batch.release();
                } else {
                    const std::size_t got = reader.read_each(values);
                    for (std::size_t i = 0; i != got; ++i)
                        wrong += values.at(i) == next++ ? 0 : 1;
                }
            }
            BOOST_TEST(wrong == 0);
            BOOST_TEST(writer.wait() == 0);
            BOOST_TEST(!reader.try_claim_read(1));
        }
    }
}

BOOST_AUTO_TEST_CASE(threads_that_share_a_handle) {
    constexpr int threads = 3;
    const int each = rounds(20000);
    std::vector<std::future<void>> writers;
    for (int t = 0; t != threads; ++t)
        writers.push_back(at_once([&, t] {
            for (int i = 0; i != each; i += 4)
                ring.write_each(from(t * each + i, 4));
        }));
    std::vector<std::future<std::vector<int>>> readers;
    for (int t = 0; t != threads; ++t)
        readers.push_back(at_once([&] {
            std::vector<int> got;
            std::array<int, 3> some{};
            try {
                for (;;) {
                    const std::size_t count = ring.read_each(some);
                    got.insert(got.end(), some.begin(),
                               some.begin() + static_cast<std::ptrdiff_t>(count));
                }
            } catch (const sm::error& e) {
                if (e.code() != sm::errc::end_of_stream)
                    throw;
            }
            return got;
        }));
    for (auto& one : writers)
        one.get();
    ring.end_of_stream();
    std::vector<int> seen(static_cast<std::size_t>(threads * each));
    for (auto& one : readers) {
        std::array<int, threads> last{-1, -1, -1};
        for (const int value : one.get()) {
            ++seen.at(static_cast<std::size_t>(value));
            int& before = last.at(static_cast<std::size_t>(value / each));
            BOOST_REQUIRE(before < value); // each writer's in their order
            before = value;
        }
    }
    for (const int times : seen)
        BOOST_REQUIRE(times == 1);
}

BOOST_AUTO_TEST_CASE(a_killed_writers_batch) {
    on_each_ring([this](sm::circular_buffer& any) {
        child victim = peer("holds_a_write_batch", any.name());
        if (!any.single_writer())
            any.write(1); // behind it
        BOOST_TEST(!any.try_read<int>());
        victim.kill();
        if (any.single_writer())
            any.write(1); // its successor
        BOOST_TEST(any.read<int>() == 1);
        BOOST_TEST(!any.try_read<int>());
        BOOST_TEST(any.redelivered() == 0U);
        check_nodes(any);
    });
}

BOOST_AUTO_TEST_CASE(a_killed_readers_batch) {
    on_each_ring([this](sm::circular_buffer& any) {
        any.write_each(from(0, 3));
        child victim = peer("holds_a_read_batch", any.name());
        any.write_each(from(3, 2));
        victim.kill();
        if (!any.single_reader())
            BOOST_TEST(any.recover().reads_redelivered() == 3U);
        for (int i = 0; i != 5;) {
            auto next = any.claim_read(nodes);
            BOOST_TEST(next.delivery_count() == (i < 3 ? 2U : 1U));
            BOOST_TEST(next.size() == (i < 3 ? 3U : 2U));
            for (std::size_t k = 0; k != next.size(); ++k)
                BOOST_TEST(value_of(next, k) == i++);
            next.release();
        }
        BOOST_TEST(any.redelivered() == 3U);
        check_nodes(any);
    });
}

BOOST_AUTO_TEST_SUITE_END()
