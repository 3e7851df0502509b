// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A writer, a reader, their successors and repairers on a ring for a single writer and a single
// reader: spsc_ring.hpp with its ends, batches, search and repair, waiting.hpp, wait_room.hpp,
// reaper.hpp and participants.hpp as they ship.

#ifndef SHARED_MEMORY_TEST_MODEL_SPSC_MODEL_HPP
#define SHARED_MEMORY_TEST_MODEL_SPSC_MODEL_HPP

#include "explore.hpp"

namespace model {

struct spsc_options {
    unsigned nodes = 2;
    unsigned messages = 2;     // each writer's
    unsigned reads = 0;        // each reader's; 0: until the end
    bool no_reader = false;    // until a successor comes
    bool next_writer = false;  // a successor in the writer's slot
    bool next_reader = false;  // in the reader's slot
    bool other_writer = false; // a successor in a slot of its own
    unsigned repairers = 0;
    unsigned closers = 0;     // participants that end the stream, at any time
    bool end = false;         // each writer ends the stream after its messages
    bool late_writes = false; // the writer claims two nodes, and ends the second claim first
    bool late_reads = false;
    bool abort_first =
        false; // the first claim is aborted (late_writes: the older of the first two)
    bool abort_often = false;  // the first three claims are
    bool abort_second = false; // late_writes: the younger of the first two
    bool give_back = false;    // a reader gives its first message back once (late_reads: the older)
    bool give_back_second = false; // late_reads: the younger
    bool peek = false;
    bool copies = false;      // messages are written and read in one go, where that can be
    unsigned write_batch = 1; // abort_first, give_back: all but the last of the first batch
    unsigned read_batch = 1;
    unsigned max_deliveries = 0;
    bool last_lap = false;    // the laps are about to wrap
    bool full_fences = false; // the participants are not registered for heavy fences
    bool strict_timer = false;
    bool may_not_spin = false; // a waiter may announce its sleep without a try before
};

//! Pieces of the algorithm, or of the code around it, to be left out.
enum class spsc_fault {
    none,
    no_late_note,       // a commit out of order is not noted
    no_release_note,    // a release out of order is not noted
    no_passed_note,     // what is aborted, or was a dead writer's, is not noted
    no_holes,           // the reader is not told where it must look at notes
    no_skip_note,       // the reader claims a passed position without the note
    no_held_note,       // a claim of what comes again is not said
    no_return_note,     // what the last reader held is not made to come again
    same_deliveries,    // a return does not count
    no_settling_reader, // a reader does not settle where no writer comes
    alive_once,         // the kernel is asked before the role's word is loaded
    mark_first,         // the slot's mark is cleared before the repair
    role_unasked,       // a successor takes the role though it is another's
    repair_tells_nobody,
    skip_tells_nobody, // the writer is not told of nodes that were passed over
    abort_tells_nobody,
    no_second_claim,      // announced, a waiter sleeps without looking again
    no_state_after_claim, // [Q7]
    no_second_look,       // [Q7]
    end_while_open,       // the end is told while a claim for writing is open
    release_after,        // tail is stored before the message is there
    no_heavy_fences,
    count
};
const char* name_of(spsc_fault f);

make_scene spsc_scene(const spsc_options& o, spsc_fault fault = spsc_fault::none);

} // namespace model

#endif
