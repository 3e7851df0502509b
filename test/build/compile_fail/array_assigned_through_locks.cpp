// expect: operator=.*protected|protected member
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/shared_array.hpp>
#include <utility>
void f(shared_memory::shared_array<char>& chars, shared_memory::shared_array<double>& doubles) {
    shared_memory::buffer_with_locks& a = chars;
    shared_memory::buffer_with_locks& b = doubles;
    a = std::move(b);
}
