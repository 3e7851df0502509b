// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Rings that have been in use for so long that their lap counters are about to wrap, which no test
// could wait for: the words are set before the ring is used.

#include "ring_support.hpp"

#include <atomic>
#include <vector>

using namespace ring_support;
using test_support::child;
using test_support::unique_name;

namespace {

std::uint64_t last_lap(std::uint32_t nodes) {
    std::uint32_t index_bits = 1;
    while ((std::uint64_t{1} << index_bits) < nodes)
        ++index_bits;
    return (std::uint64_t{1} << (64 - index_bits < 46 ? 64 - index_bits : 46)) - 1;
}

} // namespace

SHARED_MEMORY_TEST_ROLE(writes_numbers) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    const auto messages = std::stoul(args.at(1));
    for (std::uint64_t i = 0; i != messages; ++i)
        ring.write(i);
    return 0;
}

BOOST_AUTO_TEST_SUITE(circular_buffer_wrap)

BOOST_AUTO_TEST_CASE(in_one_thread) {
    for (const std::uint32_t nodes : {2U, 3U, 5U, 64U}) {
        sm::circular_buffer ring(sm::create_only, unique_name("ring"), nodes, 8);
        segment_view(ring.name()).start_in_lap(last_lap(nodes) - 1);
        std::uint64_t read = 0;
        std::uint64_t written = 0;
        for (std::uint64_t i = 0; i != 6 * std::uint64_t{nodes}; ++i) {
            while (ring.try_write(written)) // full at every step across the wrap
                ++written;
            BOOST_TEST(ring.full());
            BOOST_TEST(ring.size() == nodes);
            { auto given_back = ring.claim_read(); }
            auto claim = ring.claim_read();
            BOOST_TEST(claim.as<std::uint64_t>() == read, nodes << " nodes");
            BOOST_TEST(claim.delivery_count() == 2U);
            claim.release();
            ++read;
            if (i % 5 == 4) {
                while (const auto value = ring.try_read<std::uint64_t>())
                    BOOST_TEST(*value == read++, nodes << " nodes");
                BOOST_TEST(ring.empty());
                BOOST_TEST(ring.wait_drained_for(0ms));
            }
        }
    }
}

// 44 bits in the largest ring: with 20 bits of index that is the whole word.
BOOST_AUTO_TEST_CASE(the_largest_ring) {
    constexpr std::uint32_t nodes = 1U << 20U;
    BOOST_TEST(last_lap(nodes) == (std::uint64_t{1} << 44U) - 1);
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), nodes, 8);
    segment_view(ring.name()).start_in_lap(last_lap(nodes));
    std::uint64_t wrong = 0;
    for (std::uint64_t i = 0; i != 2 * std::uint64_t{nodes} + 10; ++i) {
        wrong += ring.try_write(i) ? 0U : 1U;
        wrong += ring.try_read<std::uint64_t>() == i ? 0U : 1U;
    }
    BOOST_TEST(wrong == 0U);
    for (std::uint64_t i = 0; i != nodes; ++i)
        wrong += ring.try_write(i) ? 0U : 1U;
    BOOST_TEST(!ring.try_write(std::uint64_t{0}));
    for (std::uint64_t i = 0; i != nodes; ++i)
        wrong += ring.try_read<std::uint64_t>() == i ? 0U : 1U;
    BOOST_TEST(wrong == 0U);
}

// Positions begin again at 0 behind the last one, within a batch too.
BOOST_AUTO_TEST_CASE(positions) {
    for (const bool alone : {false, true}) {
        for (const std::uint32_t nodes : {2U, 3U, 5U, 64U}) {
            auto how = sm::options().single_writer(alone).single_reader(alone);
            sm::circular_buffer ring(sm::create_only, unique_name("ring"), nodes, 8, how);
            segment_view(ring.name()).start_in_lap(last_lap(nodes) - 1);
            const std::uint64_t end = (last_lap(nodes) + 1) * nodes;
            std::uint64_t next = (last_lap(nodes) - 1) * nodes;
            const auto move_on = [&] { next = next + 1 == end ? 0 : next + 1; };
            for (std::uint64_t i = 0; i != 7 * std::uint64_t{nodes}; ++i) {
                auto written = ring.claim_write(3);
                auto count = written.size();
                const std::uint64_t first = next;
                for (std::size_t k = 0; k != count; ++k, move_on())
                    BOOST_TEST(written.position(k) == next, nodes << " nodes");
                written.commit();
                next = first;
                { auto given_back = ring.claim_read(count); }
                auto again = ring.claim_read();
                BOOST_TEST(again.position() == next, nodes << " nodes");
                BOOST_TEST(again.delivery_count() == 2U);
                again.release();
                for (move_on(); --count != 0; move_on()) {
                    auto read = ring.claim_read(1);
                    BOOST_TEST(read.position(0) == next, nodes << " nodes");
                    read.release();
                }
                BOOST_TEST(!ring.try_claim_read());
            }
            BOOST_TEST(next < 21 * std::uint64_t{nodes}, "the laps have wrapped");
        }
    }
}

// They have all of the 64 bits.
BOOST_AUTO_TEST_CASE(positions_in_the_largest_ring) {
    constexpr std::uint32_t nodes = 1U << 20U;
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), nodes, 8);
    segment_view(ring.name()).start_in_lap(last_lap(nodes));
    auto all = ring.claim_write(nodes);
    BOOST_TEST_REQUIRE(all.size() == nodes);
    BOOST_TEST(all.position(0) == 0 - std::uint64_t{nodes});
    BOOST_TEST(all.position(nodes - 1) == ~std::uint64_t{0});
    all.abort();
    BOOST_TEST(ring.claim_write().position() == 0U);
}

BOOST_AUTO_TEST_CASE(writers_and_readers_across_the_wrap) {
    constexpr std::size_t parties = 2;
    const auto messages = static_cast<std::uint64_t>(rounds(30000));
    for (const std::uint32_t nodes : {2U, 3U, 64U}) {
        sm::circular_buffer ring(sm::create_only, unique_name("ring"), nodes, 8);
        // the wrap comes in the middle of the traffic
        segment_view(ring.name()).start_in_lap(last_lap(nodes) - messages / nodes);
        std::vector<std::atomic<std::uint32_t>> seen(messages * parties);
        std::vector<std::future<void>> threads;
        for (std::size_t k = 0; k != parties; ++k) {
            threads.push_back(at_once([&, k] {
                sm::circular_buffer mine(sm::open_only, ring.name());
                for (std::uint64_t i = 0; i != messages; ++i)
                    mine.write(k * messages + i);
            }));
            threads.push_back(at_once([&] {
                sm::circular_buffer mine(sm::open_only, ring.name());
                for (std::uint64_t i = 0; i != messages; ++i) {
                    auto claim = mine.claim_read();
                    if (i % 16 == 0) {
                        claim.give_back();
                        claim = mine.claim_read();
                    }
                    ++seen.at(claim.as<std::uint64_t>());
                    claim.release();
                }
            }));
        }
        for (auto& thread : threads)
            thread.get();
        std::uint64_t wrong = 0;
        for (const auto& count : seen)
            wrong += count == 1 ? 0U : 1U;
        BOOST_TEST(wrong == 0U, nodes << " nodes");
        BOOST_TEST(ring.empty());
        BOOST_TEST(ring.wait_drained_for(0ms));
    }
}

BOOST_AUTO_TEST_CASE(a_writing_process_across_the_wrap) {
    const auto messages = static_cast<std::uint64_t>(rounds(30000));
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 2, 8);
    segment_view(ring.name()).start_in_lap(last_lap(2) - messages / 4);
    child writer("writes_numbers", {ring.name(), std::to_string(messages)});
    std::uint64_t wrong = 0;
    for (std::uint64_t i = 0; i != messages; ++i)
        wrong += ring.read<std::uint64_t>() == i ? 0U : 1U;
    BOOST_TEST(wrong == 0U);
    BOOST_TEST(writer.wait() == 0);
}

BOOST_AUTO_TEST_CASE(sleep_words_and_the_epoch_wrap) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 2, 8,
                             sm::options().death_check_interval(0ms));
    const segment_view view(ring.name());
    view.head().readers_sleep.word.store(0xfffffff0U);
    view.head().writers_sleep.word.store(0xfffffff0U);
    view.head().ring.redelivery_epoch.store(~std::uint64_t{0} - 3);
    for (int i = 0; i != 20; ++i) {
        auto reader = at_once([&] { return ring.read<int>(); });
        BOOST_TEST(a_reader_sleeps(view));
        ring.write(i);
        BOOST_TEST(reader.get() == i);
        while (ring.try_write(i)) {
        }
        auto writer = at_once([&] { ring.write(100); });
        BOOST_TEST(a_writer_sleeps(view));
        { auto given_back = ring.claim_read(); }
        for (int k = 0; k != 3; ++k)
            ring.read<int>();
        writer.get();
    }
    BOOST_TEST(view.head().readers_sleep.word.load() < 0x80000000U);
    BOOST_TEST(view.head().ring.redelivery_epoch.load() < 100U);
}

BOOST_AUTO_TEST_SUITE_END()
