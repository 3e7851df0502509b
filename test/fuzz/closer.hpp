// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Calls that would wait for ever: another thread closes their handle after a while, which has to end
// them.

#ifndef SHARED_MEMORY_TEST_FUZZ_CLOSER_HPP
#define SHARED_MEMORY_TEST_FUZZ_CLOSER_HPP

#include <shared_memory/shared_buffer.hpp>

namespace fuzz {

// While it lives: in 5 ms, the handle will be closed.
class closing_soon {
public:
    explicit closing_soon(shared_memory::segment_handle& handle);
    closing_soon(const closing_soon&) = delete;
    closing_soon& operator=(const closing_soon&) = delete;
    ~closing_soon();
};

} // namespace fuzz

#endif
