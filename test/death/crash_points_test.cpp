// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A death before and after every write to shared memory: runs crash_points, which does that. What it
// does where a repair is left out: test/mutants.
//
// Not on Windows: stops its processes by signals.

#include "support.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using test_support::needs_robust_waiting;
using test_support::run_command;

namespace {

// Where b2 says, on the command line; else CMake puts it beside us.
std::string program() {
    const auto& suite = boost::unit_test::framework::master_test_suite();
    return suite.argc > 1
               ? suite.argv[1]
               : std::filesystem::read_symlink("/proc/self/exe").parent_path() / "crash_points";
}
test_support::command_result crash_points(const std::string& arguments) {
    return run_command(test_support::shell_word(program()) + " " + arguments);
}

bool contains(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(points, *needs_robust_waiting())

BOOST_AUTO_TEST_CASE(every_write_in_the_sources_is_a_point) {
    const auto result = crash_points("--check");
    BOOST_TEST(result.status == 0, result.output);
    BOOST_TEST(!contains(result.output, "NOT "), result.output);
}

BOOST_AUTO_TEST_CASE(the_table_of_points_is_up_to_date) {
    const auto now = crash_points("--table");
    BOOST_TEST(now.status == 0, now.output);
    std::ifstream file(TEST_SOURCE_DIR "/doc/generated/points.md");
    const std::string kept{std::istreambuf_iterator<char>(file), {}};
    BOOST_TEST(now.output == kept,
               "renew it: build/release/test/crash_points --table > doc/generated/points.md");
}

BOOST_AUTO_TEST_CASE(a_death_at_every_point) {
    const auto result = crash_points("--repairers 1 --seconds 20");
    BOOST_TEST(result.status == 0, result.output);
    BOOST_TEST(contains(result.output, " after them, all balanced\n"), result.output);
    BOOST_TEST(contains(result.output, " kills at node_ring.hpp:end_claim\n"), result.output);
}

BOOST_AUTO_TEST_CASE(one_point_alone) {
    const auto result = crash_points("--situation 'half full' --operation commit "
                                     "--point node_ring.hpp:end_claim --repairers 0");
    BOOST_TEST(result.status == 0, result.output);
    BOOST_TEST(contains(result.output, "4 kills at 1 points in 1 situations,"), result.output);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(help_and_wrong_options) {
    const auto help = crash_points("--help");
    BOOST_TEST(help.status == 0);
    BOOST_TEST(contains(help.output, "usage: crash_points"));
    for (const char* wrong : {"--stride 0", "--seconds x", "--nonsense", "--seconds -1", "stray"}) {
        const auto result = crash_points(wrong);
        BOOST_TEST(result.status == 2, wrong);
        BOOST_TEST(contains(result.output, "crash_points: "), result.output);
    }
}

BOOST_AUTO_TEST_CASE(list_and_what_is_not_in_it, *needs_robust_waiting()) {
    const auto list = crash_points("--list --operation recover");
    BOOST_TEST(list.status == 0);
    BOOST_TEST(contains(list.output, "recover        reader and writer\n"), list.output);
    BOOST_TEST(contains(list.output, ":put_back\n"), list.output);
    BOOST_TEST(!contains(list.output, "lock_shared    "), list.output);
    const auto ordered = crash_points("--list --operation commit --situation empty");
    BOOST_TEST(contains(ordered.output, "    before node_ring.hpp:end_claim\n"), ordered.output);
    BOOST_TEST(crash_points("--operation nothing").status == 2);
    BOOST_TEST(crash_points("--point nothing").status == 2);
}
