// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "campaign.hpp"

#include "../scenarios/all.hpp"
#include "../stage/spread.hpp"
#include "../stage/temporaries.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <unistd.h>
#include <utility>

namespace every {
namespace {

constexpr std::size_t room = 400000; // points
constexpr std::uint32_t most_faults_told = 40;
constexpr std::uint32_t most_faults_of_one = 5;

struct totals {
    std::uint32_t instructions = 0;
    std::uint32_t points = 0;
    std::uint32_t kills = 0;
    std::uint32_t elsewhere = 0;
    std::uint32_t left_out = 0; // kills, for lack of time

    totals& operator+=(const totals& other) {
        instructions += other.instructions;
        points += other.points;
        kills += other.kills;
        elsewhere += other.elsewhere;
        left_out += other.left_out;
        return *this;
    }
};

void print(const char* operation, const char* situation, const totals& t) {
    std::printf("%-14s %-26s %6u instructions %5u points %6u kills", operation, situation,
                t.instructions, t.points, t.kills);
    if (t.elsewhere != 0)
        std::printf(", %u of them elsewhere", t.elsewhere);
    if (t.left_out != 0)
        std::printf(", %u left out", t.left_out);
    std::printf("\n");
    std::fflush(stdout);
}

bool by_operation(const scenario_entry& a, const scenario_entry& b) {
    static const std::string order[] = {
        "create",        "open", "attach",  "claim_write", "write", "commit", "abort",
        "claim_read",    "read", "release", "give_back",   "lock",  "unlock", "lock_shared",
        "unlock_shared", "wait", "wake",    "recover",     "close"};
    const auto place = [](const scenario_entry& e) {
        return std::find(std::begin(order), std::end(order), e.operation) - std::begin(order);
    };
    return place(a) < place(b);
}

} // namespace

campaign::campaign(const campaign_wishes& wishes)
    : wishes_(wishes), entries_(all_scenarios(driver::at_every_instruction)), laboratory_(room) {
    // an operation's situations together, in the order of their first
    std::stable_sort(entries_.begin(), entries_.end(), by_operation);
    const auto unwanted = [&](const scenario_entry& e) {
        return (!wishes.operation.empty() && wishes.operation != e.operation) ||
               (!wishes.situation.empty() && wishes.situation != e.situation);
    };
    entries_.erase(std::remove_if(entries_.begin(), entries_.end(), unwanted), entries_.end());
    parts_.resize(entries_.size());
}

void campaign::list() const {
    for (const scenario_entry& e : entries_)
        std::printf("%-14s %s\n", e.operation, e.situation);
}

double campaign::elapsed() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void campaign::tell(std::size_t which, const point* where, const char* text) {
    ++faults_;
    if (faults_ > most_faults_told)
        return;
    std::printf("NOT BALANCED: %s, %s: ", entries_[which].operation, entries_[which].situation);
    if (where != nullptr) {
        std::printf("point %u, %s, instruction %u",
                    static_cast<unsigned>(where - parts_[which].found.points), name_of(where->kind),
                    where->instruction_number);
        Dl_info info{};
        if (where->address != 0 &&
            ::dladdr(reinterpret_cast<const void*>(where->address), &info) != 0)
            std::printf(", next at %s+0x%zx (%s+0x%zx)", info.dli_fname,
                        where->address - reinterpret_cast<std::uintptr_t>(info.dli_fbase),
                        info.dli_sname == nullptr ? "?" : info.dli_sname,
                        info.dli_sname == nullptr
                            ? 0
                            : where->address - reinterpret_cast<std::uintptr_t>(info.dli_saddr));
        std::printf(": ");
    }
    std::printf("%s\n", text);
}

void campaign::look(std::size_t which) {
    part& p = parts_[which];
    const trial_result& result = laboratory_.look(entries_[which], p.found);
    if (result.state != trial_result::outcome::balanced) {
        tell(which, nullptr, result.text);
        return;
    }
    plan(p);
    // How long one takes; and what must hold in any case.
    const double before = elapsed();
    if (kill(which, p.jobs[0]) && kill(which, p.jobs[1]))
        p.seconds_each = (elapsed() - before) / 2;
}

// First the very last point and the first, then those that differ to others, then the rest.
void campaign::plan(part& p) const {
    std::vector<std::uint32_t> telling;
    std::vector<std::uint32_t> others;
    for (std::uint32_t i = 0; i != p.found.count; i += 1) {
        const bool tells = p.found.points[i].kind != point_kind::instruction;
        (tells ? telling : others).push_back(i);
    }
    std::reverse(telling.begin(), telling.end());
    telling = spread(telling);
    const std::uint32_t first = 0;
    telling.erase(std::find(telling.begin(), telling.end(), first));
    const auto add = [&](const std::vector<std::uint32_t>& points, std::size_t from) {
        for (std::size_t i = from; i < points.size(); i += wishes_.stride)
            p.jobs.push_back({points[i], p.jobs.size() % 2 != 0});
    };
    p.jobs = {{p.found.count - 1, true}, {first, false}};
    add(telling, 1);
    add(spread(others), 0);
    // and all of it the other way round
    const std::size_t one_way = p.jobs.size();
    for (std::size_t i = 0; i != one_way; ++i)
        p.jobs.push_back({p.jobs[i].point, !p.jobs[i].fresh_first});
}

bool campaign::kill(std::size_t which, const job& j) {
    part& p = parts_[which];
    point& where = p.found.points[j.point];
    const trial_result& result = laboratory_.kill(entries_[which], p.found, where, j.fresh_first);
    ++kills_;
    ++p.kills;
    p.elsewhere += result.elsewhere ? 1U : 0U;
    temporaries_ += result.temporary ? 1U : 0U;
    if (result.state != trial_result::outcome::balanced) {
        tell(which, &where, result.text);
        return false;
    }

    if (!result.elsewhere)
        where.rank[j.fresh_first ? 1 : 0] = static_cast<std::int8_t>(result.rank);
    return true;
}

void campaign::kill_all(std::size_t which, double seconds) {
    part& p = parts_[which];
    const double end = elapsed() + seconds;
    const std::uint32_t faults = faults_;
    for (std::size_t i = 2; i < p.jobs.size() && elapsed() < end; ++i) {
        kill(which, p.jobs[i]);
        if (faults_ - faults >= most_faults_of_one)
            break;
    }
    check_ranks(which);
}

// What the survivors find depends on how far the operation had come, and never goes back.
void campaign::check_ranks(std::size_t which) {
    const record& found = parts_[which].found;
    int rank = 0;
    for (std::uint32_t i = 0; i != found.count; ++i) {
        const point& p = found.points[i];
        for (const std::int8_t found_rank : p.rank) {
            if (found_rank == -1)
                continue;
            if (i == 0 && found_rank != 0)
                tell(which, &p, "the operation shows before it has begun");
            if (found_rank < rank)
                tell(which, &p, "what a kill at an earlier point left is undone by one here");
            rank = std::max(rank, static_cast<int>(found_rank));
        }
    }
}

// What is estimated is not exact: where there is time enough for all, nothing is left out for that.
double campaign::share(double mine, double of_all) const {
    const double left = std::max(0.0, wishes_.seconds - elapsed());
    return left > of_all ? left - (of_all - mine) : left * mine / of_all;
}

bool campaign::run() {
    for (std::size_t i = 0; i != entries_.size(); ++i)
        look(i);
    double weight = 0;
    for (const part& p : parts_)
        weight += p.seconds_each * static_cast<double>(p.jobs.size());
    std::vector<std::pair<std::string, totals>> operations;
    totals whole;
    for (std::size_t i = 0; i != entries_.size(); ++i) {
        const part& p = parts_[i];
        const double mine = p.seconds_each * static_cast<double>(p.jobs.size());
        if (p.seconds_each > 0)
            kill_all(i, share(mine, weight));
        weight -= mine;
        const totals here{p.found.instructions, p.found.count, p.kills, p.elsewhere,
                          static_cast<std::uint32_t>(p.jobs.size()) - p.kills};
        print(entries_[i].operation, entries_[i].situation, here);
        if (operations.empty() || operations.back().first != entries_[i].operation)
            operations.emplace_back(entries_[i].operation, totals{});
        operations.back().second += here;
        whole += here;
    }
    std::printf("\nIn all:\n");
    for (const auto& [name, sum] : operations)
        print(name.c_str(), "", sum);
    print("", "", whole);
    const unsigned left = remove_all(names_of(::getpid()));
    if (left != 0) {
        ++faults_;
        std::printf("NOT BALANCED: %u names are left in /dev/shm\n", left);
    }
    if (temporaries_ != 0)
        std::printf("%u temporaries of killed creators were removed\n", temporaries_);
    std::printf("%u kills in %zu operations, %s", kills_, operations.size(),
                faults_ == 0 ? "all balanced\n" : "");
    if (faults_ != 0)
        std::printf("%u did not balance\n", faults_);
    return faults_ == 0;
}

} // namespace every
