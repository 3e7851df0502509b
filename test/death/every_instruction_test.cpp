// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A death at every point of every operation: runs every_instruction, which does that. By itself and
// without arguments it takes all points; this spreads those that it has time for.
//
// Not on Windows: goes step by step with ptrace.

#include "support.hpp"

#include <filesystem>
#include <string>

using test_support::needs;
using test_support::needs_robust_waiting;
using test_support::run_command;

namespace {

using test_support::sanitized;

// Where b2 says, on the command line; else CMake puts it beside us.
std::string program() {
    const auto& suite = boost::unit_test::framework::master_test_suite();
    return suite.argc > 1 ? suite.argv[1]
                          : std::filesystem::read_symlink("/proc/self/exe").parent_path() /
                                "every_instruction";
}
test_support::command_result every_instruction(const std::string& arguments) {
    return run_command(test_support::shell_word(program()) + " " + arguments);
}

bool may_trace() {
    constexpr int may_not = 3;
    return !sanitized && every_instruction("--operation unlock --stride 1000").status != may_not;
}
const std::string tracing = sanitized ? "a build without sanitizers" : "ptrace";

bool contains(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_death_at_every_point, *needs_robust_waiting() * needs(tracing, may_trace)) {
    const auto result = every_instruction("--seconds 20");
    BOOST_TEST(result.status == 0, result.output);
    BOOST_TEST(contains(result.output, " in 22 operations, all balanced\n"), result.output);
}

BOOST_AUTO_TEST_CASE(help_list_and_wrong_options) {
    const auto help = every_instruction("--help");
    BOOST_TEST(help.status == 0);
    BOOST_TEST(contains(help.output, "usage: every_instruction"));
    const auto list = every_instruction("--list --operation recover");
    BOOST_TEST(list.status == 0);
    BOOST_TEST(contains(list.output, "recover        reader and writer\n"), list.output);
    BOOST_TEST(!contains(list.output, "commit"), list.output);
    for (const char* wrong :
         {"--stride 0", "--seconds x", "--nonsense", "--operation nothing", "--seconds -1"}) {
        const auto result = every_instruction(wrong);
        BOOST_TEST(result.status == 2, wrong);
        BOOST_TEST(contains(result.output, "every_instruction: "), result.output);
    }
}
