// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who holds which nodes, where the words alone say it: marked nodes, brief claims, runs, and a memory
// that somebody has scribbled on. test/handles/holders.cpp has the same for processes.

#include "ring_memory.hpp"

#include <shared_memory/detail/core/node_ring_holders.hpp>

#include <sstream>
#include <string>

using namespace ring_support;

namespace {

using memory = ring_memory<stopping_system>;

std::string holders(memory& m) {
    std::ostringstream text;
    smd::node_ring_holders<stopping_system>(m.geometry.node_count, m.block, m.lines.get(),
                                            m.participants.get(), memory::slots)
        .tell([&](smd::held_nodes const& one) {
            text << one.slot << (one.for_writing ? " writes " : " reads ") << one.count << " from "
                 << one.first << ", ";
        });
    return text.str();
}

} // namespace

BOOST_AUTO_TEST_CASE(nobody_holds_anything) {
    memory m(4);
    BOOST_TEST(holders(m) == "");
    for (std::uint64_t i = 0; i != 9; ++i) {
        BOOST_TEST(m.write(i) == smd::ring_result::claimed);
        BOOST_TEST(holders(m) == "");
        BOOST_TEST(m.read().has_value());
        BOOST_TEST(holders(m) == "");
    }
}

BOOST_AUTO_TEST_CASE(marked_nodes_in_a_row) {
    memory m(4);
    for (std::uint64_t i = 0; i != 6; ++i) {
        m.write(i);
        m.read();
    }
    smd::node_claim claims[4];
    for (std::uint32_t i = 0; i != 3; ++i)
        m.claim_write(i == 2 ? 5 : 4, claims[i]);
    BOOST_TEST(holders(m) == "4 writes 2 from 6, 5 writes 1 from 8, ");
    m.commit(claims[0], 1);
    smd::node_claim reading;
    BOOST_TEST(m.claim_read(7, reading) == smd::ring_result::claimed);
    BOOST_TEST(holders(m) == "7 reads 1 from 6, 4 writes 1 from 7, 5 writes 1 from 8, ");
}

BOOST_AUTO_TEST_CASE(brief_claims_and_runs) {
    memory m(8);
    for (std::uint64_t i = 0; i != 6; ++i) {
        m.write(i);
        m.read();
    }
    smd::node_claim writing;
    BOOST_TEST(m.claim_write_brief(9, writing));
    BOOST_TEST(holders(m) == "9 writes 1 from 6, ");
    m.commit(writing, 1);
    BOOST_TEST(holders(m) == ""); // its entry still says the position

    smd::node_run run;
    BOOST_TEST(m.claim_write_run(m.writer(3, true), run, 4)); // into the next lap
    BOOST_TEST(run.count == 4U);
    BOOST_TEST(holders(m) == "3 writes 4 from 7, ");
    m.ring.end_write(run, 4);
    memory::ring_type::end_brief_run(m.writer(3, true));
    BOOST_TEST(holders(m) == "");

    smd::node_claim reading;
    BOOST_TEST(m.ring.claim_read(m.reader(2, true), reading, [](std::uint32_t) { return true; }) ==
               smd::ring_result::claimed);
    BOOST_TEST(holders(m) == "2 reads 1 from 6, ");
    m.ring.release(reading);
    BOOST_TEST(holders(m) == "");
}

BOOST_AUTO_TEST_CASE(any_words_will_do) {
    memory m(5);
    std::uint64_t random = 1;
    auto const next = [&] { return random = random * 6364136223846793005U + 1442695040888963407U; };
    for (int round = 0; round != 1000; ++round) {
        m.block.tail.store(next() >> next() % 64);
        m.block.head.store(next() >> next() % 64);
        for (std::uint32_t i = 0; i != 5; ++i)
            m.lines[i].control.store(next());
        for (std::uint32_t slot = 0; slot != memory::slots; ++slot) {
            for (auto* const side : {m.participants[slot].writes, m.participants[slot].reads}) {
                side->position.store(next() >> next() % 64);
                side->end.store(next() >> next() % 64);
            }
        }
        holders(m); // it ends, and reads no further than the ring is long: see asan
    }
}
