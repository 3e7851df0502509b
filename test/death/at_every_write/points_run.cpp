// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "points_run.hpp"

#include "../scenarios/all.hpp"
#include "../scenarios/ring_survivors.hpp"
#include "../stage/spread.hpp"
#include "../stage/temporaries.hpp"
#include "ring_entries.hpp"
#include "sources.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <set>
#include <unistd.h>

namespace every {
namespace {

constexpr std::uint32_t most_faults_told = 40;
constexpr std::uint32_t most_faults_of_one = 5;
constexpr std::uint32_t repairers_points = 95; // that a process comes by that opens and recovers

//! Without what its template was made for, which some compilers add.
std::string function_name(const char* function) {
    const std::string all = function;
    return all.substr(0, all.find('<'));
}

} // namespace

points_run::points_run(const points_wishes& wishes) : wishes_(wishes) {
    std::vector<scenario_entry> all = all_scenarios(driver::at_every_write);
    add_ring_entries(all);
    add_ring_unsettled(all);
    for (const scenario_entry& entry : all)
        parts_.push_back({entry, {}, {}});
    if (wishes.until_harm) {
        patience = std::chrono::seconds(1);
        trials_.longest(3);
    }
}

double points_run::elapsed() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void points_run::tell(const part& p, const job* where, const char* text) {
    if (++faults_ > most_faults_told)
        return;
    std::printf("NOT BALANCED: %s, %s: %s%s%s\n", p.entry.operation, p.entry.situation,
                where == nullptr ? "" : text_of(*where).c_str(), where == nullptr ? "" : ": ",
                text);
}

bool points_run::record() {
    for (part& p : parts_) {
        if (wishes_.until_harm && !is_wanted(p))
            continue; // only names of points would need it
        const trial_result& result = trials_.record(p.entry, p.events);
        if (result.state != trial_result::outcome::balanced)
            tell(p, nullptr, result.text);
    }
    name_sites();
    for (part& p : parts_) {
        if (is_wanted(p))
            plan(p);
    }
    return faults_ == 0;
}

// The function's name; where it writes more than once, with a number.
void points_run::name_sites() {
    const std::vector<site> sites = trials_.sites();
    const auto function = [&](std::size_t i) {
        return file_name(sites[i].file) + ':' + function_name(sites[i].function);
    };
    names_.resize(sites.size());
    for (std::size_t i = 0; i != sites.size(); ++i) {
        std::set<unsigned> lines;
        for (std::size_t k = 0; k != sites.size(); ++k) {
            if (function(k) == function(i))
                lines.insert(sites[k].line);
        }
        names_[i] = function(i);
        if (lines.size() != 1)
            names_[i] +=
                '+' + std::to_string(1 + std::distance(lines.begin(), lines.find(sites[i].line)));
    }
}

std::string points_run::text_of(const job& j) const {
    const event& e = j.where;
    std::string text = std::string(name_of(e.when)) + ' ' + names_[e.site];
    if (e.nth != 1)
        text += ", time " + std::to_string(e.nth);
    if (j.repairer != 0)
        text += ", and a repairer at its point " + std::to_string(j.repairer);
    return text;
}

bool points_run::is_wanted(const part& p) const {
    return (wishes_.operation.empty() || wishes_.operation == p.entry.operation) &&
           (wishes_.situation.empty() || wishes_.situation == p.entry.situation);
}

// Each point with one of the survivors first, in turn; then all with the other one. Then all of
// that with a repairer that dies as well, each time at another point of its own.
void points_run::plan(part& p) const {
    for (const bool way : {false, true}) {
        for (std::size_t i = 0; i != p.events.size(); ++i) {
            const event& e = p.events[i];
            if (wishes_.point.empty() || names_[e.site] == wishes_.point)
                p.jobs.push_back({e, (i % 2 != 0) != way, 0});
        }
    }
    if (!p.entry.make(p.entry.which)->may_be_repaired())
        return;
    const std::size_t plain = p.jobs.size();
    for (std::uint32_t k = 0; k != wishes_.repairers; ++k) {
        for (std::size_t i = 0; i != plain; ++i) {
            const job& j = p.jobs[i];
            const auto nth = static_cast<std::uint32_t>((i * wishes_.repairers + k) * 7);
            p.jobs.push_back({j.where, j.fresh_first, 1 + nth % repairers_points});
        }
    }
}

bool points_run::has_jobs() const {
    return std::any_of(parts_.begin(), parts_.end(), [](const part& p) { return !p.jobs.empty(); });
}

void points_run::list() const {
    std::set<std::string> reached;
    for (const part& p : parts_) {
        if (p.jobs.empty())
            continue;
        std::printf("%-14s %s\n", p.entry.operation, p.entry.situation);
        for (const event& e : p.events) {
            reached.insert(names_[e.site]);
            if (!wishes_.situation.empty())
                std::printf("    %s\n", text_of({e, false, 0}).c_str());
        }
    }
    if (!wishes_.situation.empty())
        return;
    std::printf("\n");
    for (const std::string& name : reached)
        std::printf("%s\n", name.c_str());
}

const trial_result& points_run::kill(const part& p, const job& j) {
    const trial_result& result = trials_.kill(p.entry, j.where, j.fresh_first, j.repairer);
    ++kills_;
    repairers_ += j.repairer == 0 ? 0U : 1U;
    elsewhere_ += result.elsewhere ? 1U : 0U;
    if (!result.elsewhere)
        ++kills_at_[names_[j.where.site]];
    return result;
}

void points_run::kill_part(part& p, double until) {
    std::vector<std::uint32_t> order;
    for (std::uint32_t i = 0; i < p.jobs.size(); i += wishes_.stride)
        order.push_back(i);
    if (wishes_.seconds > 0) // there may not be time for all of them
        order = spread(order);
    const std::uint32_t before = faults_;
    std::map<std::size_t, int> ranks[2];
    std::uint32_t made = 0;
    const double begin = elapsed();
    for (const std::uint32_t i : order) {
        if ((made > 1 && elapsed() > until) || faults_ - before >= most_faults_of_one ||
            is_enough())
            break;
        const job& j = p.jobs[i];
        const trial_result& result = kill(p, j);
        ++made;
        if (result.state != trial_result::outcome::balanced)
            tell(p, &j, result.text);
        else if (!result.elsewhere && j.repairer == 0)
            ranks[j.fresh_first ? 1 : 0][i % p.events.size()] = result.rank;
    }
    if (wishes_.point.empty()) {
        check_ranks(p, ranks[0]);
        check_ranks(p, ranks[1]);
    }
    std::printf("%-14s %-34s %4zu points %5u kills %6.1f s\n", p.entry.operation, p.entry.situation,
                p.events.size(), made, elapsed() - begin);
    std::fflush(stdout);
}

// What the survivors find depends on how far the operation had come, and never goes back.
void points_run::check_ranks(const part& p, const std::map<std::size_t, int>& ranks) {
    int highest = 0;
    for (const auto& [which, rank] : ranks) {
        if (rank < highest)
            tell(p, &p.jobs[which], "what a death at an earlier point left is undone by one here");
        highest = std::max(highest, rank);
    }
}

bool points_run::kill_all() {
    double weight = 0;
    for (const part& p : parts_)
        weight += static_cast<double>(p.jobs.size());
    std::set<std::string> situations;
    for (part& p : parts_) {
        if (p.jobs.empty() || is_enough())
            continue;
        const auto mine = static_cast<double>(p.jobs.size());
        const double left = std::max(0.0, wishes_.seconds - elapsed());
        kill_part(p, wishes_.seconds == 0 ? 1e9 : elapsed() + left * mine / weight);
        weight -= mine;
        situations.insert(std::string(p.entry.operation) + ", " + p.entry.situation);
    }
    std::printf("\n");
    for (const auto& [name, kills] : kills_at_)
        std::printf("%5u kills at %s\n", kills, name.c_str());
    const unsigned left = remove_all(names_of(::getpid()));
    if (left != 0) {
        ++faults_;
        std::printf("NOT BALANCED: %u names are left in /dev/shm\n", left);
    }
    if (elsewhere_ != 0)
        std::printf("%u kills were not where they were meant to be\n", elsewhere_);
    std::printf("%u kills at %zu points in %zu situations, and %u of repairers after them, ",
                kills_, kills_at_.size(), situations.size(), repairers_);
    if (faults_ == 0)
        std::printf("all balanced\n");
    else
        std::printf("%u did not balance\n", faults_);
    return faults_ == 0;
}

} // namespace every
