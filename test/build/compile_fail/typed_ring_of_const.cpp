// expect: of a type that is not const and no C array
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/circular_buffer_of.hpp>
shared_memory::circular_buffer_of<const int> a;
