// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! This program as other processes; windows/processes.hpp is the same for that system.

#ifndef SHARED_MEMORY_EXAMPLE_PROCESSES_HPP
#define SHARED_MEMORY_EXAMPLE_PROCESSES_HPP

#include <cerrno>
#include <csignal>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace example {

using process = pid_t;

//! Starts this program once more, with these arguments.
inline process start_again(std::vector<std::string> arguments) {
    std::string program = "/proc/self/exe";
    std::vector<char*> argv{program.data()};
    for (std::string& one : arguments)
        argv.push_back(one.data());
    argv.push_back(nullptr);
    process started = -1;
    const int why =
        ::posix_spawn(&started, program.c_str(), nullptr, nullptr, argv.data(), environ);
    if (why != 0)
        throw std::system_error(why, std::generic_category(), "starting a process");
    return started;
}

struct ended_process {
    std::size_t which; // of those that were waited for
    bool killed;
    bool succeeded;
};

//! Waits until one of them ends.
inline ended_process wait_for_one(const std::vector<process>& all) {
    for (;;) {
        int status = 0;
        const process ended = ::wait(&status);
        if (ended < 0 && errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "waiting for a process");
        for (std::size_t i = 0; i != all.size(); ++i) {
            if (all[i] == ended)
                return {i, WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, status == 0};
        }
    }
}

//! Ends this process as if somebody killed it.
inline void die_at_once() {
    std::raise(SIGKILL);
}

} // namespace example

#endif
