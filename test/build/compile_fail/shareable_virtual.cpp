// expect: this type cannot live in shared memory
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/circular_buffer.hpp>

struct shape {
    virtual ~shape() = default;
    virtual int area() const { return 0; }
};

void f(shared_memory::circular_buffer& ring) {
    ring.write(shape());
}
