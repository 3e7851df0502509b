// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Writers that publish by plain stores, and sleepers that wait for what they publish: one wait room,
// and nothing else. wait_room.hpp and waiting.hpp as they ship.

#ifndef SHARED_MEMORY_TEST_MODEL_ROOM_MODEL_HPP
#define SHARED_MEMORY_TEST_MODEL_ROOM_MODEL_HPP

#include "explore.hpp"

namespace model {

struct room_options {
    unsigned writers = 1;
    unsigned sleepers = 1;
    unsigned messages = 2; // each writer's; a sleeper sleeps anew for each that it has not seen
    unsigned forgets = 0;  // so often each writer may find that it ran the fence too often
    unsigned fenced_writers = 0; // of them, the first, publish by read-modify-writes
};

//! Pieces of the wait room's algorithm, to be left out.
enum class room_fault {
    none,
    clear_first, // see sleep_faults.hpp
    clear_always,
    same_ticket,
    no_heavy_fence,    // sleepers run none, and say that all know
    no_waker_fence,    // a waker that finds that the fence is wanted runs none
    fence_if_nobody,   // it runs none if somebody sleeps: it wakes all anyway
    no_second_load,    // it runs it, and does not load the word again
    one_bit,           // the fence is known as soon as it is wanted
    known_in_any_word, // it is said to be known though the sequence has moved
    half_forgotten,    // it stays known when it is not wanted any more
    forgotten_always,  // it is forgotten though a sleeper came meanwhile
    count
};
const char* name_of(room_fault f);

make_scene room_scene(const room_options& o, room_fault fault = room_fault::none);

} // namespace model

#endif
