// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Writers, readers, their successors and repairers on a latest value: latest_value.hpp,
// latest_repair.hpp, waiting.hpp, wait_room.hpp, reaper.hpp and participants.hpp as they ship.

#ifndef SHARED_MEMORY_TEST_MODEL_LATEST_MODEL_HPP
#define SHARED_MEMORY_TEST_MODEL_LATEST_MODEL_HPP

#include "explore.hpp"

namespace model {

struct latest_options {
    unsigned writers = 1;
    unsigned readers = 1;
    unsigned buffers = 3;
    unsigned stores = 2; // each writer's
    unsigned loads = 2;  // each reader's, of newer and newer values
    unsigned pins = 0;   // if not 0, readers look in place
    bool copies = false; // they copy all the same
    unsigned repairers = 0;
    bool next_writer = false;  // a successor in the first writer's slot
    bool next_reader = false;  // in the first reader's slot
    bool other_writer = false; // a successor in a slot of its own, after a death
    bool single_writer = false;
    bool abort_first = false;       // each writer aborts its first claim once
    bool updates = false;           // writers add one to the value that they have loaded (store_if)
    bool one_writer_handle = false; // the writers are threads that share a handle
    bool impatient = false;         // the first writer gives up where it finds no buffer
    bool stopped = false;           // the first writer claims a buffer, and never moves again
    bool last_use = false;          // the uses are about to wrap
    bool strict_timer = false;
    bool may_not_spin = false; // a waiter may announce its sleep without a try before
};

//! Pieces of the algorithm, or of the code around it, to be left out.
enum class latest_fault {
    none,
    current_first, // `current` is loaded before the buffer's word [V2]
    same_use,      // a claim does not raise the use
    unvalidated,   // the use is not compared after the copy
    pins_ignored,  // the pin words are not looked at after the claim
    pin_unchecked, // the use is not looked at after pinning
    pin_of_anyone, // a repairer takes every pin word for the dead participant's
    alive_once,    // the kernel is asked before the word is loaded
    mark_first,    // the slot's mark is cleared before the repair
    role_unasked,  // a successor takes the role though it is another's
    unconditional, // store_if does not compare
    publish_tells_nobody,
    end_tells_nobody,
    back_off_tells_nobody, // a writer that found a pin
    unpin_tells_nobody,
    repair_tells_nobody,
    no_heavy_fences,
    count
};
const char* name_of(latest_fault f);

make_scene latest_scene(const latest_options& o, latest_fault fault = latest_fault::none);

} // namespace model

#endif
