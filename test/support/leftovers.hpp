// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Which names a test program may leave: those of segments that the library keeps because they hold
// something, or that nobody has ended.

#ifndef SHARED_MEMORY_TEST_LEFTOVERS_HPP
#define SHARED_MEMORY_TEST_LEFTOVERS_HPP

#include "support.hpp"

#include <shared_memory/shared_buffer.hpp>

#include <string>

namespace test_support {

inline bool may_stay(std::string const& name) {
    try {
        shared_memory::shared_buffer const left(shared_memory::open_read_only, name);
        return !left.is_shutting_down() || left.left_unread() != 0 || left.kept();
    } catch (shared_memory::error const&) {
        return false; // no segment
    }
}

inline leftover_registration const leftover_rule{&may_stay};

} // namespace test_support

#endif
