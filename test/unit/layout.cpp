// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What lies where in a segment: a change here is another layout version.

#include "ring_support.hpp"

#include <shared_memory/buffer_read_write.hpp>
#include <shared_memory/shared_array.hpp>

#include <array>
#include <initializer_list>

using namespace ring_support;

BOOST_AUTO_TEST_CASE(sizes_of_structs_are_fixed) {
    BOOST_TEST(sizeof(smd::segment_identity) == 256U);
    BOOST_TEST(sizeof(smd::segment_life) == 128U);
    BOOST_TEST(sizeof(smd::wait_room) == 256U);
    BOOST_TEST(sizeof(smd::lock_block) == 768U);
    BOOST_TEST(sizeof(smd::ring_block) == 640U);
    BOOST_TEST(sizeof(smd::part_entry) == 64U);
    BOOST_TEST(sizeof(smd::segment_header) == 768U);
    BOOST_TEST(sizeof(smd::participant_block) == 128U);
    BOOST_TEST(sizeof(smd::lock_line) == 64U);
    BOOST_TEST(sizeof(smd::ring_head) == 1152U);
    BOOST_TEST(sizeof(smd::node_line) == 64U);
    BOOST_TEST(sizeof(smd::journal_entry) == 128U);
    BOOST_TEST(sizeof(smd::segment_block) == 4096U);
    BOOST_TEST(smd::layout_version == 2U);
}

BOOST_AUTO_TEST_CASE(offsets_are_fixed) {
    BOOST_TEST(offsetof(smd::segment_identity, magic) == 0U);
    BOOST_TEST(offsetof(smd::segment_identity, version) == 8U);
    BOOST_TEST(offsetof(smd::segment_identity, byte_order) == 12U);
    BOOST_TEST(offsetof(smd::segment_identity, class_number) == 16U);
    BOOST_TEST(offsetof(smd::segment_identity, synchronisation) == 20U);
    BOOST_TEST(offsetof(smd::segment_identity, total_size) == 24U);
    BOOST_TEST(offsetof(smd::segment_identity, block_offset) == 32U);
    BOOST_TEST(offsetof(smd::segment_identity, id) == 40U);
    BOOST_TEST(offsetof(smd::segment_identity, element_size) == 56U);
    BOOST_TEST(offsetof(smd::segment_identity, element_count) == 64U);
    BOOST_TEST(offsetof(smd::segment_identity, max_participants) == 76U);
    BOOST_TEST(offsetof(smd::segment_identity, participant_stride) == 84U);
    BOOST_TEST(offsetof(smd::part_entry, offset) == 8U);
    BOOST_TEST(offsetof(smd::part_entry, settings) == 32U);
    BOOST_TEST(offsetof(smd::segment_block, life) == 768U);
    BOOST_TEST(offsetof(smd::ring_head, readers_sleep) == 640U);
    BOOST_TEST(offsetof(smd::ring_block, tail) == 0U);
    BOOST_TEST(offsetof(smd::ring_block, head) == 128U);
    BOOST_TEST(offsetof(smd::ring_block, redelivery_epoch) == 256U);
    BOOST_TEST(offsetof(smd::ring_block, redelivered) == 384U);
    BOOST_TEST(offsetof(smd::node_line, control) == 0U);
    BOOST_TEST(offsetof(smd::node_line, size) == 8U);
    BOOST_TEST(offsetof(smd::node_line, payload) == 16U);
    BOOST_TEST(offsetof(smd::journal_entry, key) == 0U);
    BOOST_TEST(offsetof(smd::journal_entry, kind) == 16U);
    BOOST_TEST(offsetof(smd::journal_entry, holder) == 24U);
    BOOST_TEST(offsetof(smd::journal_entry, accepted) == 64U);
    BOOST_TEST(offsetof(smd::journal_entry, first) == 72U);
    BOOST_TEST(offsetof(smd::journal_entry, node) == 80U);
    BOOST_TEST(offsetof(smd::journal_entry, count) == 88U);
    BOOST_TEST(offsetof(smd::journal_entry, discarded) == 96U);
    BOOST_TEST(offsetof(smd::participant_block, slot_word) == 0U);
    BOOST_TEST(offsetof(smd::participant_block, role) == 24U);
}

BOOST_AUTO_TEST_CASE(control_word_has_46_5_10_3_bits) {
    const std::uint64_t lap = (std::uint64_t{1} << 46U) - 2;
    const smd::control_word c{smd::control_word::of(lap, smd::node_phase::reading, 1022, 31)};
    BOOST_TEST(c.lap() == lap);
    BOOST_TEST(c.deliveries() == 31U);
    BOOST_TEST(c.slot() == 1022U);
    BOOST_TEST(static_cast<int>(c.phase()) == static_cast<int>(smd::node_phase::reading));
    BOOST_TEST(smd::control_word::of(0, smd::node_phase::free) == 0U); // what fresh pages hold
    BOOST_TEST(smd::control_word::of(1, smd::node_phase::free) == std::uint64_t{1} << 18U);
    BOOST_TEST(smd::control_word::of(0, smd::node_phase::free, 0, 1) == std::uint64_t{1} << 13U);
    BOOST_TEST(smd::control_word::of(0, smd::node_phase::free, 1) == 8U);
    for (std::uint64_t phase = 0; phase != 8; ++phase)
        BOOST_TEST(smd::control_word{phase}.has_valid_phase() == (phase <= 3), "phase " << phase);
}

BOOST_AUTO_TEST_CASE(deliveries_count_1_to_31_and_wrap_to_1) {
    std::uint32_t deliveries = 0;
    for (std::uint32_t expected = 1; expected <= 31; ++expected) {
        deliveries = smd::next_delivery(deliveries);
        BOOST_TEST(deliveries == expected);
    }
    BOOST_TEST(smd::next_delivery(deliveries) == 1U);
}

// Whatever the numbers are: a product that wraps round would make a small segment of a large one.
BOOST_AUTO_TEST_CASE(geometry_never_overflows) {
    const auto name = test_support::unique_name("large");
    const std::uint64_t most = ~std::uint64_t{0};
    for (const std::uint64_t count :
         {most, most / 2, most - 63, std::uint64_t{1} << 47U, std::uint64_t{1} << 61U}) {
        TEST_THROWS(out_of_range, sm::buffer_read_write(sm::create_only, name, count));
        TEST_THROWS(out_of_range, sm::shared_array<std::uint64_t>(sm::create_only, name, count));
        using page = std::array<std::uint64_t, 512>;
        TEST_THROWS(out_of_range, sm::shared_array<page>(sm::create_only, name, count));
    }
    using half = std::array<std::uint64_t, std::size_t{1} << 29U>; // 2^32 bytes
    TEST_THROWS(out_of_range,
                sm::shared_array<half>(sm::create_only, name, std::uint64_t{1} << 32U));
    TEST_THROWS(out_of_range, sm::circular_buffer(sm::create_only, name, smd::max_node_count,
                                                  smd::max_node_size));
}

// 4096 of the block, participants, then the part's words: as the drawings say.
BOOST_AUTO_TEST_CASE(parts_lie_where_the_directory_says) {
    const auto name = test_support::unique_name("parts");
    for (const std::uint32_t size : {48U, 49U, 65U}) {
        const sm::circular_buffer ring(sm::create_only, name, 1024, size);
        const segment_view view(name);
        const smd::part_entry& entry = view.object().entry(smd::ring_part_number);
        BOOST_TEST(view.identity().part_count == 2U);
        BOOST_TEST(view.identity().participant_stride == 128U + 512U);
        BOOST_TEST(entry.offset == 4096U + 64 * (128U + 512U));
        BOOST_TEST(entry.line_bytes == 512U);
        const std::uint64_t payload = size == 48 ? 0 : (size + 63) / 64 * 64;
        BOOST_TEST(entry.bytes == 1152U + 1024 * (64 + payload), "node size " << size);
        const smd::part_entry& journals = view.object().entry(smd::journal_part_number);
        BOOST_TEST(journals.offset == entry.offset + (entry.bytes + 127) / 128 * 128);
        BOOST_TEST(journals.bytes == 12 * 128U);
        BOOST_TEST(journals.line_bytes == 0U);
        BOOST_TEST(journals.settings[smd::journal_count_setting] == 12U);
    }
    const sm::buffer_read_write buffer(sm::create_only, name + "b", 1,
                                       sm::options().max_participants(1));
    const segment_view view(name + "b");
    BOOST_TEST(view.identity().part_count == 2U);
    BOOST_TEST(view.identity().participant_stride == 256U);
    BOOST_TEST(view.object().entry(smd::lock_part_number).offset == 4096U + 256U);
    BOOST_TEST(view.object().entry(smd::lock_part_number).line_offset == 128U);
    BOOST_TEST(view.object().entry(smd::bytes_part_number).offset == 2 * 4096U);
    BOOST_TEST(view.object().entry(smd::bytes_part_number).bytes == 1U);
}

// Without journals the place of that part in the directory is empty, and nothing lies behind the ring.
BOOST_AUTO_TEST_CASE(a_part_that_is_left_out) {
    const auto name = test_support::unique_name("parts");
    const smd::part_entry none{};
    for (const std::uint32_t count : {0U, 1U, 12U, 13U, 1024U}) {
        const sm::circular_buffer ring(sm::create_only, name, 64, 128,
                                       sm::options().max_journals(count));
        const segment_view view(name);
        BOOST_TEST(view.identity().part_count == 2U);
        const smd::part_entry& before = view.object().entry(smd::ring_part_number);
        const smd::part_entry& entry = view.object().block().header.parts[1];
        BOOST_TEST((std::memcmp(&entry, &none, sizeof none) == 0) == (count == 0));
        BOOST_TEST(entry.bytes == count * 128U);
        const std::uint64_t end = before.offset + before.bytes + entry.bytes; // both are pairs
        // one page before the block, and one behind it
        BOOST_TEST(view.identity().total_size == (end + 4095) / 4096 * 4096 + 2 * 4096,
                   count << " journals");
    }
}

// A real segment has what the layout says where it says so.
BOOST_AUTO_TEST_CASE(a_segment_in_memory) {
    const auto name = test_support::unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 5, 24, sm::options().max_participants(7));
    const segment_view view(name);
    const smd::segment_identity& id = view.identity();
    BOOST_TEST(std::memcmp(&id.magic, "SMEMORY1", 8) == 0);
    BOOST_TEST(id.version == 2U);
    BOOST_TEST(id.class_number == 3U);
    BOOST_TEST(id.block_offset == 4096U);
    BOOST_TEST(id.total_size == ring.total_size());
    BOOST_TEST(id.element_size == 24U);
    BOOST_TEST(id.element_count == 5U);
    BOOST_TEST(id.max_participants == 7U);

    ring.write(0x12345678);
    ring.write(0x11223344);
    const smd::node_line& second = view.lines()[1];
    BOOST_TEST(second.control.load() == smd::control_word::of(0, smd::node_phase::ready));
    BOOST_TEST(second.size.load() == 4U);
    int value = 0;
    std::memcpy(&value, second.payload, 4);
    BOOST_TEST(value == 0x11223344);
    BOOST_TEST(view.lines()[2].control.load() == 0U);
    BOOST_TEST(view.head().ring.tail.load() == 2U);
    BOOST_TEST(view.head().ring.head.load() == 0U);
}
