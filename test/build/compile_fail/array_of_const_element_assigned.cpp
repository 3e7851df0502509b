// expect: assignment of read-only|read-only variable|cannot assign
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/shared_array.hpp>
void f(shared_memory::shared_array<const int>& a) {
    a[0] = 1;
}
