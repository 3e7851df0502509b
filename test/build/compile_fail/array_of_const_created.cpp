// expect: an array of const is opened read-only
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/shared_array.hpp>
void f() {
    shared_memory::shared_array<const int> a(shared_memory::create_only, "a", 10);
}
