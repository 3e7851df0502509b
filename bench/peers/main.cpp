// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! This library beside every peer, and the limits of the machine: see doc/benchmarks.md.

#include "../../example/command_line.hpp"
#include "cases.hpp"
#include "crew.hpp"
#include "others.hpp"
#include "report.hpp"
#include "runner.hpp"
#include "subject.hpp"
#include "targets.hpp"

#include <chrono>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

using namespace comparison;

constexpr int status_interrupted = 130;

struct wishes {
    bool iceoryx = false;
    std::string csv;
    std::string only;
    std::string alone;
    std::uint64_t messages = 1000;
};

subjects all_subjects(bool with_iceoryx) {
    subjects all;
    add_limits(all);
    add_bare_many_ring(all);
    add_ours(all);
    add_message_queue(all);
    add_lock_free(all);
    add_atomic_queue(all);
    add_pipes(all);
    add_zeromq(all);
    if (with_iceoryx)
        add_iceoryx(all);
    return all;
}

class progress {
public:
    void say(const std::string& what) {
        const std::chrono::duration<double> since = std::chrono::steady_clock::now() - began_;
        std::cout << "[" << std::setw(5) << std::fixed << std::setprecision(1) << since.count()
                  << " s] " << what << std::defaultfloat << std::endl;
    }

private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

void measure_all(const subjects& all, const settings& wanted, const std::string& only,
                 results& found) {
    progress tell;
    tell.say("the bare ring, for a yardstick");
    runner runs(all, wanted, found);
    const auto cases = cases_for(wanted.wanted);
    for (std::size_t i = 0; i != cases.size(); ++i) {
        if (title_of(cases[i]).find(only) == std::string::npos)
            continue;
        tell.say(std::to_string(i + 1) + "/" + std::to_string(cases.size()) + " " +
                 title_of(cases[i]));
        runs.run(cases[i]);
    }
    if (!only.empty())
        return;
    tell.say("times to create and open");
    measure_lives(wanted, found);
    tell.say("an idle waiter");
    measure_idle_waiter(wanted, found);
    tell.say("instructions and system calls");
    measure_costs(all, wanted, found);
    const range speed = runs.bare().speed();
    tell.say("done");
    std::cout << "the bare ring meanwhile, million/s: median " << std::setprecision(3)
              << speed.median << ", from " << speed.min << " to " << speed.max << '\n';
}

int compare(const wishes& wanted, extent how_much) {
    const subjects all = all_subjects(wanted.iceoryx);
    if (!wanted.alone.empty()) {
        run_alone(all, wanted.alone, wanted.messages);
        return 0;
    }
    catch_interruptions();
    if (!wanted.csv.empty())
        write_csv(wanted.csv, {}); // rather now than after half an hour
    print_machine(std::cout);
    for (const char* peer : {"atomic_queue", "ZeroMQ ipc", "iceoryx"}) {
        if (all.find(peer) == nullptr)
            std::cout << peer << ": not here, goes without\n";
    }
    results found;
    measure_all(all, settings_for(how_much), wanted.only, found);
    print_tables(std::cout, found);
    if (!wanted.csv.empty())
        write_csv(wanted.csv, found);
    std::cout << '\n';
    for (const std::string& line : found.left_out)
        std::cout << "left out: " << line << '\n';
    for (const std::string& line : found.failures)
        std::cout << "failed: " << line << '\n';
    print_verdicts(std::cout, found, !wanted.only.empty());
    return found.failures.empty() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    wishes wanted;
    int status = 0;
    example::command_line line(
        "compare_peers", "[--quick | --smoke] [--only WORDS] [--csv FILE] [--iceoryx]",
        "Measures this library's ring beside what else brings data from process to process, and\n"
        "beside the limits of the machine: throughput, round trips, costs. Prints tables, and\n"
        "ends with a line for each target. bench/run builds and runs it with everything.");
    line.flag("quick", "under 2 minutes: what targets are about")
        .flag("smoke", "a moment of each kind of case, to see that it works; numbers mean nothing")
        .flag("iceoryx", "measure iceoryx too; its daemon, iox-roudi, must run")
        .text("csv", wanted.csv, "FILE", "write the results there as comma-separated values")
        .text("only", wanted.only, "WORDS",
              "only the cases of messages that have these words in their title, and nothing else")
        .text("alone", wanted.alone, "SUBJECT",
              "only write and read by this subject within one process, for tools that count")
        .number("messages", wanted.messages, std::uint64_t{1}, std::uint64_t{1} << 40U,
                "how many, with --alone");
    const int called = line.run(argc, argv, [&] {
        if (line.given("quick") && line.given("smoke"))
            throw example::usage_error("--quick and --smoke exclude each other");
        wanted.iceoryx = line.given("iceoryx");
        try {
            status = compare(wanted, line.given("smoke")   ? extent::smoke
                                     : line.given("quick") ? extent::quick
                                                           : extent::full);
        } catch (const interrupted& e) {
            std::cerr << "compare_peers: " << e.what() << '\n';
            status = status_interrupted;
        }
    });
    return called != 0 ? called : status;
}
