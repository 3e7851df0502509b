// expect: this type cannot live in shared memory
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/circular_buffer.hpp>

struct inner {
    int* p;
};
struct outer {
    int id;
    inner in;
};

void f(shared_memory::circular_buffer& ring, outer const& o) {
    ring.write(o);
}
