// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What the reaper asks, repairs, wakes and marks, and in which order; over plain memory. The kernel,
// the parts and the sleepers are functions of the test.

#include "stepping_system.hpp"
#include "support.hpp"

#include <shared_memory/detail/core/reaper.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace detail = shared_memory::detail;
using detail::slot_set;

namespace {

constexpr std::uint32_t slots = 4;

struct fake_system : locks_test::stepping_system {
    explicit fake_system(std::function<bool(std::uint32_t)> answers) : asks(std::move(answers)) {}
    template <class... Live>
    static void checkpoint(unsigned, Live...) {}
    bool alive(std::uint32_t slot) const { return asks(slot); }
    bool look_is_due() const { return is_due; }

    std::function<bool(std::uint32_t)> asks;
    bool is_due = true;
};

std::vector<std::uint32_t> list(slot_set const& set) {
    std::vector<std::uint32_t> all;
    for (auto slot = set.first(); slot != slot_set::capacity; slot = set.after(slot))
        all.push_back(slot);
    return all;
}

struct fixture {
    using reaper = detail::reaper<fake_system>;
    using ask_alive = reaper::ask_alive;

    std::array<detail::basic_participant_block<locks_test::stepping_system>, slots> blocks{};
    fake_system::word32 used{slots};
    std::array<bool, slots> alive{};
    std::function<void(slot_set&, ask_alive)> repair = [](slot_set&, ask_alive) {};
    std::vector<std::string> done;
    fake_system system{[this](std::uint32_t slot) {
        done.push_back("ask " + std::to_string(slot));
        return alive.at(slot);
    }};

    // The slots are used in generation 1, all but the last one.
    fixture() {
        for (std::uint32_t i = 0; i != slots - 1; ++i)
            blocks.at(i).slot_word.value = 3;
    }
    template <class Use>
    auto with_reaper(Use use) {
        auto repair_all = [&](slot_set& dead, ask_alive ask) {
            done.emplace_back("repair");
            repair(dead, ask);
        };
        auto wake = [&] { done.emplace_back("wake"); };
        reaper all(system, reaper::slots(blocks.data()), used, slots, repair_all, wake);
        return use(all);
    }
    std::uint32_t reap_dead() {
        return with_reaper([](reaper& all) { return all.reap_dead(); });
    }
    bool is_used(std::uint32_t slot) const {
        return detail::is_used(blocks.at(slot).slot_word.value);
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_set_of_slots) {
    slot_set set;
    BOOST_TEST(set.empty());
    BOOST_TEST(list(set).empty());
    std::vector<std::uint32_t> const some = {0, 1, 62, 63, 64, 127, 128, 512, 1022, 1023};
    for (auto slot : some)
        set.add(slot);
    BOOST_TEST(list(set) == some, boost::test_tools::per_element());
    for (std::uint32_t i = 0; i != slot_set::capacity; ++i)
        BOOST_TEST(set.contains(i) == (std::find(some.begin(), some.end(), i) != some.end()));
    for (auto slot = set.first(); slot != slot_set::capacity; slot = set.after(slot))
        set.remove(slot);
    BOOST_TEST(set.empty());
    BOOST_TEST(list(slot_set(64)) == std::vector<std::uint32_t>{64},
               boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_SUITE(reaping, fixture)

BOOST_AUTO_TEST_CASE(nobody_dead) {
    alive = {true, true, true, true};
    BOOST_TEST(reap_dead() == 0U);
    std::vector<std::string> const expected = {"ask 0", "ask 1", "ask 2"};
    BOOST_TEST(done == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(many_dead_are_one_pass_one_wake) {
    alive = {false, true, false, false};
    std::vector<std::uint32_t> given;
    repair = [&](slot_set& dead, ask_alive) {
        given = list(dead);
        BOOST_TEST(is_used(0)); // marked last
        BOOST_TEST(is_used(2));
    };
    BOOST_TEST(reap_dead() == 2U);
    std::vector<std::string> const expected = {"ask 0", "ask 1", "ask 2", "repair", "wake"};
    BOOST_TEST(done == expected, boost::test_tools::per_element());
    std::vector<std::uint32_t> const both = {0, 2};
    BOOST_TEST(given == both, boost::test_tools::per_element());
    BOOST_TEST(!is_used(0));
    BOOST_TEST(is_used(1));
    BOOST_TEST(!is_used(2));
}

// Not whole, or a successor is there: others are told of what was given back, and the mark stays.
BOOST_AUTO_TEST_CASE(a_slot_that_leaves_the_set_stays_marked) {
    repair = [](slot_set& dead, ask_alive) { dead.remove(1); };
    BOOST_TEST(reap_dead() == 2U);
    BOOST_TEST(done.back() == "wake");
    BOOST_TEST(!is_used(0));
    BOOST_TEST(is_used(1));
    BOOST_TEST(!is_used(2));
    repair = [](slot_set& dead, ask_alive) {
        BOOST_TEST(list(dead) == std::vector<std::uint32_t>{1}, boost::test_tools::per_element());
    };
    BOOST_TEST(reap_dead() == 1U);
    BOOST_TEST(!is_used(1));
}

// [P2] A successor that comes after the slot word was loaded keeps its mark, whatever its fate.
BOOST_AUTO_TEST_CASE(a_successors_mark_stays) {
    repair = [this](slot_set&, ask_alive) { blocks.at(0).slot_word.value = 5; };
    BOOST_TEST(reap_dead() == 2U);
    BOOST_TEST(is_used(0));
}

BOOST_AUTO_TEST_CASE(a_look_that_is_not_due) {
    system.is_due = false;
    const auto look = [](reaper& all) { return all.look_if_due(); };
    BOOST_TEST((with_reaper(look) == detail::look_result::not_due));
    BOOST_TEST(done.empty());
    system.is_due = true;
    BOOST_TEST((with_reaper(look) == detail::look_result::repaired));
    BOOST_TEST((with_reaper(look) == detail::look_result::nobody_died));
}

// The slot's own lock is the caller's, which says nothing of the dead participant; of the others the
// kernel tells.
BOOST_AUTO_TEST_CASE(a_dead_ones_slot_is_repaired_before_it_is_taken) {
    alive = {true, false, true, false};
    std::uint32_t kept_by = 77;
    repair = [](slot_set& dead, ask_alive ask) {
        BOOST_TEST(list(dead) == std::vector<std::uint32_t>{0}, boost::test_tools::per_element());
        BOOST_TEST(!ask(0));
        BOOST_TEST(!ask(1));
    };
    std::uint64_t prepared = 0;
    const auto prepare = [&](std::uint64_t generation) { prepared = generation; };
    const auto occupy = [&](reaper& all) { return all.occupy(0, prepare, kept_by); };
    BOOST_TEST(with_reaper(occupy) == 2U);
    BOOST_TEST(prepared == 2U);
    BOOST_TEST(blocks[0].slot_word.value == 5U);
    std::vector<std::string> const expected = {"repair", "ask 1", "wake"};
    BOOST_TEST(done == expected, boost::test_tools::per_element());
    BOOST_TEST(kept_by == 77U);
}

BOOST_AUTO_TEST_CASE(an_unsettled_slot_is_not_taken) {
    alive = {false, true, true, false};
    std::uint32_t kept_by = 77;
    repair = [](slot_set& dead, ask_alive ask) {
        if (ask(2))
            dead.remove(0);
    };
    const auto prepare = [](std::uint64_t) { BOOST_ERROR("prepared"); };
    const auto occupy = [&](reaper& all) { return all.occupy(0, prepare, kept_by); };
    BOOST_TEST(with_reaper(occupy) == 0U);
    BOOST_TEST(kept_by == 2U);
    BOOST_TEST(blocks[0].slot_word.value == 3U); // the dead participant's, as it was
    BOOST_TEST(done.back() == "wake");           // what could be given back is there for others
}

// A fresh slot has nothing to repair.
BOOST_AUTO_TEST_CASE(a_free_slot_is_taken_as_it_is) {
    used.value = 1;
    std::uint32_t kept_by = 77;
    const auto prepare = [](std::uint64_t) {};
    const auto occupy = [&](reaper& all) { return all.occupy(3, prepare, kept_by); };
    BOOST_TEST(with_reaper(occupy) == 1U);
    BOOST_TEST(done.empty());
    BOOST_TEST(used.value == 4U); // before anybody can count on the slot
}

BOOST_AUTO_TEST_SUITE_END()
