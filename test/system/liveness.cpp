// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The contract of lib/system/liveness.hpp: a lock is held by one handle, and goes with it, however
// its process ends.

#include "built_object.hpp"
#include "objects.hpp"

#include <atomic>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

using namespace test_support;
using namespace std::chrono_literals;
namespace smd = sm::detail;

namespace {

constexpr std::uint32_t last_slot = smd::max_slots - 1;

//! A published object, and two handles of it.
struct two_handles {
    built_object first;
    std::string const name = unique_name("object");
    bool const published = first.publish(name);
    kernel_object second = handle_of(name);

    liveness one() const { return first.locks(); }
    liveness other() const { return liveness(second); }
};

} // namespace

BOOST_AUTO_TEST_CASE(slot_is_locked_by_one) {
    two_handles const both;
    for (std::uint32_t const slot : {0U, 500U, last_slot}) {
        BOOST_TEST(!both.other().is_slot_locked(slot));
        BOOST_TEST(both.one().try_lock_slot(slot));
        BOOST_TEST(both.other().is_slot_locked(slot));
        BOOST_TEST(!both.one().is_slot_locked(slot), "by another handle, it is not");
        BOOST_TEST(!both.other().try_lock_slot(slot));
        std::uint32_t const next = slot == last_slot ? slot - 1 : slot + 1;
        BOOST_TEST(!both.other().is_slot_locked(next));
        BOOST_TEST(both.other().try_lock_slot(next));
        BOOST_TEST(both.one().is_slot_locked(next));
        both.other().unlock_slot(next);
        both.one().unlock_slot(slot);
        BOOST_TEST(!both.other().is_slot_locked(slot));
        BOOST_TEST(both.other().try_lock_slot(slot));
        both.other().unlock_slot(slot);
    }
}

BOOST_AUTO_TEST_CASE(lock_goes_with_the_object) {
    two_handles both;
    {
        kernel_object third = handle_of(both.name);
        BOOST_TEST(liveness(third).try_lock_slot(3));
        BOOST_TEST(liveness(third).try_lock_name());
        kernel_object const moved = std::move(third);
        BOOST_TEST(both.one().is_slot_locked(3));
        BOOST_TEST(both.one().is_name_locked());
    }
    BOOST_TEST(!both.one().is_slot_locked(3));
    BOOST_TEST(!both.one().is_name_locked());
    BOOST_TEST(both.one().try_lock_all());
}

BOOST_AUTO_TEST_CASE(name_is_locked_by_one) {
    two_handles const both;
    BOOST_TEST(!both.other().is_name_locked());
    BOOST_TEST(both.one().try_lock_name());
    BOOST_TEST(both.other().is_name_locked());
    BOOST_TEST(!both.one().is_name_locked(), "by another handle, it is not");
    BOOST_TEST(!both.other().try_lock_name());
    both.one().unlock_name();
    BOOST_TEST(both.other().try_lock_name());
    both.other().unlock_name();
}

BOOST_AUTO_TEST_CASE(all_locks_or_none) {
    two_handles const both;
    for (std::uint32_t const slot : {0U, 500U, last_slot}) {
        BOOST_TEST(both.other().try_lock_slot(slot));
        BOOST_TEST(!both.one().try_lock_all());
        BOOST_TEST(!both.other().is_name_locked(), "nothing is left behind by a try");
        both.other().unlock_slot(slot);
    }
    BOOST_TEST(both.other().try_lock_name());
    BOOST_TEST(!both.one().try_lock_all());
    both.other().unlock_name();
    both.other().observe();
    BOOST_TEST(both.one().try_lock_all(), "an observer keeps no lock from anyone");
    for (std::uint32_t const slot : {0U, 500U, last_slot})
        BOOST_TEST(!both.other().try_lock_slot(slot));
    BOOST_TEST(!both.other().try_lock_name());
    BOOST_TEST(!both.other().try_lock_all());
    both.one().unlock_all();
    BOOST_TEST(both.other().try_lock_all());
    both.other().unlock_all();
    BOOST_TEST(both.one().try_lock_slot(7));
    both.one().unlock_slot(7);
}

BOOST_AUTO_TEST_CASE(own_slot_is_no_bar_to_all) {
    two_handles const both;
    BOOST_TEST(both.one().try_lock_slot(7));
    BOOST_TEST(both.one().try_lock_all());
    BOOST_TEST(!both.other().try_lock_slot(8));
}

BOOST_AUTO_TEST_CASE(all_but_one_are_given_back) {
    for (std::uint32_t const kept : {0U, 5U, last_slot}) {
        two_handles const both;
        BOOST_TEST(both.one().try_lock_all());
        BOOST_TEST(both.one().try_lock_slot(kept));
        both.one().unlock_all_but(kept);
        BOOST_TEST(both.other().is_slot_locked(kept));
        BOOST_TEST(!both.other().try_lock_slot(kept));
        BOOST_TEST(!both.other().try_lock_all());
        BOOST_TEST(!both.other().is_name_locked());
        for (std::uint32_t const slot : {0U, 4U, 6U, last_slot}) {
            if (slot == kept)
                continue;
            BOOST_TEST(!both.other().is_slot_locked(slot));
            BOOST_TEST(both.other().try_lock_slot(slot));
            both.other().unlock_slot(slot);
        }
    }
}

// At most one of several handles ever has all locks, or any that another has.
BOOST_AUTO_TEST_CASE(locks_are_exclusive_among_threads) {
    two_handles const both;
    std::atomic<int> holders{0};
    std::atomic<int> together{0};
    std::atomic<int> times{0};
    std::vector<std::thread> threads;
    for (int i = 0; i != 3; ++i)
        threads.emplace_back([&, i] {
            kernel_object const object = handle_of(both.name);
            liveness locks(object);
            for (int round = 0; round != 300; ++round) {
                bool const all = (round + i) % 2 == 0;
                if (all ? !locks.try_lock_all() : !locks.try_lock_slot(9))
                    continue;
                together += ++holders == 1 ? 0 : 1;
                ++times;
                --holders;
                all ? locks.unlock_all() : locks.unlock_slot(9);
            }
        });
    for (std::thread& t : threads)
        t.join();
    BOOST_TEST(together == 0);
    BOOST_TEST(times != 0);
}

// Takes a slot and the name lock, and ends in the way that it is told.
SHARED_MEMORY_TEST_ROLE(system_lock_holder) {
    kernel_object const object = handle_of(args.at(0));
    liveness locks(object);
    if (!locks.try_lock_slot(7) || !locks.try_lock_name())
        return 1;
    locks.pin();
    say("taken");
    die_by(hear());
    hear();
    return 0;
}

BOOST_AUTO_TEST_CASE(lock_goes_with_the_process) {
    two_handles const both;
    for (std::string const how : {"exit", "_exit", "abort", "segv", "kill"}) {
        child holder("system_lock_holder", {both.name});
        BOOST_TEST(holder.read_line() == "taken");
        BOOST_TEST(both.one().is_slot_locked(7), how);
        BOOST_TEST(both.one().is_name_locked(), how);
        BOOST_TEST(!both.one().try_lock_slot(7), how);
        BOOST_TEST(!both.one().try_lock_all(), how);
        if (how == "kill") {
            holder.kill();
        } else {
            holder.send_line(how);
            holder.wait();
        }
        BOOST_TEST(becomes_true([&] { return !both.one().is_slot_locked(7); }), how);
        BOOST_TEST(becomes_true([&] { return !both.one().is_name_locked(); }), how);
        BOOST_TEST(becomes_true([&] { return both.one().try_lock_all(); }), how);
        both.one().unlock_all();
    }
}

BOOST_AUTO_TEST_CASE(stopped_process_lives) {
    two_handles const both;
    child holder("system_lock_holder", {both.name});
    BOOST_TEST(holder.read_line() == "taken");
    holder.stop();
    BOOST_TEST(both.one().is_slot_locked(7));
    BOOST_TEST(!both.one().try_lock_name());
    holder.cont();
    holder.send_line("_exit");
    BOOST_TEST(holder.wait() == 0);
    BOOST_TEST(becomes_true([&] { return !both.one().is_slot_locked(7); }));
}

BOOST_AUTO_TEST_CASE(read_only_handle_can_ask) {
    two_handles const both;
    BOOST_TEST(both.one().try_lock_slot(3));
    kernel_object const reader = handle_of(both.name, kernel_object::access::read_only);
    liveness locks(reader);
    locks.observe();
    BOOST_TEST(locks.is_slot_locked(3));
    BOOST_TEST(!locks.is_slot_locked(4));
    BOOST_TEST(!locks.is_lost());
    both.one().unlock_slot(3);
    BOOST_TEST(!locks.is_slot_locked(3));
    BOOST_TEST(both.one().try_lock_all());
}

BOOST_AUTO_TEST_CASE(locks_of_a_replaced_object_stay) {
    two_handles const both;
    BOOST_TEST(both.one().try_lock_slot(3));
    built_object next;
    next.publish_over(both.name);
    BOOST_TEST(both.other().is_slot_locked(3));
    BOOST_TEST(!next.locks().is_slot_locked(3), "they are another object's");
    BOOST_TEST(next.locks().try_lock_all());
    BOOST_TEST(!both.first.object.has_name(both.name));
}
