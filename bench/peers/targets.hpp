// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What was to be reached, and whether it was.

#ifndef SHARED_MEMORY_BENCH_PEERS_TARGETS_HPP
#define SHARED_MEMORY_BENCH_PEERS_TARGETS_HPP

#include "results.hpp"

#include <iosfwd>

namespace comparison {

//! The bare ring is the yardstick: a slow one would flatter everybody. A run counts only if its
//! speed (10^6/s) and the round trip of two atomics (ns) make at least so much, in thousands.
inline constexpr double least_yardstick = 6;

//! A line for the yardstick, and one for each target; of some cases only, of those measured.
void print_verdicts(std::ostream& out, const results& found, bool some_cases_only);

} // namespace comparison

#endif
