// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The contract of lib/system/signals.hpp: what no signal handler interrupts.
//
// Not on Windows: there are no signals.

#include "support.hpp"

#include <system/signals.hpp>

#include <csignal>

namespace smd = shared_memory::detail;

namespace {
volatile std::sig_atomic_t came = 0;
}

BOOST_AUTO_TEST_CASE(signals_are_held_until_the_last_one_goes) {
    struct sigaction counting {};
    counting.sa_handler = [](int) { came = came + 1; };
    struct sigaction before {};
    BOOST_TEST_REQUIRE(sigaction(SIGUSR1, &counting, &before) == 0);
    came = 0;
    {
        smd::hold_signals const outer;
        {
            smd::hold_signals const inner;
            raise(SIGUSR1);
            BOOST_TEST(came == 0);
        }
        BOOST_TEST(came == 0);
    }
    BOOST_TEST(came == 1);
    raise(SIGUSR1);
    BOOST_TEST(came == 2);
    sigaction(SIGUSR1, &before, nullptr);
}
