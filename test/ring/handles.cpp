// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Handles of a ring: opening, roles, moving, what they tell; nodes of all sizes and numbers.

#include "ring_support.hpp"

#include <array>
#include <numeric>
#include <vector>

using namespace ring_support;
using test_support::unique_name;

BOOST_AUTO_TEST_CASE(a_default_constructed_handle_is_closed) {
    sm::circular_buffer ring;
    BOOST_TEST(!ring.is_open());
    BOOST_TEST(!static_cast<bool>(ring));
    BOOST_TEST(ring.name().empty());
    BOOST_TEST(!ring.is_owner());
    BOOST_TEST(!ring.is_shutting_down());
    ring.close();
    TEST_THROWS(closed, ring.write(1));
    TEST_THROWS(closed, ring.try_write(1));
    TEST_THROWS(closed, ring.read<int>());
    TEST_THROWS(closed, ring.try_read<int>());
    TEST_THROWS(closed, ring.claim_write());
    TEST_THROWS(closed, ring.try_claim_read());
    TEST_THROWS(closed, ring.node_count());
    TEST_THROWS(closed, ring.node_size());
    TEST_THROWS(closed, ring.snapshot());
    TEST_THROWS(closed, ring.size());
    TEST_THROWS(closed, ring.empty());
    TEST_THROWS(closed, ring.full());
    TEST_THROWS(closed, ring.next_size());
    TEST_THROWS(closed, ring.discard());
    TEST_THROWS(closed, ring.end_of_stream());
    TEST_THROWS(closed, ring.wait_drained_for(1ms));
    TEST_THROWS(closed, ring.participants());
    TEST_THROWS(closed, ring.recover());
    TEST_THROWS(closed, ring.redelivered());
    TEST_THROWS(closed, ring.max_journals());
}

BOOST_AUTO_TEST_CASE(handles_move_and_swap) {
    sm::circular_buffer a(sm::create_only, unique_name("a"), 2, 8);
    sm::circular_buffer b(sm::create_only, unique_name("b"), 3, 8);
    a.write(1);
    b.write(2);
    swap(a, b);
    BOOST_TEST(a.node_count() == 3U);
    BOOST_TEST(b.read<int>() == 1);
    a.swap(b);
    BOOST_TEST(b.read<int>() == 2);

    const auto name_of_a = a.name();
    sm::circular_buffer moved(std::move(a));
    BOOST_TEST(moved.is_open());
    BOOST_TEST(moved.is_owner());
    BOOST_TEST(!a.is_open()); // NOLINT: what moving leaves is what is tested
    TEST_THROWS(closed, a.write(1));
    moved = std::move(b); // a's ring is closed by that
    BOOST_TEST(moved.node_count() == 3U);
    TEST_THROWS(not_found, sm::circular_buffer(sm::open_only, name_of_a));
    auto& same = moved;
    moved = std::move(same);
    BOOST_TEST(moved.is_open());
    moved = sm::circular_buffer();
    BOOST_TEST(!moved.is_open());
}

BOOST_AUTO_TEST_CASE(error_codes_in_place_of_exceptions) {
    const auto name = unique_name("ring");
    std::error_code ec = sm::errc::closed;
    sm::circular_buffer none(sm::open_only, name, ec);
    BOOST_TEST((ec == sm::errc::not_found));
    BOOST_TEST((ec == std::errc::no_such_file_or_directory));
    BOOST_TEST(!none.is_open());
    sm::circular_buffer bad(sm::create_only, name, 1, 8, ec);
    BOOST_TEST((ec == sm::errc::out_of_range));
    sm::circular_buffer ring(sm::create_only, name, 2, 8, ec);
    BOOST_TEST(!ec);
    BOOST_TEST(ring.is_owner());
    sm::circular_buffer again(sm::create_only, name, 2, 8, sm::options(), ec);
    BOOST_TEST((ec == sm::errc::already_exists));
    BOOST_TEST(!again.is_open());
    sm::circular_buffer opened(sm::open_only, name, sm::options(), ec);
    BOOST_TEST(!ec);
    sm::circular_buffer looks(sm::open_read_only, name, ec);
    BOOST_TEST(!ec);
    sm::circular_buffer looks_too(sm::open_read_only, name, sm::options(), ec);
    BOOST_TEST(!ec);
    sm::circular_buffer either(sm::open_or_create, name, 2, 8, ec);
    BOOST_TEST(!ec);
    BOOST_TEST(!either.is_owner());
    sm::circular_buffer other(sm::open_or_create, name, 2, 16, sm::options(), ec);
    BOOST_TEST((ec == sm::errc::wrong_type));
    BOOST_TEST(!other.is_open());
}

BOOST_AUTO_TEST_CASE(open_or_create_checks_the_geometry) {
    const auto name = unique_name("ring");
    sm::circular_buffer first(sm::open_or_create, name, 3, 8);
    BOOST_TEST(first.is_owner());
    first.write(7);
    sm::circular_buffer second(sm::open_or_create, name, 3, 8);
    BOOST_TEST(!second.is_owner());
    BOOST_TEST(second.read<int>() == 7);
    TEST_THROWS(wrong_type, sm::circular_buffer(sm::open_or_create, name, 4, 8));
    TEST_THROWS(wrong_type, sm::circular_buffer(sm::open_or_create, name, 3, 9));
}

BOOST_AUTO_TEST_CASE(options_out_of_range) {
    const auto name = unique_name("ring");
    const auto create = [&](const sm::options& how) {
        sm::circular_buffer(sm::create_only, name, 2, 8, how);
    };
    TEST_THROWS(out_of_range, create(sm::options().max_deliveries(32)));
    TEST_THROWS(out_of_range, create(sm::options().max_participants(0)));
    TEST_THROWS(out_of_range, create(sm::options().max_participants(1024)));
    TEST_THROWS(out_of_range, create(sm::options().role(static_cast<sm::role>(0))));
    TEST_THROWS(out_of_range, create(sm::options().max_journals(1025)));
    create(sm::options().max_deliveries(31).max_participants(1023).max_journals(1024));
}

BOOST_AUTO_TEST_CASE(roles) {
    const auto name = unique_name("ring");
    sm::circular_buffer owner(sm::create_only, name, 4, 8);
    sm::circular_buffer reader(sm::open_only, name, sm::options().role(sm::role::reader));
    sm::circular_buffer writer(sm::open_only, name, sm::options().role(sm::role::writer));
    BOOST_TEST(owner.readers_alive() == 2U);
    BOOST_TEST(owner.writers_alive() == 2U);
    TEST_THROWS(bad_argument, reader.write(1));
    TEST_THROWS(bad_argument, reader.claim_write());
    TEST_THROWS(bad_argument, reader.end_of_stream());
    TEST_THROWS(bad_argument, writer.try_read<int>());
    TEST_THROWS(bad_argument, writer.try_claim_read());
    TEST_THROWS(bad_argument, writer.next_size());
    TEST_THROWS(bad_argument, writer.discard());
    std::vector<int> some(1);
    TEST_THROWS(bad_argument, writer.read_some(some));
    TEST_THROWS(bad_argument, reader.write_some(some));
    writer.write(5);
    BOOST_TEST(reader.read<int>() == 5);
    BOOST_TEST(writer.wait_drained_for(0ms));
    BOOST_TEST(reader.wait_drained_for(0ms));
    const auto all = owner.participants();
    BOOST_REQUIRE(all.size() == 3U);
    BOOST_TEST((all[0].role == sm::role::both));
    BOOST_TEST((all[1].role == sm::role::reader));
    BOOST_TEST((all[2].role == sm::role::writer));
    BOOST_TEST((all[0].owner && all[0].self && all[0].alive));
    BOOST_TEST((!all[1].owner && !all[1].self && all[1].alive));
}

BOOST_AUTO_TEST_CASE(read_only_handles_look_and_do_not_touch) {
    const auto name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 2, 8);
    ring.write(1);
    sm::circular_buffer looks(sm::open_read_only, name);
    BOOST_TEST(looks.is_read_only());
    TEST_THROWS(read_only, looks.write(1));
    TEST_THROWS(read_only, looks.try_read<int>());
    TEST_THROWS(read_only, looks.claim_read());
    TEST_THROWS(read_only, looks.next_size());
    TEST_THROWS(read_only, looks.discard());
    TEST_THROWS(read_only, looks.end_of_stream());
    TEST_THROWS(read_only, looks.wait_drained_for(1ms));
    TEST_THROWS(read_only, looks.recover());
    TEST_THROWS(read_only, sm::wait_any({&ring, &looks}, 1ms));
    BOOST_TEST(looks.size() == 1U);
    BOOST_TEST(!looks.empty());
    BOOST_TEST(!looks.full());
    BOOST_TEST(looks.node_size() == 8U);
    BOOST_TEST(cursors_of(looks) == (cursors{1, 1, 0, 0}));
    BOOST_TEST(looks.redelivered() == 0U);
    BOOST_TEST(looks.participants().size() == 1U);
}

BOOST_AUTO_TEST_CASE(size_empty_full_and_snapshot) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 3, 8);
    BOOST_TEST(ring.empty());
    BOOST_TEST(!ring.full());
    for (std::uint32_t i = 1; i <= 3; ++i) {
        ring.write(1);
        BOOST_TEST(ring.size() == i);
        BOOST_TEST(!ring.empty());
        BOOST_TEST(ring.full() == (i == 3));
        BOOST_TEST(cursors_of(ring) == (cursors{i, i, 0, 0}));
    }
    auto claim = ring.claim_read();
    BOOST_TEST(ring.size() == 2U);
    BOOST_TEST(ring.full()); // what is being read takes room
    BOOST_TEST(cursors_of(ring) == (cursors{3, 3, 1, 0}));
    claim.release();
    BOOST_TEST(!ring.full());
    BOOST_TEST(cursors_of(ring) == (cursors{3, 3, 1, 1}));
    auto written = ring.claim_write();
    BOOST_TEST(ring.full());
    BOOST_TEST(cursors_of(ring) == (cursors{4, 3, 1, 1}));
    written.abort();
    BOOST_TEST(ring.full()); // the skip is not the next in turn
    BOOST_TEST(ring.size() == 2U);
    ring.discard();
    ring.discard();
    BOOST_TEST(!ring.full());
    BOOST_TEST(!ring.try_read<int>()); // past the skip
    BOOST_TEST(cursors_of(ring) == (cursors{4, 4, 4, 4}));
    BOOST_TEST(ring.buffer_size() == 24U);
    BOOST_TEST(std::string(ring.kind_name()) == "circular_buffer");
}

BOOST_AUTO_TEST_CASE(counters_of_redelivery) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 2, 8,
                             sm::options().max_deliveries(3));
    BOOST_TEST(ring.max_deliveries() == 3U);
    ring.write(1);
    for (std::uint32_t i = 1; i <= 3; ++i) {
        auto claim = ring.claim_read();
        BOOST_TEST(claim.delivery_count() == i);
    }
    BOOST_TEST(ring.redelivered() == 2U);
    BOOST_TEST(ring.given_up() == 1U);
    BOOST_TEST(ring.empty());
    BOOST_TEST(cursors_of(ring) == (cursors{1, 1, 1, 1}));
    BOOST_TEST(ring.wait_drained_for(0ms));
}

// Around the limit of messages that lie beside their control word, and of one and two lines.
BOOST_AUTO_TEST_CASE(nodes_of_all_sizes) {
    for (const std::uint32_t size :
         {1U, 7U, 47U, 48U, 49U, 63U, 64U, 65U, 127U, 128U, 129U, 4096U, 100000U}) {
        sm::circular_buffer ring(sm::create_only, unique_name("ring"), 3, size);
        std::vector<std::uint8_t> sent(size);
        std::vector<std::uint8_t> got(size);
        for (std::uint8_t round = 0; round != 10; ++round) {
            for (std::uint8_t node = 0; node != 3; ++node) { // all nodes at once: none overlap
                std::iota(sent.begin(), sent.end(), static_cast<std::uint8_t>(round * 3 + node));
                ring.write(sent);
            }
            for (std::uint8_t node = 0; node != 3; ++node) {
                std::iota(sent.begin(), sent.end(), static_cast<std::uint8_t>(round * 3 + node));
                BOOST_TEST(ring.read(got) == size);
                BOOST_TEST((got == sent), "nodes of " << size << ", node " << int{node});
            }
        }
        auto claim = ring.claim_write();
        BOOST_TEST(claim.size() == size);
        const auto address = reinterpret_cast<std::uintptr_t>(claim.data());
        BOOST_TEST(address % (size <= 48 ? 16 : 64) == 0U, "nodes of " << size);
        TEST_THROWS(message_size, ring.try_write(std::vector<char>(size + 1)));
    }
}

BOOST_AUTO_TEST_CASE(rings_of_all_lengths) {
    for (const std::uint32_t nodes : {2U, 3U, 4U, 5U, 1000U, 1024U, 1U << 20U}) {
        sm::circular_buffer ring(sm::create_only, unique_name("ring"), nodes, 4);
        std::uint32_t wrong = 0;
        for (int lap = 0; lap != 2; ++lap) {
            for (std::uint32_t i = 0; i != nodes; ++i)
                wrong += ring.try_write(i) ? 0U : 1U;
            BOOST_TEST(!ring.try_write(0U), nodes << " nodes, all written");
            BOOST_TEST(ring.full());
            BOOST_TEST(ring.size() == nodes);
            for (std::uint32_t i = 0; i != nodes; ++i)
                wrong += ring.try_read<std::uint32_t>() == i ? 0U : 1U;
            BOOST_TEST(!ring.try_read<std::uint32_t>());
        }
        BOOST_TEST(wrong == 0U, nodes << " nodes");
        const std::uint64_t all = std::uint64_t{nodes} * 2;
        BOOST_TEST(cursors_of(ring) == (cursors{all, all, all, all}));
    }
}
