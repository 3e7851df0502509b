// expect: no matching function for call to .+swap
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/shared_array.hpp>
#include <utility>
void f(shared_memory::circular_buffer& ring, shared_memory::shared_array<int>& array) {
    shared_memory::segment_handle& a = ring;
    shared_memory::segment_handle& b = array;
    using std::swap;
    swap(a, b);
}
