// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What is to be measured.

#ifndef SHARED_MEMORY_BENCH_PEERS_CASES_HPP
#define SHARED_MEMORY_BENCH_PEERS_CASES_HPP

#include "channel.hpp"

#include <string>
#include <vector>

namespace comparison {

//! How much of it.
enum class extent {
    smoke, //!< a moment of each kind of case, to see that it works
    quick, //!< all that targets are about
    full
};

struct settings {
    extent wanted = extent::full;
    int rounds = 0;            //!< repetitions of a case
    double run_seconds = 0;    //!< of one subject in one round
    unsigned idle_trips = 0;   //!< round trips of one subject in one round, when sleeping
    double idle_seconds = 0;   //!< of the idle waiter
    double patience = 0;       //!< after so many seconds: fewer rounds, and none is repeated
    std::uint64_t counted = 0; //!< writes and reads whose instructions are counted
};
settings settings_for(extent wanted);

struct entry {
    std::string subject;
    waiting how;
};

//! Subjects that are measured beside each other. Those that are not here, or do not offer it, are
//! left out.
struct bench_case {
    std::string name; //!< throughput..., round_trip...
    bool round_trip;
    channel_spec spec;
    std::vector<entry> entries;
};

std::vector<bench_case> cases_for(extent wanted);
//! Those of many_cores, in its order: one writer and one reader, then several, a process a core.
std::vector<bench_case> cases_of_many_cores();
std::string title_of(const bench_case& c);

} // namespace comparison

#endif
