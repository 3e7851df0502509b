// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "../internal.hpp"
#include "../support.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <filesystem>
#include <sys/mman.h>
#include <unistd.h>

namespace test_support {
namespace {

// Set before a signal handler reads it, by start_timer.
char watchdog_message[512];

extern "C" void watchdog_bites(int) {
    // Only what a signal handler may do.
    [[maybe_unused]] auto const n =
        write(STDERR_FILENO, watchdog_message, std::strlen(watchdog_message));
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
}

} // namespace

void start_program() {
    // A peer that died is an error of the call that writes to it, not the end of this program.
    std::signal(SIGPIPE, SIG_IGN);
}

std::string own_path() {
    return std::filesystem::read_symlink("/proc/self/exe");
}

// Beside this program: .../test/... here, .../example/... there.
std::string example_path(std::string const& name) {
    std::string path = own_path();
    path.replace(path.rfind('/') + 1, std::string::npos, name);
    return path.replace(path.rfind("/test/") + 1, 4, "example");
}

std::string program_name() {
    return program_invocation_short_name;
}

unsigned long process_id() {
    return static_cast<unsigned long>(getpid());
}

void die_at_once() {
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

std::uint64_t own_process_id() {
    return process_id();
}

bool process_exists(pid_t process) {
    return kill(process, 0) == 0;
}

void default_variable(char const* name, char const* value) {
    setenv(name, value, 0);
}

bool output_is_terminal() {
    return isatty(STDOUT_FILENO) != 0;
}

void start_timer(std::string const& message, unsigned seconds) {
    alarm(0);
    std::strncpy(watchdog_message, message.c_str(), sizeof watchdog_message - 1);
    std::signal(SIGALRM, watchdog_bites);
    // A timer of the kernel's, not a thread: tests fork, and count their threads.
    alarm(seconds);
}

void stop_timer() {
    alarm(0);
}

std::vector<std::string> remove_leftovers(std::string const& in_names,
                                          bool (*may_stay)(std::string const& name)) {
    std::vector<std::string> left;
    DIR* const directory = opendir("/dev/shm");
    if (directory == nullptr)
        return left;
    while (dirent const* const entry = readdir(directory)) {
        if (std::strstr(entry->d_name, in_names.c_str()) == nullptr)
            continue;
        // What a creator was building when a test killed it is swept by later creators.
        if (std::string const name = entry->d_name;
            (name.size() < 3 || name.compare(name.size() - 3, 3, "~sm") != 0) &&
            (may_stay == nullptr || !may_stay(name)))
            left.push_back(name);
        shm_unlink(entry->d_name);
    }
    closedir(directory);
    return left;
}

} // namespace test_support
