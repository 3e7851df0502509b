// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// FAULTS A2: the deliveries of a message wrap from 31 to 1 while a repairer stands between the
// kernel's word that a reader is dead and its exchange. So the exchange hits the word of a living reader,
// the dead one's successor in its slot, which gave the message back again and again. A reader that ended
// its claim by a plain store then undid what the repairer, and the next reader, had done: a message was
// lost, and the ring stood still.
//
// The new form cannot help that the word comes again. But a claim of a message that was delivered before
// ends by an exchange [R5], and a message that was never delivered is not robbed: nobody gives it back.

#include "ring_memory.hpp"
#include "ring_support.hpp"

using namespace ring_support;
using smd::node_claim;
using smd::ring_result;
using memory = ring_memory<stopping_system>;

namespace {

constexpr std::uint32_t dead_slot = 3;
constexpr std::uint32_t other_slot = 4;

struct ring_kind {
    bool single_reader;
    bool plain_ends;
};
std::ostream& operator<<(std::ostream& out, ring_kind kind) {
    return out << (kind.single_reader ? "a single reader" : "several readers")
               << (kind.plain_ends ? ", ends by stores" : ", ends by exchanges");
}

// Until the message was delivered so often.
node_claim give_back_until(memory& m, std::uint32_t deliveries) {
    node_claim claim;
    do {
        BOOST_REQUIRE(m.claim_read(dead_slot, claim) == ring_result::claimed);
        if (claim.deliveries_before() == deliveries)
            return claim;
        m.ring.give_back(claim);
    } while (true);
}

// A repairer is slow, and robs the successor of the message that it holds.
node_claim rob_successor(memory& m) {
    node_claim held = give_back_until(m, 1);
    const std::uint64_t word = held.word;
    smd::slot_set dead(dead_slot);
    smd::ring_repair done;
    bool asked = false;
    m.ring.repair(
        dead,
        [&](std::uint32_t slot) {
            if (slot == dead_slot && !asked) { // it is dead; what is said now is late
                asked = true;
                BOOST_TEST(m.repair(dead_slot).reads_redelivered == 1U);
                held = give_back_until(m, 1);
            }
            return slot != dead_slot;
        },
        done);
    BOOST_TEST(held.word == word, "the same word, of another claim");
    BOOST_TEST(done.reads_redelivered == 1U, "the successor was not robbed: this shows nothing");
    return held;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_robbed_reader_undoes_nothing) {
    for (const ring_kind kind : {ring_kind{false, false}, {false, true}, {true, true}}) {
        BOOST_TEST_CONTEXT(kind) {
            memory m(2);
            m.ring.use_plain_ends(kind.plain_ends);
            m.ring.use_plain_counters(false, kind.single_reader);
            m.write(100);
            m.write(101);
            const node_claim robbed = rob_successor(m);
            BOOST_TEST(memory::value_of(robbed) == 100U);
            node_claim again;
            BOOST_REQUIRE(m.claim_read(other_slot, again) == ring_result::claimed);
            BOOST_TEST(memory::value_of(again) == 100U);
            BOOST_TEST(again.deliveries_before() != 0U, "it comes again, and is not marked");

            BOOST_TEST(m.ring.release(robbed), "a robbed reader is told nothing: it has read all");
            BOOST_TEST(m.write(102) == ring_result::full); // the other one has the node still
            BOOST_TEST(m.ring.release(again));
            BOOST_TEST(m.write(102) == ring_result::claimed);
            for (std::uint64_t i = 103; i != 110; ++i) {
                BOOST_TEST(m.read().value_or(0) == i - 2);
                BOOST_TEST(m.write(i) == ring_result::claimed);
            }
        }
    }
}

// The robbed reader's exchange succeeds before the next reader comes: the message was read.
BOOST_AUTO_TEST_CASE(a_robbed_reader_that_is_quicker) {
    for (const bool gives_back : {false, true}) {
        memory m(2);
        m.ring.use_plain_ends(true);
        m.write(100);
        m.write(101);
        const node_claim robbed = rob_successor(m);
        if (gives_back)
            m.ring.give_back(robbed);
        else
            BOOST_TEST(m.ring.release(robbed));
        // It is ready for somebody, marked: nobody can know that it was read.
        node_claim again;
        BOOST_REQUIRE(m.claim_read(other_slot, again) == ring_result::claimed);
        BOOST_TEST(memory::value_of(again) == 100U);
        BOOST_TEST(again.deliveries_before() == 2U);
        BOOST_TEST(m.ring.release(again));
        BOOST_TEST(m.read().value_or(0) == 101U);
        BOOST_TEST((m.read() == std::nullopt));
    }
}
