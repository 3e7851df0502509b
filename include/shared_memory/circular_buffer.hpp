// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A lock-free first-in-first-out ring of messages between processes.

#ifndef SHARED_MEMORY_CIRCULAR_BUFFER_HPP
#define SHARED_MEMORY_CIRCULAR_BUFFER_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/opening.hpp>
#include <shared_memory/detail/part/ring_part.hpp>
#include <shared_memory/message_calls.hpp>
#include <shared_memory/segment_handle.hpp>
#include <shared_memory/stream_calls.hpp>
#include <shared_memory/wait_any.hpp>

#include <boost/core/span.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! Where a ring stands at one moment, as positions: see basic_write_claim. (Only differences count
//! when read_start begins again at 0, which happens after 2^46 laps, 2^44 in the largest rings.)
//! Several nodes are looked at one after the other, so under traffic the numbers are approximate.
struct ring_snapshot {
    std::uint64_t write_start; //!< the next message to be claimed by a writer
    std::uint64_t write_end;   //!< the first message that cannot be read yet
    std::uint64_t read_start;  //!< the next message to be claimed by a reader
    std::uint64_t read_end;    //!< the oldest message that is not released yet
};

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
//! are in claims.hpp; a claim tells its message's position in the ring's order, too.
//!
//! **Threads.** Any number of threads may use one handle, all functions but moving, swapping and
//! destroying; where the ring has a single writer (reader), only one thread at a time may
//! write (read).
class SHARED_MEMORY_DECL circular_buffer
    : public detail::opening<circular_buffer, segment_handle, std::uint32_t, std::uint32_t>,
      public writing_calls<circular_buffer, detail::ring_part>,
      public reading_calls<circular_buffer, detail::ring_part>,
      public stream_calls<circular_buffer, read_claim> {
public:
    static constexpr std::uint32_t min_node_count = detail::min_node_count;
    static constexpr std::uint32_t max_node_count = detail::max_node_count;
    static constexpr std::uint32_t max_node_size = detail::max_node_size;

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

    std::uint32_t node_count() const { return ring().node_count(); }
    //! As the ring was created: see options.
    bool single_writer() const;
    bool single_reader() const;
    //! Bytes of the largest message.
    std::uint32_t node_size() const { return ring().node_size(); }

    //! Bytes of the message that a read would get now; `nullopt` if there is none. Another reader
    //! may take it first.
    std::optional<std::size_t> next_size();
    //! Takes the next message away unread; false if there is none. For a message that no reader
    //! can take.
    bool discard();

    //! Ends the stream: later writes, through any handle, fail with `errc::end_of_stream`; a reader
    //! gets this error once all messages before the end are read and released, or at least held by
    //! the reader itself: a message that another reader holds may come back. A node claimed before
    //! may still be committed. There is no way back: to start again, create the ring anew. If this
    //! process dies here: the stream is ended, or not.
    void end_of_stream();
    //! True: every message committed before the call was read and released. False: this was not so
    //! in time. A shutdown does not end this wait, since readers may go on; `abandoned` does, with
    //! that option.
    [[nodiscard]] bool wait_drained_for(any_duration wait) { return wait_drained(wait.end()); }
    [[nodiscard]] bool wait_drained_until(any_time_point until) {
        return wait_drained(until.time());
    }

    //! No message is readable now. Looks at every node, as do `size` and `snapshot`.
    bool empty() const { return size() == 0; }
    //! A write would have to wait now.
    bool full() const;
    //! Messages readable now, without the messages behind a node that is still being written.
    std::uint32_t size() const;
    ring_snapshot snapshot() const;
    //! How many messages readers gave back, or dead readers held, since the creation.
    std::uint64_t redelivered() const;
    //! How many messages were given up after max_deliveries.
    std::uint64_t given_up() const;
    //! The limit of deliveries of a message that the ring was created with; 0: none.
    std::uint32_t max_deliveries() const;
    //! How many journals the ring was created with: see options.
    std::uint32_t max_journals() const;

private:
    friend opening;
    friend writing_calls;
    friend reading_calls;
    friend detail::wait_access;

    const detail::ring_part& ring() const {
        return static_cast<const detail::ring_part&>(mapping().part_at(0));
    }
    detail::ring_part& part_to_write() {
        if (BOOST_LIKELY(segment_ && known_ring().writable()))
            return known_ring();
        return make_usable_for(role::writer);
    }
    detail::ring_part& part_to_read() {
        if (BOOST_LIKELY(segment_ && known_ring().readable()))
            return known_ring();
        return make_usable_for(role::reader);
    }
    // the one part of every segment of that class
    detail::ring_part& known_ring() const {
        return static_cast<detail::ring_part&>(segment_->part_at(0));
    }
    detail::ring_part& make_usable_for(shared_memory::role wanted);
    static detail::segment_expectation any();
    static detail::segment_expectation of(std::uint32_t node_count, std::uint32_t node_size);
    template <class Tag>
    static detail::segment_expectation expected(Tag) {
        return any();
    }
    template <class Tag>
    static detail::segment_expectation expected(Tag, std::uint32_t node_count,
                                                std::uint32_t node_size) {
        return of(node_count, node_size);
    }
    [[nodiscard]] bool wait_drained(deadline until);
    detail::waited_for waited_for_reading();
    detail::waited_for waited_for_room();
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
