// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What the library's sources say: where they write to shared memory.

#ifndef SHARED_MEMORY_TEST_DEATH_AT_EVERY_WRITE_SOURCES_HPP
#define SHARED_MEMORY_TEST_DEATH_AT_EVERY_WRITE_SOURCES_HPP

#include "recorder.hpp"

#include <string>
#include <vector>

namespace every {

//! A call that writes.
struct source_write {
    std::string file; // without its folder
    unsigned first_line;
    unsigned last_line;
    bool atomic;
    std::string text; // up to its arguments

    bool is_at(const site& place) const;
};

//! Throws std::runtime_error if there are none.
std::vector<source_write> read_sources(const std::string& folder);

//! Without its folders.
std::string file_name(const char* path);

} // namespace every

#endif
