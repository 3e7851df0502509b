// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What test/run relies on: a program goes on behind a case that crashed, and of what is left in
// /dev/shm only what this library has made counts.
//
// Not on Windows: is about test/run, which looks at /dev/shm.

#include "peer.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace fs = std::filesystem;
namespace sm = shared_memory;
using test_support::command_result;
using test_support::run_command;
using test_support::shell_word;

namespace {

struct folder {
    fs::path path = fs::temp_directory_path() /
                    ("shared_memory-running-" + std::to_string(test_support::own_process_id()));
    folder() { fs::create_directories(path); }
    ~folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
};

// The scripts' left_in_shm: what is there now, and was not when the file `before` was written.
struct watched : folder {
    watched() { BOOST_REQUIRE(script("list_shm > " + before()).status == 0); }
    std::string before() const { return shell_word((path / "before").string()); }
    static command_result script(std::string const& command) {
        return run_command("bash -c " +
                           shell_word("source " TEST_SOURCE_DIR "/.ci/setup.sh && " + command));
    }
    std::string left() const {
        command_result const result = script("left_in_shm " + before() + " 1");
        BOOST_TEST(result.status == 0, result.output);
        return result.output;
    }
    bool counts(std::string const& name) const {
        return left().find(name + "\n") != std::string::npos;
    }
};

// A name that does not say that a test has made it.
std::string plain_name(std::string const& hint) {
    return "running-" + std::to_string(test_support::own_process_id()) + "-" + hint;
}

struct object {
    object(std::string name_, std::string const& bytes) : name(std::move(name_)) {
        std::ofstream(path(), std::ios::binary) << bytes;
    }
    object(object const&) = delete;
    object& operator=(object const&) = delete;
    ~object() { std::remove(path().c_str()); }
    std::string path() const { return "/dev/shm/" + name; }
    std::string name;
};

// What a dead owner of a ring has left.
std::string bytes_of_a_ring() {
    return test_support::ring_image();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(left_over, watched)

BOOST_AUTO_TEST_CASE(another_programs_object_does_not_count) {
    object const empty(plain_name("empty"), "");
    object const small(plain_name("small"), "something");
    object const large(plain_name("large"), std::string(100000, 'x'));
    object const hidden("." + plain_name("hidden"), std::string(100000, '\0'));
    std::string const found = left();
    for (auto const* const one : {&empty, &small, &large, &hidden})
        BOOST_TEST(found.find(one->name) == std::string::npos, found);
}

BOOST_AUTO_TEST_CASE(a_segment_that_nobody_uses_counts) {
    object const segment(plain_name("segment"), bytes_of_a_ring());
    BOOST_TEST(counts(segment.name));
}

BOOST_AUTO_TEST_CASE(a_segment_that_somebody_uses_does_not_count) {
    std::string const name = plain_name("used");
    sm::circular_buffer const ring(sm::create_only, name, 4, 8);
    BOOST_TEST(!counts(name));
}

// The tests of sweeping, which run beside this one, take it for old now and then, and remove it.
BOOST_AUTO_TEST_CASE(what_a_segment_is_built_in_counts) {
    bool counted = false;
    for (int tries = 0; tries != 5 && !counted; ++tries) {
        object const temporary(plain_name("ring") + ".0123456789abcdef~sm", "");
        counted = counts(temporary.name);
    }
    BOOST_TEST(counted);
}

BOOST_AUTO_TEST_CASE(what_a_dead_test_has_made_counts) {
    object const foreign("test-4194305-1-a_case-hint", "something"); // no process has that id
    BOOST_TEST(counts(foreign.name));
}

BOOST_AUTO_TEST_CASE(what_was_there_before_does_not_count) {
    object const segment(plain_name("segment"), bytes_of_a_ring());
    BOOST_REQUIRE(script("list_shm > " + before()).status == 0);
    BOOST_TEST(!counts(segment.name));
}

BOOST_AUTO_TEST_SUITE_END()

// Two cases that only the next one runs.
BOOST_AUTO_TEST_SUITE(examples, *boost::unit_test::disabled())

BOOST_AUTO_TEST_CASE(crashes) {
    if (std::getenv("SHARED_MEMORY_TEST_CRASHES") == nullptr)
        return;
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
}

BOOST_AUTO_TEST_CASE(passes) {
    BOOST_TEST(true);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_program_goes_on_behind_a_crash) {
    folder const work;
    std::string const program = test_support::own_path();
    fs::path const results = work.path / fs::path(program).filename();
    std::string const command = "SHARED_MEMORY_TEST_CRASHES=yes SHARED_MEMORY_TEST_RESULTS=" +
                                shell_word(work.path.string()) + " " + shell_word(program) +
                                " --run_test=running/examples";
    std::string const crashes = "running/examples/crashes";
    std::string const passes = "running/examples/passes";

    command_result const first = run_command(command);
    BOOST_TEST(first.status == 128 + SIGABRT, first.output);
    std::ofstream(results, std::ios::app) << "failed " << crashes << '\n';
    command_result const second = run_command(command);
    BOOST_TEST(second.status == 0, second.output);

    std::ifstream file(results);
    std::string const text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    BOOST_TEST(text == "begin " + crashes + "\nfailed " + crashes + "\nbegin " + passes +
                           "\npassed " + passes + "\n");
}
