// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Situations that need the killing build: see interruption.hpp.

#ifndef SHARED_MEMORY_TEST_DEATH_AT_EVERY_WRITE_RING_ENTRIES_HPP
#define SHARED_MEMORY_TEST_DEATH_AT_EVERY_WRITE_RING_ENTRIES_HPP

#include "../stage/scenario.hpp"

#include <vector>

namespace every {

void add_ring_entries(std::vector<scenario_entry>& to);
void add_ring_unsettled(std::vector<scenario_entry>& to);

} // namespace every

#endif
