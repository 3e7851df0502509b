// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "former_points.hpp"
#include "points_run.hpp"

#include <cstdio>
#include <map>
#include <string>

namespace every {
namespace {

constexpr const char* head =
    "# Crash points\n"
    "\n"
    "Where a test can have a process die: `crash_points --table` prints this page, and\n"
    "crash_points_test fails where it differs. [crash_safety.md](../crash_safety.md) says what is\n"
    "done with the points, and what is left after each. A point is named after the place that\n"
    "writes, copies or calls; where a function does so more than once, with a number. *Formerly* "
    "is\n"
    "what a point was called while it was a macro in the sources.\n"
    "\n"
    "| point | what is done there | formerly |\n"
    "|---|---|---|\n";

const char* doing(killing::act what) {
    constexpr const char* texts[] = {"a word is written", "bytes are copied",
                                     "a call of the kernel", "a sleep"};
    return texts[static_cast<unsigned>(what)];
}

std::string formerly(const std::string& point) {
    std::string names;
    for (const former_point& p : former_points) {
        if (point == p.now)
            names += (names.empty() ? "`" : ", `") + std::string(p.name) + '`';
    }
    return names;
}

} // namespace

bool points_run::print_table() const {
    std::map<std::string, killing::act> reached;
    const std::vector<site> sites = trials_.sites();
    for (const part& p : parts_) {
        for (const event& e : p.events)
            reached.emplace(names_[e.site], sites[e.site].what);
    }
    std::fputs(head, stdout);
    for (const auto& [name, what] : reached)
        std::printf("| `%s` | %s | %s |\n", name.c_str(), doing(what), formerly(name).c_str());
    bool are_there = true;
    for (const former_point& p : former_points) {
        if (p.now[0] == '(')
            std::printf("| | %s | `%s` |\n", p.now, p.name);
        else if (reached.count(p.now) == 0) {
            std::printf("NOT REACHED: %s, formerly %s\n", p.now, p.name);
            are_there = false;
        }
    }
    return are_there;
}

} // namespace every
