// expect: cannot live in shared memory
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <functional>
#include <shared_memory/buffer_read_write.hpp>
void f(shared_memory::buffer_read_write& b, int& i) {
    b.write(std::ref(i));
}
