// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What a write and a read cost when nobody is in their way, in instructions and system calls. The
//! instructions are counted by the processor where it lets us (a virtual one often does not), else
//! by valgrind's callgrind; system calls by strace.

#include "crew.hpp"
#include "others.hpp"
#include "runner.hpp"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

namespace comparison {
namespace {

//! The processor's count of this thread's instructions in user mode.
class instruction_counter {
public:
    instruction_counter() {
        perf_event_attr wanted{};
        wanted.size = sizeof wanted;
        wanted.type = PERF_TYPE_HARDWARE;
        wanted.config = PERF_COUNT_HW_INSTRUCTIONS;
        wanted.exclude_kernel = 1;
        wanted.exclude_hv = 1;
        fd_ = static_cast<int>(::syscall(SYS_perf_event_open, &wanted, 0, -1, -1, 0UL));
    }
    instruction_counter(const instruction_counter&) = delete;
    instruction_counter& operator=(const instruction_counter&) = delete;
    ~instruction_counter() {
        if (fd_ >= 0)
            ::close(fd_);
    }
    bool counts() const { return fd_ >= 0; }
    std::uint64_t value() const {
        std::uint64_t result = 0;
        if (::read(fd_, &result, sizeof result) != static_cast<ssize_t>(sizeof result))
            throw std::runtime_error("the counter of instructions cannot be read");
        return result;
    }

private:
    int fd_;
};

constexpr const char* counted_by_processor = "instructions: ";

//! As one word of a shell command.
std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text)
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

std::string output_of(const std::string& command) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
        ::popen((command + " 2>&1").c_str(), "r"), ::pclose);
    if (!pipe)
        throw std::runtime_error("cannot run " + command);
    std::string result;
    std::array<char, 4096> part{};
    while (const std::size_t n = std::fread(part.data(), 1, part.size(), pipe.get()))
        result.append(part.data(), n);
    return result;
}

bool is_here(const std::string& program) {
    return std::system(("command -v " + program + " > /dev/null 2>&1").c_str()) == 0;
}

//! The number that the pattern finds in what a command prints.
std::optional<double> number_in(const std::string& text, const std::string& pattern) {
    std::smatch found;
    if (!std::regex_search(text, found, std::regex(pattern)))
        return std::nullopt;
    return std::stod(found[1]);
}

//! A way to count: the command that this program is run by, and what it prints.
struct counting {
    const char* name;
    const char* unit;
    std::string tool; //!< empty: none is needed
    std::string pattern;
};

std::string this_program() {
    std::array<char, 4096> path{};
    if (::readlink("/proc/self/exe", path.data(), path.size() - 1) < 0)
        throw std::runtime_error("/proc/self/exe cannot be read");
    return path.data();
}

std::optional<double> count(const counting& how, const std::string& program,
                            const std::string& subject, std::uint64_t messages) {
    return number_in(output_of(how.tool + " " + quoted(program) + " --alone " + quoted(subject) +
                               " --messages " + std::to_string(messages)),
                     how.pattern);
}

void measure(const counting& how, const subjects& all, const settings& wanted,
             std::uint64_t messages, results& found) {
    // Less than a full run counts only what a target is about, and what is beside it.
    std::vector<const char*> names = {"fill and sum alone", "circular_buffer copying"};
    if (wanted.wanted != extent::smoke)
        names.insert(names.end(), {"bare ring", "circular_buffer in place", "message_queue"});
    if (wanted.wanted == extent::full)
        names.insert(names.end(),
                     {"circular_buffer claims", "single ring copying", "lockfree::spsc_queue",
                      "lockfree::queue", "pipe", "socketpair"});
    const std::string program = this_program();
    const int together = found.next_together();
    for (const std::string name : names) {
        throw_if_interrupted();
        if (all.find(name) == nullptr)
            continue;
        // Of twice as many, less those of once: what goes before and after is not counted.
        const auto once = count(how, program, name, messages);
        const auto twice = count(how, program, name, 2 * messages);
        if (!once || !twice) {
            found.left_out.push_back(std::string(how.name) + " of " + name + ": " + how.tool +
                                     " does not count them here");
            continue;
        }
        series s;
        s.what = {how.name, name, 64, 1, 1, ""};
        s.unit = how.unit;
        s.together = together;
        s.values = {(*twice - *once) / static_cast<double>(messages)};
        found.add(std::move(s));
    }
}

} // namespace

void run_alone(const subjects& all, const std::string& name, std::uint64_t count) {
    const subject* s = all.find(name);
    if (s == nullptr || !s->alone)
        throw std::runtime_error("there is no subject '" + name + "' to run alone");
    channel_spec spec;
    spec.name = unique_name();
    const instruction_counter counter;
    const std::uint64_t before = counter.counts() ? counter.value() : 0;
    s->alone(spec, count);
    if (counter.counts())
        std::cout << counted_by_processor << counter.value() - before << '\n';
}

void measure_costs(const subjects& all, const settings& wanted, results& found) {
    const counting by_processor = {"instructions", "a message", "",
                                   std::string(counted_by_processor) + "(\\d+)"};
    const counting by_callgrind = {"instructions", "a message",
                                   "valgrind --tool=callgrind --callgrind-out-file=/dev/null",
                                   "Collected : (\\d+)"};
    const counting by_strace = {"system_calls", "a message", "strace -f -c -U calls,name",
                                "(\\d+) total"};
    if (instruction_counter().counts())
        measure(by_processor, all, wanted, wanted.counted, found);
    else if (is_here("valgrind"))
        measure(by_callgrind, all, wanted, wanted.counted, found);
    else
        found.left_out.push_back(
            "instructions: the processor does not count them here, and valgrind is not installed");
    if (is_here("strace"))
        measure(by_strace, all, wanted, std::min<std::uint64_t>(wanted.counted, 1000), found);
    else
        found.left_out.push_back("system_calls: strace is not installed");
}

} // namespace comparison
