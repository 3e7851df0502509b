// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The example locked_counters: what it prints and how it ends.
//
// Not on Windows: runs a shell.

#include "locks_support.hpp"

#include <filesystem>
#include <string>

using test_support::run_command;
using test_support::shell_word;

namespace {

// Where b2 says, on the command line; else where CMake builds it.
std::string program() {
    const auto& suite = boost::unit_test::framework::master_test_suite();
    return suite.argc > 1
               ? suite.argv[1]
               : std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() /
                     "example/locked_counters";
}
test_support::command_result locked_counters(const std::string& arguments) {
    return run_command(shell_word(program()) + " " + arguments);
}
const auto examples = [] { return std::filesystem::exists(program()); };
bool contains(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(sums_are_right_after_kills, *test_support::needs("the examples", examples)) {
    const int increments = locks_test::times(5000);
    const auto result =
        locked_counters("--processes 5 --kills 20 --increments " + std::to_string(increments));
    BOOST_TEST(result.status == 0, result.output);
    const std::string sum = std::to_string(5 * 3 * increments);
    BOOST_TEST(contains(result.output, "sum of the counters: " + sum + ", expected: " + sum),
               result.output);
    BOOST_TEST(contains(result.output, "killed while they held the lock: 20\n"), result.output);
    BOOST_TEST(contains(result.output, "put right by those who came next: 20\n"), result.output);
}

BOOST_AUTO_TEST_CASE(one_process_that_is_killed_again_and_again,
                     *test_support::needs("the examples", examples)) {
    const auto result = locked_counters("--processes 1 --counters 3 --increments 1 --kills 5");
    BOOST_TEST(result.status == 0, result.output);
    BOOST_TEST(contains(result.output, "sum of the counters: 3, expected: 3"), result.output);
}

BOOST_AUTO_TEST_CASE(help_and_wrong_options, *test_support::needs("the examples", examples)) {
    const auto help = locked_counters("--help");
    BOOST_TEST(help.status == 0);
    BOOST_TEST(contains(help.output, "usage: locked_counters"));
    for (const char* wrong :
         {"--counters 2", "--processes 0", "--kills x", "--nonsense", "stray"}) {
        const auto result = locked_counters(wrong);
        BOOST_TEST(result.status == 2, wrong);
        BOOST_TEST(contains(result.output, "locked_counters: "));
    }
}
