// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What the points are worth: every write is one, and without any one of the repairs some death is
// found that does harm.

#include "points_run.hpp"
#include "repairs.hpp"
#include "ring_survivors.hpp"
#include "sources.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <set>

namespace every {
namespace {

//! Writes that no situation comes by.
struct out_of_reach {
    const char* file;
    const char* text;
    const char* why;
};
constexpr out_of_reach known[] = {
    {"shared_lock.hpp", "block_->writer.exchange(owner << 1U",
     "only if a reader counts itself, for a moment, just after the writer saw none"},
    {"ring_part.cpp", "holder_of(wanted).compare_exchange_strong(expected",
     "a single role is given back before its slot is marked free; this is for what scribbles"},
    {"segment_memory.hpp", "while (write && !word.compare_exchange_weak(value, value",
     "changes nothing; only where the kernel does not know MADV_POPULATE_WRITE"},
};

const out_of_reach* find_known(const source_write& w) {
    for (const out_of_reach& k : known) {
        if (w.file == k.file && std::strstr(k.text, w.text.c_str()) != nullptr)
            return &k;
    }
    return nullptr;
}

} // namespace

bool points_run::check_sources(const std::string& folder) const {
    const sources all = read_sources(folder);
    const std::vector<site> sites = trials_.sites();
    std::size_t atomic = 0;
    std::size_t reached = 0;
    std::size_t unknown = 0;
    for (const source_write& w : all.writes) {
        atomic += w.atomic ? 1U : 0U;
        const bool is_reached = std::any_of(sites.begin(), sites.end(),
                                            [&](const site& place) { return w.is_at(place); });
        reached += is_reached ? 1U : 0U;
        if (is_reached)
            continue;
        const out_of_reach* const k = find_known(w);
        unknown += k == nullptr ? 1U : 0U;
        std::printf("%s: %s:%u: %s(...)%s%s\n", k == nullptr ? "NOT REACHED" : "out of reach",
                    w.file.c_str(), w.first_line, w.text.c_str(), k == nullptr ? "" : ": ",
                    k == nullptr ? "" : k->why);
    }
    for (const site& place : sites) {
        if (std::none_of(all.writes.begin(), all.writes.end(),
                         [&](const source_write& w) { return w.is_at(place); })) {
            ++unknown;
            std::printf("NOT IN THE SOURCES: %s:%u\n", place.file, place.line);
        }
    }
    std::printf(
        "the sources have %zu atomic writes and %zu other places; %zu of them are reached\n",
        atomic, all.writes.size() - atomic, reached);
    return unknown == 0;
}

//! A death there does harm without the repair, and does none with it.
bool points_run::shows(const part& p, const job& j, const char* repair) {
    without(repair);
    const trial_result& result = kill(p, j);
    if (result.state == trial_result::outcome::balanced)
        return false;
    shown_ = result.text;
    without("");
    return kill(p, j).state == trial_result::outcome::balanced;
}

//! Where a death does harm without that repair; empty: nowhere.
std::string points_run::find_one(const char* repair, const char* operation, const char* situation) {
    const auto is_hint = [&](const part& p) {
        return std::strcmp(operation, p.entry.operation) == 0 &&
               std::strcmp(situation, p.entry.situation) == 0;
    };
    std::stable_partition(parts_.begin(), parts_.end(), is_hint);
    for (const bool with_repairers : {false, true}) {
        for (const part& p : parts_) {
            for (const job& j : p.jobs) {
                if ((j.repairer != 0) != with_repairers)
                    continue;
                if (shows(p, j, repair))
                    return std::string(p.entry.operation) + ", " + p.entry.situation + ": " +
                           text_of(j) + ": " + shown_;
            }
        }
    }
    return {};
}

bool points_run::has_repair(const std::string& name) {
    return std::any_of(std::begin(repairs), std::end(repairs),
                       [&](const repair& r) { return name == r.name; });
}

bool points_run::find_faults(const std::string& folder, const std::string& only) {
    std::set<std::string> switches = read_sources(folder).switches;
    patience = std::chrono::seconds(1);
    trials_.longest(3);
    unsigned not_found = 0;
    unsigned count = 0;
    std::printf("%-20s %s\n", "switched off", "found");
    for (const repair& r : repairs) {
        require(switches.erase(r.name) == 1, "a repair in the table is not in the sources");
        if (!only.empty() && only != r.name)
            continue;
        const std::string where = find_one(r.name, r.operation, r.situation);
        std::printf("%-20s %s\n", r.name, where.empty() ? "NOT FOUND" : where.c_str());
        std::fflush(stdout);
        ++count;
        not_found += where.empty() ? 1U : 0U;
    }
    require(switches.empty(), "a repair in the sources is not in the table");
    std::printf("%u repairs switched off one by one in %.0f s, %u found\n", count, elapsed(),
                count - not_found);
    return not_found == 0;
}

} // namespace every
