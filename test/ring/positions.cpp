// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The positions of claims and batches: one for each node that a writer claims, in order, kept when a
// message is delivered again, passed over where there is no message. wrap.cpp has the laps that wrap.

#include "ring_support.hpp"

#include <optional>
#include <utility>
#include <vector>

using namespace ring_support;
using test_support::child;
using test_support::unique_name;

namespace {

sm::options single() {
    return sm::options().single_writer().single_reader();
}

// On a general ring, and on a ring of a single writer and a single reader.
template <class F>
void on_both_rings(std::uint32_t nodes, F&& test) {
    for (const bool alone : {false, true}) {
        BOOST_TEST_CONTEXT((alone ? "single" : "general")) {
            sm::circular_buffer ring(sm::create_only, unique_name("ring"), nodes, 8,
                                     alone ? single() : sm::options());
            test(ring);
        }
    }
}

void commit(sm::write_claim claim, std::uint64_t value) {
    std::memcpy(claim.data(), &value, sizeof value);
    claim.commit();
}

} // namespace

// Each is killed while it holds what it has claimed.
SHARED_MEMORY_TEST_ROLE(dies_at_writing) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    auto claim = ring.claim_write();
    test_support::say(std::to_string(claim.position()));
    test_support::hear();
    return 0;
}
SHARED_MEMORY_TEST_ROLE(dies_at_reading) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    auto claim = ring.claim_read();
    test_support::say(std::to_string(claim.position()));
    test_support::hear();
    return 0;
}

BOOST_AUTO_TEST_SUITE(circular_buffer_positions)

BOOST_AUTO_TEST_CASE(from_0_on_lap_after_lap) {
    for (const std::uint32_t nodes : {2U, 3U, 5U, 64U}) {
        on_both_rings(nodes, [&](sm::circular_buffer& ring) {
            for (std::uint64_t i = 0; i != 5 * std::uint64_t{nodes}; ++i) {
                BOOST_TEST(ring.snapshot().write_start == i); // the same numbers
                auto written = ring.claim_write();
                BOOST_TEST(written.position() == i, nodes << " nodes");
                commit(std::move(written), i);
                auto read = ring.claim_read();
                BOOST_TEST(read.position() == i, nodes << " nodes");
                read.release();
            }
        });
    }
}

// The order is that of the claims, whatever the order of the commits is.
BOOST_AUTO_TEST_CASE(in_the_order_of_the_claims) {
    on_both_rings(4, [](sm::circular_buffer& ring) {
        std::vector<sm::write_claim> claims;
        for (std::uint64_t i = 0; i != 4; ++i)
            claims.push_back(ring.claim_write());
        for (const std::uint64_t i : {2U, 0U, 3U, 1U}) {
            BOOST_TEST(claims[i].position() == i);
            commit(std::move(claims[i]), i);
        }
        for (std::uint64_t i = 0; i != 4; ++i) {
            auto read = ring.claim_read();
            BOOST_TEST(read.position() == i);
            BOOST_TEST(read.as<std::uint64_t>() == i);
            read.release();
        }
    });
}

BOOST_AUTO_TEST_CASE(the_same_through_another_handle) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 3, 8);
    sm::circular_buffer other(sm::open_only, ring.name());
    for (std::uint64_t i = 0; i != 10; ++i) {
        auto written = (i % 2 == 0 ? ring : other).claim_write();
        BOOST_TEST(written.position() == i);
        commit(std::move(written), i);
        auto read = (i % 3 == 0 ? ring : other).claim_read();
        BOOST_TEST(read.position() == i);
        read.release();
    }
}

// A claim has its position after its handle has gone, and after it was moved.
BOOST_AUTO_TEST_CASE(kept_by_a_claim_that_is_moved_and_outlives_its_handle) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 3, 8);
    ring.write(std::uint64_t{0});
    std::optional<sm::write_claim> claim;
    {
        sm::circular_buffer other(sm::open_only, ring.name());
        claim = other.claim_write();
    }
    const sm::write_claim moved = std::move(*claim);
    BOOST_TEST(moved.position() == 1U);
}

BOOST_AUTO_TEST_CASE(aborted_nodes_are_passed_over) {
    on_both_rings(3, [](sm::circular_buffer& ring) {
        for (std::uint64_t next = 0; next < 40; next += 4) {
            ring.claim_write().abort();
            auto written = ring.claim_write();
            BOOST_TEST(written.position() == next + 1);
            auto dropped = ring.claim_write(2);
            BOOST_TEST(dropped.size() == 2U); // the aborted node is free again
            BOOST_TEST(dropped.position(0) == next + 2);
            dropped.abort();
            commit(std::move(written), next + 1);
            auto read = ring.claim_read();
            BOOST_TEST(read.position() == next + 1);
            BOOST_TEST(read.as<std::uint64_t>() == next + 1);
            read.release();
            BOOST_TEST(!ring.try_claim_read());
        }
    });
}

BOOST_AUTO_TEST_CASE(the_same_in_each_delivery) {
    on_both_rings(4, [](sm::circular_buffer& ring) {
        for (std::uint64_t i = 0; i != 4; ++i)
            commit(ring.claim_write(), i);
        for (std::uint32_t delivery = 1; delivery != 40; ++delivery) { // and when the count wraps
            auto first = ring.claim_read();
            BOOST_TEST(first.position() == 0U, "delivery " << delivery);
            if (delivery <= 31)
                BOOST_TEST(first.delivery_count() == delivery);
        }
        ring.claim_read().release();
        { // given back from the middle of a batch: the others come in their order
            auto batch = ring.claim_read(3);
            BOOST_TEST_REQUIRE(batch.size() == 3U);
            for (std::uint64_t i = 0; i != 3; ++i)
                BOOST_TEST(batch.position(i) == 1 + i);
            batch.release(1);
        }
        commit(ring.claim_write(), 4);
        for (std::uint64_t i = 2; i != 5; ++i) {
            auto again = ring.claim_read(1);
            BOOST_TEST(again.position(0) == i);
            BOOST_TEST(again.delivery_count() == (i == 4 ? 1U : 2U));
            again.release();
        }
    });
}

BOOST_AUTO_TEST_CASE(batches_across_the_last_node) {
    for (std::uint64_t start = 0; start != 5; ++start) {
        on_both_rings(5, [&](sm::circular_buffer& ring) {
            for (std::uint64_t i = 0; i != start; ++i) {
                ring.write(i);
                ring.read<std::uint64_t>();
            }
            for (std::uint64_t next = start; next < start + 20; next += 4) {
                auto written = ring.claim_write(4);
                BOOST_TEST_REQUIRE(written.size() == 4U);
                for (std::uint64_t i = 0; i != 4; ++i) {
                    const std::uint64_t value = written.position(i);
                    BOOST_TEST(value == next + i, "from node " << start);
                    std::memcpy(written[i].data(), &value, sizeof value);
                }
                written.commit();
                auto read = ring.claim_read(4);
                BOOST_TEST_REQUIRE(read.size() == 4U);
                for (std::uint64_t i = 0; i != 4; ++i) {
                    std::uint64_t value = 0;
                    std::memcpy(&value, read[i].data(), sizeof value);
                    BOOST_TEST(read.position(i) == next + i, "from node " << start);
                    BOOST_TEST(value == next + i, "from node " << start);
                }
                read.release();
            }
        });
    }
}

BOOST_AUTO_TEST_CASE(of_what_a_dead_process_held) {
    const std::string name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    child writer("dies_at_writing", {name});
    BOOST_TEST(writer.read_line() == "0");
    commit(ring.claim_write(), 1);
    writer.kill();
    ring.recover();
    child reader("dies_at_reading", {name});
    BOOST_TEST(reader.read_line() == "1"); // the dead writer's is passed over
    commit(ring.claim_write(), 2);
    reader.kill();
    ring.recover();
    for (const std::uint64_t i : {1U, 2U}) {
        auto again = ring.claim_read();
        BOOST_TEST(again.position() == i);
        BOOST_TEST(again.as<std::uint64_t>() == i);
        BOOST_TEST(again.delivery_count() == (i == 1 ? 2U : 1U));
        again.release();
    }
}

BOOST_AUTO_TEST_CASE(errors) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 4, 8);
    auto written = ring.claim_write(3);
    BOOST_TEST_REQUIRE(written.size() == 3U);
    BOOST_TEST(written.position(2) == 2U);
    TEST_THROWS(out_of_range, written.position(3));
    TEST_THROWS(out_of_range, written.position(~std::size_t{0}));
    written.commit();
    TEST_THROWS(bad_argument, written.position(0));
    auto read = ring.claim_read(2);
    BOOST_TEST_REQUIRE(read.size() == 2U);
    BOOST_TEST(read.position(1) == 1U);
    TEST_THROWS(out_of_range, read.position(2));
    read.release();
    TEST_THROWS(bad_argument, read.position(0));

    auto one = ring.claim_write();
    sm::write_claim moved(std::move(one));
    TEST_THROWS(bad_argument, one.position()); // NOLINT: what moving leaves is what is tested
    moved.abort();
    TEST_THROWS(bad_argument, moved.position());
    auto last = ring.claim_read();
    last.release();
    TEST_THROWS(bad_argument, last.position());
}

BOOST_AUTO_TEST_SUITE_END()
