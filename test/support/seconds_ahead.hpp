// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// How much later it is, in a program with later.hpp in one of its sources.

#ifndef SHARED_MEMORY_TEST_SECONDS_AHEAD_HPP
#define SHARED_MEMORY_TEST_SECONDS_AHEAD_HPP

#include <atomic>

namespace test_support {
inline std::atomic<long> seconds_ahead{0};
}

#endif
