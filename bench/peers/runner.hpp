// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Runs cases: all subjects of one beside each other, round by round, and one again if the machine
//! was slow just before or after.

#ifndef SHARED_MEMORY_BENCH_PEERS_RUNNER_HPP
#define SHARED_MEMORY_BENCH_PEERS_RUNNER_HPP

#include "cases.hpp"
#include "results.hpp"
#include "subject.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace comparison {

//! A name for something shared that no other has.
std::string unique_name();

//! The bare ring's speed, which tells how quick the machine is just now.
class gate {
public:
    gate(const subjects& all, extent wanted);
    //! Looks; false if the machine is much slower now than it often was.
    bool open();
    //! 10^6 messages of 64 bytes a second.
    range speed() const { return speeds_.empty() ? range() : range_of(speeds_); }

private:
    std::unique_ptr<session> bare_;
    std::uint64_t count_ = 0;
    extent wanted_;
    std::vector<double> speeds_;
};

class runner {
public:
    runner(const subjects& all, const settings& wanted, results& found);
    void run(const bench_case& c);
    gate& bare() { return gate_; }

private:
    struct contestant {
        entry who;
        std::unique_ptr<session> runs;
        std::uint64_t count;
        std::vector<outcome> outcomes; // one a round
        std::vector<bool> noisy;
    };

    std::vector<contestant> start(const bench_case& c);
    std::uint64_t calibrate(session& s, const bench_case& c, waiting how) const;
    bool is_patient() const;
    void run_once_quiet(contestant& one, const bench_case& c, bool& open);
    void note_failure(const bench_case& c, const entry& who, const char* why);

    const subjects& all_;
    settings wanted_;
    results& found_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    gate gate_;
    std::unique_ptr<session> two_atomics_;
    std::uint64_t two_atomics_count_;
};

} // namespace comparison

#endif
