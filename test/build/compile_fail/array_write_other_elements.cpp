// expect: the range's elements are not the array's
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/shared_array.hpp>
#include <vector>
void f(shared_memory::shared_array<int>& a, const std::vector<long long>& v) {
    a.write(v);
}
