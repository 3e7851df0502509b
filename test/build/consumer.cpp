// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Projects outside of this tree find, build with and link the library: test/build/consumer/run.
//
// Not on Windows: is the same however the library is built.

#include "support.hpp"

#include <fstream>
#include <iterator>
#include <regex>
#include <string>

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

std::string text_of(std::string const& file) {
    std::ifstream stream(std::string(TEST_SOURCE_DIR "/") + file);
    return {std::istreambuf_iterator<char>(stream), {}};
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

// The README lists what can be chosen: each option of CMakeLists.txt, each preset.
BOOST_AUTO_TEST_CASE(options_and_presets_are_in_the_readme) {
    std::string const readme = text_of("README.md");
    auto const listed = [&](std::string const& file, char const* pattern) {
        std::string const text = text_of(file);
        std::regex const name(pattern);
        std::size_t count = 0;
        for (std::sregex_iterator i(text.begin(), text.end(), name), end; i != end; ++i, ++count)
            BOOST_TEST(std::regex_search(readme, std::regex("`" + i->str(1) + "[=`]")),
                       file << ": the README does not tell of " << i->str(1));
        return count;
    };
    BOOST_TEST(listed("CMakeLists.txt", R"x(\n *(?:option|set)\((\w+)[^()]*(?: CACHE |"))x") > 5U);
    BOOST_TEST(listed("CMakePresets.json", R"x("name": "(\w+)",\s*"displayName")x") > 6U);
}

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
