// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Runs the model by hand: a named case, a configuration of one's own, or the tables of what would
// be found with a fault in the algorithm.

#include "cases.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

namespace {

using namespace model;

const char* const usage =
    "usage: model_check [--list] [--case NAME|quick|slow|forms|all] [--faults [TEXT]] [--weaken "
    "all|FILE:LINE]\n"
    "                   [--ring | --lock | --room] [--mode sc|ra] [--seconds S] [--NUMBER N]... "
    "[--SWITCH]...\n"
    "\n"
    "    numbers: writers readers nodes messages rounds deaths preemptions weak-steps successors\n"
    "             repairers observers reads max-deliveries most-counted closers write-batch\n"
    "             read-batch sleepers forgets fenced-writers\n"
    "    switches: reader-first one-writer-handle one-reader-handle end abort-first give-back "
    "peek\n"
    "              last-lap nested dead-letters impatient strict-timer keep first-reader-keeps "
    "cas-ends\n"
    "              single-writer single-reader may-not-spin\n"
    "\n"
    "Visits every state of the configuration and prints how many there are, or the shortest way to "
    "a\n"
    "violation that it can find. --case takes a named one (with --seconds as its limit); --faults\n"
    "leaves out pieces of the algorithms (those whose name has TEXT in it), --weaken weakens "
    "memory\n"
    "orders, each in turn.\n";

using arguments = std::map<std::string, std::string>;

class options {
public:
    explicit options(arguments given) : given_(std::move(given)) {}
    template <class T>
    void number(const char* name, T& to) {
        const auto found = given_.find(name);
        if (found == given_.end())
            return;
        to = static_cast<T>(std::atof(found->second.c_str()));
        given_.erase(found);
    }
    void flag(const char* name, bool& to) { to = given_.erase(name) != 0 || to; }
    std::string text(const char* name) {
        const auto found = given_.find(name);
        if (found == given_.end())
            return {};
        std::string value = found->second;
        given_.erase(found);
        return value;
    }
    bool contains(const char* name) const { return given_.count(name) != 0; }
    bool has(const char* name) { return given_.erase(name) != 0; }
    bool unknown() const {
        for (const auto& one : given_)
            std::fprintf(stderr, "model_check: unknown option '--%s'\n", one.first.c_str());
        return !given_.empty();
    }

private:
    arguments given_;
};

const char* name_of(case_set set) {
    return set == case_set::quick ? "quick" : set == case_set::slow ? "slow" : "forms";
}

// 0: as expected.
int check(const named_case& c) {
    std::printf("%-32s %s\n", c.name.c_str(), describe(c.within).c_str());
    std::fflush(stdout);
    const verdict v = explore(scene_of(c), c.within, {}, 20);
    std::printf("%24s %s\n", "", describe(v).c_str());
    if (!v.violation.empty()) {
        std::printf("%24s VIOLATION: %s\n", "", v.violation.c_str());
        for (const std::string& line : v.trace)
            std::printf("    %s\n", line.c_str());
    }
    std::fflush(stdout);
    return v.violation.empty() ? 0 : 1;
}

int check_cases(const std::string& name, double seconds) {
    int status = 0;
    bool any = false;
    for (named_case c : all_cases()) {
        if (name != "all" && name != name_of(c.set) && c.name != name)
            continue;
        any = true;
        c.within.seconds = seconds;
        status |= check(c);
    }
    if (!any)
        std::fprintf(stderr, "model_check: no case '%s'; --list lists them\n", name.c_str());
    return any ? status : 2;
}

void say(const finding& f) {
    if (f.found.empty())
        std::printf("%-64s NOT CAUGHT\n", f.what.c_str());
    else
        std::printf("%-64s %s (%s)\n", f.what.c_str(), f.found.c_str(), f.where.c_str());
    std::fflush(stdout);
}

ring_options read_ring(options& from) {
    ring_options o;
    from.number("writers", o.writers);
    from.number("readers", o.readers);
    from.number("nodes", o.nodes);
    from.number("messages", o.messages);
    from.number("successors", o.successors);
    from.number("repairers", o.repairers);
    from.number("reads", o.reads);
    from.number("closers", o.closers);
    from.number("write-batch", o.write_batch);
    from.number("read-batch", o.read_batch);
    from.number("max-deliveries", o.max_deliveries);
    from.flag("reader-first", o.reader_first);
    from.flag("one-writer-handle", o.one_writer_handle);
    from.flag("one-reader-handle", o.one_reader_handle);
    from.flag("dead-letters", o.dead_letters);
    from.flag("end", o.end);
    from.flag("abort-first", o.abort_first);
    from.flag("give-back", o.give_back);
    from.flag("peek", o.peek);
    from.flag("last-lap", o.last_lap);
    from.number("most-counted", o.most_counted);
    from.flag("keep", o.keep);
    from.flag("first-reader-keeps", o.first_reader_keeps);
    from.flag("cas-ends", o.cas_ends);
    from.flag("impatient", o.impatient);
    from.flag("strict-timer", o.strict_timer);
    from.flag("may-not-spin", o.may_not_spin);
    from.flag("single-writer", o.single_writer);
    from.flag("single-reader", o.single_reader);
    return o;
}

lock_options read_lock(options& from) {
    lock_options o;
    from.number("writers", o.writers);
    from.number("readers", o.readers);
    from.number("rounds", o.rounds);
    from.number("observers", o.observers);
    from.number("successors", o.successors);
    from.number("repairers", o.repairers);
    from.flag("reader-first", o.reader_first);
    from.flag("nested", o.nested);
    from.flag("impatient", o.impatient);
    from.flag("strict-timer", o.strict_timer);
    from.flag("one-writer-handle", o.one_writer_handle);
    from.flag("one-reader-handle", o.one_reader_handle);
    from.flag("told-apart", o.told_apart);
    return o;
}

room_options read_room(options& from) {
    room_options o;
    from.number("writers", o.writers);
    from.number("sleepers", o.sleepers);
    from.number("messages", o.messages);
    from.number("forgets", o.forgets);
    from.number("fenced-writers", o.fenced_writers);
    return o;
}

int run(options given) {
    double seconds = 60;
    given.number("seconds", seconds);
    if (given.has("list")) {
        for (const named_case& c : all_cases())
            std::printf("%-32s %-6s %s\n", c.name.c_str(), name_of(c.set),
                        describe(c.within).c_str());
        return 0;
    }
    const std::string name = given.text("case");
    const std::string weaken = given.text("weaken");
    const bool faults = given.contains("faults");
    const std::string which = given.text("faults");
    if (!name.empty() || !weaken.empty() || faults) {
        if (given.unknown())
            return 2;
        if (!name.empty())
            return check_cases(name, seconds);
        if (faults)
            for (const named_fault& one : all_faults()) {
                if (one.name.find(which) != std::string::npos)
                    say(try_fault(one, seconds));
            }
        else
            try_weakening(seconds, weaken == "all" ? "" : weaken, say);
        return 0;
    }
    named_case own;
    own.name = "this";
    own.within.seconds = seconds;
    own.within.weak = given.text("mode") == "ra";
    given.number("deaths", own.within.deaths);
    given.number("preemptions", own.within.preemptions);
    given.number("weak-steps", own.within.weak_steps);
    given.has("ring");
    if (given.has("lock"))
        own.options = read_lock(given);
    else if (given.has("room"))
        own.options = read_room(given);
    else
        own.options = read_ring(given);
    return given.unknown() ? 2 : check(own);
}

} // namespace

int main(int argc, char** argv) {
    arguments given;
    for (int i = 1; i < argc; ++i) {
        if (std::strncmp(argv[i], "--", 2) != 0 || std::strcmp(argv[i], "--help") == 0) {
            std::fputs(usage, stderr);
            return 2;
        }
        const char* name = argv[i] + 2;
        const bool has_value = i + 1 < argc && std::strncmp(argv[i + 1], "--", 2) != 0;
        given[name] = has_value ? argv[++i] : "";
    }
    if (given.empty()) {
        std::fputs(usage, stderr);
        return 2;
    }
    return run(options(given));
}
