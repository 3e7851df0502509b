// expect: shared_memory: wait_any: expected a handle of a class with
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/shared_array.hpp>
#include <shared_memory/wait_any.hpp>
void f(shared_memory::shared_array<int>& array) {
    shared_memory::wait_any({&array}, shared_memory::deadline::never());
}
