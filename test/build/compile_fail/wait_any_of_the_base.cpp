// expect: shared_memory: wait_any: expected a handle of a class with
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/circular_buffer.hpp>
void f(shared_memory::circular_buffer& ring) {
    shared_memory::segment_handle& base = ring;
    shared_memory::wait_any({shared_memory::for_reading(base)});
}
