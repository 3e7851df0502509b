// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Deaths of participants that hold the readers/writer lock, or wait for it.

#include "locks_peer.hpp"

#include <shared_memory/buffer_read_write.hpp>
#include <shared_memory/shared_array.hpp>

#include <array>
#include <mutex>
#include <numeric>
#include <random>
#include <shared_mutex>
#include <thread>
#include <vector>

namespace sm = shared_memory;
using namespace locks_test;
using sm::acquired;
using sm::errc;
using test_support::child;
using test_support::needs_robust_waiting;
using test_support::unique_name;

namespace {

const std::string inconsistent = sm::make_error_code(errc::inconsistent).message();

// A writer is there: it keeps new readers out.
bool becomes_closed(array& a) {
    return test_support::becomes_true([&] {
        const bool entered = a.try_lock_shared();
        if (entered)
            a.unlock_shared();
        return !entered;
    });
}

} // namespace

// ---- Holders

BOOST_AUTO_TEST_CASE(a_reader_is_killed_holding_the_lock) {
    two_handles h;
    peer p(h.name);
    BOOST_TEST(p.ask("lock_shared") == "ok");
    BOOST_TEST(p.ask("lock_shared") == "ok");
    BOOST_TEST(!h.a.try_lock());
    p.kill();
    BOOST_TEST((h.a.acquire_write_lock(10s) == acquired::ok));
    h.a.unlock();
    BOOST_TEST(!h.b.inconsistent());
}

BOOST_AUTO_TEST_CASE(recover_reports_what_the_dead_held) {
    two_handles h;
    BOOST_TEST(h.a.recover().participants_reaped() == 0U);
    peer reader(h.name), idle(h.name);
    BOOST_TEST(reader.ask("lock_shared") == "ok");
    BOOST_TEST(h.a.recover().locks_released() == 0U); // alive
    reader.kill();
    idle.kill();
    sm::recovery_report report = h.a.recover();
    BOOST_TEST(report.participants_reaped() == 2U);
    BOOST_TEST(report.locks_released() == 1U);
    BOOST_TEST(h.b.try_lock());
    h.b.unlock();
    peer writer(h.name);
    BOOST_TEST(writer.ask("lock") == "ok");
    writer.kill();
    report = h.b.recover();
    BOOST_TEST(report.participants_reaped() == 1U);
    BOOST_TEST(report.locks_released() == 1U);
    BOOST_TEST(h.a.inconsistent());
    BOOST_TEST(h.a.recover().participants_reaped() == 0U);
}

SHARED_MEMORY_TEST_ROLE(dies_half_way) {
    sm::buffer_read_write b(sm::open_only, args.at(0));
    b.write([](boost::span<std::byte> memory) {
        for (std::size_t i = 0; i != memory.size() / 2; ++i)
            memory[i] = std::byte{1};
        test_support::say("half");
        test_support::hear();
    });
    return 0;
}

SHARED_MEMORY_TEST_ROLE(reads_and_says) {
    try {
        sm::buffer_read_write b(sm::open_only, args.at(0));
        test_support::say(std::to_string(b.read<std::uint8_t>(0)));
    } catch (const sm::error& failure) {
        test_support::say(failure.code().message());
    }
    return 0;
}

BOOST_AUTO_TEST_CASE(a_writer_is_killed_half_way_through_a_bulk_write) {
    const auto name = unique_name("b");
    sm::buffer_read_write b(sm::create_only, name, 100000);
    sm::buffer_read_write looks(sm::open_read_only, name);
    child writer("dies_half_way", {name});
    BOOST_TEST(writer.read_line() == "half");
    writer.kill();
    b.read_write_timeout(10s);
    const auto told_so = [](auto call) { return fails_with(errc::inconsistent, call); };
    for (int i = 0; i != 2; ++i) { // it stays so, for all
        BOOST_TEST(told_so([&] { b.read<int>(); }));
        BOOST_TEST(told_so([&] { looks.read<int>(); }));
        BOOST_TEST(child("reads_and_says", {name}).read_line() == inconsistent);
        BOOST_TEST((b.acquire_read_lock() == acquired::inconsistent));
        BOOST_TEST(b.read<std::uint8_t>(0) + 0 == 1); // who holds the lock may look
        BOOST_TEST(b.read<std::uint8_t>(99999) + 0 == 0);
        b.release_read_lock();
        BOOST_TEST((b.acquire_write_lock(1s) == acquired::inconsistent));
        b.release_write_lock();
        BOOST_TEST(b.try_lock()); // the standard's names succeed
        BOOST_TEST(b.inconsistent());
        b.unlock();
        b.write(std::uint8_t{5}, 1); // does not put it right by itself
    }
    {
        const std::unique_lock<sm::buffer_read_write> lock(b);
        b.write(
            [](boost::span<std::byte> all) { std::fill(all.begin(), all.end(), std::byte{2}); });
        b.mark_consistent();
    }
    BOOST_TEST(!looks.inconsistent());
    BOOST_TEST(looks.read<std::uint8_t>(7) + 0 == 2);
    BOOST_TEST(child("reads_and_says", {name}).read_line() == "2");
    BOOST_TEST((b.acquire_read_lock() == acquired::ok));
    b.release_read_lock();
}

BOOST_AUTO_TEST_CASE(another_process_puts_it_right) {
    two_handles h;
    peer writer(h.name), other(h.name);
    BOOST_TEST(writer.ask("lock") == "ok");
    writer.kill();
    BOOST_TEST(other.ask("lock") == "inconsistent");
    BOOST_TEST(other.ask("unlock") == "ok");
    BOOST_TEST(other.ask("read") == inconsistent);
    BOOST_TEST(other.ask("mark_consistent") == "ok");
    BOOST_TEST(other.ask("read") == "ok");
    BOOST_TEST(h.a.read(0) == 0);
    BOOST_TEST(other.ends());
}

SHARED_MEMORY_TEST_ROLE(creates_and_dies_writing) {
    array a(sm::create_only, args.at(0), 100);
    a.lock();
    a[0] = 1;
    test_support::say("ready");
    test_support::hear();
    return 0;
}

BOOST_AUTO_TEST_CASE(nobody_was_left_to_see_it) {
    const auto name = unique_name("a");
    child only("creates_and_dies_writing", {name});
    only.read_line();
    sm::shared_array<const int> looks(sm::open_read_only, name);
    only.kill();
    array a(sm::open_or_create, name, 100);
    BOOST_TEST(a.inconsistent());
    BOOST_TEST(looks.inconsistent());
    BOOST_TEST(a.is_owner());
    BOOST_TEST(a[0] == 1);
    BOOST_TEST((a.acquire_write_lock(0ms) == acquired::inconsistent));
    a.mark_consistent();
    a.unlock();
    BOOST_TEST(looks.read(0) == 1);
}

BOOST_AUTO_TEST_CASE(a_stopped_holder_is_not_robbed) {
    two_handles h;
    for (const bool writes : {true, false}) {
        peer p(h.name);
        BOOST_TEST(p.ask(writes ? "lock" : "lock_shared") == "ok");
        p.stop();
        BOOST_TEST(!h.a.try_lock_for(300ms));
        BOOST_TEST(h.a.recover().participants_reaped() == 0U);
        BOOST_TEST(!h.a.inconsistent());
        p.cont();
        BOOST_TEST(p.ask(writes ? "unlock" : "unlock_shared") == "ok");
        BOOST_TEST(h.a.try_lock_for(10s));
        h.a.unlock();
        BOOST_TEST(p.ends());
    }
}

// One slot for all of them: what the dead held is no successor's, what a successor holds is not
// given back for the dead.
BOOST_AUTO_TEST_CASE(a_slots_next_owner_neither_inherits_nor_loses_locks) {
    const auto name = unique_name("a");
    array a(sm::create_only, name, 1, sm::options().max_participants(2));
    for (int i = 0; i != 5; ++i) {
        peer dead(name);
        BOOST_TEST(dead.ask("lock_shared") == "ok");
        dead.kill();
        peer next(name);
        BOOST_TEST(next.ask("unlock_shared") != "ok");
        BOOST_TEST(a.try_lock());
        a.unlock();
        BOOST_TEST(next.ask("lock_shared") == "ok");
        BOOST_TEST(a.recover().locks_released() == 0U);
        BOOST_TEST(!a.try_lock());
        BOOST_TEST(next.ask("unlock_shared") == "ok");
        BOOST_TEST(next.ask("lock") == "ok");
        next.kill();
        peer last(name);
        BOOST_TEST(last.ask("unlock") != "ok");
        BOOST_TEST(last.ask("lock") == "inconsistent");
        BOOST_TEST(!a.try_lock_shared());
        BOOST_TEST(last.ask("mark_consistent") == "ok");
        BOOST_TEST(last.ask("unlock") == "ok");
        BOOST_TEST(a.read(0) == 0);
        BOOST_TEST(last.ends());
    }
}

// ---- Waiters

BOOST_AUTO_TEST_CASE(a_writer_is_killed_while_it_waits_for_readers, *needs_robust_waiting()) {
    two_handles h;
    h.a.lock_shared();
    peer writer(h.name), reader(h.name);
    writer.send_line("lock");
    BOOST_REQUIRE(becomes_closed(h.b));
    reader.send_line("lock_shared"); // waits behind it
    std::this_thread::sleep_for(30ms);
    writer.kill();
    BOOST_TEST(reader.read_line() == "ok");
    BOOST_TEST(h.b.try_lock_shared_for(10s));
    h.b.unlock_shared();
    BOOST_TEST(reader.ask("unlock_shared") == "ok");
    h.a.unlock_shared();
    BOOST_TEST((h.a.acquire_write_lock(10s) == acquired::ok));
    h.a.unlock();
    BOOST_TEST(reader.ends());
}

BOOST_AUTO_TEST_CASE(waiters_are_killed_asleep, *needs_robust_waiting()) {
    two_handles h;
    for (int i = 0; i != 3; ++i) {
        h.a.lock();
        peer reads(h.name), writes(h.name), survives(h.name);
        reads.send_line("lock_shared");
        writes.send_line("lock");
        survives.send_line("lock");
        std::this_thread::sleep_for(40ms);
        reads.kill();
        writes.kill();
        h.a.unlock();
        BOOST_TEST(survives.read_line() == "ok");
        BOOST_TEST(!h.a.try_lock_shared());
        BOOST_TEST(survives.ask("unlock") == "ok");
        BOOST_TEST(survives.ends());
        BOOST_TEST(h.a.recover().locks_released() == 0U);
        BOOST_TEST(!h.a.inconsistent());
    }
}

// The holder dies while others sleep: their periodic look finds it.
BOOST_AUTO_TEST_CASE(sleepers_find_out_that_the_holder_died) {
    two_handles h;
    for (const char* lock : {"lock", "lock_shared"}) {
        peer holder(h.name), waiter(h.name);
        BOOST_TEST(bool(holder.ask(lock) != "timed_out"));
        waiter.send_line("lock");
        std::this_thread::sleep_for(150ms);
        const stopwatch watch;
        holder.kill();
        BOOST_TEST(waiter.read_line() == "inconsistent"); // from the first round on
        BOOST_TEST(!watch.at_least(1s * slowness));
        BOOST_TEST(waiter.ends());
    }
}

// ---- Anybody, anywhere

namespace {

constexpr std::size_t counters = 16;
// [0] the sum of the counters, which follow; then how often it was put right
using table = sm::shared_array<std::uint64_t>;
using row = std::array<std::uint64_t, counters + 2>;

bool adds_up(const row& r) {
    return std::accumulate(r.begin() + 1, r.end() - 1, std::uint64_t{0}) == r[0];
}

void pass_time(int rounds) {
    for (int i = 0; i != rounds; ++i)
        std::atomic_signal_fence(std::memory_order_seq_cst);
}

} // namespace

SHARED_MEMORY_TEST_ROLE(counts) {
    sm::shared_array<const std::uint64_t> looks(sm::open_read_only, args.at(0));
    table t(sm::open_only, args.at(0));
    t.read_write_timeout(20s);
    looks.read_write_timeout(20s);
    std::minstd_rand random(static_cast<unsigned>(std::stoul(args.at(1))));
    row all;
    const auto add = [&](std::size_t i) {
        t[0] = t[0] + 1;
        pass_time(2000);
        t[1 + i] = t[1 + i] + 1;
    };
    for (;;) {
        const auto what = random() % 8;
        const auto i = random() % counters;
        try {
            if (what == 0) {
                if (!t.try_lock_shared_for(20s))
                    return 4;
                const std::shared_lock<table> lock(t, std::adopt_lock);
                t.copy_to(all);
                if (!t.inconsistent() && !adds_up(all))
                    return 3;
            } else if (what <= 2) {
                what == 1 ? t.copy_to(all) : looks.copy_to(all);
                if (!adds_up(all))
                    return 3;
            } else {
                const acquired got = t.acquire_write_lock(20s);
                if (!got)
                    return 4;
                const std::unique_lock<table> lock(t, std::adopt_lock);
                if (got == acquired::ok) {
                    t.copy_to(all);
                    if (!adds_up(all))
                        return 3;
                } else {
                    t[0] = std::accumulate(t.begin() + 1, t.end() - 1, std::uint64_t{0});
                    t.back() = t.back() + 1;
                    t.mark_consistent();
                }
                add(i);
            }
        } catch (const sm::error& failure) {
            if (failure.code() == errc::shut_down)
                return 0;
            if (failure.code() != errc::inconsistent)
                throw;
        }
        if (t.is_shutting_down())
            return 0;
    }
}

BOOST_AUTO_TEST_CASE(three_hundred_random_kills, *needs_robust_waiting()) {
    const auto name = unique_name("t");
    table t(sm::create_only, name, counters + 2);
    std::minstd_rand random(20260);
    unsigned started = 0;
    const auto start = [&] { return child("counts", {name, std::to_string(++started)}); };
    std::vector<child> workers;
    while (workers.size() != 4)
        workers.push_back(start());
    for (int kills = 0; kills != times(300); ++kills) {
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 16000));
        child& victim = workers[random() % workers.size()];
        victim.kill();
        BOOST_TEST(victim.wait() == 128 + 9); // not by an error of its own
        victim = start();
    }
    // All go on.
    const std::uint64_t before = t[0];
    BOOST_TEST(test_support::becomes_true([&] { return t[0] > before + 100; }));
    BOOST_TEST(t.try_lock_for(10s));
    row all{};
    t.copy_to(all);
    BOOST_TEST((t.inconsistent() || adds_up(all)));
    t.unlock();
    BOOST_TEST(t.back() > 0U); // or no kill hit a writer
    BOOST_TEST(test_support::becomes_true([&] { return t.writers_alive() == 5U; }));
    t.close();
    for (child& worker : workers)
        BOOST_TEST(worker.wait() == 0);
}
