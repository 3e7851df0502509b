// expect: segment_handle.*protected|protected constructor
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/circular_buffer.hpp>
#include <utility>
void f(shared_memory::circular_buffer& ring) {
    shared_memory::segment_handle base(std::move(ring));
}
