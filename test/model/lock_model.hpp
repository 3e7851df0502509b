// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Readers, writers, their successors and repairers on one readers/writer lock: shared_lock.hpp as
// it is, and what locked_segment and segment do around it said again in model steps.

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
    // As ring_options: who repairs wakes all; then a timer is needed for repairing only.
    bool repair_wakes_all = false;
    bool strict_timer = false;
    // A writer that waited open goes in without closing and looking again.
    bool stays_open = false;
    // One who waits open tells those who wait that there is no writer.
    bool open_notifies = false;
};

enum class lock_fault {
    none,
    mark_first,
    alive_once,
    wake_one,
    enter_tells_nobody, // who counted himself in vain does not tell the writer
    repair_tells_nobody,
    leave_tells_nobody,
    drained_before_claim,
    begin_without_mark, // the sequence stays even
    count
};
const char* name_of(lock_fault f);

make_scene lock_scene(const lock_options& o, lock_fault fault = lock_fault::none);

} // namespace model

#endif
