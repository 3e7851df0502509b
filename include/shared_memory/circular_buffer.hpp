// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A lock-free first-in-first-out ring of messages between processes.

#ifndef SHARED_MEMORY_CIRCULAR_BUFFER_HPP
#define SHARED_MEMORY_CIRCULAR_BUFFER_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/opening.hpp>
#include <shared_memory/detail/part/ring_part.hpp>
#include <shared_memory/message_calls.hpp>
#include <shared_memory/ring_handle.hpp>
#include <shared_memory/stream_calls.hpp>
#include <shared_memory/wait_any.hpp>

#include <boost/core/span.hpp>

#include <cstdint>
#include <initializer_list>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! A ring of 2 to 2^20 nodes of 1 to 2^31 - 64 bytes, each of which holds one message: many writers
//! and many readers, in many processes, without locks. Every message goes to one reader.
//!
//!     sm::circular_buffer ring(sm::create_only, "ring", 3 /*nodes*/, 4 /*bytes each*/);
//!     ring.write(123);                                  // waits for room
//!     if (!ring.try_write_for(456, 10ms)) ...           // false: no room in time
//!
//!     sm::circular_buffer ring(sm::open_only, "ring");  // in another process
//!     int x = ring.read<int>();                         // waits for a message
//!     if (auto y = ring.try_read<int>()) use(*y);       // std::optional
//!
//! **What is promised.** A message whose write or commit returned is delivered, and messages become
//! readable in the order in which writers claimed their nodes. A message that a copying `read` has
//! returned is not delivered again; a `read_claim` delivers a message at least once, and
//! `delivery_count()` tells repeats.
//!
//! **If this process dies** while it writes, nothing of that message is seen; while it reads, the
//! message goes to another reader, before newer ones.
//!
//! **The calls** that write and read are `writing_calls` and `reading_calls`: message_calls.hpp
//! says what messages are written from and read into, how the calls wait, and which errors they
//! have. `stream_calls` read to the end of a stream, in a range-for, too: stream_calls.hpp. Claims
//! are in claims.hpp; a claim tells its message's position in the ring's order, too. What every ring
//! tells of itself is in ring_handle.hpp.
//!
//! **Messages of one struct** are better kept in a `circular_buffer_of<T>`: then a program that was
//! built with another struct cannot open the ring.
//!
//! **Threads.** Any number of threads may use one handle, all functions but moving, swapping and
//! destroying; where the ring has a single writer (reader), only one thread at a time may
//! write (read).
class SHARED_MEMORY_DECL circular_buffer
    : public detail::opening<circular_buffer, ring_handle, std::uint32_t, std::uint32_t>,
      public writing_calls<circular_buffer, detail::ring_part>,
      public reading_calls<circular_buffer, detail::ring_part>,
      public stream_calls<circular_buffer, read_claim> {
public:
    //! Constructors: see segment_handle.
    //!
    //!     circular_buffer()                                               // a closed handle
    //!     circular_buffer(create_only,    name, node_count, node_size, options)
    //!     circular_buffer(open_or_create, name, node_count, node_size, options)
    //!     circular_buffer(open_only,      name, options)
    //!     circular_buffer(open_read_only, name, options)     // cursors and counts, no messages
    //!
    //! A new ring has `node_count` nodes (2 to 2^20) of `node_size` bytes (1 to 2^31 - 64); other
    //! numbers are `errc::out_of_range`.
    using opening::opening;

private:
    friend opening;
    friend writing_calls;
    friend reading_calls;
    friend detail::wait_access;

    template <class Tag>
    static detail::segment_expectation expected(Tag) {
        return any();
    }
    template <class Tag>
    static detail::segment_expectation expected(Tag, std::uint32_t node_count,
                                                std::uint32_t node_size) {
        return of(node_count, node_size);
    }
};

//! Waits for the first of several rings that can be read: see wait_any.hpp.
[[nodiscard]] inline circular_buffer* wait_any(boost::span<circular_buffer* const> rings,
                                               deadline until = deadline::never()) {
    return wait_any<circular_buffer>(rings, until);
}
[[nodiscard]] inline circular_buffer* wait_any(std::initializer_list<circular_buffer*> rings,
                                               deadline until = deadline::never()) {
    return wait_any<circular_buffer>(rings, until);
}

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
