// expect: operator=.*protected|protected member
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/shared_buffer.hpp>
#include <utility>
void f(shared_memory::circular_buffer& ring, shared_memory::shared_buffer& array) {
    shared_memory::segment_handle& base = ring;
    base = std::move(array);
}
