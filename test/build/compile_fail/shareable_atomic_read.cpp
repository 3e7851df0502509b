// expect: this type cannot be copied to or from shared memory.*std::atomic.*load
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/circular_buffer.hpp>

#include <atomic>

void f(shared_memory::circular_buffer& ring) {
    ring.read<std::atomic<int>>();
}
