// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A test case for each file in compile_fail/: it must not compile, and the compiler's output must
// match the regular expression in its first line, `// expect: REGEX`.
//
// Not on Windows: is the same however the library is built.

#include "support.hpp"

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

namespace {

using test_support::shell_word;

std::string const source_dir = TEST_SOURCE_DIR;

test_support::command_result compile(std::string const& file) {
    std::string command = shell_word(TEST_COMPILER) + " -std=c++17 -fsyntax-only -I" +
                          shell_word(source_dir + "/include");
    std::vector<std::string> includes;
    boost::split(includes, TEST_BOOST_INCLUDE, boost::is_any_of(":"), boost::token_compress_on);
    for (std::string const& include : includes)
        if (!include.empty())
            command += " -I" + shell_word(include);
    return test_support::run_command(command + " -x c++ " + shell_word(file));
}

void must_not_compile(std::filesystem::path const& file) {
    std::string line;
    std::ifstream source(file);
    std::getline(source, line);
    std::string const marker = "// expect: ";
    BOOST_REQUIRE_MESSAGE(line.compare(0, marker.size(), marker) == 0,
                          file << ": the first line is not '// expect: REGEX'");
    auto const result = compile(file);
    BOOST_TEST(result.status != 0, file << " compiles");
    BOOST_TEST(std::regex_search(result.output, std::regex(line.substr(marker.size()))),
               "the compiler said nothing like that, but:\n"
                   << result.output);
}

// A case for each file, named as it is, when the program starts.
bool const cases_added = [] {
    namespace ut = boost::unit_test;
    std::vector<std::filesystem::path> files;
    for (auto const& entry :
         std::filesystem::directory_iterator(source_dir + "/test/build/compile_fail"))
        if (entry.path().extension() == ".cpp")
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (auto const& file : files)
        ut::framework::current_auto_test_suite().add(ut::make_test_case(
            [file] { must_not_compile(file); }, file.stem().string(), __FILE__, __LINE__));
    return true;
}();

} // namespace

// Without this, a missing header would pass for a refusal that no expression pins down.
BOOST_AUTO_TEST_CASE(what_should_compile_does) {
    BOOST_TEST(cases_added);
    auto const result = compile(source_dir + "/test/build/consumer/main.cpp");
    BOOST_TEST(result.status == 0, result.output);
}
