// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Corners that were wrong once.

#include "ring_memory.hpp"
#include "ring_support.hpp"

#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

using namespace ring_support;
using test_support::child;
using test_support::unique_name;

SHARED_MEMORY_TEST_ROLE(holds_a_message) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    auto claim = ring.claim_read();
    test_support::say("ready");
    test_support::hear();
    return 0;
}

BOOST_AUTO_TEST_SUITE(corners)

// size(): "messages readable now"; empty(): "no message is readable now".
BOOST_AUTO_TEST_CASE(size_counts_what_cannot_be_read) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 3, 8);
    auto first = ring.claim_write();
    ring.write(2);
    BOOST_TEST(!ring.try_read<int>()); // behind the open claim
    BOOST_TEST(ring.size() == 0U);
    BOOST_TEST(ring.empty());
    BOOST_TEST(cursors_of(ring) == (cursors{2, 0, 0, 0}));
}

// A message whose commit returns is delivered, also if the node was claimed before the owner
// closed: the end waits for what living participants hold.
BOOST_AUTO_TEST_CASE(the_end_waits_for_a_claim_to_write) {
    std::optional<sm::circular_buffer> owner(std::in_place, sm::create_only, unique_name("ring"),
                                             3U, 8U);
    sm::circular_buffer writer(sm::open_only, owner->name());
    sm::circular_buffer reader(sm::open_only, owner->name());
    auto claim = writer.claim_write();
    owner.reset();
    BOOST_TEST(!reader.try_read<int>());
    BOOST_TEST(sm::wait_any({&reader}, 50ms) == nullptr);
    const int value = 7;
    std::memcpy(claim.data(), &value, sizeof value);
    claim.commit(sizeof value);
    BOOST_TEST((reader.read<int>() == 7));
    TEST_THROWS(shut_down, reader.try_read<int>());
    BOOST_TEST(sm::wait_any({&reader}, 1h) == &reader);
}

BOOST_AUTO_TEST_CASE(the_end_waits_for_what_another_reader_holds) {
    sm::circular_buffer writer(sm::create_only, unique_name("ring"), 3, 8);
    sm::circular_buffer slow(sm::open_only, writer.name());
    sm::circular_buffer reader(sm::open_only, writer.name());
    writer.write(1);
    writer.end_of_stream();
    auto claim = slow.claim_read();
    auto next = at_once([&] { return reader.read<int>(); });
    BOOST_TEST(!reader.try_read_for<int>(20ms));
    TEST_THROWS(end_of_stream, slow.try_read<int>()); // its own it knows of
    claim.give_back();
    BOOST_TEST(next.get() == 1);
    TEST_THROWS(end_of_stream, reader.read<int>());
}

// end_when_abandoned: "a wait ends with errc::abandoned"; a read through the ring throws it at
// once.
BOOST_AUTO_TEST_CASE(wait_any_misses_an_abandoned_ring) {
    sm::circular_buffer reader(sm::create_only, unique_name("ring"), 3, 8,
                               sm::options().role(sm::role::reader).end_when_abandoned());
    { sm::circular_buffer writer(sm::open_only, reader.name()); }
    TEST_THROWS(abandoned, reader.try_read_for<int>(1h));
    sm::circular_buffer* found = nullptr;
    const auto thrown_here = what_throws([&] { found = sm::wait_any({&reader}, 300ms); });
    BOOST_TEST((found == &reader || thrown_here.code == sm::errc::abandoned), thrown_here.text);
}

BOOST_AUTO_TEST_CASE(wait_drained_ends_when_the_handle_is_closed) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 3, 8);
    const segment_view view(ring.name());
    ring.write(1);
    auto waiter = at_once([&] { return ring.wait_drained_for(1h); });
    BOOST_TEST(a_writer_sleeps(view));
    ring.close();
    TEST_THROWS(closed, waiter.get());
}

// ring_snapshot: "numbers of messages since its creation (modulo 2^64)": their differences hold.
BOOST_AUTO_TEST_CASE(cursors_jump_where_the_laps_wrap) {
    for (const std::uint32_t nodes : {2U, 3U, 64U}) {
        sm::circular_buffer ring(sm::create_only, unique_name("ring"), nodes, 8);
        segment_view(ring.name()).start_in_lap((std::uint64_t{1} << 46U) - 1);
        for (std::uint32_t i = 0; i + 1 != nodes; ++i) { // up to the last node of the last lap
            ring.write(1);
            ring.read<int>();
        }
        const auto before = cursors_of(ring);
        BOOST_TEST(before.write_start - before.read_end == 0U);
        ring.write(1);
        const auto after = cursors_of(ring);
        BOOST_TEST(after.write_start - before.write_start == 1U, nodes << " nodes: " << after);
        BOOST_TEST(after.write_start - after.read_start == 1U, nodes << " nodes: " << after);
        BOOST_TEST(after.write_end - after.read_end == 1U, nodes << " nodes: " << after);
    }
}

// Any clock, any duration: a time point that the clock cannot count in its own unit.
BOOST_AUTO_TEST_CASE(time_points_in_hours_overflow) {
    using in_hours = std::chrono::time_point<std::chrono::system_clock, std::chrono::hours>;
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 2, 8);
    const segment_view view(ring.name());
    for (const std::int64_t hours : {std::int64_t{4000000}, std::int64_t{1} << 40U,
                                     std::numeric_limits<std::int32_t>::max() * std::int64_t{3}}) {
        auto reader =
            at_once([&] { return ring.try_read_until<int>(in_hours(std::chrono::hours(hours))); });
        BOOST_TEST(
            test_support::becomes_true([&] { return view.readers_sleep() || is_done(reader); }));
        ring.write(7);
        BOOST_TEST((reader.get() == 7), hours << " hours after 1970 were over at once");
        ring.discard();
    }
    BOOST_TEST(!ring.try_read_until<int>(in_hours(std::chrono::hours(-4000000))));
    BOOST_TEST(!ring.try_read_until<int>(in_hours::min()));
}

// next_size: "bytes of the message that a read would get now", also when only a dead one has it.
BOOST_AUTO_TEST_CASE(next_size_does_not_look_for_the_dead) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 2, 8);
    ring.write(1);
    child victim("holds_a_message", {ring.name()});
    victim.read_line();
    victim.kill();
    BOOST_TEST(test_support::becomes_true([&] { return ring.next_size() == 4U; }, 1s));
    BOOST_TEST((ring.try_read<int>() == 1)); // which a read does get
}

// The text of an error tells what was found: bytes, not elements.
BOOST_AUTO_TEST_CASE(too_long_a_range_is_told_in_elements) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 2, 16);
    const auto found = what_throws([&] { ring.write(std::vector<double>(20)); });
    BOOST_TEST(found.text.find("160 bytes") != std::string::npos, found.text);
}

// [R5] (lap, slot, deliveries) comes again in the same lap after 31 deliveries of one message: a
// repairer that stalls for so long robs the slot's living owner. The message is delivered once
// more, marked as such, and the robbed reader frees nobody else's node. (Its release used to fail
// as `corrupted`; in a ring with a single reader, which stored blindly, the message was lost, and
// the ring stood still.)
BOOST_AUTO_TEST_CASE(robbed_after_31_deliveries) {
    ring_memory<stopping_system> m(2);
    m.write(7);
    smd::node_claim dead;
    (void)m.claim_read(3, dead);
    m.ring.give_back(dead); // deliveries 1: what wraps comes back to that
    (void)m.claim_read(3, dead);
    smd::node_claim living;
    before_cas = [&] {
        m.repair(3); // by another one; then the slot's next owner takes the message
        for (int i = 0; i != 30; ++i) {
            (void)m.claim_read(3, living);
            m.ring.give_back(living);
        }
        BOOST_TEST(m.claim_read(3, living) == smd::ring_result::claimed);
    };
    const auto late = m.repair(3); // the kernel had said dead, of the one before
    BOOST_TEST(late.reads_redelivered == 1U, "the test's stall does not rob any more");
    smd::node_claim other;
    BOOST_TEST((m.claim_read(4, other) == smd::ring_result::claimed));
    BOOST_TEST(other.deliveries_before() != 0U);
    const std::uint64_t epoch = m.block.redelivery_epoch.load();
    BOOST_TEST(m.ring.release(living));
    BOOST_TEST(m.block.redelivery_epoch.load() == epoch + 1); // the repairer may have died
    BOOST_TEST(m.word(other.index).value == other.word);
    BOOST_TEST(m.ring.release(other));
    BOOST_TEST(m.write(8) == smd::ring_result::claimed);
    BOOST_TEST((m.read() == 8U));
}

BOOST_AUTO_TEST_SUITE_END()
