// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What two contended atomic read-modify-writes cost, one by each of two processes that take turns on
//! one word: the unit of the column "x of two atomics". It tells near processors from far ones.

#ifndef SHARED_MEMORY_BENCH_PEERS_TWO_ATOMICS_HPP
#define SHARED_MEMORY_BENCH_PEERS_TWO_ATOMICS_HPP

#include "subject.hpp"

#include <memory>

namespace comparison {

//! A run of `count` takes `count` times two atomics.
std::unique_ptr<session> start_two_atomics();

} // namespace comparison

#endif
