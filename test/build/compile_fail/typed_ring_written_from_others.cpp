// expect: expected a contiguous range of the ring's messages
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/circular_buffer_of.hpp>
#include <vector>
void f(shared_memory::circular_buffer_of<double>& ring) {
    ring.write_each(std::vector<int>{1, 2});
}
