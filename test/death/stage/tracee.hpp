// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A forked process that is run from mark to mark, system call to system call or instruction to
//! instruction, and killed. It is a copy of this one: what lies at an address there lies here too.

#ifndef SHARED_MEMORY_TEST_DEATH_STAGE_TRACEE_HPP
#define SHARED_MEMORY_TEST_DEATH_STAGE_TRACEE_HPP

#include <cstdint>
#include <functional>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <sys/types.h>

namespace every {

//! What did not balance, or could not be carried out.
class failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};
inline void require(bool holds, const char* what) {
    if (!holds)
        throw failure(what);
}

//! Stops this process, which is a tracee. As all that stops and steps it is in
//! at_every_instruction/tracing.cpp and, for processes that nobody traces, in
//! at_every_write/untraced.cpp.
void mark() noexcept;

//! A process that is stopped and killed. The driver at every write does not trace it: it stops by
//! itself, and nothing is stepped through.
class tracee {
public:
    //! Forks a process that will run `body`, which is stopped before it; it ends with this one.
    explicit tracee(const std::function<void()>& body);
    tracee(const tracee&) = delete;
    tracee& operator=(const tracee&) = delete;
    ~tracee();

    pid_t pid() const noexcept { return pid_; }

    //! Runs to its next mark.
    void run_to_mark();
    //! Runs without being stopped, until its next mark.
    void go();
    //! Waits for the mark that it runs to.
    void wait_for_mark();
    //! Waits until it sleeps in the kernel; false if it has stopped instead, at its mark or after
    //! the step or system call that it was let do.
    bool sleeps_or_stops();
    //! Stops it where it is, asleep or not; `go` lets it go on.
    void pause();
    //! One instruction. `begin` does not wait for its end.
    void step();
    void begin_step();
    //! Runs until it is about to do a system call (or has come to its mark: false), and, from
    //! there, begins to do it.
    bool run_to_system_call();
    void begin_system_call();
    void wait_for_stop();
    //! Runs until it is about to do the instruction for the n-th time, from here on; false if it
    //! has come to its mark before.
    bool run_to(std::uintptr_t instruction, std::uint32_t times);

    std::uintptr_t instruction() const;
    //! The system call that it is about to do waits on a futex.
    bool about_to_sleep() const;
    //! The byte of code, which is the same in this process.
    static std::uint8_t code(std::uintptr_t address) noexcept {
        return *reinterpret_cast<const std::uint8_t*>(address);
    }

    //! Ends it at once, and waits until all that it had is gone.
    void kill() noexcept;

private:
    static constexpr int system_call_stop = SIGTRAP | 0x80; // PTRACE_O_TRACESYSGOOD

    // Where `mark` is.
    static bool begins(); // the process itself
    void has_begun();
    void resume(int how);
    //! The signal that it stopped by; throws if it ended.
    int wait();
    char state() const;

    pid_t pid_ = -1;
    bool stopped_ = false; // and not only by `wait`: the signal is in last_
    int last_ = 0;
};

} // namespace every

#endif
