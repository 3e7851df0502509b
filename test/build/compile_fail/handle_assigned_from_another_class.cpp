// expect: no match for .+operator=|no viable overloaded '='
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/shared_buffer.hpp>
void f(shared_memory::circular_buffer& ring) {
    shared_memory::shared_buffer& base = ring;
    base = shared_memory::shared_buffer(shared_memory::open_only, "array");
    ring = shared_memory::shared_buffer(shared_memory::open_only, "array");
}
