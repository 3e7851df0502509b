// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// FAULTS A11 and A13: the order of redelivered messages, and what it costs to find them.
//
// A11: readers moved head behind the claim, as a hint, by a store: a reader that was slow there, or died,
// moved it back, and a message that was given back came after newer ones. In the new form head is a
// counter that the claim itself moves, and only forward, so that there is no such moment; what is shown
// here is that the order is right in each state that there is instead.
//
// A13: redelivered messages came one at a time, each after a look through the whole ring: 5.4 ms each in
// a ring of 2^20 nodes.

#include "ring_memory.hpp"
#include "ring_support.hpp"

#include <shared_memory/circular_buffer.hpp>

#include <vector>

using namespace ring_support;
using namespace std::chrono_literals;
using smd::node_claim;
using smd::node_run;
using smd::ring_result;
using test_support::child;
using test_support::unique_name;

namespace {

using memory = ring_memory<stopping_system>;

constexpr auto any_size = [](std::size_t) { return true; };

// With the look of a participant's own.
struct one_reader {
    memory& m;
    std::uint32_t slot;
    smd::redelivery_scan<stopping_system> scan{};

    memory::claimant how(bool brief = false) {
        return {slot, m.participants[slot].reads, &scan, brief};
    }
    node_claim claim() {
        node_claim claimed;
        BOOST_REQUIRE(m.ring.claim_read(how(), claimed, any_size) == ring_result::claimed);
        return claimed;
    }
    // As "message (delivery)".
    std::string read() {
        const node_claim claimed = claim();
        m.ring.release(claimed);
        return text_of(claimed);
    }
    static std::string text_of(const node_claim& claimed) {
        return std::to_string(memory::value_of(claimed)) + " (" +
               std::to_string(claimed.deliveries_before() + 1) + ")";
    }
};

} // namespace

SHARED_MEMORY_TEST_ROLE(claims_all) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    const auto batch = ring.claim_read(4);
    test_support::say(std::to_string(batch.size()));
    test_support::hear();
    return 0;
}

// The program `order_kill`: a single reader is killed with all nodes in its hands.
BOOST_AUTO_TEST_CASE(after_a_batch_whose_reader_was_killed) {
    for (const bool single : {false, true}) {
        sm::circular_buffer ring(sm::create_only, unique_name("ring"), 4, 8,
                                 sm::options().single_reader(single));
        for (std::uint64_t i = 0; i != 4; ++i)
            ring.write(i);
        child reader("claims_all", {ring.name()});
        BOOST_TEST(reader.read_line() == "4");
        reader.kill();
        const auto next = [&] {
            auto claim = ring.try_claim_read_for(10s);
            BOOST_REQUIRE(claim);
            return std::move(*claim);
        };
        std::vector<std::uint64_t> order;
        const auto reads = [&] {
            auto claim = next();
            BOOST_TEST(claim.delivery_count() >= 2U);
            order.push_back(claim.as<std::uint64_t>());
            claim.release();
        };
        auto first = next();
        reads();
        reads();
        first.give_back();
        reads();
        reads();
        const std::vector<std::uint64_t> right{1, 2, 0, 3};
        BOOST_TEST(order == right, boost::test_tools::per_element());
    }
}

// The same at each step of such a claim: what was said, taken, marked in part, marked.
BOOST_AUTO_TEST_CASE(after_a_batch_whose_reader_died_half_way) {
    for (std::uint32_t marked = 0; marked != 5; ++marked) {
        BOOST_TEST_CONTEXT(marked << " nodes marked") {
            memory m(4);
            for (std::uint64_t i = 0; i != 4; ++i)
                m.write(i);
            one_reader dead{m, 3};
            node_run run;
            BOOST_REQUIRE(m.ring.claim_read_run_at_once(dead.how(true), run, 4, any_size));
            BOOST_REQUIRE(run.count == 4U);
            for (std::uint32_t i = 0; i != marked; ++i)
                m.lines[i].control.store(
                    smd::control_word::of(0, smd::node_phase::reading, dead.slot));
            BOOST_TEST(m.repair(3).reads_redelivered == 4U);
            one_reader other{m, 4};
            const node_claim first = other.claim();
            BOOST_TEST(one_reader::text_of(first) == "0 (2)");
            BOOST_TEST(other.read() == "1 (2)");
            BOOST_TEST(other.read() == "2 (2)");
            m.ring.give_back(first);
            BOOST_TEST(other.read() == "0 (3)");
            BOOST_TEST(other.read() == "3 (2)");
        }
    }
}

// The program `order_natural`: a reader is slow after it has taken a message, and others go on.
BOOST_AUTO_TEST_CASE(behind_a_slow_reader) {
    memory m(8);
    for (std::uint64_t i = 0; i != 5; ++i)
        m.write(i);
    one_reader slow{m, 2};
    one_reader quick{m, 3};
    one_reader late{m, 4};
    node_claim zero; // taken, and not marked: what the reader does next comes late
    BOOST_REQUIRE(m.ring.claim_read_at_once(slow.how(true), zero, any_size));
    const node_claim one = quick.claim();
    const node_claim two = quick.claim();
    const std::uint64_t head = m.block.head.load();
    m.ring.release(one);
    m.ring.give_back(two);
    m.ring.give_back(zero);
    BOOST_TEST(m.block.head.load() == head, "head was moved back");
    for (const char* const expected : {"0 (2)", "2 (2)", "3 (1)", "4 (1)"})
        BOOST_TEST(late.read() == expected);
}

// The program `redeliver_scan`, by what is looked at: one look at the ring for all of them, in runs of
// as many as the reader takes.
BOOST_AUTO_TEST_CASE(one_look_for_many) {
    constexpr std::uint32_t nodes = 1U << 16U;
    constexpr std::uint32_t held = 4096;
    for (const std::uint32_t most : {1U, 512U}) {
        memory m(nodes);
        for (std::uint64_t i = 0; i != held; ++i)
            m.write(i);
        one_reader dead{m, 3};
        for (std::uint32_t n = 0; n != held;) {
            node_run run;
            BOOST_REQUIRE(m.ring.claim_read_run_at_once(dead.how(), run, 512, any_size));
            n += run.count;
        }
        BOOST_TEST(m.repair(3).reads_redelivered == held);
        one_reader other{m, 4};
        const std::uint64_t before = loads_of_64;
        std::uint32_t claims = 0;
        for (std::uint32_t n = 0; n != held; ++claims) {
            node_run run;
            BOOST_REQUIRE(m.ring.search_for_read(other.how(), run, most, any_size) ==
                          ring_result::claimed);
            for (std::uint32_t i = 0; i != run.count; ++i, ++n) {
                std::uint64_t value = 0;
                std::memcpy(&value, m.ring.payload_of(run, i), sizeof value);
                BOOST_REQUIRE(value == n);
            }
            BOOST_REQUIRE(m.ring.end_read(run, run.count));
        }
        BOOST_TEST(claims == held / most);
        const std::uint64_t loads = loads_of_64 - before;
        BOOST_TEST(loads < 2 * nodes + 8 * held, "so many words were looked at: " << loads);
    }
}
