// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! In place of atomic_queue.cpp where the program is built without it.

#include "subject.hpp"

namespace comparison {

void add_atomic_queue(subjects&) {}

} // namespace comparison
