// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The words of a ring for one writer and one reader on memory of a test's own, and its participants.
// Each access to a word, also to what a handle knows by itself, is a step at which a test may do
// something else.

#ifndef SHARED_MEMORY_TEST_SPSC_MEMORY_HPP
#define SHARED_MEMORY_TEST_SPSC_MEMORY_HPP

#include "ring_memory.hpp"
#include "stepping_system.hpp"

#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/spsc_ring.hpp>
#include <shared_memory/detail/core/spsc_ring_batch.hpp>
#include <shared_memory/detail/core/spsc_ring_census.hpp>
#include <shared_memory/detail/core/spsc_ring_copy.hpp>
#include <shared_memory/detail/core/spsc_ring_repair.hpp>
#include <shared_memory/detail/core/spsc_ring_search.hpp>

#include <memory>

namespace spsc_test {

namespace smd = shared_memory::detail;
using locks_test::interruption;
using locks_test::steps_left;
using smd::node_claim;
using smd::node_run;
using smd::ring_result;

using system_type = locks_test::stepping_system;
using ring_type = smd::spsc_ring<system_type>;
inline constexpr auto any = [](std::uint32_t) { return true; };

// The words, and the handles of a writer, a reader and a third participant.
struct memory {
    explicit memory(std::uint32_t nodes, std::uint32_t max_deliveries = 0, std::uint64_t lap = 0)
        : geometry{nodes, 64, max_deliveries, true}, sizes(nodes), write_notes(nodes),
          read_notes(nodes), payloads(nodes * geometry.payload_stride()) {
        while ((std::uint64_t{1} << index_bits) < nodes)
            ++index_bits;
        for (auto* word : {&block.tail, &block.holes, &block.front, &block.write_claimed,
                           &block.head, &block.read_claimed})
            word->value = lap << index_bits;
        for (unsigned i = 0; i != 3; ++i)
            attach(*handles[i], i);
        writer_role.value = smd::owner_word(0, 1);
        reader_role.value = smd::owner_word(1, 1);
        BOOST_TEST(writer().begin_writing());
        BOOST_TEST(reader().begin_reading());
    }
    void attach(ring_type& handle, std::uint32_t slot, std::uint64_t in_generation = 1) {
        handle.use(geometry,
                   {&block, sizes.data(), write_notes.data(), read_notes.data(), payloads.data(),
                    &state, &writer_role, &reader_role, &redelivered, &given_up});
        handle.attach(smd::owner_word(slot, in_generation), true);
    }
    ring_type& writer() { return *handles[0]; }
    ring_type& reader() { return *handles[1]; }
    ring_type& third() { return *handles[2]; }

    // The participant in the slot is dead.
    smd::ring_repair repair(std::uint32_t slot) {
        smd::ring_repair done;
        smd::slot_set dead(slot);
        third().repair(
            dead, [](std::uint32_t) { return false; }, done);
        BOOST_TEST(dead.contains(slot));
        return done;
    }
    smd::ring_repair next_writer() {
        const auto done = repair(0);
        handles[0] = std::make_unique<ring_type>();
        attach(writer(), 0, ++generation);
        BOOST_TEST(writer_role.value == 0U);
        writer_role.value = smd::owner_word(0, generation);
        BOOST_TEST(writer().begin_writing());
        return done;
    }
    smd::ring_repair next_reader() {
        const auto done = repair(1);
        handles[1] = std::make_unique<ring_type>();
        attach(reader(), 1, ++generation);
        BOOST_TEST(reader_role.value == 0U);
        reader_role.value = smd::owner_word(1, generation);
        BOOST_TEST(reader().begin_reading());
        return done;
    }

    static void fill(const node_claim& claim, std::uint64_t value) {
        std::memcpy(claim.payload, &value, sizeof value);
    }
    static std::uint64_t value_of(const node_claim& claim) {
        std::uint64_t value = 0;
        std::memcpy(&value, claim.payload, sizeof value);
        return value;
    }
    node_claim claim_write() {
        node_claim claim;
        BOOST_TEST_REQUIRE(writer().claim_write(claim) == ring_result::claimed);
        return claim;
    }
    node_claim claim_read() {
        node_claim claim;
        BOOST_TEST_REQUIRE(reader().claim_read(claim, any) == ring_result::claimed);
        return claim;
    }
    void commit(const node_claim& claim, std::uint64_t value) {
        fill(claim, value);
        BOOST_TEST(writer().commit(claim, 8));
    }
    // With `copies`, in one go where that can be.
    ring_result write(std::uint64_t value) {
        const auto copy = [&](std::byte* to) { std::memcpy(to, &value, sizeof value); };
        if (copies && writer().write_at_once(8, copy))
            return ring_result::claimed;
        node_claim claim;
        const ring_result r = writer().claim_write(claim);
        if (r == ring_result::claimed)
            commit(claim, value);
        return r;
    }
    // The next message; 0: none.
    std::uint64_t read() {
        std::uint64_t copied = 0;
        if (copies &&
            reader().read_at_once(any, [&](const node_claim& c) { copied = value_of(c); }))
            return copied;
        node_claim claim;
        if (reader().claim_read(claim, any) != ring_result::claimed)
            return 0;
        const std::uint64_t value = value_of(claim);
        BOOST_TEST(reader().release(claim));
        return value;
    }
    ring_result look() {
        node_claim claim;
        return reader().claim_read(claim, [](std::uint32_t) { return false; });
    }

    smd::ring_geometry geometry;
    smd::basic_spsc_block<system_type> block{};
    system_type::word32 state{};
    system_type::word64 writer_role{}, reader_role{}, redelivered{}, given_up{};
    std::vector<system_type::word32> sizes;
    std::vector<system_type::word64> write_notes, read_notes;
    std::vector<std::byte> payloads;
    std::unique_ptr<ring_type> handles[3] = {std::make_unique<ring_type>(),
                                             std::make_unique<ring_type>(),
                                             std::make_unique<ring_type>()};
    std::uint32_t index_bits = 1;
    std::uint64_t generation = 1;
    bool copies = false;
};

} // namespace spsc_test

#endif
