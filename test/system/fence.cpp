// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The contract of lib/system/fence.hpp: two threads each store, then look for what the other one
// stored. If one of them runs the fence of all processes, and the other one none but for the
// compiler, at least one of the two sees the other's store. (Between processes: process_fence.)

#include "support.hpp"

#include <shared_memory/detail/layout/header.hpp>

#include <system/fence.hpp>

#include <atomic>
#include <cstdint>
#include <thread>

namespace smd = shared_memory::detail;

namespace {

struct alignas(128) word : std::atomic<std::uint64_t> {};

struct table {
    word light_stored{};
    word heavy_stored{};
    word round{};
    word light_saw{};
    word light_done{};
};

void light_side(table& t, std::uint64_t rounds, bool registered) {
    for (std::uint64_t i = 1; i <= rounds; ++i) {
        while (t.round.load(std::memory_order_acquire) < i)
            std::this_thread::yield();
        t.light_stored.store(i, std::memory_order_relaxed);
        registered ? smd::ipc_words::light_fence() : smd::ipc_words::full_fence();
        t.light_saw.store(t.heavy_stored.load(std::memory_order_relaxed),
                          std::memory_order_relaxed);
        t.light_done.store(i, std::memory_order_release);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(fence_of_one_is_a_fence_of_all) {
    bool const registered = smd::register_for_heavy_fences();
    BOOST_TEST(smd::register_for_heavy_fences() == registered, "it may be asked again");
    std::uint64_t const rounds = 2000;
    table t;
    std::thread light([&] { light_side(t, rounds, registered); });
    std::uint64_t neither = 0;
    for (std::uint64_t i = 1; i <= rounds; ++i) {
        t.round.store(i, std::memory_order_release);
        for (std::uint64_t pause = i % 512; pause != 0; --pause)
            smd::ipc_words::light_fence(); // now the one is first, now the other
        t.heavy_stored.store(i, std::memory_order_relaxed);
        smd::fence_all_processes();
        bool const saw = t.light_stored.load(std::memory_order_relaxed) == i;
        while (t.light_done.load(std::memory_order_acquire) != i)
            std::this_thread::yield();
        bool const was_seen = t.light_saw.load(std::memory_order_relaxed) == i;
        neither += saw || was_seen ? 0U : 1U;
    }
    light.join();
    BOOST_TEST(neither == 0U);
}

BOOST_AUTO_TEST_CASE(fence_returns_without_registration) {
    smd::fence_all_processes();
    smd::fence_all_processes();
}
