// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Kills a process before and after every write to shared memory, in every situation, and looks
// whether the others go on and all accounts balance. doc/crash_safety.md tells more.

#include "../stage/temporaries.hpp"
#include "points_run.hpp"

#include <boost/program_options.hpp>

#include <iostream>
#include <string>

namespace {

constexpr int cannot = 3;
#if defined(SHARED_MEMORY_SYNC_INTERPROCESS)
constexpr bool is_promised = false;
#else
constexpr bool is_promised = true;
#endif

int run(int argc, char** argv) {
    namespace po = boost::program_options;
    every::points_wishes wishes;
    po::options_description options("Options");
    options.add_options()("help", "print this and exit")(
        "list", "print the situations, and the points that they come by (with --situation: in "
                "their order), and exit")(
        "operation", po::value(&wishes.operation)->value_name("NAME"), "only this operation")(
        "situation", po::value(&wishes.situation)->value_name("NAME"), "only this situation")(
        "point", po::value(&wishes.point)->value_name("NAME"), "only this point")(
        "stride", po::value(&wishes.stride)->value_name("N"),
        "only each N-th death")("seconds", po::value(&wishes.seconds)->value_name("S"),
                                "end after about that time, having spread the deaths evenly")(
        "repairers", po::value(&wishes.repairers)->value_name("N"),
        "how many repairers are killed, one at a time, after each death (3)")(
        "check", "only compare the points with the library's sources")(
        "whole", "all of it, which is what happens unless told otherwise")(
        "table", "print doc/generated/points.md and exit")(
        "until-harm", po::bool_switch(&wishes.until_harm),
        "end at the first death that does harm, and wait for nothing long: see test/mutants");
    po::variables_map given;
    const po::positional_options_description none;
    po::store(po::command_line_parser(argc, argv).options(options).positional(none).run(), given);
    if (given.count("help") != 0) {
        std::cout << "usage: crash_points [OPTION]...\n\n"
                     "Kills a process before and after every write to shared memory, and looks "
                     "whether the\nothers go on. Exit status: 0 all balanced, 1 something did "
                     "not, 2 called wrongly,\n3 cannot be done here.\n\n"
                  << options;
        return 0;
    }
    po::notify(given);
    if (given.count("whole") != 0 && (wishes.stride != 1 || wishes.seconds > 0))
        throw po::error("--whole does not go with --stride or --seconds");
    if (wishes.stride == 0 || !(wishes.seconds >= 0))
        throw po::error("--stride and --seconds must be more than 0");
    if (!is_promised) {
        std::cout << "builds that wait by Boost's condition variables do not promise this\n";
        return cannot;
    }
    const bool counts_temporaries = every::own_shared_memory();
    every::points_run all(wishes);
    const bool recorded = all.record();
    if (recorded && !all.has_jobs())
        throw po::error("there is no such operation, situation or point; see --list");
    if (given.count("list") != 0) {
        all.list();
        return recorded ? 0 : 1;
    }
    if (given.count("table") != 0)
        return all.print_table() && recorded ? 0 : 1;
    if (!counts_temporaries)
        std::cout << "not allowed to have a /dev/shm of its own: temporaries are not counted\n";
    const bool checked = wishes.until_harm || all.check_sources(SOURCE_DIR); // only some are known
    if (given.count("check") != 0)
        return recorded && checked ? 0 : 1;
    return all.kill_all() && checked ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const boost::program_options::error& e) {
        std::cerr << "crash_points: " << e.what() << "\n'crash_points --help' tells more\n";
        return 2;
    } catch (const std::exception& e) {
        std::cerr << "crash_points: " << e.what() << '\n';
        return 2;
    }
}
