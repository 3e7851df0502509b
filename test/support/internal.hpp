// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#ifndef SHARED_MEMORY_TEST_SUPPORT_INTERNAL_HPP
#define SHARED_MEMORY_TEST_SUPPORT_INTERNAL_HPP

#include <string>

namespace test_support {

// Watches the test cases from now on: watchdog, result lines.
void observe_cases();

// Removes and reports what this program left in /dev/shm; false if there was something.
bool nothing_left_behind();

// Starts the watchdog with the limit in force; `what` is what it names when it bites.
void arm_watchdog(std::string const& what);
void disarm_watchdog();

// Seconds; how a child learns of its parent's limit.
constexpr char watchdog_variable[] = "SHARED_MEMORY_TEST_WATCHDOG";
unsigned watchdog_limit();

} // namespace test_support

#endif
