// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Every object that the program maps lies between pages that nobody may touch, and whatever in it
// is not the library's business is poisoned for the address sanitizer, to the byte: it reports one
// who reads a byte too many, though there is memory.

#ifndef SHARED_MEMORY_TEST_FUZZ_GUARDED_MAPPING_HPP
#define SHARED_MEMORY_TEST_FUZZ_GUARDED_MAPPING_HPP

#include <cstddef>
#include <cstdint>

namespace fuzz {

enum class precision {
    exact, // by what the header says now: nodes, elements, participants, words in use
    coarse // between Boost's bookkeeping and the object's end: while the header may change
};
void poison_by(precision p);

// A mapping of the object without all that: to scribble on.
class bare_mapping {
public:
    explicit bare_mapping(const char* path);
    bare_mapping(const bare_mapping&) = delete;
    bare_mapping& operator=(const bare_mapping&) = delete;
    ~bare_mapping();
    std::byte* data() const { return data_; }
    std::size_t size() const { return size_; }

private:
    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace fuzz

#endif
