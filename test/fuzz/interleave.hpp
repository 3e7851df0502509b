// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What another process does just in the middle of a call, the same each time: the compiler lets
// libFuzzer know of every comparison that the library makes, and between loading a value and
// comparing it, or between checking it and loading it again, is where a change hurts most.

#ifndef SHARED_MEMORY_TEST_FUZZ_INTERLEAVE_HPP
#define SHARED_MEMORY_TEST_FUZZ_INTERLEAVE_HPP

#include <cstdint>

namespace fuzz {

// Calls `act(context)` in this thread, before its `comparisons`th comparison from now, not counting
// those between the library's calls. What act returns is how many more until the next time; 0:
// never.
void interrupt_after(std::uint32_t comparisons, std::uint32_t (*act)(void*), void* context);
void stop_interrupting();

// While it lives, the library is at work.
class library_call {
public:
    library_call();
    library_call(const library_call&) = delete;
    library_call& operator=(const library_call&) = delete;
    ~library_call();
};

} // namespace fuzz

#endif
