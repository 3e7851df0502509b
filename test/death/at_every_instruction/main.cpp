// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Kills a process at every point of every operation, and looks whether the others go on and all
// accounts balance: doc/ring.md, doc/locks.md and doc/segments.md say why they should.

#include "../stage/temporaries.hpp"
#include "campaign.hpp"
#include "trial.hpp"

#include <boost/program_options.hpp>

#include <cstdlib>
#include <iostream>
#include <malloc.h>
#include <string>
#include <unistd.h>

namespace {

constexpr int cannot = 3;
#if defined(SHARED_MEMORY_SYNC_INTERPROCESS)
constexpr bool is_promised = false;
#else
constexpr bool is_promised = true;
#endif
constexpr double whole_run = 14.5 * 60; // seconds

// What is bound when it is first called would make the first victim's way another one.
void bind_at_start(char** argv) {
    if (std::getenv("LD_BIND_NOW") != nullptr)
        return;
    ::setenv("LD_BIND_NOW", "1", 1);
    ::execv("/proc/self/exe", argv);
}

// Whether a victim's heap has to grow would depend on what this process has planned meanwhile: one
// system call more or less on its way.
void have_a_roomy_heap() {
    ::mallopt(M_TOP_PAD, 64 << 20);
    ::mallopt(M_TRIM_THRESHOLD, 128 << 20);
    ::mallopt(M_MMAP_THRESHOLD, 16 << 20);
    void* const volatile grown = std::malloc(1 << 20); // volatile, or it is optimised away
    std::free(grown);
}

int run(int argc, char** argv) {
    namespace po = boost::program_options;
    every::campaign_wishes wishes;
    wishes.seconds = whole_run;
    po::options_description options("Options");
    options.add_options()("help", "print this and exit")("list", "print what there is and exit")(
        "operation", po::value(&wishes.operation)->value_name("NAME"), "only this operation")(
        "situation", po::value(&wishes.situation)->value_name("NAME"), "only this situation")(
        "stride", po::value(&wishes.stride)->value_name("N"), "kill at each N-th point only")(
        "seconds", po::value(&wishes.seconds)->value_name("S"),
        "end after about that time, having spread the kills evenly (870)")(
        "whole", "take the time that all points need");
    po::variables_map given;
    po::store(po::parse_command_line(argc, argv, options), given);
    if (given.count("help") != 0) {
        std::cout << "usage: every_instruction [OPTION]...\n\n"
                     "Kills a process at every point of every operation and looks whether the "
                     "others go on.\nExit status: 0 all balanced, 1 something did not, 2 called "
                     "wrongly, 3 cannot be done\nhere.\n\n"
                  << options;
        return 0;
    }
    po::notify(given);
    if (given.count("whole") != 0) {
        if (given.count("seconds") != 0)
            throw po::error("--whole and --seconds do not go together");
        wishes.seconds = 1e9;
    }
    if (wishes.stride == 0 || !(wishes.seconds > 0))
        throw po::error("--stride and --seconds must be more than 0");
    every::campaign all(wishes);
    if (given.count("list") != 0) {
        all.list();
        return 0;
    }
    if (all.size() == 0)
        throw po::error("there is no such operation, or not in that situation; see --list");
    if (!is_promised) {
        std::cout << "builds that wait by Boost's condition variables do not promise this\n";
        return cannot;
    }
    if (!every::may_trace()) {
        std::cout << "not allowed to trace a process\n";
        return cannot;
    }
    if (!every::own_shared_memory())
        std::cout << "not allowed to have a /dev/shm of its own: temporaries are not counted\n";
    return all.run() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    bind_at_start(argv);
    have_a_roomy_heap();
    try {
        return run(argc, argv);
    } catch (const boost::program_options::error& e) {
        std::cerr << "every_instruction: " << e.what()
                  << "\n'every_instruction --help' tells more\n";
        return 2;
    } catch (const std::exception& e) {
        std::cerr << "every_instruction: " << e.what() << '\n';
        return 2;
    }
}
