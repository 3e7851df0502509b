// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Readers, writers, their successors and repairers on one readers/writer lock: rw_lock.hpp,
// waiting.hpp, wait_room.hpp, reaper.hpp and participants.hpp as they ship.

#ifndef SHARED_MEMORY_TEST_MODEL_LOCK_MODEL_HPP
#define SHARED_MEMORY_TEST_MODEL_LOCK_MODEL_HPP

#include "explore.hpp"

namespace model {

struct lock_options {
    unsigned writers = 1;
    unsigned readers = 1;
    unsigned rounds = 1;    // each one's locks
    unsigned observers = 0; // who read without a lock
    unsigned successors =
        0; // the first takes the first writer's slot, the second the first reader's
    bool reader_first = false; // the other way round
    unsigned repairers = 0;
    bool nested = false;    // readers read once more through the handle that holds the lock
    bool impatient = false; // writers give up instead of sleeping until the readers are gone
    bool strict_timer = false;
    bool one_writer_handle = false; // the writers are threads that share a handle
    // The readers are threads that share a handle; the first locks explicitly, the others plainly.
    bool one_reader_handle = false;
    // These threads are told apart, as the handle does: the plain ones hold no lock, and do not nest.
    // Without it they nest as soon as the first one's lock is counted, which must be safe all the same.
    bool told_apart = false;
};

enum class lock_fault {
    none,
    mark_first,
    alive_once,
    wake_one,
    enter_tells_nobody, // who counted himself in vain does not tell the writer
    repair_tells_nobody,
    leave_tells_nobody,
    drained_before_claim, // the slots are not looked at after the word was closed
    begin_without_mark,   // the sequence stays even
    never_closed,         // the writer's word stays open
    failed_try_tells_nobody,
    anybody_nests, // beside a writer that waits, though the thread holds no lock
    clear_first,   // see sleep_faults.hpp
    clear_always,
    same_ticket,
    count
};
const char* name_of(lock_fault f);

make_scene lock_scene(const lock_options& o, lock_fault fault = lock_fault::none);

} // namespace model

#endif
