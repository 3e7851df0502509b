// expect: no match for .+operator=|no viable overloaded '='|deleted|protected
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/shared_memory.hpp>
void f(shared_memory::circular_buffer_of<int>& ring, shared_memory::circular_buffer& bytes) {
    ring = std::move(bytes);
}
