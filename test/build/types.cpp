// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// types/accepted.cpp and functions_taken.cpp compile, without a warning; in types/refused.cpp,
// functions_refused.cpp and ignored.cpp each line that says so is refused, by one error, which is
// this library's. By this build's compiler as C++17, 20 and 23, or by the compilers that
// SHARED_MEMORY_TEST_COMPILERS names, as .ci/nightly does.
//
// Not on Windows: is the same however the library is built.

#include "support.hpp"

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/split.hpp>

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>

namespace {

using test_support::shell_word;

std::string const folder = TEST_SOURCE_DIR "/test/build/types/";

std::vector<std::string> words(std::string const& text, char const* separators) {
    std::vector<std::string> found;
    boost::split(found, text, boost::is_any_of(separators), boost::token_compress_on);
    return found;
}

struct compiler {
    std::string program;
    std::string standard;

    bool is_clang() const { return program.find("clang") != std::string::npos; }
    test_support::command_result run(std::string const& file, std::string const& options) const {
        std::string command = shell_word(program) + " -std=" + standard + " -fsyntax-only " +
                              options + " -I" + shell_word(TEST_SOURCE_DIR "/include");
        if (is_clang())
            command += " -ferror-limit=0";
        for (std::string const& include : words(TEST_BOOST_INCLUDE, ":"))
            if (!include.empty())
                command += " -I" + shell_word(include);
        return test_support::run_command(command + " " + shell_word(folder + file));
    }
};

// What line N of a file expects.
std::map<int, std::string> expectations(std::string const& file) {
    std::map<int, std::string> found;
    std::ifstream source(folder + file);
    std::string line;
    for (int number = 1; std::getline(source, line); ++number) {
        auto const at = line.find("// says: ");
        if (at != std::string::npos && line.find(';') < at)
            found[number] = line.substr(at + 9);
    }
    return found;
}

// Each error, and the line of the file that it comes from; 0: none is named. gcc names the lines
// that led to an error before it, clang behind it.
std::vector<std::pair<int, std::string>> errors_in(std::string const& output,
                                                   std::string const& file, bool is_clang) {
    std::regex const place("/" + file + ":([0-9]+):[0-9]+:(.*)");
    std::vector<std::pair<int, std::string>> errors;
    int place_before = 0;
    for (std::string const& line : words(output, "\n")) {
        bool const is_error = line.find(" error: ") != std::string::npos;
        std::smatch found;
        if (std::regex_search(line, found, place)) {
            int const number = std::stoi(found[1]);
            if (!is_clang || is_error)
                place_before = number;
            else if (!errors.empty())
                errors.back().first = number;
        }
        if (is_error) {
            errors.emplace_back(place_before, line);
            place_before = 0;
        }
    }
    return errors;
}

void accepts(compiler const& by, std::string const& file) {
    auto const result = by.run(file, "-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror");
    BOOST_TEST(result.status == 0, result.output);
}

void refuses(compiler const& by, std::string const& file) {
    bool const warns = file == "ignored.cpp";
    auto const result = by.run(file, warns ? "-Werror=unused-result" : "-w");
    BOOST_TEST(result.status != 0);
    auto expected = expectations(file);
    BOOST_TEST(expected.size() > 10U);
    for (auto const& [line, text] : errors_in(result.output, file, by.is_clang())) {
        auto const wanted = expected.find(line);
        if (wanted == expected.end()) {
            BOOST_ERROR("line " << line << ": one error too many: " << text);
        } else {
            BOOST_TEST((warns || boost::contains(text, "shared_memory: ")),
                       "line " << line << ": " << text);
            BOOST_TEST(std::regex_search(text, std::regex(wanted->second)),
                       "line " << line << ": expected " << wanted->second << ", found " << text);
            expected.erase(wanted);
        }
    }
    for (auto const& [line, text] : expected)
        BOOST_ERROR("line " << line << " compiles: expected " << text);
}

bool const cases_added = [] {
    namespace ut = boost::unit_test;
    char const* const chosen = std::getenv("SHARED_MEMORY_TEST_COMPILERS");
    for (std::string const& program :
         chosen != nullptr ? words(chosen, " ") : std::vector<std::string>{TEST_COMPILER})
        for (std::string const standard : {"c++17", "c++20", "c++2b"}) {
            compiler const by{program, standard};
            std::string const name = program.substr(program.rfind('/') + 1) + "_as_" + standard;
            auto const add = [&](std::string const& what, auto check, std::string const& file) {
                ut::framework::current_auto_test_suite().add(ut::make_test_case(
                    [=] { check(by, file); }, name + "_" + what, __FILE__, __LINE__));
            };
            add("accepts_types", accepts, "accepted.cpp");
            add("refuses_types", refuses, "refused.cpp");
            add("accepts_functions", accepts, "functions_taken.cpp");
            add("refuses_functions", refuses, "functions_refused.cpp");
            add("warns_of_ignored_results", refuses, "ignored.cpp");
        }
    return true;
}();

} // namespace

BOOST_AUTO_TEST_CASE(types_are_looked_for) {
    BOOST_TEST(cases_added);
}
