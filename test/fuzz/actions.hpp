// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What a fuzzer does with an open handle: one call, chosen by the input, whatever state the segment
// is in. Every call ends by itself, or has its handle closed under it.

#ifndef SHARED_MEMORY_TEST_FUZZ_ACTIONS_HPP
#define SHARED_MEMORY_TEST_FUZZ_ACTIONS_HPP

#include "support.hpp"

#include <shared_memory/buffer_read_write.hpp>
#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/shared_array.hpp>

#include <vector>

namespace fuzz {

// Nodes in the hands of this process; they may outlive their handles.
struct claims {
    std::vector<sm::write_claim> writing;
    std::vector<sm::read_claim> reading;
};

// What every handle can do.
void act(sm::segment_handle& handle, input& in);
void act(sm::circular_buffer& ring, claims& held, input& in);
// The handles with locks; T: int, flags, bool.
template <class T>
void act(sm::shared_array<T>& array, input& in);
template <class T>
void act(sm::shared_array<const T>& array, input& in);
void act(sm::buffer_read_write& buffer, input& in);

} // namespace fuzz

#endif
