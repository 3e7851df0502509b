// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "bare_many_ring.hpp"

#include "subject_of.hpp"

namespace comparison {

void add_bare_many_ring(subjects& all) {
    all.add(counted_subject_of<bare_many_ring>("bare N:M ring", anything));
}

} // namespace comparison
