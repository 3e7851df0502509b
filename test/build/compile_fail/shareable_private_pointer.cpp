// expect: this type cannot live in shared memory
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/circular_buffer.hpp>

class hidden {
public:
    explicit hidden(int* p) : p_(p) {}
    int value() const { return *p_; }

private:
    int* p_;
};

void f(shared_memory::circular_buffer& ring, int& x) {
    ring.write(hidden(&x));
}
