// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// compare_peers and the scripts around it, so that they go on working: a moment of each kind of case.
// Its numbers mean nothing here.
//
// Not on Windows: is about the bench, which is Linux's.

#include "support.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using test_support::needs;
using test_support::run_command;
using test_support::shell_word;

namespace {

// Where b2 says, on the command line; else where CMake builds it.
std::string program() {
    const auto& suite = boost::unit_test::framework::master_test_suite();
    return suite.argc > 1
               ? suite.argv[1]
               : fs::read_symlink("/proc/self/exe").parent_path() / "../bench" / "compare_peers";
}
bool benches_are_built() {
    return fs::exists(program());
}
// CMake builds it beside the other; b2 does not.
std::string carried_program() {
    return fs::path(program()).parent_path() / "many_cores";
}
bool many_cores_is_built() {
    return fs::exists(carried_program());
}
test_support::command_result many_cores(const std::string& arguments) {
    return run_command(shell_word(carried_program()) + " " + arguments);
}
test_support::command_result compare_peers(const std::string& arguments) {
    return run_command(shell_word(program()) + " " + arguments);
}
test_support::command_result script(const std::string& name, const std::string& arguments) {
    return run_command(shell_word(std::string(TEST_SOURCE_DIR) + "/bench/" + name) + " " +
                       arguments);
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> result;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, separator);)
        result.push_back(part);
    return result;
}
bool contains(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}
bool begins(const std::string& text, const std::string& words) {
    return text.compare(0, words.size(), words) == 0;
}
bool is_verdict(const std::string& line) {
    const auto words = {"MET ", "MISSED ", "STRETCH reached ", "STRETCH open ", "NOISY "};
    return std::any_of(words.begin(), words.end(), [&](auto word) { return begins(line, word); });
}

// A file of this process.
class temporary_file {
public:
    temporary_file() : path_(fs::temp_directory_path() / test_support::unique_name("csv")) {}
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file() { fs::remove(path_); }
    std::string path() const { return path_; }
    std::vector<std::string> lines() const {
        std::ifstream file(path_);
        std::stringstream text;
        text << file.rdbuf();
        return split(text.str(), '\n');
    }

private:
    fs::path path_;
};

// Each row has all columns: what a message takes in times of two atomics, where messages go; and how
// fair writers are to each other, where there are several writers or readers.
void check_columns(const std::vector<std::string>& rows) {
    BOOST_TEST(rows.front() == "case,subject,payload_bytes,writers,readers,waiting,median,min,max,"
                               "unit,ratio_to_bare,x_of_two_atomics,slowest_to_fastest,"
                               "longest_write_us");
    for (auto row = rows.begin() + 1; row != rows.end(); ++row) {
        BOOST_TEST(std::count(row->begin(), row->end(), ',') == 13, *row);
        const auto cells = split(*row + ",", ',');
        if (cells.size() != 14U || !begins(*row, "throughput,"))
            continue;
        BOOST_TEST(!cells[11].empty(), *row);
        BOOST_TEST(cells[12].empty() == (cells[3] == "1"), *row);
        BOOST_TEST(cells[13].empty() == (cells[3] == "1" && cells[4] == "1"), *row);
    }
}

} // namespace

BOOST_TEST_DECORATOR(*needs("the benches", benches_are_built))
BOOST_AUTO_TEST_SUITE(comparing)

BOOST_AUTO_TEST_CASE(a_moment_of_everything) {
    test_support::watchdog(std::chrono::seconds(500));
    const temporary_file csv;
    const auto result = compare_peers("--smoke --csv " + shell_word(csv.path()));
    BOOST_TEST(result.status == 0, result.output);
    BOOST_TEST(!contains(result.output, "failed: "), result.output);

    // The verdicts come last, and their word for what was not reached stands nowhere else.
    const auto lines = split(result.output, '\n');
    const auto verdicts = std::count_if(lines.begin(), lines.end(), is_verdict);
    BOOST_TEST(verdicts == 31);
    for (auto line = lines.end() - verdicts; line != lines.end(); ++line)
        BOOST_TEST(is_verdict(*line), *line);
    for (std::string line : lines) {
        std::transform(line.begin(), line.end(), line.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        BOOST_TEST((!contains(line, "missed") || begins(line, "missed ")), line);
    }

    const auto rows = csv.lines();
    BOOST_TEST_REQUIRE(rows.size() > 50U);
    check_columns(rows);
    for (const char* subject :
         {"bare ring", "bare ring copying", "bare ring keeping indices",
          "bare ring in batches of 64", "bare N:M ring", "memcpy", "two atomics", "futex",
          "circular_buffer copying", "circular_buffer in place", "circular_buffer claims",
          "circular_buffer batches of 64", "single ring claims", "single ring batches of 64",
          "message_queue", "lockfree::spsc_queue", "lockfree::queue", "pipe", "socketpair"}) {
        const std::string cell = "," + std::string(subject) + ",";
        BOOST_TEST(std::any_of(rows.begin(), rows.end(),
                               [&](const std::string& row) { return contains(row, cell); }),
                   subject);
    }
}

BOOST_AUTO_TEST_CASE(interrupted_it_leaves_nothing) {
    const auto result = run_command(shell_word(program()) +
                                    " --quick & pid=$!; sleep 1; kill -INT $pid; wait $pid;"
                                    " echo \"status $?\"; ls /dev/shm | grep compare_peers-$pid-");
    BOOST_TEST(split(result.output, '\n').back() == "status 130", result.output);
}

BOOST_AUTO_TEST_CASE(help_and_wrong_options) {
    const auto help = compare_peers("--help");
    BOOST_TEST(help.status == 0);
    BOOST_TEST(begins(help.output, "usage: compare_peers"));
    for (const char* wrong : {"--nonsense", "stray", "--smoke --quick", "--messages 0"}) {
        const auto result = compare_peers(wrong);
        BOOST_TEST(result.status == 2, wrong);
        BOOST_TEST(contains(result.output, "compare_peers: "), result.output);
    }
    const auto unwritable = compare_peers("--smoke --csv /no/such/folder/file");
    BOOST_TEST(unwritable.status == 1);
    BOOST_TEST(contains(unwritable.output, "cannot write /no/such/folder/file"));
    const auto unknown = compare_peers("--alone nobody");
    BOOST_TEST(unknown.status == 1);
    BOOST_TEST(contains(unknown.output, "there is no subject 'nobody'"), unknown.output);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_TEST_DECORATOR(*needs("many_cores", many_cores_is_built))
BOOST_AUTO_TEST_SUITE(carried)

BOOST_AUTO_TEST_CASE(a_moment_of_many_cores) {
    test_support::watchdog(std::chrono::seconds(300));
    const temporary_file csv;
    const auto result = many_cores("--smoke --csv " + shell_word(csv.path()));
    BOOST_TEST(result.status == 0, result.output);
    BOOST_TEST(!contains(result.output, "failed: "), result.output);
    BOOST_TEST(contains(result.output, " cores found"), result.output);
    BOOST_TEST(contains(result.output, "Times the bare N:M ring"), result.output);

    const auto rows = csv.lines();
    BOOST_TEST_REQUIRE(rows.size() > 50U);
    check_columns(rows);
    for (const char* many : {"2,2", "4,4", "8,8", "1,4", "4,1", "1,8", "8,1"}) {
        for (const char* subject :
             {"bare N:M ring", "circular_buffer copying", "circular_buffer batches of 64"}) {
            const std::string wanted = "throughput," + std::string(subject) + ",64," + many + ",";
            BOOST_TEST(std::any_of(rows.begin(), rows.end(),
                                   [&](const std::string& row) { return begins(row, wanted); }),
                       wanted);
        }
    }
}

BOOST_AUTO_TEST_CASE(help_and_wrong_options_of_many_cores) {
    const auto help = many_cores("--help");
    BOOST_TEST(help.status == 0);
    BOOST_TEST(begins(help.output, "usage: run"));
    for (const char* wrong : {"--nonsense", "stray", "--csv"}) {
        const auto result = many_cores(wrong);
        BOOST_TEST(result.status == 2, wrong);
        BOOST_TEST(contains(result.output, "usage: run"), result.output);
    }
    BOOST_TEST(many_cores("--smoke --csv /no/such/folder/file").status == 1);
}

BOOST_AUTO_TEST_CASE(interrupted_many_cores_leaves_nothing) {
    const auto result = run_command(shell_word(carried_program()) +
                                    " & pid=$!; sleep 1; kill -INT $pid; wait $pid;"
                                    " echo \"status $?\"; ls /dev/shm | grep compare_peers-$pid-");
    BOOST_TEST(split(result.output, '\n').back() == "status 130", result.output);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(help_and_wrong_options_of_the_scripts) {
    for (const char* name : {"run", "plot", "many_cores"}) {
        const auto help = script(name, "--help");
        BOOST_TEST(help.status == 0, help.output);
        BOOST_TEST(begins(help.output, "usage: bench/" + std::string(name)), help.output);
        const auto wrong = script(name, "--nonsense");
        BOOST_TEST(wrong.status == 2, wrong.output);
        BOOST_TEST(contains(wrong.output, "usage: bench/"), wrong.output);
    }
    const auto nowhere = script("many_cores", "build");
    BOOST_TEST(nowhere.status == 2, nowhere.output);
    BOOST_TEST(contains(nowhere.output, "build needs a folder"), nowhere.output);
    const auto without = script("run", "--csv");
    BOOST_TEST(without.status == 2, without.output);
    BOOST_TEST(contains(without.output, "--csv needs a value"), without.output);
    const auto missing = script("plot", "/no/such/file /no/such/folder");
    BOOST_TEST(missing.status == 2, missing.output);
    BOOST_TEST(contains(missing.output, "/no/such/file"), missing.output);
}
