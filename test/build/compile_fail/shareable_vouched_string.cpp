// expect: this type cannot live in shared memory: .*not trivially copyable
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/shareable.hpp>

#include <string>

struct name {
    std::string text;
};
SHARED_MEMORY_SHAREABLE(name)
