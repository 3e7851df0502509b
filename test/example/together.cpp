// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The examples as processes that work together, on every system; programs.cpp has more of them.

#include "support.hpp"

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

using test_support::child;
using test_support::example_path;
using test_support::unique_name;

namespace {

auto const needs_examples = test_support::needs(
    "the examples, built", [] { return std::filesystem::exists(example_path("server")); });

child example(std::string const& name, std::vector<std::string> arguments) {
    return child::program(example_path(name), std::move(arguments));
}

// Without what Windows ends it with.
std::string line_of(child& process) {
    std::string line = process.read_line();
    if (!line.empty() && line.back() == '\r')
        line.pop_back();
    return line;
}

// The last line of a server or client: how many messages there were.
unsigned long messages_of(child& process) {
    for (;;) {
        std::string const line = line_of(process);
        std::istringstream words(line);
        std::string who;
        std::string what;
        unsigned long count = 0;
        if (words >> who >> count >> what && what.compare(0, 8, "messages") == 0)
            return count;
    }
}

std::vector<std::string> serve(std::string const& name, char const* seconds) {
    return {"--name", name,      "--seconds", seconds,       "--nodes",
            "8",      "--check", "20",        "--node-size", "10000"};
}
std::vector<std::string> read(std::string const& name, char const* seconds) {
    return {"--name", name, "--seconds", seconds};
}

} // namespace

BOOST_AUTO_TEST_SUITE(examples_together, *needs_examples)

BOOST_AUTO_TEST_CASE(quick_start) {
    child all = example("quick_start", {});
    for (char const* const one : {"shared_array", "circular_buffer", "buffer_read_write"}) {
        BOOST_TEST(line_of(all) == "shared_memory::" + std::string(one) + ":");
        BOOST_TEST(line_of(all) == "123");
        BOOST_TEST(line_of(all) == "456");
    }
    BOOST_TEST(all.wait() == 0);
}

BOOST_AUTO_TEST_CASE(locked_counters) {
    child all = example("locked_counters", {"--processes", "3", "--increments", "3000"});
    BOOST_TEST(line_of(all) == "3 processes, 3000 increments of 3 of 8 counters each");
    BOOST_TEST(line_of(all) == "killed while they held the lock: 20");
    BOOST_TEST(line_of(all) == "put right by those who came next: 20");
    BOOST_TEST(line_of(all) == "sum of the counters: 27000, expected: 27000");
    BOOST_TEST(line_of(all) == "all right");
    BOOST_TEST(all.wait() == 0);
}

BOOST_AUTO_TEST_CASE(stream) {
    std::string const name = unique_name("stream");
    child receiver = example("stream", {"receive", name});
    child sender = example("stream", {"send", name, "--nodes", "2", "--node-size", "1000"});
    std::string const text(997, 'x');
    for (int i = 0; i != 2000; ++i) {
        sender.send_line(std::to_string(i) + text);
        if (i % 50 == 49) // not more than the pipe behind it holds
            for (int j = i - 49; j <= i; ++j)
                BOOST_REQUIRE(receiver.read_line() == std::to_string(j) + text);
    }
    sender.end_input();
    BOOST_TEST(sender.wait() == 0);
    BOOST_TEST(receiver.wait() == 0);
    BOOST_CHECK_THROW(receiver.read_line(), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(client_killed_and_restarted, *test_support::needs_robust_waiting()) {
    std::string const name = unique_name("server");
    child server = example("server", serve(name, "5"));
    for (int i = 0; i != 3; ++i) {
        child killed = example("client", read(name, "60"));
        line_of(killed); // in a second of reading
        killed.kill();
    }
    child client = example("client", read(name, "60"));
    BOOST_TEST(client.wait() == 0); // when the server has ended
    BOOST_TEST(messages_of(client) > 0U);
    BOOST_TEST(server.wait() == 0);
    BOOST_TEST(messages_of(server) > 0U);
}

BOOST_AUTO_TEST_CASE(server_killed_and_restarted, *test_support::needs_robust_waiting()) {
    std::string const name = unique_name("server");
    child client = example("client", read(name, "60"));
    for (int i = 0; i != 2; ++i) {
        child killed = example("server", serve(name, "60"));
        line_of(killed);
        killed.kill();
    }
    child server = example("server", serve(name, "1"));
    BOOST_TEST(server.wait() == 0);
    BOOST_TEST(client.wait() == 0);
    BOOST_TEST(messages_of(server) > 0U);
    BOOST_TEST(messages_of(client) > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
