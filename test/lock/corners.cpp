// Copyright the shared_memory authors. Distributed under the Boost Software
// License, Version 1.0.

// Corners that were wrong once: plain reads and writes between threads of one handle, across a
// fork, and without end.

#include "locks_support.hpp"

#include <shared_memory/buffer_read_write.hpp>
#include <shared_memory/shared_array.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace sm = shared_memory;
using namespace locks_test;
using test_support::unique_name;

namespace {

using block = std::array<std::uint64_t, 512>; // 4 KiB

bool whole(const block& words) {
    return std::all_of(words.begin(), words.end(), [&](auto w) { return w == words[0]; });
}

struct named_too_long {
    int number;
};

} // namespace

template <>
struct shared_memory::type_tag<named_too_long> {
    static std::string value() { return std::string(64, 'n'); }
};

// The read is never over before the next write: it must end all the same.
BOOST_AUTO_TEST_CASE(a_validated_read_that_is_always_disturbed_times_out) {
    const auto name = unique_name("b");
    sm::buffer_read_write b(sm::create_only, name, 100);
    sm::buffer_read_write looks(sm::open_read_only, name);
    looks.read_write_timeout(50ms);
    const stopwatch watch;
    int calls = 0;
    BOOST_TEST(fails_with(sm::errc::timed_out, [&] {
        looks.read([&](boost::span<const std::byte>) {
            if (watch.at_least(2s))
                return; // for ever, otherwise
            b.write(++calls);
            std::this_thread::sleep_for(1ms);
        });
    }));
    BOOST_TEST(!watch.at_least(2s));
}

BOOST_AUTO_TEST_CASE(between_processes_and_threads_of_one_handle_writes_exclude_each_other) {
    const auto name = unique_name("b");
    sm::buffer_read_write b(sm::create_only, name, sizeof(block));
    b.read_write_timeout(10s);
    std::atomic<bool> end{false};
    std::atomic<int> torn{0};
    std::vector<std::thread> threads;
    for (std::uint64_t id = 1; id != 3; ++id)
        threads.emplace_back([&, id] {
            block words;
            words.fill(id);
            while (!end)
                b.write(words); // plain: locks for its own duration
        });
    sm::buffer_read_write other(sm::open_only, name);
    other.read_write_timeout(10s);
    const stopwatch watch;
    while (!watch.at_least(300ms)) {
        block words;
        other.read(words);
        torn += whole(words) ? 0 : 1;
    }
    end = true;
    for (std::thread& t : threads)
        t.join();
    BOOST_TEST(torn == 0);
}

// Others that try for the lock must not make it stumble, though it waits for nothing.
BOOST_AUTO_TEST_CASE(reads_with_the_read_lock_do_not_fail_while_others_try_to_lock) {
    const auto name = unique_name("b");
    sm::buffer_read_write a(sm::create_only, name, 100);
    sm::buffer_read_write b(sm::open_only, name);
    std::atomic<bool> end{false};
    a.lock_shared();
    std::thread trying([&] {
        while (!end)
            (void)b.try_lock();
    });
    a.read_write_timeout(0ms);
    int failed = 0;
    for (int i = 0; i != times(300000); ++i) {
        try {
            a.read<int>();
        } catch (const sm::error&) {
            ++failed;
        }
    }
    end = true;
    trying.join();
    a.unlock_shared();
    BOOST_TEST(failed == 0);
}

// Cut off, it would be a name with which nobody can open the array.
BOOST_AUTO_TEST_CASE(a_type_tag_that_is_too_long_is_refused_or_works) {
    const auto name = unique_name("a");
    bool created = false;
    try {
        sm::shared_array<named_too_long> a(sm::create_only, name, 1);
        created = true;
        sm::shared_array<named_too_long> b(sm::open_only, name);
    } catch (const sm::error& failure) {
        BOOST_TEST(!created, failure.what());
    }
}
