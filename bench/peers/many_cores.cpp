// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A program to carry to a machine with many cores: rings with a process a core, several writers and
//! readers, beside the bare N:M ring. bench/many_cores builds it, linked statically.

#include "cases.hpp"
#include "crew.hpp"
#include "report.hpp"
#include "runner.hpp"
#include "subject.hpp"

#include <chrono>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace comparison;

constexpr const char* usage = R"(usage: run [--smoke] [--csv FILE] [--help]

Measures the rings of shared_memory with 64-byte messages, from 1 writer and 1 reader to 8 and 8, beside
the bounded queue of the literature ("bare N:M ring"): all of a case in turns, a process a core. Prints
tables, and one of ratios last. Cases that need more cores than there are here are skipped. Takes some
minutes; the machine should do nothing else meanwhile.

    --csv FILE   writes the results there, as comma-separated values
    --smoke      a moment of every case, more processes than cores or not; its numbers mean nothing
)";

class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct wishes {
    bool help = false;
    bool smoke = false;
    std::string csv;
};

wishes wishes_of(const std::vector<std::string>& arguments) {
    wishes result;
    for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
        if (*argument == "--help" || *argument == "-h")
            result.help = true;
        else if (*argument == "--smoke")
            result.smoke = true;
        else if (*argument != "--csv")
            throw usage_error("unknown option '" + *argument + "'");
        else if (++argument == arguments.end())
            throw usage_error("--csv needs a file");
        else
            result.csv = *argument;
    }
    return result;
}

settings settings_of(const wishes& wanted) {
    settings s = settings_for(wanted.smoke ? extent::smoke : extent::full);
    if (!wanted.smoke) {
        s.rounds = 9;
        s.run_seconds = 0.1;
        s.patience = 600;
    }
    return s;
}

const char* const yardstick = "bare N:M ring";

struct column {
    const char* title;
    const char* subject;
};
constexpr column columns[] = {
    {"atomic_queue", "atomic_queue"},       {"lockfree::queue", "lockfree::queue"},
    {"copying", "circular_buffer copying"}, {"in place", "circular_buffer in place"},
    {"claims", "circular_buffer claims"},   {"batches of 64", "circular_buffer batches of 64"}};

//! One line a case: the yardstick's speed, and the others' ratios to it, round by round.
void print_ratios(const std::vector<bench_case>& cases, const results& found) {
    table_line heading;
    heading.add("writers to readers", 20).add("bare, million/s", 17);
    for (const column& c : columns)
        heading.add(c.title, 17);
    std::cout << "\nTimes the bare N:M ring, 64 B, a process a core: medians. The last four are "
                 "circular_buffer's.\n"
              << heading.text() << '\n';
    for (const bench_case& c : cases) {
        const std::string how = name_of(c.entries.front().how);
        const auto of = [&](const char* subject) {
            return found.find(
                {c.name, subject, c.spec.payload, c.spec.writers, c.spec.readers, how});
        };
        const figure bare = figure_of(of(yardstick));
        if (!bare.value)
            continue;
        table_line line;
        line.add(std::to_string(c.spec.writers) + " to " + std::to_string(c.spec.readers), 20)
            .add(digits(bare.value->median), 17);
        for (const column& one : columns) {
            const figure f = ratio(of(one.subject), of(yardstick));
            line.add(f.value ? digits(f.value->median) + (f.noisy ? " noisy" : "") : "-", 17);
        }
        std::cout << line.text() << '\n';
    }
    std::cout << "To be reached from 2 to 2 on: 3 by copying or in place, 5 in batches of 64.\n";
}

int measure(const wishes& wanted) {
    catch_interruptions();
    if (!wanted.csv.empty())
        write_csv(wanted.csv, {}); // rather now than after some minutes
    subjects all;
    add_limits(all);
    add_bare_many_ring(all);
    add_ours(all);
    add_lock_free(all);
    add_atomic_queue(all);
    print_machine(std::cout);
    std::cout << cores().size() << " cores found";
    if (cores().size() != processors().size())
        std::cout << ": a core's other threads stay idle";
    std::cout << '\n';
    if (all.find("atomic_queue") == nullptr)
        std::cout << "atomic_queue: this program was built without it\n";

    results found;
    std::vector<bench_case> fitting;
    for (bench_case& c : cases_of_many_cores()) {
        const unsigned needed = c.spec.writers + c.spec.readers;
        if (needed <= cores().size() || wanted.smoke)
            fitting.push_back(std::move(c));
        else
            std::cout << "skipped: " << title_of(c) << ": needs " << needed << " cores, "
                      << cores().size() << " are here\n";
    }
    if (!fitting.empty()) {
        runner runs(all, settings_of(wanted), found);
        const auto began = std::chrono::steady_clock::now();
        for (const bench_case& c : fitting) {
            const std::chrono::duration<double> since = std::chrono::steady_clock::now() - began;
            std::cout << '[' << std::setw(3) << std::fixed << std::setprecision(0) << since.count()
                      << " s] " << title_of(c) << std::defaultfloat << std::endl;
            runs.run(c);
        }
    }
    print_tables(std::cout, found);
    for (const std::string& line : found.failures)
        std::cout << "failed: " << line << '\n';
    print_ratios(fitting, found);
    if (!wanted.csv.empty())
        write_csv(wanted.csv, found);
    return found.failures.empty() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    try {
        const wishes wanted = wishes_of({argv + 1, argv + argc});
        if (wanted.help) {
            std::cout << usage;
            return 0;
        }
        return measure(wanted);
    } catch (const usage_error& e) {
        std::cerr << "run: " << e.what() << '\n' << usage;
        return 2;
    } catch (const interrupted& e) {
        std::cerr << "run: " << e.what() << '\n';
        return 130;
    } catch (const std::exception& e) {
        std::cerr << "run: " << e.what() << '\n';
        return 1;
    }
}
