// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What is not a case of messages between processes.

#ifndef SHARED_MEMORY_BENCH_PEERS_OTHERS_HPP
#define SHARED_MEMORY_BENCH_PEERS_OTHERS_HPP

#include "cases.hpp"
#include "results.hpp"
#include "subject.hpp"

#include <string>

namespace comparison {

//! Times to create and open, against sizes and participants: life.cpp.
void measure_lives(const settings& wanted, results& found);
//! What one uses of its processor that waits for a message: idle.cpp.
void measure_idle_waiter(const settings& wanted, results& found);
//! Instructions and system calls of a write and a read: cost.cpp.
void measure_costs(const subjects& all, const settings& wanted, results& found);
//! What measure_costs looks at, in a process of its own; prints the instructions used by it, if the
//! processor counts them.
void run_alone(const subjects& all, const std::string& name, std::uint64_t count);

} // namespace comparison

#endif
