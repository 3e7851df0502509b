// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! All situations, all points in them, and what came of a death at each.

#ifndef SHARED_MEMORY_TEST_DEATH_AT_EVERY_WRITE_POINTS_RUN_HPP
#define SHARED_MEMORY_TEST_DEATH_AT_EVERY_WRITE_POINTS_RUN_HPP

#include "trials.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace every {

struct points_wishes {
    std::string operation; // empty: all
    std::string situation;
    std::string point;
    std::uint32_t stride = 1;
    std::uint32_t repairers = 3; // killed, one at a time, after each death of each situation
    double seconds = 0;
    bool until_harm = false; // the first death that does harm ends the run, and nobody is patient
};

class points_run {
public:
    explicit points_run(const points_wishes& wishes);

    //! Lets every operation come to its end once; false if one did not balance.
    bool record();
    void list() const;
    //! Something is there to be done.
    bool has_jobs() const;
    //! Kills; prints what it does; false if something did not balance.
    bool kill_all();
    //! Compares the points with the library's sources; false if one is missing that is not known
    //! to be out of reach.
    bool check_sources(const std::string& folder) const;
    //! Prints the points, and what each was called when it was a macro: doc/generated/points.md.
    //! False if one of those is not reached any more.
    bool print_table() const;

private:
    //! A kill to be made, and which survivor goes first.
    struct job {
        event where;
        bool fresh_first;
        std::uint32_t repairer; // see trials::kill
    };
    struct part {
        scenario_entry entry;
        std::vector<event> events;
        std::vector<job> jobs;
    };

    void name_sites();
    void plan(part& p) const;
    bool is_wanted(const part& p) const;
    std::string text_of(const job& j) const;
    const trial_result& kill(const part& p, const job& j);
    void kill_part(part& p, double until);
    void check_ranks(const part& p, const std::map<std::size_t, int>& ranks);
    void tell(const part& p, const job* where, const char* text);
    bool is_enough() const noexcept { return wishes_.until_harm && faults_ != 0; }
    double elapsed() const;

    points_wishes wishes_;
    trials trials_;
    std::vector<part> parts_;
    std::vector<std::string> names_; // of sites
    std::map<std::string, std::uint32_t> kills_at_;
    std::uint32_t kills_ = 0;
    std::uint32_t repairers_ = 0;
    std::uint32_t elsewhere_ = 0;
    std::uint32_t faults_ = 0;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

} // namespace every

#endif
