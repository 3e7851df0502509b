// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The tests' own tools: what they promise about other processes.

#include "support.hpp"

#include <chrono>
#include <stdexcept>
#include <system_error>
#include <thread>

using test_support::child;

SHARED_MEMORY_TEST_ROLE(status) {
    return std::stoi(args.at(0));
}

SHARED_MEMORY_TEST_ROLE(echo) {
    test_support::say("ready");
    for (;;)
        test_support::say(test_support::hear());
}

SHARED_MEMORY_TEST_ROLE(thrower) {
    throw std::runtime_error("on purpose");
}

SHARED_MEMORY_TEST_ROLE(sleeper) {
    for (;;)
        std::this_thread::sleep_for(std::chrono::hours(1));
}

BOOST_AUTO_TEST_CASE(exit_status_comes_back) {
    BOOST_TEST(child("status", {"7"}).wait() == 7);
    child twice("status", {"0"});
    BOOST_TEST(twice.wait() == 0);
    BOOST_TEST(twice.wait() == 0);
}

BOOST_AUTO_TEST_CASE(lines_go_both_ways) {
    child peer("echo");
    BOOST_TEST(peer.read_line() == "ready");
    for (std::string const line : {"one", "", "two words"}) {
        peer.send_line(line);
        BOOST_TEST(peer.read_line() == line);
    }
}

BOOST_AUTO_TEST_CASE(killed_is_told_from_ended) {
    child peer("sleeper");
    peer.kill();
    BOOST_TEST(peer.wait() == 128 + 9);
    BOOST_CHECK_THROW(peer.read_line(), std::runtime_error);
    BOOST_CHECK_THROW(peer.send_line("anybody?"), std::system_error);
}

BOOST_AUTO_TEST_CASE(destroyed_children_are_gone) {
    pid_t pid = 0;
    {
        child peer("sleeper");
        pid = peer.pid();
        BOOST_TEST(test_support::process_exists(pid));
    }
    BOOST_TEST(!test_support::process_exists(pid));
}

BOOST_AUTO_TEST_CASE(stopped_goes_on) {
    child peer("echo");
    peer.read_line();
    peer.stop();
    peer.send_line("later");
    peer.cont();
    BOOST_TEST(peer.read_line() == "later");
}

BOOST_AUTO_TEST_CASE(exceptions_and_wrong_roles_fail) {
    BOOST_TEST(child("thrower").wait() != 0);
    BOOST_TEST(child("nobody").wait() != 0);
}

BOOST_AUTO_TEST_CASE(names_are_unique) {
    auto const a = test_support::unique_name("a/b c");
    auto const b = test_support::unique_name("a/b c");
    BOOST_TEST(a != b);
    BOOST_TEST(a.find_first_of("/ ") == std::string::npos);
    BOOST_TEST(a.find("names_are_unique") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(commands_tell_status_and_output) {
    auto const result = test_support::run_command(
        test_support::shell_word(boost::unit_test::framework::master_test_suite().argv[0]) +
        " --role status 3");
    BOOST_TEST(result.status == 3);
    auto const help = test_support::run_command(
        test_support::shell_word(boost::unit_test::framework::master_test_suite().argv[0]) +
        " --role nobody");
    BOOST_TEST(help.output.find("no role 'nobody'") != std::string::npos, help.output);
}
