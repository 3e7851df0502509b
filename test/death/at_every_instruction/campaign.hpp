// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! All trials of a run: which, in what order, within what time, and what they came to.

#ifndef SHARED_MEMORY_TEST_DEATH_AT_EVERY_INSTRUCTION_CAMPAIGN_HPP
#define SHARED_MEMORY_TEST_DEATH_AT_EVERY_INSTRUCTION_CAMPAIGN_HPP

#include "trial.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace every {

struct campaign_wishes {
    std::string operation; // empty: all
    std::string situation;
    std::uint32_t stride = 1;
    double seconds = 0;
};

class campaign {
public:
    explicit campaign(const campaign_wishes& wishes);

    std::size_t size() const noexcept { return entries_.size(); }
    void list() const;
    //! Prints what it does; false if something did not balance.
    bool run();

private:
    //! A kill to be made: a point, and which survivor goes first.
    struct job {
        std::uint32_t point;
        bool fresh_first;
    };
    struct part {
        record found{};
        std::vector<job> jobs;
        double seconds_each = 0;
        std::uint32_t kills = 0;
        std::uint32_t elsewhere = 0; // kills that were at another instruction than they should be
    };

    void look(std::size_t which);
    void plan(part& p) const;
    void kill_all(std::size_t which, double seconds);
    bool kill(std::size_t which, const job& j);
    void check_ranks(std::size_t which);
    void tell(std::size_t which, const point* where, const char* text);
    double elapsed() const;
    //! Seconds for a part whose estimate is `mine`, where that of all that are left is `of_all`.
    double share(double mine, double of_all) const;

    campaign_wishes wishes_;
    std::vector<scenario_entry> entries_;
    std::vector<part> parts_;
    laboratory laboratory_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::uint32_t kills_ = 0;
    std::uint32_t temporaries_ = 0;
    std::uint32_t faults_ = 0;
};

} // namespace every

#endif
