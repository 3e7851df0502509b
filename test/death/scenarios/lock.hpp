// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A buffer with a readers/writer lock, on which the victim does one thing.

#ifndef SHARED_MEMORY_TEST_DEATH_SCENARIOS_LOCK_HPP
#define SHARED_MEMORY_TEST_DEATH_SCENARIOS_LOCK_HPP

#include "ring_company.hpp"

#include <shared_memory/buffer_read_write.hpp>

#include <optional>

namespace every {

//! What the buffer holds: all of its words are the same number.
using content = std::array<std::uint64_t, 8>;
content full_of(std::uint64_t number);

using buffer = std::optional<sm::buffer_read_write>;
using lock_action = void (*)(buffer&);

struct lock_plan {
    const char* operation;
    const char* situation;
    bool every;
    lock_action survivor;      // what the survivor does before the operation begins, and
    lock_action survivor_ends; // so it ends that: to wake the victim, or after its death
    lock_action other;         // the third process, which then dies, or (sleeps) waits in there
    bool sleeps;
    lock_action ready; // the victim
    lock_action run;
    // How far the operation had come if the buffer is as before, inconsistent, written; -1: that
    // must not be.
    std::array<int, 3> rank_of;
};

} // namespace every

#endif
