// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The contract of lib/system/sleeping.hpp, for the way to sleep that the library was built with. Another
// program has the same test against Boost.Interprocess's: see sleeping_by_boost.cpp.

#include "objects.hpp"
#include "support.hpp"

#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/layout/header.hpp>

#include <system/sleeping.hpp>

#include <boost/interprocess/mapped_region.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace test_support;
using namespace std::chrono_literals;
namespace bi = boost::interprocess;
namespace smd = shared_memory::detail;
using shared_memory::deadline;

namespace {

constexpr std::uint32_t most_participants = 8;
constexpr std::size_t room_count = 150; // more than any system can sleep in at once

//! What lies in the memory: rooms, and what sleepers wait for.
struct dormitory {
    smd::wait_room rooms[room_count];
    smd::ipc_words::word32 slots_used;
    smd::ipc_words::word32 is_asleep[most_participants];
    smd::ipc_words::word32 value;
    smd::ipc_words::word32 answer;
    smd::ipc_words::word32 awake; // threads that have seen the value
};

//! A handle of the memory of that name.
class dormitory_handle {
public:
    dormitory_handle(memory_object const& object, std::string const& name, std::uint32_t slot)
        : region_(object, bi::read_write) {
        smd::join_sleepers({region_.get_address(),
                            region_.get_size(),
                            {std::hash<std::string>()(name), 1},
                            slot,
                            most_participants,
                            &(*this)->slots_used,
                            {(*this)->is_asleep, sizeof(smd::ipc_words::word32)}});
        std::uint32_t used = 0;
        while (used <= slot &&
               !(*this)->slots_used.compare_exchange_strong(
                   used, slot + 1, boost::memory_order_seq_cst, boost::memory_order_seq_cst)) {
        }
    }
    dormitory_handle(std::string const& name, std::uint32_t slot)
        : dormitory_handle(open_object(name), name, slot) {}
    dormitory_handle(dormitory_handle const&) = delete;
    dormitory_handle& operator=(dormitory_handle const&) = delete;
    ~dormitory_handle() { smd::leave_sleepers(region_.get_address()); }

    dormitory* operator->() const { return static_cast<dormitory*>(region_.get_address()); }
    smd::wait_room& room(std::size_t i = 0) const { return (*this)->rooms[i]; }

private:
    bi::mapped_region region_;
};

//! The memory, made by this process, which has the first slot.
struct own_dormitory {
    std::string const name = unique_name("dormitory");
    memory_object const object = create_object(name, sizeof(dormitory));
    dormitory_handle const handle{object, name, 0};

    own_dormitory() {
        for (smd::wait_room& room : handle->rooms)
            smd::initialise(room);
    }
    ~own_dormitory() { remove_object(name); }
};

//! Sleeps in the rooms until the condition holds; false if the deadline came first.
template <class Condition>
bool sleep_until_it(std::vector<smd::wait_room*> const& rooms, deadline until, Condition condition,
                    unsigned* sleeps = nullptr) {
    std::vector<smd::sleep_ticket> tickets;
    for (;;) {
        tickets.clear();
        for (smd::wait_room* const room : rooms)
            tickets.push_back({room, smd::announce_sleep<smd::ipc_system>(room->word, false)});
        if (condition())
            return true;
        if (until.passed())
            return false;
        smd::sleep_in(tickets.data(), tickets.size(), until);
        if (sleeps != nullptr)
            ++*sleeps;
    }
}

//! As a waker does: after it has changed something for the sleepers.
void wake(smd::wait_room& room) {
    smd::ipc_words::full_fence();
    std::uint32_t found = room.word.load();
    if (std::uint32_t const claimed = smd::claim_wake<smd::ipc_system>(room.word, found)) {
        smd::wake_all(room);
        smd::finish_wake<smd::ipc_system>(room.word, claimed);
    }
}

std::uint32_t get(smd::ipc_words::word32 const& word) {
    return word.load(boost::memory_order_seq_cst);
}
void set(smd::ipc_words::word32& word, std::uint32_t value) {
    word.store(value, boost::memory_order_seq_cst);
}

bool by_boost() {
    return smd::synchronisation() == smd::sync_kind::interprocess;
}

std::chrono::nanoseconds duration_of(std::function<void()> const& call) {
    auto const start = std::chrono::steady_clock::now();
    call();
    return std::chrono::steady_clock::now() - start;
}

} // namespace

BOOST_AUTO_TEST_CASE(room_has_space_for_what_is_slept_with) {
    BOOST_TEST(smd::sleep_bytes() <= sizeof(smd::wait_room::interprocess_space));
    BOOST_TEST((smd::sleep_bytes() != 0) == by_boost());
}

BOOST_AUTO_TEST_CASE(changed_ticket_returns_at_once) {
    own_dormitory const own;
    for (std::size_t const count : {1U, 2U, 3U, 150U}) {
        std::vector<smd::sleep_ticket> tickets;
        for (std::size_t i = 0; i != count; ++i)
            tickets.push_back({&own.handle.room(i), get(own.handle.room(i).word)});
        tickets.back().ticket += 4; // the last one alone
        for (int i = 0; i != 3; ++i)
            BOOST_TEST((duration_of(
                            [&] { smd::sleep_in(tickets.data(), count, deadline::never()); }) < 5s),
                       count << " rooms");
    }
}

BOOST_AUTO_TEST_CASE(passed_deadline_returns_at_once) {
    own_dormitory const own;
    for (std::size_t const count : {1U, 3U}) {
        std::vector<smd::sleep_ticket> tickets;
        for (std::size_t i = 0; i != count; ++i)
            tickets.push_back({&own.handle.room(i), get(own.handle.room(i).word)});
        auto const before = deadline::in(1us);
        std::this_thread::sleep_for(1ms);
        for (deadline const until : {deadline::now(), before})
            BOOST_TEST((duration_of([&] { smd::sleep_in(tickets.data(), count, until); }) < 5s));
    }
}

BOOST_AUTO_TEST_CASE(sleeps_until_the_deadline) {
    own_dormitory const own;
    for (std::size_t const count : {1U, 3U}) {
        std::vector<smd::wait_room*> rooms;
        for (std::size_t i = 0; i != count; ++i)
            rooms.push_back(&own.handle.room(i));
        unsigned sleeps = 0;
        auto const took = duration_of([&] {
            BOOST_TEST(!sleep_until_it(
                rooms, deadline::in(200ms), [] { return false; }, &sleeps));
        });
        BOOST_TEST((took >= 200ms));
        BOOST_TEST((took < 10s));
        BOOST_TEST(sleeps <= 500U, "it sleeps, and does not spin: " << sleeps);
    }
}

// Answers each new value with the same number, until it is 0.
SHARED_MEMORY_TEST_ROLE(sleeping_partner) {
    dormitory_handle const handle(args.at(0), 1);
    say("ready");
    for (std::uint32_t seen = 0;;) {
        sleep_until_it({&handle.room(0)}, deadline::never(),
                       [&] { return get(handle->value) != seen; });
        seen = get(handle->value);
        set(handle->answer, seen);
        wake(handle.room(1));
        if (seen == 0)
            return 0;
    }
}

namespace {

//! Plays with a partner; returns how many rounds took as long as a wake that got lost would.
unsigned play(dormitory_handle const& own, std::uint32_t first, std::uint32_t rounds) {
    unsigned slow = 0;
    for (std::uint32_t i = first; i != first + rounds; ++i) {
        bool answered = false;
        auto const took = duration_of([&] {
            set(own->value, i);
            wake(own.room(0));
            answered = sleep_until_it({&own.room(1)}, deadline::in(20s),
                                      [&] { return get(own->answer) == i; });
        });
        BOOST_REQUIRE_MESSAGE(answered, "a wake was lost in round " << i);
        slow += took >= 90ms ? 1U : 0U;
    }
    return slow;
}

} // namespace

BOOST_AUTO_TEST_CASE(no_wake_is_lost) {
    own_dormitory const own;
    child partner("sleeping_partner", {own.name});
    BOOST_TEST(partner.read_line() == "ready");
    BOOST_TEST(play(own.handle, 1, 2000) < 100U);
    set(own.handle->value, 0);
    wake(own.handle.room(0));
    BOOST_TEST(partner.wait() == 0);
}

// Sleeps with several threads until the value is the one that it was told.
SHARED_MEMORY_TEST_ROLE(sleeping_crowd) {
    dormitory_handle const handle(args.at(0), static_cast<std::uint32_t>(std::stoul(args.at(1))));
    say("ready");
    for (std::uint32_t round = 1; hear() == "sleep"; ++round) {
        std::vector<std::thread> threads;
        for (int i = 0; i != 3; ++i)
            threads.emplace_back([&] {
                sleep_until_it({&handle.room(0)}, deadline::never(),
                               [&] { return get(handle->value) == round; });
                handle->awake.fetch_add(1, boost::memory_order_seq_cst);
            });
        say("asleep");
        for (std::thread& t : threads)
            t.join();
        say("awake");
    }
    return 0;
}

BOOST_AUTO_TEST_CASE(one_wake_wakes_all) {
    own_dormitory const own;
    std::vector<child> crowds;
    for (int slot = 1; slot != 4; ++slot) {
        crowds.emplace_back("sleeping_crowd",
                            std::vector<std::string>{own.name, std::to_string(slot)});
        BOOST_TEST(crowds.back().read_line() == "ready");
    }
    for (std::uint32_t round = 1; round != 6; ++round) {
        for (child& one : crowds)
            one.send_line("sleep");
        for (child& one : crowds)
            BOOST_TEST(one.read_line() == "asleep");
        std::this_thread::sleep_for(30ms); // so that they are, mostly
        BOOST_TEST(get(own.handle->awake) == 9 * (round - 1));
        set(own.handle->value, round);
        wake(own.handle.room(0));
        for (child& one : crowds)
            BOOST_TEST(one.read_line() == "awake");
        BOOST_TEST(get(own.handle->awake) == 9 * round);
    }
    for (child& one : crowds) {
        one.send_line("end");
        BOOST_TEST(one.wait() == 0);
    }
}

BOOST_AUTO_TEST_CASE(sleeper_in_several_rooms_is_woken_by_any) {
    own_dormitory const own;
    own_dormitory const other; // a segment of its own
    std::vector<smd::wait_room*> const rooms = {&own.handle.room(0), &own.handle.room(1),
                                                &other.handle.room(0), &other.handle.room(1)};
    std::uint32_t round = 0;
    for (smd::wait_room* const room : rooms) {
        ++round;
        std::atomic<bool> woken{false};
        std::thread sleeper([&] {
            woken = sleep_until_it(rooms, deadline::in(20s),
                                   [&] { return get(own.handle->value) == round; });
        });
        std::this_thread::sleep_for(20ms);
        set(own.handle->value, round);
        wake(*room);
        sleeper.join();
        BOOST_TEST(woken);
    }
}

BOOST_AUTO_TEST_CASE(more_rooms_than_the_system_can_sleep_in) {
    own_dormitory const own;
    std::vector<smd::wait_room*> rooms;
    for (smd::wait_room& room : own.handle->rooms)
        rooms.push_back(&room);
    std::atomic<bool> woken{false};
    std::thread sleeper([&] {
        woken =
            sleep_until_it(rooms, deadline::in(20s), [&] { return get(own.handle->value) == 1; });
    });
    std::this_thread::sleep_for(20ms);
    set(own.handle->value, 1);
    wake(own.handle.room(room_count - 1));
    sleeper.join();
    BOOST_TEST(woken);
}

// Threads of one handle that sleep in different rooms, and in several, do not keep wakes from each
// other.
BOOST_AUTO_TEST_CASE(threads_of_one_handle_sleep_together) {
    own_dormitory const own;
    own_dormitory const other;
    for (std::uint32_t round = 1; round != 21; ++round) {
        std::atomic<int> woken{0};
        auto const value_is_there = [&] { return get(own.handle->value) == round; };
        std::vector<std::vector<smd::wait_room*>> const all = {
            {&own.handle.room(0)},
            {&own.handle.room(1)},
            {&own.handle.room(0), &other.handle.room(0)},
            {&other.handle.room(0), &own.handle.room(1)}};
        std::vector<std::thread> threads;
        for (auto const& rooms : all)
            threads.emplace_back(
                [&] { woken += sleep_until_it(rooms, deadline::in(20s), value_is_there) ? 1 : 0; });
        std::this_thread::sleep_for(5ms);
        set(own.handle->value, round);
        wake(own.handle.room(round % 2));
        wake(own.handle.room((round + 1) % 2));
        for (std::thread& t : threads)
            t.join();
        BOOST_TEST(woken == 4);
    }
}

BOOST_AUTO_TEST_CASE(wake_without_sleepers_is_harmless) {
    own_dormitory const own;
    for (int i = 0; i != 100; ++i)
        smd::wake_all(own.handle.room(0));
    BOOST_TEST(!sleep_until_it({&own.handle.room(0)}, deadline::in(20ms), [] { return false; }));
    child partner("sleeping_partner", {own.name});
    BOOST_TEST(partner.read_line() == "ready");
    play(own.handle, 1, 10);
    set(own.handle->value, 0);
    wake(own.handle.room(0));
    BOOST_TEST(partner.wait() == 0);
}

BOOST_AUTO_TEST_CASE(handle_leaves_and_another_joins) {
    own_dormitory const own;
    for (int i = 0; i != 3; ++i) {
        dormitory_handle const handle(own.name, 1);
        std::thread sleeper([&] {
            sleep_until_it({&handle.room(0)}, deadline::never(),
                           [&] { return get(handle->value) == static_cast<std::uint32_t>(i) + 1; });
        });
        std::this_thread::sleep_for(5ms);
        set(own.handle->value, static_cast<std::uint32_t>(i) + 1);
        wake(own.handle.room(0));
        sleeper.join();
    }
}

SHARED_MEMORY_TEST_ROLE(sleeping_victim) {
    dormitory_handle const handle(args.at(0), static_cast<std::uint32_t>(std::stoul(args.at(1))));
    say("ready");
    sleep_until_it({&handle.room(0)}, deadline::never(), [] { return false; });
    return 0;
}

BOOST_AUTO_TEST_CASE(killed_sleeper_hangs_nobody,
                     *needs("robust waiting", [] { return !by_boost(); })) {
    own_dormitory const own;
    child partner("sleeping_partner", {own.name});
    BOOST_TEST(partner.read_line() == "ready");
    for (std::uint32_t i = 0; i != 10; ++i) {
        child victim("sleeping_victim", {own.name, "2"});
        BOOST_TEST(victim.read_line() == "ready");
        BOOST_TEST(becomes_true([&] { return sleeps_now(victim.pid()); }));
        if (i % 2 == 0)
            victim.kill();
        play(own.handle, 1 + i * 10, 10); // they sleep in the same room
        victim.kill();
        play(own.handle, 5 + i * 10, 2);
    }
    set(own.handle->value, 0);
    wake(own.handle.room(0));
    BOOST_TEST(partner.wait() == 0);
}
