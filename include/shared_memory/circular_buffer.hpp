// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A lock-free first-in-first-out ring of messages between processes.

#ifndef SHARED_MEMORY_CIRCULAR_BUFFER_HPP
#define SHARED_MEMORY_CIRCULAR_BUFFER_HPP

#include <shared_memory/claims.hpp>
#include <shared_memory/detail/message.hpp>
#include <shared_memory/detail/opening.hpp>
#include <shared_memory/detail/part/ring_part.hpp>
#include <shared_memory/ring_batches.hpp>
#include <shared_memory/segment_handle.hpp>
#include <shared_memory/shareable.hpp>

#include <boost/core/span.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! Where a ring stands at one moment, as numbers of messages since its creation. (Only differences
//! count when read_start begins again at 0, which it does after 2^46 laps.)
//! Several nodes are looked at one after the other, so under traffic it is an approximation.
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
//! readable in the order in which writers claimed their nodes. A copying `read` delivers a message
//! at most once after it returned; a `read_claim` at least once, repeats told by
//! `delivery_count()`.
//!
//! **If this process dies** while it writes, nothing of that message is seen; while it reads, the
//! message goes to another reader, before newer ones.
//!
//! **Waiting.** A call without `try_` waits for ever; `try_X` does not wait (but for a predecessor
//! that is just going: see options::single_writer); `try_X_for` and
//! `try_X_until` wait that long: any clock, kept on the monotonic one; no signal ends a wait. One
//! who waits spins briefly, then sleeps; every some milliseconds it looks for dead participants and
//! gives back what they held. No room, no message and time-out are results: false or `nullopt`.
//!
//! **Errors** of all calls on messages: `errc::message_size` (the message is larger than a node,
//! or not of the size that the reader takes; it stays where it is), `shut_down` (the owner has
//! closed the ring; for readers, once nothing is left to read), `end_of_stream` (likewise,
//! after `end_of_stream()`), `abandoned` (with that option), `closed`, `read_only`, `bad_argument`
//! (the handle's role is the other one), `in_use` (the ring has a single writer, or reader, and
//! another handle is it), `corrupted`.
//!
//! **Threads.** Any number may use one handle, all functions but moving, swapping and destroying;
//! where the ring has a single writer (reader), only one at a time may write (read).
//!
//! **Messages** are written from, and read into:
//!
//! | argument           | written                                   | read                          |
//! |--------------------|-------------------------------------------|-------------------------------|
//! | a function `f`     | `f(boost::span<std::byte> node)` fills    | `f(boost::span<const          |
//! |                    | the node and returns the message's size   | std::byte>)`; returns what it |
//! |                    |                                           | returns                       |
//! | a contiguous range | its elements' bytes                       | as many elements as there are |
//! | a value T          | its bytes                                 | exactly one                   |
//! | pointer and length | the bytes                                 | at most so many bytes         |
//!
//! Elements and values are of shareable types; see is_shareable for bools. A function that throws
//! aborts the write, or gives the message back.
class SHARED_MEMORY_DECL circular_buffer
    : public detail::opening<circular_buffer, segment_handle, std::uint32_t, std::uint32_t>,
      public batch_calls<circular_buffer> {
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
    //! A new ring has `node_count` nodes (2 to 2^20) of `node_size` bytes (1 to 2^31 - 64):
    //! `errc::out_of_range`.
    using opening::opening;

    std::uint32_t node_count() const { return ring().node_count(); }
    //! As the ring was created: see options.
    bool single_writer() const;
    bool single_reader() const;
    //! Bytes of the largest message.
    std::uint32_t node_size() const { return ring().node_size(); }

    //! Writes one message (see the table above), waiting for room. A function gets the whole node.
    template <class Message>
    void write(Message&& message) {
        detail::write_message(ring_writer(), message, deadline::never());
    }
    //! Writes one message; false if there is no room (in time).
    template <class Message>
    bool try_write(Message&& message) {
        return detail::write_message(ring_writer(), message, deadline::now());
    }
    template <class Message, class Rep, class Period>
    bool try_write_for(Message&& message, const std::chrono::duration<Rep, Period>& wait) {
        return detail::write_message(ring_writer(), message, deadline::in(wait));
    }
    template <class Message, class Clock, class Duration>
    bool try_write_until(Message&& message, const std::chrono::time_point<Clock, Duration>& until) {
        return detail::write_message(ring_writer(), message, deadline::at(until));
    }

    //! Writes `size` bytes at `data` as one message. `errc::bad_argument` for a null pointer with a
    //! size.
    void write(const void* data, std::size_t size) { write(detail::bytes(data, size)); }
    bool try_write(const void* data, std::size_t size) {
        return try_write(detail::bytes(data, size));
    }
    template <class Rep, class Period>
    bool try_write_for(const void* data, std::size_t size,
                       const std::chrono::duration<Rep, Period>& wait) {
        return try_write_for(detail::bytes(data, size), wait);
    }
    template <class Clock, class Duration>
    bool try_write_until(const void* data, std::size_t size,
                         const std::chrono::time_point<Clock, Duration>& until) {
        return try_write_until(detail::bytes(data, size), until);
    }

    //! Writes the parts, one behind the other, as one message.
    void write(std::initializer_list<boost::span<const std::byte>> parts) {
        write(detail::message_parts{parts.begin(), parts.size()});
    }
    bool try_write(std::initializer_list<boost::span<const std::byte>> parts) {
        return try_write(detail::message_parts{parts.begin(), parts.size()});
    }
    template <class Rep, class Period>
    bool try_write_for(std::initializer_list<boost::span<const std::byte>> parts,
                       const std::chrono::duration<Rep, Period>& wait) {
        return try_write_for(detail::message_parts{parts.begin(), parts.size()}, wait);
    }
    template <class Clock, class Duration>
    bool try_write_until(std::initializer_list<boost::span<const std::byte>> parts,
                         const std::chrono::time_point<Clock, Duration>& until) {
        return try_write_until(detail::message_parts{parts.begin(), parts.size()}, until);
    }

    //! Writes as many of the range's first elements as fit a node, as one message, and returns how
    //! many; waits for room. Throws `errc::message_size` if not even one fits.
    template <class Range>
    std::size_t write_some(const Range& elements) {
        return detail::write_some(ring_writer(), elements);
    }

    //! Reads a message of exactly one T, waiting for it.
    template <class T>
    T read() {
        return *detail::read_value<T>(ring_reader(), deadline::never());
    }
    //! Reads a message of exactly one T; `nullopt` if there is none (in time).
    template <class T>
    std::optional<T> try_read() {
        return detail::read_value<T>(ring_reader(), deadline::now());
    }
    template <class T, class Rep, class Period>
    std::optional<T> try_read_for(const std::chrono::duration<Rep, Period>& wait) {
        return detail::read_value<T>(ring_reader(), deadline::in(wait));
    }
    template <class T, class Clock, class Duration>
    std::optional<T> try_read_until(const std::chrono::time_point<Clock, Duration>& until) {
        return detail::read_value<T>(ring_reader(), deadline::at(until));
    }

    //! Reads one message, waiting for it: into a contiguous range, which may be longer than the
    //! message but not shorter (returns the number of elements); into a value (returns nothing);
    //! or by a function on the node's own memory, without a copy (returns its result).
    template <class Target>
    auto read(Target&& target) {
        return detail::unwrap(detail::read_message(ring_reader(), target, deadline::never()));
    }
    //! The same, as `std::optional`; for a value, and a function that returns nothing, as bool.
    template <class Target>
    auto try_read(Target&& target) {
        return detail::read_message(ring_reader(), target, deadline::now());
    }
    template <class Target, class Rep, class Period>
    auto try_read_for(Target&& target, const std::chrono::duration<Rep, Period>& wait) {
        return detail::read_message(ring_reader(), target, deadline::in(wait));
    }
    template <class Target, class Clock, class Duration>
    auto try_read_until(Target&& target, const std::chrono::time_point<Clock, Duration>& until) {
        return detail::read_message(ring_reader(), target, deadline::at(until));
    }

    //! Reads one message of at most `size` bytes to `data`; returns its size.
    std::size_t read(void* data, std::size_t size) { return read(detail::bytes(data, size)); }
    std::optional<std::size_t> try_read(void* data, std::size_t size) {
        return try_read(detail::bytes(data, size));
    }
    template <class Rep, class Period>
    std::optional<std::size_t> try_read_for(void* data, std::size_t size,
                                            const std::chrono::duration<Rep, Period>& wait) {
        return try_read_for(detail::bytes(data, size), wait);
    }
    template <class Clock, class Duration>
    std::optional<std::size_t>
    try_read_until(void* data, std::size_t size,
                   const std::chrono::time_point<Clock, Duration>& until) {
        return try_read_until(detail::bytes(data, size), until);
    }

    //! The counterpart of `write_some`: reads one message as `read` does, waiting for it, and then,
    //! without waiting, as many more as are ready and fit whole into what is left of the range.
    //! Returns the number of elements in all.
    template <class Range>
    std::size_t read_some(Range&& elements) {
        return detail::read_some(ring_reader(), elements);
    }

    //! Claims the next node for writing, waiting for room: fill it, then `commit` it. Messages
    //! behind it become readable only when it is committed or aborted.
    write_claim claim_write() { return *detail::claim_write(ring_writer(), deadline::never()); }
    //! `nullopt`: no room (in time).
    std::optional<write_claim> try_claim_write() {
        return detail::claim_write(ring_writer(), deadline::now());
    }
    template <class Rep, class Period>
    std::optional<write_claim> try_claim_write_for(const std::chrono::duration<Rep, Period>& wait) {
        return detail::claim_write(ring_writer(), deadline::in(wait));
    }
    template <class Clock, class Duration>
    std::optional<write_claim>
    try_claim_write_until(const std::chrono::time_point<Clock, Duration>& until) {
        return detail::claim_write(ring_writer(), deadline::at(until));
    }

    //! Claims the next message for reading, waiting for one: look at it where it lies, then
    //! `release` it.
    read_claim claim_read() { return *detail::claim_read(ring_reader(), deadline::never()); }
    //! `nullopt`: no message (in time).
    std::optional<read_claim> try_claim_read() {
        return detail::claim_read(ring_reader(), deadline::now());
    }
    template <class Rep, class Period>
    std::optional<read_claim> try_claim_read_for(const std::chrono::duration<Rep, Period>& wait) {
        return detail::claim_read(ring_reader(), deadline::in(wait));
    }
    template <class Clock, class Duration>
    std::optional<read_claim>
    try_claim_read_until(const std::chrono::time_point<Clock, Duration>& until) {
        return detail::claim_read(ring_reader(), deadline::at(until));
    }

    // Several at a time: see batch_calls.
    using batch_calls::claim_read;
    using batch_calls::claim_write;
    using batch_calls::try_claim_read;
    using batch_calls::try_claim_read_for;
    using batch_calls::try_claim_read_until;
    using batch_calls::try_claim_write;
    using batch_calls::try_claim_write_for;
    using batch_calls::try_claim_write_until;

    //! Bytes of the message that a read would get now; `nullopt` if there is none. Another reader
    //! may take it first.
    std::optional<std::size_t> next_size();
    //! Takes the next message away unread; false if there is none. For one that no reader can take.
    bool discard();

    //! Ends the stream: later writes, through any handle, fail with `errc::end_of_stream`; readers
    //! get it once all messages before it are read and released, or at least held by themselves:
    //! what another one holds may come back. A node claimed before may still be committed. There is
    //! no way back: to start again, create the ring anew. If this process dies here: the stream is
    //! ended, or not.
    void end_of_stream();
    //! True: every message committed before the call was read and released. False: not in time. A
    //! shutdown does not end this wait, since readers may go on; `abandoned` does, with that
    //! option.
    template <class Rep, class Period>
    bool wait_drained_for(const std::chrono::duration<Rep, Period>& wait) {
        return wait_drained(deadline::in(wait));
    }
    template <class Clock, class Duration>
    bool wait_drained_until(const std::chrono::time_point<Clock, Duration>& until) {
        return wait_drained(deadline::at(until));
    }

    //! No message is readable now. Looks at every node, as do `size` and `snapshot`.
    bool empty() const { return size() == 0; }
    //! A write would have to wait now.
    bool full() const;
    //! Messages readable now: not those behind a node that is still being written.
    std::uint32_t size() const;
    ring_snapshot snapshot() const;
    //! How many messages were given back, by readers or for dead ones, since the creation.
    std::uint64_t redelivered() const;
    //! How many messages were given up after max_deliveries.
    std::uint64_t given_up() const;
    //! The limit of deliveries of a message that the ring was created with; 0: none.
    std::uint32_t max_deliveries() const;

private:
    friend opening;
    friend class batch_calls<circular_buffer>;
    friend SHARED_MEMORY_DECL circular_buffer* wait_any(boost::span<circular_buffer* const> rings,
                                                        deadline until);

    const detail::ring_part& ring() const {
        return static_cast<const detail::ring_part&>(mapping());
    }
    detail::ring_part& ring_writer() {
        if (BOOST_LIKELY(segment_ && known_ring().writable()))
            return known_ring();
        return make_usable_for(role::writer);
    }
    detail::ring_part& ring_reader() {
        if (BOOST_LIKELY(segment_ && known_ring().readable()))
            return known_ring();
        return make_usable_for(role::reader);
    }
    // every segment of that kind is one
    detail::ring_part& known_ring() const { return static_cast<detail::ring_part&>(*segment_); }
    detail::ring_part& make_usable_for(shared_memory::role wanted);
    static detail::segment_wish any();
    static detail::segment_wish of(std::uint32_t node_count, std::uint32_t node_size);
    template <class Tag>
    static detail::segment_wish expected(Tag) {
        return any();
    }
    template <class Tag>
    static detail::segment_wish expected(Tag, std::uint32_t node_count, std::uint32_t node_size) {
        return of(node_count, node_size);
    }
    bool wait_drained(deadline until);
};

//! The first of `rings`, in their order, that has something to read or whose stream has ended or
//! which was shut down: a read through it will not wait. Null if none had in time. Rings may be
//! given by any number of pointers; null and closed ones are `errc::bad_argument`.
SHARED_MEMORY_DECL circular_buffer* wait_any(boost::span<circular_buffer* const> rings,
                                             deadline until);
template <class Rep, class Period>
circular_buffer* wait_any(boost::span<circular_buffer* const> rings,
                          const std::chrono::duration<Rep, Period>& wait) {
    return wait_any(rings, deadline::in(wait));
}
template <class Rep, class Period>
circular_buffer* wait_any(std::initializer_list<circular_buffer*> rings,
                          const std::chrono::duration<Rep, Period>& wait) {
    return wait_any({rings.begin(), rings.size()}, deadline::in(wait));
}

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
