// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#ifndef SHARED_MEMORY_TEST_SUPPORT_INTERNAL_HPP
#define SHARED_MEMORY_TEST_SUPPORT_INTERNAL_HPP

#include <string>
#include <vector>

namespace test_support {

// A case of a program with several sources is called FILE/CASE, so that its name tells where it is.
void sort_cases_by_file();

// test/run starts a program again after a crash: it goes on behind the case that crashed.
void leave_out_earlier_cases();

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

// ---- What is each system's own, in posix/ and windows/

// Before anything else in main(): how a crash, or a peer that has gone, ends or does not end it.
void start_program();
// Without folder and extension.
std::string program_name();
unsigned long process_id();
// Unless it has one.
void default_variable(char const* name, char const* value);
bool output_is_terminal();

// Ends the program with the message when the seconds are over; one at a time.
void start_timer(std::string const& message, unsigned seconds);
void stop_timer();

// In every name that this program gives to a segment.
std::string const& name_prefix();
// Segments that are still there with this in their names, and may not stay; then none is there.
std::vector<std::string> remove_leftovers(std::string const& in_names,
                                          bool (*may_stay)(std::string const& name));

} // namespace test_support

#endif
