// expect: open_read_only is for shared_array<const T>
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/shared_array.hpp>
void f() {
    shared_memory::shared_array<int> a(shared_memory::open_read_only, "a");
}
