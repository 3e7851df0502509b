// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Projects outside of this tree find, build with and link the library: test/build/consumer/run.
//
// Not on Windows: is the same however the library is built.

#include "support.hpp"

namespace {

using test_support::sanitized;

bool have(char const* program) {
    return test_support::run_command(std::string("command -v ") + program).status == 0;
}

// They build the library for themselves: what this program was built with changes nothing.
bool can_cmake() {
    return !sanitized && have("cmake");
}
bool can_b2() {
    return !sanitized && have("b2");
}

void build_and_run(std::string const& kind) {
    test_support::watchdog(std::chrono::minutes(8));
    auto const result = test_support::run_command(
        test_support::shell_word(TEST_SOURCE_DIR "/test/build/consumer/run") + " " + kind);
    BOOST_TEST(result.status == 0, result.output);
}

std::string const cmake_needs = sanitized ? "a build without sanitizers" : "cmake";
std::string const b2_needs = sanitized ? "a build without sanitizers" : "b2";

} // namespace

BOOST_AUTO_TEST_CASE(cmake_install, *test_support::needs(cmake_needs, can_cmake)) {
    build_and_run("cmake_install");
}

BOOST_AUTO_TEST_CASE(cmake_subdirectory, *test_support::needs(cmake_needs, can_cmake)) {
    build_and_run("cmake_subdirectory");
}

BOOST_AUTO_TEST_CASE(cmake_fetch_content, *test_support::needs(cmake_needs, can_cmake)) {
    build_and_run("cmake_fetch_content");
}

BOOST_AUTO_TEST_CASE(b2, *test_support::needs(b2_needs, can_b2)) {
    build_and_run("b2");
}
