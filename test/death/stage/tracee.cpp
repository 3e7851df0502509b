// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "tracee.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace every {

tracee::tracee(const std::function<void()>& body) : pid_(::fork()) {
    if (pid_ == -1)
        throw failure("cannot fork");
    if (pid_ == 0) {
        if (!begins())
            ::_exit(2);
        mark();
        try {
            body();
        } catch (const std::exception& e) {
            std::fprintf(stderr, "in a traced process: %s\n", e.what());
            ::_exit(1);
        }
        ::_exit(0);
    }
    wait();
    has_begun();
}

tracee::~tracee() {
    kill();
}

int tracee::wait() {
    int status = 0;
    pid_t answer;
    do {
        answer = ::waitpid(pid_, &status, __WALL | WUNTRACED);
    } while (answer == -1 && errno == EINTR);
    if (answer != pid_ || !WIFSTOPPED(status)) {
        if (answer == pid_)
            pid_ = -1;
        throw failure(WIFSIGNALED(status) ? "a traced process ended by a signal"
                                          : "a traced process ended before its mark");
    }
    stopped_ = true;
    last_ = WSTOPSIG(status);
    if (last_ != SIGTRAP && last_ != system_call_stop && last_ != SIGSTOP)
        throw failure(std::string("a traced process got a signal: ") + ::strsignal(last_));
    return last_;
}

void tracee::wait_for_mark() {
    if (!stopped_)
        wait();
}

void tracee::run_to_mark() {
    go();
    wait_for_mark();
}

void tracee::pause() {
    if (stopped_)
        return;
    ::kill(pid_, SIGSTOP);
    wait();
}

void tracee::wait_for_stop() {
    if (!stopped_)
        wait();
}
char tracee::state() const {
    char path[64];
    std::snprintf(path, sizeof path, "/proc/%d/stat", static_cast<int>(pid_));
    const int file = ::open(path, O_RDONLY | O_CLOEXEC);
    char text[512] = {};
    const ssize_t size = file == -1 ? -1 : ::read(file, text, sizeof text - 1);
    if (file != -1)
        ::close(file);
    const char* const end = size > 0 ? std::strrchr(text, ')') : nullptr;
    return end == nullptr ? 'X' : end[2];
}

bool tracee::sleeps_or_stops() {
    int asleep = 0;
    for (int tries = 0; tries != 50000; ++tries) {
        siginfo_t info{};
        if (stopped_ || (::waitid(P_PID, static_cast<id_t>(pid_), &info,
                                  WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 &&
                         info.si_pid == pid_)) {
            wait_for_stop();
            return false;
        }
        asleep = state() == 'S' ? asleep + 1 : 0;
        if (asleep == 2)
            return true;
        ::usleep(100);
    }
    throw failure("a traced process neither sleeps nor goes on");
}

void tracee::kill() noexcept {
    if (pid_ == -1)
        return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    // It may be stopped once more on its way out.
    while (::waitpid(pid_, &status, __WALL) == pid_ && WIFSTOPPED(status)) {
    }
    pid_ = -1;
}

} // namespace every
