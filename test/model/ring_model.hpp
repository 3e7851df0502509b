// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Writers, readers, their successors and repairers on one ring: node_ring.hpp with its search,
// batch and repair, waiting.hpp, wait_room.hpp, reaper.hpp and participants.hpp as they ship.

#ifndef SHARED_MEMORY_TEST_MODEL_RING_MODEL_HPP
#define SHARED_MEMORY_TEST_MODEL_RING_MODEL_HPP

#include "explore.hpp"

#include <cstdint>

namespace model {

struct ring_options {
    unsigned writers = 1;
    unsigned readers = 1;
    unsigned nodes = 2;
    unsigned messages = 2; // each writer's
    unsigned successors =
        0; // the first takes the first writer's slot, the second the first reader's
    bool reader_first = false; // the other way round
    unsigned repairers = 0;
    bool one_writer_handle = false; // the writers are threads that share a handle
    bool one_reader_handle = false;
    bool end = false;         // the first writer ends the stream after its messages
    bool abort_first = false; // each writer aborts its first claim
    bool give_back = false;   // each reader gives its first message back once
    bool peek = false;        // readers look at the next size before they claim
    unsigned reads = 0;       // each reader's; 0: until the end
    unsigned max_deliveries = 0;
    // What is at the limit is kept, and all readers but the first are movers, too. For a limit of 1.
    bool dead_letters = false;
    unsigned most_counted = 0; // deliveries, before they wrap; 0: as it ships
    bool last_lap = false;     // the laps are about to wrap
    bool strict_timer = false;
    bool may_not_spin = false;  // a waiter may announce its sleep without a try before
    bool single_writer = false; // it moves its counter by stores; so does a single reader
    bool single_reader = false;
    // Claims are brief, of a handle's first thread; or kept, so that nodes are marked.
    bool keep = false;
    bool first_reader_keeps = false;
    bool cas_ends = false;    // claims end by compare-and-exchange, not by plain stores
    bool impatient = false;   // a writer that finds the ring full writes no more, and stays
    unsigned closers = 0;     // participants that end the stream, at any time
    unsigned write_batch = 1; // writers claim up to so many nodes at a time, and commit all
    // Readers claim up to so many messages; abort_first, give_back: all but the last of the
    // first batch
    unsigned read_batch = 1;
};

//! Pieces of the algorithm that the library's code around it has, to be left out.
enum class ring_fault {
    none,
    mark_first,          // the slot's mark is cleared before the repair
    mark_any_generation, // it is cleared although a successor may have the slot now
    alive_once,          // the kernel is asked before the words are loaded
    look_before,         // the epoch is raised before the CASes
    look_if_changed,     // it is raised only by a repairer that changed something
    no_look,             // it is not raised
    no_pass,             // readers do not pass over what nobody wrote
    same_deliveries,     // deliveries stay 1
    wake_one,
    abort_tells_readers, // and not writers
    repair_tells_nobody,
    no_second_claim,       // announced, a waiter sleeps without looking again
    no_state_after_claim,  // [R9]
    no_second_look,        // [R10]
    end_while_held,        // the end is told while others hold messages
    release_tells_writers, // and not the readers who wait for that
    clear_first,           // see sleep_faults.hpp
    clear_always,
    same_ticket,
    no_heavy_fences,     // plain stores without a fence, and sleepers run full ones
    unsettled_free,      // a slot is marked free though a position of its is not settled
    rob_living,          // a position is settled though a living participant says it
    keep_said,           // a participant that has claimed nothing does not take back what it said
    clear_before_repair, // a successor forgets what the slot's last participant said, and repairs
    take_said_for_taken, // a repairer does not look whether the counter is past the position
    refuse_by_load,      // a refusal is validated by a load of head
    end_at_head,         // the end is told without a look at tail
    count
};
const char* name_of(ring_fault f);

make_scene ring_scene(const ring_options& o, ring_fault fault = ring_fault::none);

} // namespace model

#endif
