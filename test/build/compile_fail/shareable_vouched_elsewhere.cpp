// expect: SHARED_MEMORY_SHAREABLE\(type\) is not seen here.*namespace
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/shareable.hpp>

namespace theirs {
struct price {
    price() {}
    int cents = 0;
};
} // namespace theirs
namespace ours {
SHARED_MEMORY_SHAREABLE(theirs::price)
}
