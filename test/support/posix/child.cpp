// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "../internal.hpp"
#include "../support.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace test_support {
namespace {

using std::chrono::steady_clock;
constexpr std::chrono::seconds patience{60};

void check(int error, char const* what) {
    if (error != 0)
        throw std::system_error(error, std::generic_category(), what);
}

struct pipe_ends {
    pipe_ends() {
        int ends[2];
        // Close-on-exec: a sibling that held our end open would hide that we are gone.
        check(pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno, "pipe2");
        read = ends[0];
        write = ends[1];
    }
    int read;
    int write;
};

void write_line(int fd, std::string_view line) {
    std::string text(line);
    text += '\n';
    for (std::size_t done = 0; done != text.size();) {
        ssize_t const n = ::write(fd, text.data() + done, text.size() - done);
        if (n < 0 && errno != EINTR)
            check(errno, "write to a peer process");
        if (n > 0)
            done += static_cast<std::size_t>(n);
    }
}

// Takes a line off the front of `text`, if there is a whole one.
bool take_line(std::string& text, std::string& line) {
    auto const end = text.find('\n');
    if (end == std::string::npos)
        return false;
    line = text.substr(0, end);
    text.erase(0, end + 1);
    return true;
}

// Reads what there is; false at the end of the input.
bool read_more(int fd, std::string& text) {
    char buffer[4096];
    ssize_t n;
    do
        n = ::read(fd, buffer, sizeof buffer);
    while (n < 0 && errno == EINTR);
    check(n < 0 ? errno : 0, "read from a peer process");
    text.append(buffer, static_cast<std::size_t>(n));
    return n != 0;
}

int exit_status(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace

void say(std::string_view line) {
    write_line(STDOUT_FILENO, line);
}

std::string hear() {
    static std::string text;
    std::string line;
    while (!take_line(text, line))
        if (!read_more(STDIN_FILENO, text))
            throw std::runtime_error("hear: the parent has closed the pipe");
    return line;
}

struct child::state {
    static std::unique_ptr<state> start(std::string name, std::string const& program,
                                        std::vector<std::string> args);
    state() = default;
    state(state const&) = delete;
    state& operator=(state const&) = delete;
    ~state() {
        kill();
        if (to_child != -1)
            close(to_child);
        close(from_child);
    }

    std::string description() const { return name + " (process " + std::to_string(pid) + ")"; }

    // Whether it has ended; reaps it.
    bool ended(int options) {
        if (reaped)
            return true;
        pid_t answer;
        do
            answer = waitpid(pid, &status, options);
        while (answer < 0 && errno == EINTR);
        check(answer < 0 ? errno : 0, "waitpid");
        reaped = answer == pid;
        return reaped;
    }

    void kill() {
        if (!reaped)
            ::kill(pid, SIGKILL);
        ended(0);
    }

    [[noreturn]] void hangs(char const* what) {
        kill();
        throw std::runtime_error(description() + " " + what + " for a minute; killed");
    }

    std::string name;
    pid_t pid = -1;
    int to_child = -1;
    int from_child = -1;
    bool reaped = false;
    int status = 0;
    std::string text; // read, but not yet asked for
};

// The name: for messages.
std::unique_ptr<child::state> child::state::start(std::string name, std::string const& program,
                                                  std::vector<std::string> args) {
    pipe_ends const input;
    pipe_ends const output;

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input.read, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output.write, STDOUT_FILENO);

    std::vector<char*> argv{name.data()};
    for (std::string& arg : args)
        argv.push_back(arg.data());
    argv.push_back(nullptr);

    // This environment, with the watchdog's limit of this test case.
    std::string limit = std::string(watchdog_variable) + "=" + std::to_string(watchdog_limit());
    std::vector<char*> environment{limit.data()};
    for (char** variable = environ; *variable != nullptr; ++variable)
        if (std::strncmp(*variable, watchdog_variable, sizeof watchdog_variable - 1) != 0)
            environment.push_back(*variable);
    environment.push_back(nullptr);

    pid_t pid = -1;
    int const error =
        posix_spawn(&pid, program.c_str(), &actions, nullptr, argv.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    close(input.read);
    close(output.write);
    if (error != 0) {
        close(input.write);
        close(output.read);
        check(error, "posix_spawn");
    }

    auto result = std::make_unique<state>();
    result->name = std::move(name);
    result->pid = pid;
    result->to_child = input.write;
    result->from_child = output.read;
    return result;
}

child::child(std::unique_ptr<state> started) : state_(std::move(started)) {}

child::child(std::string role, std::vector<std::string> args) {
    args.insert(args.begin(), {"--role", std::move(role)});
    state_ = state::start(program_invocation_name, "/proc/self/exe", std::move(args));
}

child child::program(std::string const& path, std::vector<std::string> args) {
    return child(state::start(path, path, std::move(args)));
}

void child::end_input() {
    close(std::exchange(state_->to_child, -1));
}

child::child(child&& other) noexcept = default;
child& child::operator=(child&& other) noexcept = default;
child::~child() = default;

int child::wait() {
    auto const deadline = steady_clock::now() + patience;
    while (!state_->ended(WNOHANG)) {
        if (steady_clock::now() >= deadline)
            state_->hangs("has not ended");
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return exit_status(state_->status);
}

void child::kill() {
    state_->kill();
}

void child::stop() {
    check(::kill(pid(), SIGSTOP) == 0 ? 0 : errno, "SIGSTOP");
    // The signal is sent, the process not yet stopped: wait until it is, or has ended.
    siginfo_t info{};
    while (waitid(P_PID, static_cast<id_t>(pid()), &info, WSTOPPED | WEXITED | WNOWAIT) != 0 &&
           errno == EINTR) {
    }
}

void child::cont() {
    check(::kill(pid(), SIGCONT) == 0 ? 0 : errno, "SIGCONT");
}

std::string child::read_line() {
    auto const deadline = steady_clock::now() + patience;
    std::string line;
    while (!take_line(state_->text, line)) {
        auto const left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now());
        if (left.count() <= 0)
            state_->hangs("has said nothing");
        pollfd ready{state_->from_child, POLLIN, 0};
        if (poll(&ready, 1, static_cast<int>(left.count()) + 1) <= 0)
            continue;
        if (!read_more(state_->from_child, state_->text))
            throw std::runtime_error(state_->description() + " ended without another line");
    }
    return line;
}

void child::send_line(std::string_view line) {
    write_line(state_->to_child, line);
}

pid_t child::pid() const {
    return state_->pid;
}

command_result run_command(std::string const& command) {
    command_result result{-1, {}};
    FILE* const pipe = popen(("exec 2>&1 </dev/null; " + command).c_str(), "re");
    check(pipe == nullptr ? errno : 0, "popen");
    while (read_more(fileno(pipe), result.output)) {
    }
    result.status = exit_status(pclose(pipe));
    return result;
}

std::string shell_word(std::string_view text) {
    std::string word = "'";
    for (char const c : text) {
        if (c == '\'')
            word += "'\\''";
        else
            word += c;
    }
    return word + "'";
}

} // namespace test_support
