// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "tracee.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

namespace every {
namespace {

constexpr int system_call_stop = SIGTRAP | 0x80; // PTRACE_O_TRACESYSGOOD
constexpr std::uint8_t breakpoint = 0xcc;

long trace(int request, pid_t pid, std::uintptr_t address, std::uintptr_t data) {
    errno = 0;
    const long result = ::ptrace(static_cast<__ptrace_request>(request), pid,
                                 reinterpret_cast<void*>(address), reinterpret_cast<void*>(data));
    if (result == -1 && errno != 0)
        throw failure(std::string("ptrace: ") + std::strerror(errno));
    return result;
}

std::uintptr_t user_register(pid_t pid, std::size_t offset) {
    return static_cast<std::uintptr_t>(
        trace(PTRACE_PEEKUSER, pid, offsetof(struct user, regs) + offset, 0));
}

} // namespace

tracee::tracee(const std::function<void()>& body) : pid_(::fork()) {
    if (pid_ == -1)
        throw failure("cannot fork");
    if (pid_ == 0) {
        if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0)
            ::_exit(2);
        EVERY_INSTRUCTION_MARK();
        try {
            body();
        } catch (const std::exception& e) {
            std::fprintf(stderr, "in a traced process: %s\n", e.what());
            ::_exit(1);
        }
        ::_exit(0);
    }
    if (wait() != SIGTRAP)
        throw failure("a traced process did not come to its beginning");
    trace(PTRACE_SETOPTIONS, pid_, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD);
}

tracee::~tracee() {
    kill();
}

int tracee::wait() {
    int status = 0;
    pid_t answer;
    do {
        answer = ::waitpid(pid_, &status, __WALL);
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

void tracee::resume(int how) {
    stopped_ = false;
    trace(how, pid_, 0, 0);
}

void tracee::go() {
    resume(PTRACE_CONT);
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

void tracee::begin_step() {
    resume(PTRACE_SINGLESTEP);
}
void tracee::begin_system_call() {
    resume(PTRACE_SYSCALL);
}
void tracee::wait_for_stop() {
    if (!stopped_)
        wait();
}
void tracee::step() {
    begin_step();
    wait();
}

bool tracee::run_to_system_call() {
    resume(PTRACE_SYSCALL);
    return wait() == system_call_stop;
}

bool tracee::run_to(std::uintptr_t instruction, std::uint32_t times) {
    const auto there = static_cast<std::uintptr_t>(trace(PTRACE_PEEKTEXT, pid_, instruction, 0));
    const std::uintptr_t trap = (there & ~std::uintptr_t{0xff}) | breakpoint;
    for (std::uint32_t i = 1;; ++i) {
        trace(PTRACE_POKETEXT, pid_, instruction, trap);
        resume(PTRACE_CONT);
        wait();
        trace(PTRACE_POKETEXT, pid_, instruction, there);
        if (this->instruction() != instruction + 1)
            return false;
        trace(PTRACE_POKEUSER, pid_, offsetof(struct user, regs) + offsetof(user_regs_struct, rip),
              instruction);
        if (i == times)
            return true;
        step();
    }
}

std::uintptr_t tracee::instruction() const {
    return user_register(pid_, offsetof(user_regs_struct, rip));
}

bool tracee::about_to_sleep() const {
    // orig_rax is -1 unless it is in a system call already.
    std::uintptr_t number = user_register(pid_, offsetof(user_regs_struct, orig_rax));
    if (last_ != system_call_stop)
        number = user_register(pid_, offsetof(user_regs_struct, rax));
    const std::uintptr_t operation = user_register(pid_, offsetof(user_regs_struct, rsi));
    return number == SYS_futex &&
           (operation & static_cast<std::uintptr_t>(FUTEX_CMD_MASK)) == FUTEX_WAIT_BITSET;
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
