// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Many processes count in an array under its lock, some are killed in the middle of that, and in
// the end every sum is right.
//
// Each increment changes several elements, so a process that is killed between two of them leaves
// the array torn. The next holder of the lock is told so (acquired::inconsistent), and puts it
// right: before it changes elements, a process writes into a journal, in the same array, which ones
// these are and what they held. A journal that is still open is an increment that was not finished;
// the old values go back, and it is as if it had never been begun. Then mark_consistent(). Who is
// killed while it puts things right leaves the journal open, and the next one begins again.

#include "command_line.hpp"
#include "processes.hpp" // posix/ or windows/
#include "system.hpp"    // posix/ or windows/

#include <shared_memory/shared_array.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace sm = shared_memory;

namespace {

struct settings {
    unsigned processes = 4;
    unsigned counters = 8;
    unsigned increments = 20000;
    unsigned kills = 20;
    // Of the processes that this one starts:
    std::string name; // of the array; empty: this is the first process
    unsigned as = 0;  // which one it is
};

constexpr std::size_t touched = 3; // counters that one increment changes

using array = sm::shared_array<std::uint64_t>;

// The array: the journal, two numbers for the summary, the counters, and how many increments each
// process has done (part of the increment, so that a process that comes after a killed one goes on
// where the killed process's last whole increment was).
class table {
public:
    static std::size_t size(const settings& s) { return first_counter + s.counters + s.processes; }

    table(array& a, const settings& s) : a_(a), s_(s) {}

    std::uint64_t& kills_left() { return a_[kills_left_at]; }
    std::uint64_t& times_put_right() { return a_[put_right_at]; }
    std::uint64_t& done(unsigned process) { return a_[done_at(process)]; }
    std::uint64_t sum() const {
        const auto first = a_.begin() + first_counter;
        return std::accumulate(first, first + s_.counters, std::uint64_t{0});
    }

    // With the write lock held.
    template <class Random>
    void increment(unsigned process, Random& random, bool dies) {
        std::array<std::size_t, touched + 1> elements;
        std::size_t counter = random() % s_.counters;
        for (std::size_t& element : elements)
            element = first_counter + counter++ % s_.counters;
        elements.back() = done_at(process);

        for (std::size_t i = 0; i != elements.size(); ++i) {
            a_[first_entry + 2 * i] = elements[i];
            a_[first_entry + 2 * i + 1] = a_[elements[i]];
        }
        in_this_order();
        a_[open_at] = 1;
        in_this_order();
        const std::size_t last = dies ? random() % touched : elements.size();
        for (std::size_t i = 0; i != elements.size(); ++i) {
            ++a_[elements[i]];
            in_this_order();
            if (i == last)
                example::die_at_once();
        }
        in_this_order();
        a_[open_at] = 0;
    }

    // With the write lock held, after a death.
    void put_right() {
        if (a_[open_at] != 0) {
            for (std::size_t i = 0; i != touched + 1; ++i)
                a_[a_[first_entry + 2 * i]] = a_[first_entry + 2 * i + 1];
            in_this_order();
            a_[open_at] = 0;
        }
        ++times_put_right();
        a_.mark_consistent();
    }

private:
    static constexpr std::size_t open_at = 0;
    static constexpr std::size_t first_entry = 1; // element, what it held; touched + 1 times
    static constexpr std::size_t kills_left_at = first_entry + 2 * (touched + 1);
    static constexpr std::size_t put_right_at = kills_left_at + 1;
    static constexpr std::size_t first_counter = put_right_at + 1;

    std::size_t done_at(unsigned process) const { return first_counter + s_.counters + process; }

    // A process is killed between two instructions, and all before the one are done. So it is the
    // compiler alone that must not exchange them.
    static void in_this_order() { std::atomic_signal_fence(std::memory_order_seq_cst); }

    array& a_;
    const settings& s_;
};

int work(const settings& s) {
    const unsigned process = s.as;
    try {
        array a(sm::open_only, s.name);
        table t(a, s);
        std::minstd_rand random(std::random_device{}());
        for (;;) {
            const sm::acquired got = a.acquire_write_lock();
            const std::unique_lock<array> lock(a, std::adopt_lock);
            if (got == sm::acquired::inconsistent)
                t.put_right();
            const std::uint64_t done = t.done(process);
            if (done == s.increments)
                return EXIT_SUCCESS;
            const bool dies =
                t.kills_left() != 0 && (random() % 256 == 0 || done + 1 == s.increments);
            if (dies)
                --t.kills_left();
            t.increment(process, random, dies);
        }
    } catch (const std::exception& failure) {
        std::cerr << "locked_counters: process " << process << ": " << failure.what() << '\n';
        return EXIT_FAILURE;
    }
}

example::process start(const std::string& name, const settings& s, unsigned process) {
    return example::start_again({"--processes", std::to_string(s.processes), "--counters",
                                 std::to_string(s.counters), "--increments",
                                 std::to_string(s.increments), "--array", name, "--as",
                                 std::to_string(process)});
}

int run(const settings& s) {
    const std::string name = example::name_of_process("locked_counters");
    array a(sm::create_only, name, table::size(s), sm::options().max_participants(s.processes + 1));
    table t(a, s);
    t.kills_left() = s.kills;

    std::vector<example::process> processes;
    for (unsigned i = 0; i != s.processes; ++i)
        processes.push_back(start(name, s, i));
    unsigned killed = 0;
    bool failed = false;
    for (std::size_t running = processes.size(); running != 0;) {
        const example::ended_process ended = example::wait_for_one(processes);
        if (ended.killed && killed != s.kills) {
            ++killed;
            // another one goes on with its work
            processes[ended.which] = start(name, s, static_cast<unsigned>(ended.which));
        } else {
            failed = failed || !ended.succeeded;
            --running;
        }
    }

    const std::uint64_t expected = std::uint64_t{touched} * s.processes * s.increments;
    const std::unique_lock<array> lock(a);
    std::cout << s.processes << " processes, " << s.increments << " increments of " << touched
              << " of " << s.counters << " counters each\n"
              << "killed while they held the lock: " << killed << '\n'
              << "put right by those who came next: " << t.times_put_right() << '\n'
              << "sum of the counters: " << t.sum() << ", expected: " << expected << '\n';
    if (failed || t.sum() != expected || t.times_put_right() != killed || killed != s.kills) {
        std::cerr << "locked_counters: that is wrong\n";
        return EXIT_FAILURE;
    }
    std::cout << "all right\n";
    return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char** argv) {
    settings s;
    int status = EXIT_SUCCESS;
    example::command_line line(
        "locked_counters", "[--processes N] [--counters N] [--increments N] [--kills N]",
        "Processes count in a shared array under its lock; some are killed in the middle of that,\n"
        "and others put it right.");
    line.number("processes", s.processes, 1U, 1000U, "how many count at the same time")
        .number("counters", s.counters, unsigned{touched}, 1000000U, "how many counters there are")
        .number("increments", s.increments, 1U, 1000000000U, "how often each process counts")
        .number("kills", s.kills, 0U, 100000U,
                "how many processes are killed while they hold the lock")
        .text("array", s.name, "NAME", "for the processes that it starts")
        .number("as", s.as, 0U, 999U, "likewise");
    const int parsed = line.run(argc, argv, [&] { status = s.name.empty() ? run(s) : work(s); });
    return parsed == 0 ? status : parsed;
}
