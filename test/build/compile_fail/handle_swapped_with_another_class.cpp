// expect: could not convert|cannot convert|invalid initialization of reference|no matching|non-const lvalue reference
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/shared_array.hpp>
void f(shared_memory::circular_buffer& ring, shared_memory::shared_array<int>& array) {
    ring.swap(array);
}
