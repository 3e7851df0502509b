// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The journals of a ring: how many there are, who holds one, and what becomes of it when its holder
// leaves or dies. Nothing in the library takes one yet, so the tests write the holders' words.

#include "ring_support.hpp"

#include <shared_memory/detail/core/participants.hpp>

#include <vector>

using namespace ring_support;
using test_support::child;
using test_support::unique_name;

namespace {

struct fixture {
    const std::string name = unique_name("ring");
    sm::circular_buffer ring{sm::create_only, name, 4U, 8U, sm::options().max_participants(4)};
    segment_view view{name};

    std::uint64_t word_of(std::uint32_t slot) const {
        const std::uint64_t mark = view.object().slot(slot).slot_word.load();
        return smd::owner_word(slot, smd::generation_of(mark));
    }
    static std::uint32_t slot_of(const sm::circular_buffer& handle) {
        for (const sm::participant& one : handle.participants()) {
            if (one.self)
                return one.slot;
        }
        return smd::max_slots;
    }
    void holds(std::uint32_t journal, std::uint64_t holder) const {
        view.object().journals()[journal].holder.store(holder);
    }
    std::vector<std::uint64_t> holders() const {
        std::vector<std::uint64_t> all;
        for (std::uint32_t i = 0; i != ring.max_journals(); ++i)
            all.push_back(view.object().journals()[i].holder.load());
        return all;
    }
};

} // namespace

SHARED_MEMORY_TEST_ROLE(is_a_holder) {
    const sm::circular_buffer ring(sm::open_only, args.at(0));
    for (const sm::participant& one : ring.participants()) {
        if (one.self)
            test_support::say(std::to_string(one.slot));
    }
    test_support::hear();
    return 0;
}

BOOST_FIXTURE_TEST_SUITE(circular_buffer_journals, fixture)

BOOST_AUTO_TEST_CASE(as_many_as_the_options_say) {
    BOOST_TEST(ring.max_journals() == 12U);
    for (const std::uint32_t count : {0U, 1U, 12U, 1024U}) {
        sm::circular_buffer one(sm::create_only, unique_name("one"), 4, 8,
                                sm::options().max_journals(count));
        BOOST_TEST(one.max_journals() == count);
        BOOST_TEST(sm::circular_buffer(sm::open_only, one.name()).max_journals() == count);
        one.write(5); // and it is a ring
        BOOST_TEST(one.read<int>() == 5);
        one.recover();
    }
}

BOOST_AUTO_TEST_CASE(free_at_first) {
    const std::vector<char> zeroes(sizeof(smd::journal_entry));
    for (std::uint32_t i = 0; i != 12; ++i)
        BOOST_TEST(std::memcmp(view.object().journals() + i, zeroes.data(), zeroes.size()) == 0);
}

BOOST_AUTO_TEST_CASE(given_back_by_a_handle_that_leaves) {
    {
        const sm::circular_buffer other(sm::open_only, name);
        for (const std::uint32_t i : {0U, 5U, 11U})
            holds(i, word_of(slot_of(other)));
        holds(3, word_of(slot_of(ring)));
        ring.recover();
        BOOST_TEST(holders()[5] == word_of(slot_of(other)), "it lives");
    }
    std::vector<std::uint64_t> expected(12);
    expected[3] = word_of(slot_of(ring));
    BOOST_TEST(holders() == expected, boost::test_tools::per_element());
}

// A handle may be closed while a claim keeps it attached.
BOOST_AUTO_TEST_CASE(given_back_when_the_last_claim_has_ended) {
    sm::circular_buffer other(sm::open_only, name);
    const std::uint64_t word = word_of(slot_of(other));
    holds(1, word);
    auto claim = other.claim_write();
    other = sm::circular_buffer();
    BOOST_TEST(holders()[1] == word);
    claim.abort();
    BOOST_TEST(holders()[1] == 0U);
}

BOOST_AUTO_TEST_CASE(given_back_for_a_dead_process) {
    child one("is_a_holder", {name});
    child two("is_a_holder", {name});
    const std::uint64_t first = word_of(static_cast<std::uint32_t>(std::stoul(one.read_line())));
    const std::uint64_t second = word_of(static_cast<std::uint32_t>(std::stoul(two.read_line())));
    BOOST_TEST(first != second);
    std::vector<std::uint64_t> expected(12);
    for (std::uint32_t i = 0; i != 12; ++i)
        holds(i, expected[i] = i % 3 == 0 ? first : i % 3 == 1 ? second : 0);
    one.stop();
    BOOST_TEST(ring.recover().participants_reaped() == 0U);
    BOOST_TEST(holders() == expected, boost::test_tools::per_element()); // it is only stopped
    one.kill();
    BOOST_TEST(ring.recover().participants_reaped() == 1U);
    for (std::uint32_t i = 0; i < 12; i += 3)
        expected[i] = 0;
    BOOST_TEST(holders() == expected, boost::test_tools::per_element());
    two.kill();
    const sm::circular_buffer opener(sm::open_only, name); // repairs the dead
    BOOST_TEST(holders() == std::vector<std::uint64_t>(12), boost::test_tools::per_element());
}

// What the dead holder had written stays for its successor.
BOOST_AUTO_TEST_CASE(keeps_all_else) {
    child one("is_a_holder", {name});
    const auto slot = static_cast<std::uint32_t>(std::stoul(one.read_line()));
    smd::journal_entry& entry = view.object().journals()[7];
    entry.key[0].store(1);
    entry.key[1].store(2);
    entry.kind.store(static_cast<std::uint32_t>(smd::journal_kind::receiver));
    entry.accepted.store(3);
    entry.first.store(4);
    entry.node.store(5);
    entry.count.store(6);
    entry.discarded.store(7);
    holds(7, word_of(slot));
    one.kill();
    ring.recover();
    BOOST_TEST(entry.holder.load() == 0U);
    BOOST_TEST((entry.key[0].load() == 1 && entry.key[1].load() == 2 && entry.kind.load() == 2));
    BOOST_TEST((entry.accepted.load() == 3 && entry.first.load() == 4 && entry.node.load() == 5));
    BOOST_TEST((entry.count.load() == 6 && entry.discarded.load() == 7));
}

// Words that name nobody, or an older generation of a slot that lives, are no holder's; they are left
// alone while that slot lives.
BOOST_AUTO_TEST_CASE(words_of_others) {
    const std::uint64_t word = word_of(slot_of(ring));
    const std::uint64_t odd[] = {~std::uint64_t{0}, 1023, word + 1024, std::uint64_t{3} << 40U | 3};
    for (std::uint32_t i = 0; i != 4; ++i)
        holds(i, odd[i]);
    child one("is_a_holder", {name});
    one.read_line();
    one.kill();
    BOOST_TEST(ring.recover().participants_reaped() == 1U);
    { const sm::circular_buffer leaves(sm::open_only, name); }
    for (std::uint32_t i = 0; i != 4; ++i)
        BOOST_TEST(holders()[i] == odd[i]);
}

BOOST_AUTO_TEST_SUITE_END()
