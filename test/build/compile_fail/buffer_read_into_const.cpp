// expect: cannot read into const elements
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <array>
#include <shared_memory/buffer_read_write.hpp>
void f(shared_memory::buffer_read_write& b, const std::array<int, 3>& to) {
    b.read(to);
}
