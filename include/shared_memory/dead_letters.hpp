// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Dead letters: messages that no reader could finish, kept for somebody to look at.
//!
//! A ring that is created with `options().max_deliveries(n).dead_letters()` gives no message up. A
//! message that was delivered n times, and not released, because its readers died or gave it back,
//! stays in its node as a dead letter. No reader gets it. A *mover*, a handle that was opened with
//! `options().dead_letters_to("NAME")`, carries it to the ring NAME:
//!
//!     sm::circular_buffer jobs(sm::create_only, "jobs", 64, 100,
//!                              sm::options().max_deliveries(3).dead_letters());
//!     sm::circular_buffer failed(sm::create_only, "failed", 64, 100 + sizeof(sm::dead_letter));
//!
//!     sm::circular_buffer jobs(sm::open_only, "jobs",            // a worker, which is a mover, too
//!                              sm::options().dead_letters_to("failed"));
//!     auto job = jobs.claim_read();                              // moves dead letters meanwhile
//!
//!     sm::circular_buffer failed(sm::open_only, "failed");       // who looks at them
//!     auto claim = failed.claim_read();
//!     auto [letter, message] = claim.as_prefix<sm::dead_letter>();
//!
//! A mover claims a dead letter as a reader does, writes it to the other ring, and releases it.
//!
//!  - No dead letter is lost, whatever process is killed at whatever moment. A mover that is killed between writing and
//!    releasing leaves a dead letter that the next mover carries once more: `ring` and `position`
//!    tell that it is the same.
//!  - A mover moves what is there whenever a reading call of it does not find a message at once,
//!    wait_any included, and while it waits, at intervals of `options::death_check_interval`; or
//!    when it is told to, by `move_dead_letters()`.
//!  - If the other ring is full, or has ended, dead letters stay where they are until it has room.
//!    Nothing waits for that: no reading call, no other reader, not the end of the stream and not
//!    `wait_drained_for`. But a dead letter takes its node until it is moved, as any message does
//!    that is not released: a writer that comes round to that node finds the ring full.
//!  - A dead letter is unread: a ring that has one lives on when its owner closes it, and a mover that
//!    comes later finds it there.
//!  - In a ring with a single reader, the reader is the mover, or nobody is.

#ifndef SHARED_MEMORY_DEAD_LETTERS_HPP
#define SHARED_MEMORY_DEAD_LETTERS_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/segment_id.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! What stands before a message in a ring of dead letters.
struct dead_letter {
    segment_id ring;          //!< the ring that the message came from
    std::uint64_t position;   //!< its position there
    std::uint32_t deliveries; //!< how often it was delivered
    std::uint32_t size;       //!< its bytes, which follow
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
