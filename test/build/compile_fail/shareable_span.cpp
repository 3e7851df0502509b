// expect: this type cannot live in shared memory
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/circular_buffer.hpp>

#include <boost/core/span.hpp>

void f(shared_memory::circular_buffer& ring) {
    ring.read<boost::span<int>>();
}
