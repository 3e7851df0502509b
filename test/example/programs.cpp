// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The example programs, run as their users run them.
//
// Not on Windows: is about files, pipes and signals.

#include "support.hpp"

#include <shared_memory/circular_buffer.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace fs = std::filesystem;
namespace sm = shared_memory;
using namespace std::chrono_literals;
using test_support::child;

namespace {

// Beside this program: .../test/... here, .../example/... there.
fs::path example_program(std::string const& name) {
    fs::path result;
    fs::path const own = fs::read_symlink("/proc/self/exe").parent_path();
    auto last = own.end();
    for (auto part = own.begin(); part != own.end(); ++part) {
        if (*part == "test")
            last = part;
    }
    for (auto part = own.begin(); part != own.end(); ++part)
        result /= part == last ? fs::path("example") : *part;
    return result / name;
}

auto const needs_examples = test_support::needs("the examples, built", [] {
    return fs::exists(example_program("quick_start")) && fs::exists(example_program("stream"));
});

// A folder for what goes into the programs and comes out.
class folder {
public:
    folder() {
        char name[] = "/tmp/examples_test.XXXXXX";
        if (::mkdtemp(name) == nullptr)
            throw std::system_error(errno, std::generic_category(), "mkdtemp");
        path_ = name;
    }
    folder(folder const&) = delete;
    folder& operator=(folder const&) = delete;
    ~folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    std::string operator/(std::string const& name) const { return path_ / name; }

private:
    fs::path path_;
};

std::string contents(std::string const& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void fill(std::string const& file, std::string const& text) {
    std::ofstream(file, std::ios::binary) << text;
}

std::string random_text(std::size_t size) {
    std::mt19937_64 random(size);
    std::string result(size, '\0');
    for (char& c : result)
        c = static_cast<char>(random());
    return result;
}

// Becomes another program: standard input, output and error, then the program and its arguments.
SHARED_MEMORY_TEST_ROLE(become) {
    std::signal(SIGPIPE, SIG_DFL);
    for (int fd = 0; fd != 3; ++fd) {
        int const flags = fd == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC;
        int const file = ::open(args.at(static_cast<std::size_t>(fd)).c_str(), flags, 0600);
        if (file < 0 || ::dup2(file, fd) < 0)
            return 97;
        ::close(file);
    }
    std::vector<char*> words;
    for (auto word = args.begin() + 3; word != args.end(); ++word)
        words.push_back(const_cast<char*>(word->c_str()));
    words.push_back(nullptr);
    ::execv(words[0], words.data());
    return 96;
}

// A running example; its output is in files.
class example {
public:
    example(std::string const& name, std::vector<std::string> const& arguments,
            std::string const& input = "/dev/null")
        : process_("become", words(name, arguments, input)) {}

    int wait() { return process_.wait(); }
    void kill() { process_.kill(); }
    void stop() { process_.stop(); }
    std::string output() const { return contents(files_ / "out"); }
    std::string errors() const { return contents(files_ / "err"); }

private:
    std::vector<std::string> words(std::string const& name,
                                   std::vector<std::string> const& arguments,
                                   std::string const& input) const {
        std::vector<std::string> result{input, files_ / "out", files_ / "err",
                                        example_program(name)};
        result.insert(result.end(), arguments.begin(), arguments.end());
        return result;
    }

    folder files_;
    child process_;
};

// A pipe to read from; it says nothing and does not end until told to.
class slow_input {
public:
    slow_input() {
        if (::mkfifo(path().c_str(), 0600) != 0)
            throw std::system_error(errno, std::generic_category(), "mkfifo");
        pipe_ = ::open(path().c_str(), O_RDWR | O_CLOEXEC);
    }
    slow_input(slow_input const&) = delete;
    slow_input& operator=(slow_input const&) = delete;
    ~slow_input() {
        if (pipe_ != -1)
            ::close(pipe_);
    }
    void end_with(std::string const& text) {
        BOOST_TEST(::write(pipe_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        ::close(std::exchange(pipe_, -1));
    }
    std::string path() const { return files_ / "fifo"; }

private:
    folder files_;
    int pipe_ = -1;
};

bool exists(std::string const& name) {
    return fs::exists("/dev/shm/" + name);
}
bool wait_until_exists(std::string const& name) {
    return test_support::becomes_true([&] { return exists(name); });
}

// The receiver of a stream has read what the sender sent first.
bool wait_until_they_met(std::string const& name) {
    return test_support::becomes_true([&] {
        std::error_code ec;
        sm::circular_buffer const ring(sm::open_read_only, name, ec);
        return !ec && ring.snapshot().read_end != 0;
    });
}

// The other one is told to have ended before the end: by status and message.
void check_failed(example& one, std::string const& message) {
    BOOST_TEST(one.wait() == 1);
    BOOST_TEST(one.errors().find(message) != std::string::npos, one.errors());
}

void check_succeeded(example& one) {
    int const status = one.wait();
    BOOST_TEST(status == 0, "status " << status << ", " << one.errors());
}

constexpr char const* two_values = "shared_memory::shared_array:\n7\n-8\n"
                                   "shared_memory::circular_buffer:\n7\n-8\n"
                                   "shared_memory::buffer_read_write:\n7\n-8\n";
std::array<char const*, 5> const all_examples{"client", "quick_start", "server", "single_process",
                                              "stream"};

} // namespace

BOOST_TEST_DECORATOR(*needs_examples)
BOOST_AUTO_TEST_SUITE(examples)

// ---- Command lines

BOOST_AUTO_TEST_CASE(help_is_there) {
    for (std::string const name : all_examples) {
        example program(name, {"--help"});
        check_succeeded(program);
        BOOST_TEST(program.output().find("usage: " + name) == 0U);
        BOOST_TEST(program.errors().empty());
    }
}

BOOST_AUTO_TEST_CASE(wrong_options_are_told) {
    for (std::string const name : all_examples) {
        example program(name, {"--no-such-option"});
        BOOST_TEST(program.wait() == 2);
        BOOST_TEST(program.output().empty());
        BOOST_TEST(program.errors().find(name + ": ") == 0U);
        BOOST_TEST(program.errors().find("usage: " + name) != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(wrong_values_are_told) {
    std::vector<std::vector<std::string>> const wrong{
        {"quick_start", "1"},
        {"quick_start", "1", "2", "3"},
        {"quick_start", "1", "two"},
        {"quick_start", "1", "3000000000"},
        {"quick_start", "--wait", "soon"},
        {"quick_start", "--wait", "-1"},
        {"quick_start", "--wait", "nan"},
        {"quick_start", "--role", "spectator"},
        {"stream"},
        {"stream", "send"},
        {"stream", "mail", "name"},
        {"stream", "send", "name", "another"},
        {"stream", "send", "name", "--nodes", "1"},
        {"stream", "send", "name", "--nodes", "-2"},
        {"stream", "send", "name", "--nodes", "4294967298"},
        {"stream", "receive", "name", "--nodes", "4"},
        {"single_process", "--writers", "0"},
        {"single_process", "--node-size", "4"},
        {"server", "--seconds", "-1"},
        {"client", "name"}};
    for (auto const& words : wrong) {
        example program(words[0], {words.begin() + 1, words.end()});
        int const status = program.wait();
        BOOST_TEST(status == 2, words[0] << ' ' << words.back() << ": status " << status);
        BOOST_TEST(program.errors().find("--help") != std::string::npos, program.errors());
    }
}

BOOST_AUTO_TEST_CASE(library_errors_are_told) {
    example program("quick_start", {"--name", "no/name"});
    check_failed(program, "quick_start: shared_memory: the name \"no/name");
}

// ---- quick_start

BOOST_AUTO_TEST_CASE(quick_start_in_one_process) {
    example program("quick_start", {});
    check_succeeded(program);
    BOOST_TEST(program.output() == "shared_memory::shared_array:\n123\n456\n"
                                   "shared_memory::circular_buffer:\n123\n456\n"
                                   "shared_memory::buffer_read_write:\n123\n456\n");
    BOOST_TEST(program.errors().empty());
}

BOOST_AUTO_TEST_CASE(quick_start_producer_first) {
    std::string const name = test_support::unique_name("ring");
    example producer("quick_start", {"--role", "producer", "--name", name, "7", "-8"});
    BOOST_TEST(wait_until_exists(name));
    example consumer("quick_start", {"--role", "consumer", "--name", name});
    check_succeeded(producer);
    check_succeeded(consumer);
    BOOST_TEST(consumer.output() == two_values);
    BOOST_TEST(producer.output().empty());
    BOOST_TEST(!exists(name));
}

BOOST_AUTO_TEST_CASE(quick_start_consumer_first) {
    std::string const name = test_support::unique_name("ring");
    example consumer("quick_start", {"--role", "consumer", "--name", name});
    std::this_thread::sleep_for(300ms);
    example producer("quick_start", {"--role", "producer", "--name", name, "7", "-8"});
    check_succeeded(producer);
    check_succeeded(consumer);
    BOOST_TEST(consumer.output() == two_values);
    BOOST_TEST(!exists(name));
}

BOOST_AUTO_TEST_CASE(quick_start_after_a_killed_run, *test_support::needs_robust_waiting()) {
    for (bool const producer_first : {false, true}) {
        std::string const name = test_support::unique_name("ring");
        {
            example killed("quick_start", {"--role", "producer", "--name", name, "1", "2"});
            BOOST_TEST(wait_until_exists(name));
            killed.kill();
        }
        BOOST_TEST(exists(name));
        std::vector<std::string> const consume{"--role", "consumer", "--name", name};
        std::vector<std::string> const produce{"--role", "producer", "--name", name, "7", "-8"};
        example first("quick_start", producer_first ? produce : consume);
        std::this_thread::sleep_for(300ms);
        example second("quick_start", producer_first ? consume : produce);
        check_succeeded(first);
        check_succeeded(second);
        BOOST_TEST((producer_first ? second : first).output() == two_values);
        BOOST_TEST(!exists(name));
    }
}

BOOST_AUTO_TEST_CASE(quick_start_alone) {
    for (std::string const role : {"producer", "consumer"}) {
        std::string const name = test_support::unique_name("ring");
        example program("quick_start", {"--role", role, "--name", name, "--wait", "0.2"});
        check_failed(program, "came to");
        BOOST_TEST(!exists(name));
    }
}

// ---- stream

BOOST_AUTO_TEST_CASE(stream_of_any_length) {
    folder files;
    for (std::size_t const size : {0U, 1U, 100U, 20000000U}) {
        std::string const text = random_text(size);
        fill(files / "in", text);
        for (bool const receiver_first : {true, false}) {
            std::string const name = test_support::unique_name("ring");
            std::vector<std::string> const send{"send", name};
            std::vector<std::string> const receive{"receive", name};
            example first("stream", receiver_first ? receive : send, files / "in");
            std::this_thread::sleep_for(200ms);
            example second("stream", receiver_first ? send : receive, files / "in");
            check_succeeded(first);
            check_succeeded(second);
            BOOST_TEST((receiver_first ? first : second).output() == text, size << " bytes differ");
            BOOST_TEST(first.errors().empty());
            BOOST_TEST(second.errors().empty());
            BOOST_TEST(!exists(name));
        }
    }
}

BOOST_AUTO_TEST_CASE(stream_through_small_nodes) {
    folder files;
    std::string const name = test_support::unique_name("ring");
    std::string const text = random_text(10007);
    fill(files / "in", text);
    example sender("stream", {"send", name, "--nodes", "2", "--node-size", "1"}, files / "in");
    example receiver("stream", {"receive", name});
    check_succeeded(sender);
    check_succeeded(receiver);
    BOOST_TEST(receiver.output() == text);
}

BOOST_AUTO_TEST_CASE(stream_receiver_killed, *test_support::needs_robust_waiting()) {
    slow_input silent;
    for (std::string const& input : {std::string("/dev/zero"), silent.path()}) {
        std::string const name = test_support::unique_name("ring");
        example sender("stream", {"send", name}, input);
        example receiver("stream", {"receive", name});
        BOOST_TEST(wait_until_they_met(name));
        receiver.kill();
        check_failed(sender, "the receiver ended before it had everything");
        BOOST_TEST(!exists(name));
    }
}

// All of the stream is in the ring, and its end; only the receiver has not had it.
BOOST_AUTO_TEST_CASE(stream_receiver_killed_at_the_end, *test_support::needs_robust_waiting()) {
    slow_input input;
    std::string const name = test_support::unique_name("ring");
    example sender("stream", {"send", name}, input.path());
    example receiver("stream", {"receive", name});
    BOOST_TEST(wait_until_they_met(name));
    receiver.stop();
    input.end_with("abc");
    std::this_thread::sleep_for(300ms);
    receiver.kill();
    check_failed(sender, "the receiver ended before it had everything");
    BOOST_TEST(!exists(name));
}

BOOST_AUTO_TEST_CASE(stream_of_somebody_who_thinks) {
    slow_input input;
    std::string const name = test_support::unique_name("ring");
    example sender("stream", {"send", name}, input.path());
    example receiver("stream", {"receive", name});
    BOOST_TEST(wait_until_they_met(name));
    std::this_thread::sleep_for(500ms);
    input.end_with("abc");
    check_succeeded(sender);
    check_succeeded(receiver);
    BOOST_TEST(receiver.output() == "abc");
}

BOOST_AUTO_TEST_CASE(stream_sender_killed, *test_support::needs_robust_waiting()) {
    slow_input silent;
    for (std::string const& input : {std::string("/dev/zero"), silent.path()}) {
        std::string const name = test_support::unique_name("ring");
        example sender("stream", {"send", name}, input);
        example receiver("stream", {"receive", name});
        BOOST_TEST(wait_until_they_met(name));
        sender.kill();
        check_failed(receiver, "the sender ended before the end of the stream");
        BOOST_TEST(!exists(name));
    }
}

BOOST_AUTO_TEST_CASE(stream_after_a_killed_run, *test_support::needs_robust_waiting()) {
    folder files;
    fill(files / "in", "new");
    for (bool const receiver_first : {true, false}) {
        std::string const name = test_support::unique_name("ring");
        {
            example killed("stream", {"send", name}, "/dev/zero");
            BOOST_TEST(wait_until_exists(name));
            killed.kill();
        }
        BOOST_TEST(exists(name));
        std::vector<std::string> const send{"send", name};
        std::vector<std::string> const receive{"receive", name};
        example first("stream", receiver_first ? receive : send, files / "in");
        std::this_thread::sleep_for(200ms);
        example second("stream", receiver_first ? send : receive, files / "in");
        check_succeeded(first);
        check_succeeded(second);
        BOOST_TEST((receiver_first ? first : second).output() == "new");
        BOOST_TEST(!exists(name));
    }
}

BOOST_AUTO_TEST_CASE(stream_second_sender_and_receiver, *test_support::needs_robust_waiting()) {
    slow_input silent;
    std::string const name = test_support::unique_name("ring");
    example sender("stream", {"send", name}, silent.path());
    BOOST_TEST(wait_until_exists(name));
    example second_sender("stream", {"send", name});
    check_failed(second_sender, "another process writes to \"" + name + "\" already");
    example receiver("stream", {"receive", name});
    BOOST_TEST(wait_until_they_met(name));
    example second_receiver("stream", {"receive", name, "--wait", "0.2"});
    check_failed(second_receiver, "stream: ");
    receiver.kill();
    BOOST_TEST(sender.wait() == 1);
}

BOOST_AUTO_TEST_CASE(stream_alone) {
    for (std::string const command : {"send", "receive"}) {
        std::string const name = test_support::unique_name("ring");
        example program("stream", {command, name, "--wait", "0.2"});
        check_failed(program, "came to");
        BOOST_TEST(!exists(name));
    }
}

BOOST_AUTO_TEST_CASE(stream_to_a_closed_pipe) {
    std::string const name = test_support::unique_name("ring");
    example sender("stream", {"send", name}, "/dev/zero");
    auto const receiver = test_support::run_command(
        "exec 3>&1; (" + test_support::shell_word(example_program("stream").native()) +
        " receive " + name + " 2>&3; echo status $? >&3) | head -c 10 >/dev/null");
    BOOST_TEST(receiver.output == "stream: writing standard output: Broken pipe\nstatus 1\n");
    check_failed(sender, "the receiver ended before it had everything");
}

// ---- server and client

namespace {
// What must be in the summary line of both.
void check_summary(example& one, std::string const& name) {
    check_succeeded(one);
    std::string const output = one.output();
    BOOST_TEST(output.find(name + ": ") == 0U, output);
    BOOST_TEST(output.find(" messages") != std::string::npos, output);
    BOOST_TEST(output.find(" waits\n") != std::string::npos, output);
}
std::vector<std::string> for_seconds(std::string const& name, std::string const& seconds) {
    return {"--name", name, "--seconds", seconds};
}
} // namespace

BOOST_AUTO_TEST_CASE(client_killed_and_restarted, *test_support::needs_robust_waiting()) {
    std::string const name = test_support::unique_name("ring");
    example server("server", for_seconds(name, "2"));
    {
        example killed("client", for_seconds(name, "10"));
        std::this_thread::sleep_for(500ms);
        killed.kill();
    }
    example client("client", for_seconds(name, "10"));
    check_summary(client, "client"); // ends with the server
    check_summary(server, "server");
    BOOST_TEST(client.output().find("client: 0 messages") == std::string::npos, client.output());
    BOOST_TEST(!exists(name));
}

BOOST_AUTO_TEST_CASE(server_killed_and_restarted, *test_support::needs_robust_waiting()) {
    std::string const name = test_support::unique_name("ring");
    example client("client", for_seconds(name, "10"));
    {
        example killed("server", for_seconds(name, "10"));
        BOOST_TEST(wait_until_exists(name));
        std::this_thread::sleep_for(300ms);
        killed.kill();
    }
    example server("server", for_seconds(name, "0.5"));
    check_summary(server, "server");
    check_summary(client, "client");
    BOOST_TEST(!exists(name));
}

BOOST_AUTO_TEST_CASE(server_without_a_client_ends) {
    std::string const name = test_support::unique_name("ring");
    example server("server", for_seconds(name, "0.5"));
    check_summary(server, "server");
    BOOST_TEST(server.output().find("50 messages") != std::string::npos, server.output());
    BOOST_TEST(!exists(name));
}

// ---- single_process

BOOST_AUTO_TEST_CASE(single_process_moves_each_once) {
    example program("single_process", {"--elements", "20000", "--node-size", "100", "--nodes", "5",
                                       "--writers", "3", "--readers", "2"});
    check_succeeded(program);
    BOOST_TEST(program.output().find("20000 messages, each once") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(single_process_moves_nothing) {
    example program("single_process", {"--elements", "0"});
    check_succeeded(program);
    BOOST_TEST(program.output().find("0 messages, each once") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
