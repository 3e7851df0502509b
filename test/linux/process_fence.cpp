// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Two processes each store, then look for what the other one stored. With a light fence in the one
// and a heavy one in the other, at least one of the two sees the other's store; without the heavy
// one, on most processors, now and then neither does.
//
// Runs alone: two processes must run at the same moment.
// Not on Windows: is about membarrier(2).

#include "support.hpp"

#include <shared_memory/detail/layout/header.hpp>

#include <boost/interprocess/anonymous_shared_memory.hpp>
#include <boost/interprocess/mapped_region.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <new>

namespace bi = boost::interprocess;
using shared_memory::detail::ipc_words;

namespace {

struct table {
    alignas(128) ipc_words::word64 light_stores{0};
    alignas(128) ipc_words::word64 heavy_stores{0};
    alignas(128) ipc_words::word64 round{0}; // that both may begin
    alignas(128) ipc_words::word64 light_saw{0};
    alignas(128) ipc_words::word64 light_done{0};
};

void light_side(table& t, std::uint64_t rounds) {
    for (std::uint64_t i = 1; i <= rounds; ++i) {
        while (t.round.load(boost::memory_order_acquire) < i)
            ;
        t.light_stores.store(i, boost::memory_order_release);
        ipc_words::light_fence();
        const std::uint64_t saw = t.heavy_stores.load(boost::memory_order_seq_cst);
        t.light_saw.store(saw, boost::memory_order_relaxed);
        t.light_done.store(i, boost::memory_order_release);
    }
}

// In how many rounds neither saw the other.
template <class Fence>
std::uint64_t neither_saw(std::uint64_t rounds, Fence fence) {
    bi::mapped_region region = bi::anonymous_shared_memory(sizeof(table));
    auto& t = *::new (region.get_address()) table;
    const pid_t process = ::fork();
    if (process == 0) {
        ipc_words::register_for_heavy_fences();
        light_side(t, rounds);
        ::_exit(0);
    }
    std::uint64_t neither = 0;
    for (std::uint64_t i = 1; i <= rounds; ++i) {
        t.round.store(i, boost::memory_order_release);
        for (std::uint64_t pause = i % 1024; pause != 0; --pause)
            ipc_words::light_fence(); // now the one is first, now the other
        t.heavy_stores.store(i, boost::memory_order_relaxed);
        fence();
        const bool saw = t.light_stores.load(boost::memory_order_relaxed) == i;
        while (t.light_done.load(boost::memory_order_acquire) != i)
            ;
        const bool was_seen = t.light_saw.load(boost::memory_order_relaxed) == i;
        neither += !saw && !was_seen ? 1U : 0U;
    }
    int status = 0;
    ::waitpid(process, &status, 0);
    BOOST_TEST(status == 0);
    return neither;
}

} // namespace

BOOST_AUTO_TEST_CASE(one_of_two_sees_the_other) {
    constexpr std::uint64_t rounds = 20000;
    if (!ipc_words::register_for_heavy_fences())
        BOOST_TEST_MESSAGE("this process may not call membarrier: a millisecond for each round");
    BOOST_TEST(neither_saw(ipc_words::register_for_heavy_fences() ? rounds : 100,
                           [] { ipc_words::heavy_fence(); }) == 0U);
    std::cout << "without a heavy fence, neither saw the other in "
              << neither_saw(rounds, [] { ipc_words::light_fence(); }) << " of " << rounds
              << " rounds" << std::endl;
}
