// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What was measured: numbers, round by round.

#ifndef SHARED_MEMORY_BENCH_PEERS_RESULTS_HPP
#define SHARED_MEMORY_BENCH_PEERS_RESULTS_HPP

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

//! The unit of throughput.
inline constexpr const char* million_a_second = "million/s";

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

//! What came of one or several series; nothing if they were not measured.
struct figure {
    std::optional<range> value;
    bool noisy = false; //!< too few rounds were quiet, so all count
};

//! A row of the table.
struct series {
    measured what;
    std::string unit;
    //! Of those with the same number, the values belong together, round by round.
    int together = 0;
    std::vector<double> values; //!< one a round
    //! The same rounds: see "x of two atomics", outcome::share and outcome::longest_write. Empty: they
    //! have no meaning here.
    std::vector<double> two_atomics; //!< ns
    std::vector<double> shares;
    std::vector<double> longest_writes; //!< us
    std::vector<bool> noisy; //!< the machine was too slow then, each time; empty: it never was

    bool is_noisy(std::size_t round) const { return !noisy.empty() && noisy[round]; }
};

//! Of numbers of rounds, those of the quiet ones, if there are enough.
template <class Value, class IsNoisy>
figure figure_of(std::size_t rounds, Value&& value, IsNoisy&& is_noisy) {
    std::vector<double> all;
    std::vector<double> quiet;
    for (std::size_t i = 0; i != rounds; ++i) {
        all.push_back(value(i));
        if (!is_noisy(i))
            quiet.push_back(all.back());
    }
    if (all.empty())
        return {};
    if (quiet.size() >= std::min<std::size_t>(3, rounds))
        return {range_of(quiet), false};
    return {range_of(all), true};
}

//! Of something else that a series knows of each round, if it does.
inline figure figure_of_rounds(const series& s, const std::vector<double>& values) {
    if (values.size() != s.values.size())
        return {};
    return figure_of(
        values.size(), [&](std::size_t i) { return values[i]; },
        [&](std::size_t i) { return s.is_noisy(i); });
}

inline figure figure_of(const series* s) {
    return s == nullptr ? figure() : figure_of_rounds(*s, s->values);
}

//! The ratios of two series' values, round by round.
inline figure ratio(const series* a, const series* b) {
    if (a == nullptr || b == nullptr || a->values.size() != b->values.size() ||
        std::count(b->values.begin(), b->values.end(), 0) != 0)
        return {};
    return figure_of(
        a->values.size(), [=](std::size_t i) { return a->values[i] / b->values[i]; },
        [=](std::size_t i) { return a->is_noisy(i) || b->is_noisy(i); });
}

//! What a message, or a round trip, takes, in times of two atomics of the same round.
inline figure times_two_atomics(const series& s) {
    if (s.two_atomics.size() != s.values.size())
        return {};
    const bool is_rate = s.unit == million_a_second;
    return figure_of(
        s.values.size(),
        [&](std::size_t i) {
            return (is_rate ? 1000 / s.values[i] : s.values[i]) / s.two_atomics[i];
        },
        [&](std::size_t i) { return s.is_noisy(i); });
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
    //! The bare ring beside it: the one for several writers and readers where they are.
    const series* bare_beside(const series& s) const {
        const char* const bare =
            s.what.writers + s.what.readers > 2 ? "bare N:M ring" : "bare ring";
        const series* found = nullptr;
        for (const series& other : all_) {
            // Of several ways to wait, the same, else any.
            if (other.together == s.together && other.what.name == s.what.name &&
                other.what.subject == bare && (found == nullptr || other.what.how == s.what.how))
                found = &other;
        }
        return found;
    }
    //! A number for series that belong together.
    int next_together() { return ++together_; }
    const std::deque<series>& all() const { return all_; }

    //! What went wrong, a line each.
    std::vector<std::string> failures;
    //! What could not be measured on this machine, and why.
    std::vector<std::string> left_out;

private:
    std::deque<series> all_; // which stay where they are
    int together_ = 0;
};

//! As they stand in the tables.
const char* name_of(waiting how);
std::string name_of_size(std::size_t size);
//! With three digits that count, or all before the point.
std::string digits(double value);

} // namespace comparison

#endif
