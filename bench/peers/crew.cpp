// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "crew.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sched.h>
#include <set>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace comparison {
namespace {

using clock = std::chrono::steady_clock;

constexpr int longest_run = 30; // seconds
constexpr timespec between_looks{0, 50'000'000};

std::atomic<int> signalled{0};

std::int64_t now() {
    return std::chrono::nanoseconds(clock::now().time_since_epoch()).count();
}
//! For how long, in nanoseconds, this process could have run, but others had its processor. 0 where
//! the kernel does not tell.
std::int64_t time_in_queues() {
    std::ifstream file("/proc/self/schedstat");
    std::int64_t running = 0;
    std::int64_t waiting = 0;
    return file >> running >> waiting ? waiting : 0;
}

void set_affinity(const std::vector<int>& wanted) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int processor : wanted)
        CPU_SET(static_cast<unsigned>(processor), &set);
    if (::sched_setaffinity(0, sizeof set, &set) != 0)
        throw std::system_error(errno, std::generic_category(), "sched_setaffinity");
}

} // namespace

void catch_interruptions() {
    struct sigaction action {};
    action.sa_handler = [](int signal) { signalled = signal; };
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        ::sigaction(signal, &action, nullptr);
}

void throw_if_interrupted() {
    if (signalled != 0)
        throw interrupted("interrupted by signal " + std::to_string(signalled));
}

const std::vector<int>& processors() {
    static const std::vector<int> allowed = [] {
        cpu_set_t set;
        std::vector<int> result;
        if (::sched_getaffinity(0, sizeof set, &set) == 0) {
            for (int i = 0; i != CPU_SETSIZE; ++i) {
                if (CPU_ISSET(static_cast<unsigned>(i), &set))
                    result.push_back(i);
            }
        }
        if (result.empty())
            throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
        return result;
    }();
    return allowed;
}

const std::vector<unsigned>& cores() {
    static const std::vector<unsigned> one_each = [] {
        std::vector<unsigned> result;
        std::set<std::string> seen;
        for (unsigned i = 0; i != processors().size(); ++i) {
            const std::string processor = std::to_string(processors()[i]);
            std::ifstream file("/sys/devices/system/cpu/cpu" + processor +
                               "/topology/thread_siblings_list");
            std::string threads;
            if (!(file >> threads))
                threads = processor;
            if (seen.insert(threads).second)
                result.push_back(i);
        }
        return result;
    }();
    return one_each;
}

unsigned place_of(unsigned n, unsigned all, unsigned otherwise) {
    return all <= cores().size() ? cores()[n] : otherwise;
}

void pin_to(unsigned n) {
    set_affinity({processors()[n % processors().size()]});
}

void unpin() {
    set_affinity(processors());
}

crew::~crew() {
    // Those that hang do not notice that it is over; what they share is their parent's to remove.
    board_->over = true;
    ++board_->runs;
    futex_wake(board_->runs);
    const auto patience_ends = clock::now() + std::chrono::seconds(1);
    for (member& m : members_) {
        while (m.pid != 0 && ::waitpid(m.pid, nullptr, WNOHANG) == 0) {
            if (clock::now() > patience_ends || board_->failed)
                ::kill(m.pid, SIGKILL);
            ::usleep(200);
        }
    }
}

double crew::run(std::uint64_t count) {
    if (!started_)
        start();
    board_->count = count;
    board_->there = 0;
    board_->finished = 0;
    ++board_->runs;
    futex_wake(board_->runs);
    wait_for_all();
    const auto first = board_->begin.begin();
    const auto last = board_->end.begin();
    const auto size = static_cast<std::ptrdiff_t>(members_.size());
    return static_cast<double>(*std::max_element(last, last + size) -
                               *std::min_element(first, first + size)) /
           1e9;
}

double crew::presence() const {
    const auto first = board_->presence.begin();
    return *std::min_element(first, first + static_cast<std::ptrdiff_t>(members_.size()));
}

void crew::start() {
    if (members_.size() > most_members)
        throw std::logic_error("too many processes in a crew");
    processors(); // before a child is pinned
    started_ = true;
    std::cout.flush();
    std::fflush(nullptr); // lest each child prints it again
    for (std::size_t i = 0; i != members_.size(); ++i) {
        const pid_t parent = ::getpid();
        const pid_t pid = ::fork();
        if (pid < 0)
            throw std::system_error(errno, std::generic_category(), "fork");
        if (pid == 0) {
            for (const int signal : {SIGINT, SIGTERM, SIGHUP})
                ::signal(signal, SIG_IGN); // the parent ends it in order
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (::getppid() == parent)
                live(i);
            std::exit(0); // what has said somewhere that it is here says that it goes
        }
        members_[i].pid = pid;
    }
    wait_for_all(); // they have made their workers
}

void crew::live(std::size_t i) {
    board& b = *board_;
    const auto all = static_cast<std::uint32_t>(members_.size());
    const auto finish = [&] {
        if (++b.finished == all)
            futex_wake(b.finished);
    };
    try {
        pin_to(members_[i].processor);
        const std::unique_ptr<worker> work = members_[i].make();
        // With more processes than processors, the first ones must not keep others away.
        const bool crowded = all > processors().size();
        finish();
        for (std::uint32_t runs = 0;; ++runs) {
            while (b.runs == runs)
                futex_wait(b.runs, runs);
            if (b.over)
                return;
            ++b.there;
            while (b.there < all) {
                if (crowded)
                    ::sched_yield();
            }
            const std::int64_t before = time_in_queues();
            b.begin[i] = now();
            work->run(b.count);
            b.end[i] = now();
            b.presence[i] =
                1 - static_cast<double>(time_in_queues() - before) /
                        static_cast<double>(std::max<std::int64_t>(b.end[i] - b.begin[i], 1));
            finish();
        }
    } catch (const std::exception& e) {
        tell_failure(e.what());
    }
}

void crew::tell_failure(const char* why) {
    if (!board_->telling.exchange(true))
        std::strncpy(board_->why.data(), why, board_->why.size() - 1);
    board_->failed = true;
    ++board_->finished;
    futex_wake(board_->finished);
}

void crew::wait_for_all() {
    const auto limit = clock::now() + std::chrono::seconds(longest_run);
    for (;;) {
        const std::uint32_t finished = board_->finished;
        if (board_->failed)
            throw std::runtime_error(board_->why.data());
        if (finished == members_.size())
            return;
        futex_wait(board_->finished, finished, &between_looks);
        if (board_->finished != members_.size())
            look_after_members();
        if (clock::now() > limit) {
            board_->failed = true; // so that they are killed
            throw std::runtime_error("hangs: a run took more than " + std::to_string(longest_run) +
                                     " s");
        }
    }
}

void crew::look_after_members() {
    if (signalled != 0)
        board_->failed = true;
    throw_if_interrupted();
    for (member& m : members_) {
        int status = 0;
        if (m.pid != 0 && !board_->failed && ::waitpid(m.pid, &status, WNOHANG) == m.pid) {
            m.pid = 0;
            if (board_->failed) // it has told why
                return;
            board_->failed = true;
            throw std::runtime_error("a process ended with status " + std::to_string(status));
        }
    }
}

} // namespace comparison
