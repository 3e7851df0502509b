// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Threads that share one handle, and mix explicit locks with plain reads and writes: a lock is the
// thread's that took it, and every other thread waits as any process does. The thread sanitizer runs
// this, too.

#include "locks_peer.hpp"

#include <shared_memory/buffer_read_write.hpp>
#include <shared_memory/shared_array.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

namespace sm = shared_memory;
using namespace locks_test;
using sm::acquired;
using sm::errc;
using test_support::child;
using test_support::unique_name;

namespace {

constexpr std::size_t length = 1024;
using row = std::array<std::uint64_t, length>;

template <class Range>
bool whole(const Range& words) {
    return std::all_of(words.begin(), words.end(), [&](auto w) { return w == words[0]; });
}

// Counts how many are ready, so that calls of several threads begin together.
class start_line {
public:
    explicit start_line(int threads) : missing_(threads) {}
    void wait() {
        --missing_;
        while (missing_ > 0)
            std::this_thread::yield();
    }

private:
    std::atomic<int> missing_;
};

template <class Call>
void in_another_thread(Call&& call) {
    std::thread(std::forward<Call>(call)).join();
}

} // namespace

// ---- A plain call of another thread

BOOST_AUTO_TEST_CASE(another_threads_lock_is_waited_for) {
    two_handles h;
    h.a.read_write_timeout(30ms);
    h.a.lock();
    h.a[0] = 1;
    h.a.write(2, 0); // this thread goes straight on
    BOOST_TEST(h.a.read(0) == 2);
    in_another_thread([&] {
        BOOST_TEST(fails_with(errc::timed_out, [&] { h.a.read(0); }));
        BOOST_TEST(fails_with(errc::timed_out, [&] { h.a.write(3, 0); }));
        BOOST_TEST(fails_with(errc::timed_out, [&] { h.a.fill(3); }));
        BOOST_TEST(fails_with(errc::timed_out, [&] { h.a.contains(3); }));
        BOOST_TEST(fails_with(errc::timed_out, [&] { h.a.mark_consistent(); }));
        BOOST_TEST((h.a.acquire_read_lock(10ms) == acquired::timed_out));
        BOOST_TEST((h.a.acquire_write_lock(10ms) == acquired::timed_out));
    });
    BOOST_TEST(h.a.read(0) == 2);
    h.a.unlock();
    in_another_thread([&] { h.a.write(4, 0); });
    BOOST_TEST(h.a.read(0) == 4);
    h.a.lock_shared();
    in_another_thread([&] {
        BOOST_TEST(h.a.read(0) == 4);
        BOOST_TEST(fails_with(errc::timed_out, [&] { h.a.write(5, 0); })); // no deadlock: it waits
    });
    BOOST_TEST(fails_with(errc::would_deadlock, [&] { h.a.write(5, 0); }));
    h.a.unlock_shared();
}

// As long as it takes: the lock comes when the other thread lets go, and not before.
BOOST_AUTO_TEST_CASE(a_plain_call_begins_when_the_other_thread_unlocks) {
    const auto name = unique_name("a");
    sm::shared_array<std::uint64_t> a(sm::create_only, name, length);
    a.read_write_timeout(20s);
    std::atomic<bool> wrote{false};
    a.lock();
    std::thread writer([&] {
        a.fill(2);
        wrote = true;
    });
    std::this_thread::sleep_for(30ms);
    BOOST_TEST(!wrote);
    BOOST_TEST(a[0] == 0U);
    a.unlock();
    writer.join();
    BOOST_TEST(a[length - 1] == 2U);
}

// The thread that locked has unlocked, and the plain call of the other thread still runs.
BOOST_AUTO_TEST_CASE(a_plain_call_is_whole_though_the_lock_is_released_meanwhile) {
    const auto name = unique_name("a");
    using array64 = sm::shared_array<std::uint64_t>;
    array64 one(sm::create_only, name, length);
    array64 other(sm::open_only, name);
    sm::shared_array<const std::uint64_t> looks(sm::open_read_only, name);
    for (array64* a : {&one, &other})
        a->read_write_timeout(20s);
    looks.read_write_timeout(20s);
    int torn = 0;
    for (int round = 0; round != times(1000); ++round) {
        row read_by_one, read_by_other, looked;
        one.fill(1);
        start_line go(5);
        std::thread reads([&] {
            go.wait();
            one.read(read_by_one);
        });
        std::thread writes([&] {
            go.wait();
            one.fill(2);
        });
        std::thread writes_too([&] {
            go.wait();
            other.fill(3);
            other.read(read_by_other);
        });
        std::thread observes([&] {
            go.wait();
            looks.read(looked);
        });
        one.lock();
        go.wait();
        one.unlock();
        for (std::thread* t : {&reads, &writes, &writes_too, &observes})
            t->join();
        torn += whole(read_by_one) && whole(read_by_other) && whole(looked) ? 0 : 1;
    }
    BOOST_TEST(torn == 0);
}

SHARED_MEMORY_TEST_ROLE(reads_until_told) {
    sm::shared_array<std::uint64_t> a(sm::open_only, args.at(0));
    a.read_write_timeout(20s);
    test_support::say("ready");
    int torn = 0;
    for (std::uint64_t last = 0; last != ~std::uint64_t{0};) {
        row words;
        a.read(words);
        torn += whole(words) ? 0 : 1;
        last = words[0];
    }
    test_support::say(std::to_string(torn));
    return 0;
}

// Every kind of call at once, through one handle, of arrays.
BOOST_AUTO_TEST_CASE(threads_of_one_handle_mix_explicit_locks_and_plain_calls) {
    const auto name = unique_name("a");
    using array64 = sm::shared_array<std::uint64_t>;
    array64 a(sm::create_only, name, length);
    a.read_write_timeout(20s);
    child reader("reads_until_told", {name});
    BOOST_TEST(reader.read_line() == "ready");
    std::atomic<int> torn{0};
    const auto told = [&](bool is_whole) { torn += is_whole ? 0 : 1; };
    const auto works = [&](std::uint64_t id) {
        row words;
        for (std::uint64_t i = 0; i != std::uint64_t{times(2000)}; ++i) {
            switch ((i + id) % 7) {
            case 0: {
                const std::unique_lock<array64> lock(a);
                std::fill(a.begin(), a.end(), id); // unprotected calls, under the lock
                told(whole(a));
                a.fill(id + 1); // plain calls, under the lock
                a.read(words);
                told(whole(words) && words[0] == id + 1);
                break;
            }
            case 1: {
                const std::shared_lock<array64> lock(a);
                told(whole(a));
                const std::shared_lock<array64> nested(a);
                a.read(words);
                told(whole(words) && words[0] == a[0]);
                break;
            }
            case 2:
                if (a.acquire_write_lock(1ms)) {
                    a.write(words, 0);
                    told(whole(a) == whole(words));
                    a.fill(id);
                    a.release_write_lock();
                }
                break;
            case 3:
                if (a.try_lock_shared()) {
                    told(whole(a));
                    a.unlock_shared();
                }
                break;
            case 4:
                a.fill(id);
                break;
            case 5:
                words.fill(id);
                a.write(words);
                break;
            default:
                a.copy_to(words);
                told(whole(words));
            }
        }
    };
    std::vector<std::thread> threads;
    for (std::uint64_t id = 1; id != 5; ++id)
        threads.emplace_back(works, id);
    for (std::thread& t : threads)
        t.join();
    a.fill(~std::uint64_t{0});
    BOOST_TEST(torn == 0);
    BOOST_TEST(reader.read_line() == "0");
    BOOST_TEST(reader.wait() == 0);
}

// The same of buffers, whose functions have the memory itself.
BOOST_AUTO_TEST_CASE(threads_of_one_buffer_mix_explicit_locks_and_plain_calls) {
    const auto name = unique_name("b");
    sm::buffer_read_write b(sm::create_only, name, length);
    b.read_write_timeout(20s);
    using bytes = boost::span<std::byte>;
    using const_bytes = boost::span<const std::byte>;
    std::atomic<int> torn{0};
    const auto told = [&](bool is_whole) { torn += is_whole ? 0 : 1; };
    const auto works = [&](unsigned id) {
        const auto fills = [id](bytes all) { std::fill(all.begin(), all.end(), std::byte(id)); };
        for (int i = 0; i != times(2000); ++i) {
            switch ((static_cast<unsigned>(i) + id) % 4) {
            case 0: {
                const std::unique_lock<sm::buffer_read_write> lock(b);
                std::fill_n(b.data(), length, std::byte(id + 100));
                b.write(fills);
                told(b.read<std::uint8_t>(length - 1) == id);
                break;
            }
            case 1: {
                const std::shared_lock<sm::buffer_read_write> lock(b);
                b.read([&](const_bytes all) { told(whole(all)); });
                told(whole(const_bytes(b.data(), length)));
                break;
            }
            case 2:
                b.write(fills);
                break;
            default:
                b.read([&](const_bytes all) { told(whole(all)); });
            }
        }
    };
    std::vector<std::thread> threads;
    for (unsigned id = 1; id != 5; ++id)
        threads.emplace_back(works, id);
    for (std::thread& t : threads)
        t.join();
    BOOST_TEST(torn == 0);
}

// ---- A call that would wait for itself

BOOST_AUTO_TEST_CASE(a_thread_that_would_wait_for_itself_is_told) {
    two_handles h;
    const auto deadlocks = [&](auto call, const char* held) {
        BOOST_TEST(fails_with(errc::would_deadlock, call, {held, "release"}));
    };
    h.a.lock();
    deadlocks([&] { h.a.lock(); }, "for writing");
    deadlocks([&] { h.a.lock_shared(); }, "for writing");
    deadlocks([&] { (void)h.a.acquire_write_lock(); }, "for writing");
    deadlocks([&] { (void)h.a.acquire_read_lock(); }, "for writing");
    deadlocks([&] { const std::unique_lock<array> lock(h.a); }, "for writing");
    BOOST_TEST(!h.a.try_lock());
    BOOST_TEST(!h.a.try_lock_shared());
    BOOST_TEST((h.a.acquire_write_lock(10ms) == acquired::timed_out));
    h.a.unlock();
    h.a.lock_shared();
    deadlocks([&] { h.a.lock(); }, "for reading");
    deadlocks([&] { h.a.mark_consistent(); }, "for reading");
    BOOST_TEST(!h.a.try_lock_for(10ms));
    h.a.lock_shared(); // nested
    h.a.unlock_shared();
    deadlocks([&] { h.a.lock(); }, "for reading");
    h.a.unlock_shared();
    h.a.lock();
    h.a.unlock();
    BOOST_TEST(h.b.try_lock()); // nothing is left of the calls that failed
    h.b.unlock();
}

// One reads and wants to write; the other one holds a lock too, and lets go.
BOOST_AUTO_TEST_CASE(another_threads_lock_is_no_deadlock) {
    two_handles h;
    for (const bool reads : {true, false}) {
        std::atomic<bool> held{false};
        std::thread holder([&] {
            reads ? h.a.lock_shared() : h.a.lock();
            held = true;
            std::this_thread::sleep_for(30ms);
            reads ? h.a.unlock_shared() : h.a.unlock();
        });
        while (!held)
            std::this_thread::yield();
        h.a.lock(); // waits
        h.a.unlock();
        holder.join();
    }
}

// The next thread must not be taken for an ended one, whatever the system gives it.
BOOST_AUTO_TEST_CASE(an_ended_threads_lock_is_nobodys_who_comes_later) {
    two_handles h;
    h.a.read_write_timeout(10ms);
    in_another_thread([&] { h.a.lock(); });
    for (int i = 0; i != 20; ++i)
        in_another_thread(
            [&] { BOOST_TEST(fails_with(errc::timed_out, [&] { h.a.write(1, 0); })); });
    h.a.unlock(); // any thread may release it
    in_another_thread([&] { h.a.lock_shared(); });
    for (int i = 0; i != 20; ++i)
        in_another_thread(
            [&] { BOOST_TEST(fails_with(errc::timed_out, [&] { h.a.write(1, 0); })); });
    h.a.unlock_shared();
    h.a.write(1, 0);
}

// ---- Releasing

// [H2] One of two that release one lock at once has released it, and the other one is told. Nothing
// is left of it, and nobody else's lock goes.
BOOST_AUTO_TEST_CASE(two_threads_release_one_lock_at_once) {
    two_handles h;
    for (const bool writes : {false, true}) {
        int wrong = 0;
        for (int round = 0; round != times(3000); ++round) {
            std::atomic<int> released{0};
            start_line go(2);
            if (writes)
                h.a.lock();
            else
                h.a.lock_shared();
            const auto releases = [&] {
                go.wait();
                try {
                    writes ? h.a.release_write_lock() : h.a.release_read_lock();
                    ++released;
                } catch (const sm::error& failure) {
                    wrong += failure.code() == errc::bad_argument ? 0 : 1;
                }
            };
            std::thread one(releases);
            releases();
            one.join();
            wrong += released == 1 ? 0 : 1;
            if (!h.b.try_lock()) { // nothing is left
                ++wrong;
                break;
            }
            h.b.unlock();
        }
        BOOST_TEST(wrong == 0);
    }
}

// The second release comes when another participant has the lock.
BOOST_AUTO_TEST_CASE(a_second_release_takes_nobodys_lock) {
    two_handles h;
    std::atomic<bool> end{false};
    std::atomic<int> inside{0}, wrong{0};
    std::thread other([&] {
        while (!end) {
            const std::unique_lock<array> lock(h.b);
            wrong += inside.exchange(1) == 0 ? 0 : 1;
            wrong += inside.exchange(0) == 1 ? 0 : 1;
        }
    });
    std::thread releases_too([&] {
        while (!end)
            h.a.unlock();
    });
    for (int i = 0; i != times(20000); ++i) {
        h.a.lock();
        h.a.unlock();
    }
    end = true;
    other.join();
    releases_too.join();
    BOOST_TEST(wrong == 0);
    BOOST_TEST(h.b.try_lock_for(10s));
    h.b.unlock();
}

// More threads than are noted in one place.
BOOST_AUTO_TEST_CASE(many_threads_hold_one_handles_lock) {
    two_handles h;
    constexpr int count = 40;
    start_line held(count + 1), go(count + 1);
    std::atomic<int> told{0};
    std::vector<std::thread> threads;
    for (int i = 0; i != count; ++i)
        threads.emplace_back([&] {
            h.a.lock_shared();
            h.a.lock_shared();
            held.wait();
            go.wait();
            h.a.release_read_lock();
            told += fails_with(errc::would_deadlock, [&] { h.a.lock(); }) ? 1 : 0;
            h.a.release_read_lock();
        });
    held.wait();
    h.a.read_write_timeout(10ms);
    BOOST_TEST(fails_with(errc::timed_out, [&] { h.a.write(1, 0); }));
    BOOST_TEST(!h.b.try_lock());
    go.wait();
    for (std::thread& t : threads)
        t.join();
    BOOST_TEST(told == count);
    BOOST_TEST(fails_with(errc::bad_argument, [&] { h.a.release_read_lock(); }));
    BOOST_TEST(h.b.try_lock());
    h.b.unlock();
}

// ---- Beside a writer that waits

namespace {

// Threads whose read locks overlap, so that some lock is held at each moment.
template <class Handle>
struct overlapping {
    explicit overlapping(Handle handle_of) {
        for (int i = 0; i != 4; ++i)
            threads.emplace_back([this, handle_of, i] {
                array& a = handle_of(i);
                while (!end) {
                    const std::shared_lock<array> lock(a);
                    const std::shared_lock<array> nested(a);
                    std::this_thread::sleep_for(1ms * (i + 1));
                    a.read(0); // nested: not refused beside the writer
                    ++reads;
                }
            });
        while (reads < 8)
            std::this_thread::sleep_for(1ms);
    }
    ~overlapping() {
        end = true;
        for (std::thread& t : threads)
            t.join();
    }
    std::atomic<bool> end{false};
    std::atomic<long> reads{0};
    std::vector<std::thread> threads;
};

} // namespace

// [L5]
BOOST_AUTO_TEST_CASE(overlapping_read_locks_do_not_keep_a_writer_out) {
    for (const bool one_handle : {true, false}) {
        two_handles h;
        h.a.read_write_timeout(20s);
        std::vector<array> others(4);
        for (array& other : others)
            other = array(sm::open_only, h.name);
        const auto handle_of = [&](int i) -> array& {
            return one_handle ? h.a : others[static_cast<std::size_t>(i)];
        };
        overlapping<decltype(handle_of)> readers(handle_of);
        peer writes(h.name);
        for (int i = 0; i != 20; ++i) {
            const long before = readers.reads;
            BOOST_TEST(h.b.try_lock_for(5s)); // this process
            h.b.unlock();
            BOOST_TEST(writes.ask("lock") == "ok"); // another process
            BOOST_TEST(writes.ask("unlock") == "ok");
            while (readers.reads == before) // they go on, afterwards
                std::this_thread::yield();
        }
        BOOST_TEST(writes.ends());
    }
}

// A writer of the same handle waits for the handle's other threads, too.
BOOST_AUTO_TEST_CASE(overlapping_read_locks_do_not_keep_their_own_handles_writer_out) {
    two_handles h;
    h.a.read_write_timeout(20s);
    const auto handle_of = [&](int) -> array& { return h.a; };
    overlapping<decltype(handle_of)> readers(handle_of);
    for (int i = 0; i != 20; ++i) {
        BOOST_TEST(h.a.try_lock_for(5s));
        h.a.unlock();
        h.a.write(i, 0);
    }
}

// Who holds the lock goes on beside the writer; who does not, does not.
BOOST_AUTO_TEST_CASE(only_a_holder_enters_beside_a_waiting_writer) {
    two_handles h;
    h.a.read_write_timeout(20ms);
    h.a.lock_shared();
    std::thread writer([&] { const std::unique_lock<array> lock(h.b); });
    BOOST_TEST(test_support::becomes_true([&] {
        bool enters = true;
        in_another_thread([&] {
            enters = h.a.try_lock_shared();
            if (enters)
                h.a.unlock_shared();
        });
        return !enters;
    }));
    for (int i = 0; i != 100; ++i) {
        BOOST_TEST(h.a.read(0) == 0);
        BOOST_TEST(h.a.try_lock_shared());
        h.a.unlock_shared();
    }
    in_another_thread([&] {
        BOOST_TEST(fails_with(errc::timed_out, [&] { h.a.read(0); }));
        BOOST_TEST((h.a.acquire_read_lock(10ms) == acquired::timed_out));
    });
    h.a.unlock_shared();
    writer.join();
    in_another_thread([&] { BOOST_TEST(h.a.read(0) == 0); });
}
