// expect: cannot live in shared memory
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/circular_buffer_of.hpp>
struct node {
    int value;
    node* next;
};
shared_memory::circular_buffer_of<node> a;
