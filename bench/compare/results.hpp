// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What was measured: numbers, round by round.

#ifndef SHARED_MEMORY_BENCH_COMPARE_RESULTS_HPP
#define SHARED_MEMORY_BENCH_COMPARE_RESULTS_HPP

#include "channel.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace comparison {

//! Which measurement it is.
struct measured {
    std::string name; //!< of the case
    std::string subject;
    std::size_t payload = 0;
    unsigned writers = 1;
    unsigned readers = 1;
    std::string how; //!< of waiting; empty: nobody waits

    friend bool operator==(const measured& a, const measured& b) {
        return std::tie(a.name, a.subject, a.payload, a.writers, a.readers, a.how) ==
               std::tie(b.name, b.subject, b.payload, b.writers, b.readers, b.how);
    }
};

struct range {
    double median = 0;
    double min = 0;
    double max = 0;
};

inline range range_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    const double median =
        values.size() % 2 != 0 ? values[half] : (values[half - 1] + values[half]) / 2;
    return {median, values.front(), values.back()};
}

//! A row of the table.
struct series {
    measured what;
    std::string unit;
    std::vector<double> values; //!< one a round; those of a case belong together
    bool noisy = false;         //!< the machine was too slow for it, each time
};

//! The ratios of two series' values, round by round.
inline std::optional<range> ratio(const series* a, const series* b) {
    if (a == nullptr || b == nullptr || a->values.empty() || a->values.size() != b->values.size())
        return std::nullopt;
    std::vector<double> ratios;
    for (std::size_t i = 0; i != a->values.size(); ++i)
        ratios.push_back(a->values[i] / b->values[i]);
    return range_of(ratios);
}

class results {
public:
    series& add(series s) { return all_.emplace_back(std::move(s)); }
    //! Null if that was not measured.
    const series* find(const measured& what) const {
        for (const series& s : all_) {
            if (s.what == what)
                return &s;
        }
        return nullptr;
    }
    //! The bare ring in the same case.
    const series* bare_beside(const series& s) const {
        measured bare = s.what;
        bare.subject = "bare ring";
        for (const char* how : {"spinning", "adaptive", ""}) {
            bare.how = how;
            if (const series* found = find(bare))
                return found;
        }
        return nullptr;
    }
    const std::deque<series>& all() const { return all_; }

    //! What went wrong, a line each.
    std::vector<std::string> failures;
    //! What could not be measured on this machine, and why.
    std::vector<std::string> left_out;

private:
    std::deque<series> all_; // which stay where they are
};

//! As they stand in the tables.
const char* name_of(waiting how);
std::string name_of_size(std::size_t size);

} // namespace comparison

#endif
