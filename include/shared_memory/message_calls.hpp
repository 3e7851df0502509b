// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The calls that write and read messages: by copying, in place, several at a time.
//!
//! **Families.** Each operation X comes as four calls, which differ in how long they wait:
//!
//! | call                           | waits                | without room, without a message        |
//! |--------------------------------|----------------------|----------------------------------------|
//! | `X(...)`                       | for ever             |                                        |
//! | `try_X(...)`                   | not at all           | false, 0 or `nullopt`                  |
//! | `try_X_for(..., duration)`     | so long              | the same, after that time              |
//! | `try_X_until(..., time point)` | until then, any clock | the same, after that time             |
//!
//! All four calls of a family forward to one function, which takes a `deadline`. The time is kept
//! on the monotonic clock, and no signal ends a wait. A caller that waits spins briefly, then
//! sleeps; at intervals of some milliseconds (`options::death_check_interval`) it looks for dead
//! participants and gives back what they held. (`try_X` waits in one case, for a single writer or
//! reader that is just going: see options::single_writer.)
//!
//! **Errors** of all these calls: `errc::message_size` (the message is larger than a node, or not of
//! the size that the reader takes; it stays where it is), `shut_down` (the owner has closed the
//! segment; for readers, once nothing is left to read), `end_of_stream` (after `end_of_stream()`;
//! for readers, once nothing is left to read), `abandoned` (with that option), `closed`,
//! `read_only`, `forked`, `bad_argument` (the handle has the other role), `in_use` (another handle
//! is the single writer, or reader), `corrupted`, `would_deadlock` (signal handlers interrupted each
//! other in calls on one handle, more than four deep, or one as the single writer or reader; a
//! `try_` call finds nothing then).
//!
//! **Memory order.** The reader of a message sees what the writing thread did before it wrote the
//! message.
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
//! A function may take `std::span` of the same bytes instead. Elements and values are of shareable
//! types; see is_shareable for bools. A function that throws aborts the write, or gives the message
//! back.

#ifndef SHARED_MEMORY_MESSAGE_CALLS_HPP
#define SHARED_MEMORY_MESSAGE_CALLS_HPP

#include <shared_memory/claims.hpp>
#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/message.hpp>
#include <shared_memory/detail/message_batch.hpp>

#include <boost/core/span.hpp>

#include <cstddef>
#include <initializer_list>
#include <optional>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! The writing calls of a class of messages (circular_buffer, for one), which derives from this.
//! `Part` is the part that the messages lie in; `Class::part_to_write()` returns it, ready to be
//! written to.
template <class Class, class Part>
class writing_calls {
    using claim = basic_write_claim<Part>;
    using batch = basic_write_batch<Part>;
    using message_parts = std::initializer_list<boost::span<const std::byte>>;

public:
    //! Writes one message, see the table above, when there is room. A function gets the whole node.
    //! True: the message is written, and will be delivered.
    //! If this process dies here: the message is written whole, or nothing of it is seen.
    template <class Message>
    void write(Message&& message) {
        detail::write_message(part(), message, deadline::never());
    }
    template <class Message>
    [[nodiscard]] bool try_write(Message&& message) {
        return detail::write_message(part(), message, deadline::now());
    }
    template <class Message>
    [[nodiscard]] bool try_write_for(Message&& message, any_duration wait) {
        return detail::write_message(part(), message, wait.end());
    }
    template <class Message>
    [[nodiscard]] bool try_write_until(Message&& message, any_time_point until) {
        return detail::write_message(part(), message, until.time());
    }

    //! Writes `size` bytes at `data` as one message. A null pointer with a size
    //! is `errc::bad_argument`.
    void write(const void* data, std::size_t size) { write(detail::bytes(data, size)); }
    [[nodiscard]] bool try_write(const void* data, std::size_t size) {
        return try_write(detail::bytes(data, size));
    }
    [[nodiscard]] bool try_write_for(const void* data, std::size_t size, any_duration wait) {
        return try_write_for(detail::bytes(data, size), wait);
    }
    [[nodiscard]] bool try_write_until(const void* data, std::size_t size, any_time_point until) {
        return try_write_until(detail::bytes(data, size), until);
    }

    //! Writes the parts, one behind the other, as one message.
    void write(message_parts parts) { write(one(parts)); }
    [[nodiscard]] bool try_write(message_parts parts) { return try_write(one(parts)); }
    [[nodiscard]] bool try_write_for(message_parts parts, any_duration wait) {
        return try_write_for(one(parts), wait);
    }
    [[nodiscard]] bool try_write_until(message_parts parts, any_time_point until) {
        return try_write_until(one(parts), until);
    }

    //! Writes as many of the range's first elements as fit a node, as one message, and returns how
    //! many; waits for room. Throws `errc::message_size` if not even one element fits.
    template <class Range>
    std::size_t write_some(const Range& elements) {
        return detail::write_some(part(), elements);
    }

    //! Writes each element of a contiguous range as a message of its own (a value, or a contiguous
    //! range). `write_each` waits for room as often as need be; the other calls write as many of
    //! the first elements as there is room for (in time), and return how many. If this process dies
    //! here, or if the call throws: the first elements have become messages.
    template <class Range>
    void write_each(const Range& messages) {
        detail::write_each(part(), messages, deadline::never());
    }
    template <class Range>
    [[nodiscard]] std::size_t try_write_each(const Range& messages) {
        return detail::write_each(part(), messages, deadline::now());
    }
    template <class Range>
    [[nodiscard]] std::size_t try_write_each_for(const Range& messages, any_duration wait) {
        return detail::write_each(part(), messages, wait.end());
    }
    template <class Range>
    [[nodiscard]] std::size_t try_write_each_until(const Range& messages, any_time_point until) {
        return detail::write_each(part(), messages, until.time());
    }

    //! Claims the next node for writing, when there is room: fill it, then `commit` the claim.
    //! Messages behind the node become readable only when it is committed or aborted. If this
    //! process dies here: readers skip the node.
    [[nodiscard]] BOOST_FORCEINLINE claim claim_write() {
        return *detail::claim_write(part(), deadline::never());
    }
    [[nodiscard]] BOOST_FORCEINLINE std::optional<claim> try_claim_write() {
        return detail::claim_write(part(), deadline::now());
    }
    [[nodiscard]] std::optional<claim> try_claim_write_for(any_duration wait) {
        return detail::claim_write(part(), wait.end());
    }
    [[nodiscard]] std::optional<claim> try_claim_write_until(any_time_point until) {
        return detail::claim_write(part(), until.time());
    }

    //! Claims 1 to `most` nodes in a row, as many as can be had when there is room for the first:
    //! a batch ends where another writer has claimed a node in between. Throws
    //! `errc::bad_argument` for 0. Readers that wait for the batch's messages are woken once.
    //! If this process dies here: readers skip the nodes.
    [[nodiscard]] batch claim_write(std::size_t most) {
        return *detail::claim_write_batch(part(), most, deadline::never());
    }
    [[nodiscard]] std::optional<batch> try_claim_write(std::size_t most) {
        return detail::claim_write_batch(part(), most, deadline::now());
    }
    [[nodiscard]] std::optional<batch> try_claim_write_for(std::size_t most, any_duration wait) {
        return detail::claim_write_batch(part(), most, wait.end());
    }
    [[nodiscard]] std::optional<batch> try_claim_write_until(std::size_t most,
                                                             any_time_point until) {
        return detail::claim_write_batch(part(), most, until.time());
    }

private:
    friend Class;
    writing_calls() = default;

    Part& part() { return static_cast<Class*>(this)->part_to_write(); }
    static detail::message_parts one(message_parts parts) { return {parts.begin(), parts.size()}; }
};

//! The reading calls of a class of messages, which derives from this. `Part` is the part that the
//! messages lie in; `Class::part_to_read()` returns it, ready to be read from.
template <class Class, class Part>
class reading_calls {
    using claim = basic_read_claim<Part>;
    using batch = basic_read_batch<Part>;

public:
    //! Reads a message of exactly one T, when there is one. Once the call returned, no other
    //! reader gets that message. If this process dies here: another reader gets the message, or it is
    //! done with.
    template <class T>
    T read() {
        return *detail::read_value<T>(part(), deadline::never());
    }
    template <class T>
    [[nodiscard]] std::optional<T> try_read() {
        return detail::read_value<T>(part(), deadline::now());
    }
    template <class T>
    [[nodiscard]] std::optional<T> try_read_for(any_duration wait) {
        return detail::read_value<T>(part(), wait.end());
    }
    template <class T>
    [[nodiscard]] std::optional<T> try_read_until(any_time_point until) {
        return detail::read_value<T>(part(), until.time());
    }

    //! Reads one message, when there is one: into a contiguous range, which may be longer than the
    //! message but not shorter (returns the number of elements); into a value (returns nothing); or
    //! by a function on the node's own memory, without a copy (returns the function's result). The
    //! `try_` calls return the same as a `std::optional`, but a bool for a value, and for a
    //! function that returns nothing. If this process dies here: as for `read<T>()`.
    template <class Target>
    auto read(Target&& target) {
        return detail::unwrap(detail::read_message(part(), target, deadline::never()));
    }
    template <class Target>
    [[nodiscard]] auto try_read(Target&& target) {
        return detail::read_message(part(), target, deadline::now());
    }
    template <class Target>
    [[nodiscard]] auto try_read_for(Target&& target, any_duration wait) {
        return detail::read_message(part(), target, wait.end());
    }
    template <class Target>
    [[nodiscard]] auto try_read_until(Target&& target, any_time_point until) {
        return detail::read_message(part(), target, until.time());
    }

    //! Reads one message of at most `size` bytes to `data`; returns the message's size. A null
    //! pointer with a size is `errc::bad_argument`.
    std::size_t read(void* data, std::size_t size) { return read(detail::bytes(data, size)); }
    [[nodiscard]] std::optional<std::size_t> try_read(void* data, std::size_t size) {
        return try_read(detail::bytes(data, size));
    }
    [[nodiscard]] std::optional<std::size_t> try_read_for(void* data, std::size_t size,
                                                          any_duration wait) {
        return try_read_for(detail::bytes(data, size), wait);
    }
    [[nodiscard]] std::optional<std::size_t> try_read_until(void* data, std::size_t size,
                                                            any_time_point until) {
        return try_read_until(detail::bytes(data, size), until);
    }

    //! The counterpart of `write_some`: reads one message as `read` does, waiting for it, and then,
    //! without waiting, as many more messages as are ready and fit whole into what is left of the
    //! range. Returns the number of elements in all.
    template <class Range>
    std::size_t read_some(Range&& elements) {
        return detail::read_some(part(), elements);
    }

    //! Reads messages, each of exactly one element, into the elements of a contiguous range: the
    //! first message when there is one, then as many more as are there. Returns how many; 0: there
    //! was none in time. Throws `errc::message_size` if the first message has another size; a later
    //! message of another size ends the batch before it. If this process dies here: the messages go
    //! to other readers; if it dies while it releases them, the first messages may be done with.
    template <class Range>
    std::size_t read_each(Range&& values) {
        return detail::read_each(part(), values, deadline::never());
    }
    template <class Range>
    [[nodiscard]] std::size_t try_read_each(Range&& values) {
        return detail::read_each(part(), values, deadline::now());
    }
    template <class Range>
    [[nodiscard]] std::size_t try_read_each_for(Range&& values, any_duration wait) {
        return detail::read_each(part(), values, wait.end());
    }
    template <class Range>
    [[nodiscard]] std::size_t try_read_each_until(Range&& values, any_time_point until) {
        return detail::read_each(part(), values, until.time());
    }

    //! Claims the next message for reading, when there is one: look at it where it lies, then
    //! `release` the claim. If this process dies here: another reader gets the message.
    [[nodiscard]] BOOST_FORCEINLINE claim claim_read() {
        return *detail::claim_read(part(), deadline::never());
    }
    [[nodiscard]] BOOST_FORCEINLINE std::optional<claim> try_claim_read() {
        return detail::claim_read(part(), deadline::now());
    }
    [[nodiscard]] std::optional<claim> try_claim_read_for(any_duration wait) {
        return detail::claim_read(part(), wait.end());
    }
    [[nodiscard]] std::optional<claim> try_claim_read_until(any_time_point until) {
        return detail::claim_read(part(), until.time());
    }

    //! Claims 1 to `most` messages in a row, as many as are there when there is a first: a batch
    //! ends where a message is not ready yet, or was not delivered as often as the first. Throws
    //! `errc::bad_argument` for 0. If this process dies here: other readers get the messages.
    [[nodiscard]] batch claim_read(std::size_t most) {
        return *detail::claim_read_batch(part(), most, deadline::never());
    }
    [[nodiscard]] std::optional<batch> try_claim_read(std::size_t most) {
        return detail::claim_read_batch(part(), most, deadline::now());
    }
    [[nodiscard]] std::optional<batch> try_claim_read_for(std::size_t most, any_duration wait) {
        return detail::claim_read_batch(part(), most, wait.end());
    }
    [[nodiscard]] std::optional<batch> try_claim_read_until(std::size_t most,
                                                            any_time_point until) {
        return detail::claim_read_batch(part(), most, until.time());
    }

private:
    friend Class;
    reading_calls() = default;

    Part& part() { return static_cast<Class*>(this)->part_to_read(); }
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
