// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The points of an operation at which its process is killed: found by stepping through it once,
//! reached again by the shortest way.

#ifndef SHARED_MEMORY_TEST_DEATH_AT_EVERY_INSTRUCTION_POINTS_HPP
#define SHARED_MEMORY_TEST_DEATH_AT_EVERY_INSTRUCTION_POINTS_HPP

#include "../stage/segment_watch.hpp"
#include "../stage/tracee.hpp"

#include <cstdint>
#include <functional>

namespace every {

enum class point_kind : std::uint8_t {
    begin,       // before the first instruction
    end,         // after the last one
    before_call, // before a system call
    after_call,
    asleep,     // in one
    change,     // after an instruction that changed the segment
    instruction // after any other one
};
const char* name_of(point_kind kind) noexcept;

//! A moment in an operation. To reach it: run through so many system calls, then until `anchor` is
//! to be executed for the n-th time (0: from there), then step.
constexpr std::uint32_t to_the_mark = ~std::uint32_t{0}; // instead of so many steps
struct point {
    std::uint32_t system_calls;
    std::uint32_t anchor_times;
    std::uint32_t steps;
    std::uint32_t instruction_number;
    std::uintptr_t anchor;
    std::uintptr_t address; // of the instruction to be executed next
    point_kind kind;
    std::int8_t rank[2]; // what came of a kill here, with either survivor first; -1: none was made
};

//! What an operation looked like; lies in memory that the program's processes share.
struct record {
    std::uint32_t instructions;
    std::uint32_t system_calls;
    std::uint32_t sleeps; // how often it was asleep, and in which system calls
    std::uint32_t sleeps_in[4];
    std::uint32_t count;
    std::uint32_t capacity;
    point* points;
};

//! Steps through the operation, from one mark of the process to its next. `every`: each
//! instruction is a point. `wake` ends a sleep.
void find_points(tracee& victim, segment_watch& watch, bool every,
                 const std::function<void()>& wake, record& result);

//! Runs the process from the operation's mark to a point. False: it came somewhere else.
bool reach(tracee& victim, const point& wanted, const record& found,
           const std::function<void()>& wake);

} // namespace every

#endif
