// expect: no matching (function|constructor)
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/shared_buffer.hpp>
void f() {
    shared_memory::shared_buffer any(shared_memory::create_only, "any");
}
