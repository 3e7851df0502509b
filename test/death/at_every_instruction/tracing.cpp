// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Processes that are traced: they stop at a breakpoint, and go on step by step.

#include "../stage/tracee.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <linux/futex.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>

namespace every {
namespace {

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

void mark() noexcept {
    __asm__ __volatile__("int3" ::: "memory");
}

bool tracee::begins() {
    return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0;
}

void tracee::has_begun() {
    if (last_ != SIGTRAP)
        throw failure("a traced process did not come to its beginning");
    trace(PTRACE_SETOPTIONS, pid_, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD);
}

void tracee::resume(int how) {
    stopped_ = false;
    trace(how, pid_, 0, 0);
}

void tracee::go() {
    resume(PTRACE_CONT);
}

void tracee::begin_step() {
    resume(PTRACE_SINGLESTEP);
}
void tracee::begin_system_call() {
    resume(PTRACE_SYSCALL);
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

} // namespace every
