// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Short runs of crash_soak; doc/crash_safety.md tells of long ones.
//
// Not on Windows: forks.

#include "support.hpp"

#include <filesystem>
#include <string>

using test_support::run_command;
using test_support::shell_word;

namespace {

// Everything is slower in the sanitizers, and stalls are longer.
constexpr const char* killing = test_support::sanitized
                                    ? " --kills-per-second 20 --seconds 3 --longest-stall 20000"
                                    : " --kills-per-second 50 --seconds 2.5";

// Where b2 says, on the command line; else where CMake builds it.
std::string program() {
    const auto& suite = boost::unit_test::framework::master_test_suite();
    return suite.argc > 1
               ? suite.argv[1]
               : std::filesystem::read_symlink("/proc/self/exe").parent_path() / "crash_soak";
}
test_support::command_result crash_soak(const std::string& arguments) {
    return run_command(shell_word(program()) + " " + arguments);
}

bool contains(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

void survives(const std::string& arguments) {
    const auto result = crash_soak(arguments + killing);
    BOOST_TEST(result.status == 0, result.output);
    for (const char* zero : {" lost=0 ", " torn=0 ", " duplicated_unmarked=0 ", " out_of_order=0 "})
        BOOST_TEST(contains(result.output, zero), result.output);
    BOOST_TEST(!contains(result.output, "kills=0 "), result.output);
    BOOST_TEST(!contains(result.output, " written=0 "), result.output);
}

} // namespace

BOOST_AUTO_TEST_SUITE(soak, *test_support::needs_robust_waiting())

BOOST_AUTO_TEST_CASE(two_nodes_of_16) {
    survives("--node-count 2 --node-size 16 --seed 1");
}
BOOST_AUTO_TEST_CASE(three_nodes_of_64_with_pauses) {
    survives("--node-count 3 --node-size 64 --seed 2 --dwell 200");
}
BOOST_AUTO_TEST_CASE(a_thousand_nodes_of_64) {
    survives("--node-count 1000 --node-size 64 --seed 3");
}
BOOST_AUTO_TEST_CASE(a_thousand_nodes_of_4096_with_pauses) {
    survives("--node-count 1000 --node-size 4096 --seed 4 --dwell 100");
}
BOOST_AUTO_TEST_CASE(a_single_writer_and_a_single_reader) {
    survives("--single --node-count 3 --node-size 64 --seed 6");
}
BOOST_AUTO_TEST_CASE(three_threads_on_each_handle) {
    survives("--threads 3 --node-count 3 --node-size 64 --seed 7 --writers 2 --readers 2");
}
BOOST_AUTO_TEST_CASE(three_nodes_of_4096) {
    survives("--node-count 3 --node-size 4096 --seed 5 --writers 1 --readers 2");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(interrupted_it_leaves_nothing, *test_support::needs_robust_waiting()) {
    // Its children too must go, or the pipe would stay open and this would not end.
    const auto result = run_command(shell_word(program()) +
                                    " --seconds 60 & pid=$!; sleep 1; kill -INT $pid; wait $pid;"
                                    " echo \"status $?\"; ls /dev/shm | grep crash_soak-$pid-");
    BOOST_TEST(result.output == "status 130\n");
}

BOOST_AUTO_TEST_CASE(help_and_wrong_options) {
    const auto help = crash_soak("--help");
    BOOST_TEST(help.status == 0);
    BOOST_TEST(contains(help.output, "usage: crash_soak"));
    for (const char* wrong : {"--writers 0", "--node-size 15", "--seconds x", "--nonsense", "stray",
                              "--threads 17", "--single --threads 2"}) {
        const auto result = crash_soak(wrong);
        BOOST_TEST(result.status == 2, wrong);
        BOOST_TEST(contains(result.output, "crash_soak: "));
    }
}
