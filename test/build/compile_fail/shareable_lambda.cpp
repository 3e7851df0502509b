// expect: this type cannot live in shared memory
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/shareable.hpp>

int f(int x) {
    auto const by_reference = [&](int y, int z) { return x + y + z; };
    SHARED_MEMORY_ASSERT_SHAREABLE(decltype(by_reference));
    return by_reference(1, 2);
}
