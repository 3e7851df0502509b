// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A ring whose messages are all of one type: the first choice for messages of one struct.

#ifndef SHARED_MEMORY_CIRCULAR_BUFFER_OF_HPP
#define SHARED_MEMORY_CIRCULAR_BUFFER_OF_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/message.hpp>
#include <shared_memory/detail/message_batch.hpp>
#include <shared_memory/detail/opening.hpp>
#include <shared_memory/detail/part/ring_part.hpp>
#include <shared_memory/ring_handle.hpp>
#include <shared_memory/shareable.hpp>
#include <shared_memory/stream_calls.hpp>
#include <shared_memory/type_tag.hpp>
#include <shared_memory/typed_claims.hpp>
#include <shared_memory/wait_any.hpp>

#include <boost/core/span.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! A circular_buffer whose messages are all one T, a shareable type of 1 to 2^31 - 64 bytes, aligned
//! to at most 64:
//!
//!     struct trade { std::int64_t time; double price; char symbol[8]; };
//!     sm::circular_buffer_of<trade> ring(sm::create_only, "trades", 1024 /*nodes*/);
//!     ring.write({now, 12.5, "ABC"});
//!
//!     sm::circular_buffer_of<trade> ring(sm::open_only, "trades"); // in another process
//!     trade t = ring.read();                                        // waits
//!     if (auto t = ring.try_read()) use(*t);                        // std::optional
//!     for (const trade& t : ring.messages()) use(t);                // to the stream's end
//!
//! A program that was built with another type gets `errc::wrong_type` when it opens the ring: see
//! type_tag. All that circular_buffer promises is promised here, and the calls' names, time limits
//! and errors are those of message_calls.hpp. A program that opens the ring as a `circular_buffer`
//! reads and writes bytes; a message of another size, which only such a program writes, is
//! `errc::message_size` to the reading calls, and `discard()` takes it away.
//!
//! **Threads.** As for circular_buffer.
template <class T>
class circular_buffer_of
    : public detail::opening<circular_buffer_of<T>, ring_handle, std::uint32_t> {
    using opening = detail::opening<circular_buffer_of<T>, ring_handle, std::uint32_t>;
    SHARED_MEMORY_ASSERT_SHAREABLE(T);
    static_assert(std::is_same_v<T, std::remove_cv_t<T>> && !std::is_array_v<T>,
                  "shared_memory: the messages of a ring are of a type that is not const and no C "
                  "array. Use std::array");
    static_assert(alignof(T) <= detail::cache_line_bytes,
                  "shared_memory: the messages of a ring are aligned to at most 64 bytes");

public:
    using value_type = T;

    //! Constructors: see segment_handle.
    //!
    //!     circular_buffer_of<T>()                                    // a closed handle
    //!     circular_buffer_of<T>(create_only,    name, node_count, options)
    //!     circular_buffer_of<T>(open_or_create, name, node_count, options)
    //!     circular_buffer_of<T>(open_only,      name, options)
    //!     circular_buffer_of<T>(open_read_only, name, options)       // cursors and counts
    //!
    //! A new ring has `node_count` nodes, 2 to 2^20; other numbers are `errc::out_of_range`.
    using opening::opening;

    // ---- Writing: see writing_calls in message_calls.hpp

    //! Writes one message, when there is room.
    //! If this process dies here: the message is written whole, or nothing of it is seen.
    void write(const T& message) { write_one(message, deadline::never()); }
    [[nodiscard]] bool try_write(const T& message) { return write_one(message, deadline::now()); }
    [[nodiscard]] bool try_write_for(const T& message, any_duration wait) {
        return write_one(message, wait.end());
    }
    [[nodiscard]] bool try_write_until(const T& message, any_time_point until) {
        return write_one(message, until.time());
    }

    //! Writes a message that is constructed in its node, from the arguments, when there is room.
    //! An exception of the constructor gives the node up.
    template <class... Arguments>
    void emplace(Arguments&&... arguments) {
        auto claim = claim_write();
        claim.emplace(std::forward<Arguments>(arguments)...);
        claim.commit();
    }
    //! The same without waiting; false: there was no room, and nothing was constructed.
    template <class... Arguments>
    [[nodiscard]] bool try_emplace(Arguments&&... arguments) {
        auto claim = try_claim_write();
        if (!claim)
            return false;
        claim->emplace(std::forward<Arguments>(arguments)...);
        claim->commit();
        return true;
    }

    //! Writes each element of a contiguous range of T as a message. The `try_` calls return how many.
    template <class Range>
    void write_each(const Range& messages) {
        write_all(messages, deadline::never());
    }
    template <class Range>
    [[nodiscard]] std::size_t try_write_each(const Range& messages) {
        return write_all(messages, deadline::now());
    }
    template <class Range>
    [[nodiscard]] std::size_t try_write_each_for(const Range& messages, any_duration wait) {
        return write_all(messages, wait.end());
    }
    template <class Range>
    [[nodiscard]] std::size_t try_write_each_until(const Range& messages, any_time_point until) {
        return write_all(messages, until.time());
    }

    //! Claims the next node for writing a T in place, when there is room.
    //! If this process dies here: readers skip the node.
    [[nodiscard]] write_claim_of<T> claim_write() { return *to_write(deadline::never()); }
    [[nodiscard]] std::optional<write_claim_of<T>> try_claim_write() {
        return to_write(deadline::now());
    }
    [[nodiscard]] std::optional<write_claim_of<T>> try_claim_write_for(any_duration wait) {
        return to_write(wait.end());
    }
    [[nodiscard]] std::optional<write_claim_of<T>> try_claim_write_until(any_time_point until) {
        return to_write(until.time());
    }
    //! Claims 1 to `most` nodes in a row.
    [[nodiscard]] write_batch_of<T> claim_write(std::size_t most) {
        return *to_write(most, deadline::never());
    }
    [[nodiscard]] std::optional<write_batch_of<T>> try_claim_write(std::size_t most) {
        return to_write(most, deadline::now());
    }
    [[nodiscard]] std::optional<write_batch_of<T>> try_claim_write_for(std::size_t most,
                                                                       any_duration wait) {
        return to_write(most, wait.end());
    }
    [[nodiscard]] std::optional<write_batch_of<T>> try_claim_write_until(std::size_t most,
                                                                         any_time_point until) {
        return to_write(most, until.time());
    }

    // ---- Reading: see reading_calls in message_calls.hpp

    //! Reads a message, when there is one. Once the call returned, no other reader gets that
    //! message. If this process dies here: another reader gets the message, or it is done with.
    T read() { return *read_one(deadline::never()); }
    [[nodiscard]] std::optional<T> try_read() { return read_one(deadline::now()); }
    [[nodiscard]] std::optional<T> try_read_for(any_duration wait) { return read_one(wait.end()); }
    [[nodiscard]] std::optional<T> try_read_until(any_time_point until) {
        return read_one(until.time());
    }

    //! Reads messages into the elements of a contiguous range of T: the first one when there is one,
    //! then as many more as are there. Returns how many; 0: there was none in time.
    template <class Range>
    std::size_t read_each(Range&& messages) {
        return read_all(messages, deadline::never());
    }
    template <class Range>
    [[nodiscard]] std::size_t try_read_each(Range&& messages) {
        return read_all(messages, deadline::now());
    }
    template <class Range>
    [[nodiscard]] std::size_t try_read_each_for(Range&& messages, any_duration wait) {
        return read_all(messages, wait.end());
    }
    template <class Range>
    [[nodiscard]] std::size_t try_read_each_until(Range&& messages, any_time_point until) {
        return read_all(messages, until.time());
    }

    //! Claims the next message for reading in place, when there is one. A message of another size is
    //! `errc::message_size`, and stays. If this process dies here: another reader gets the message.
    [[nodiscard]] read_claim_of<T> claim_read() { return *to_read(deadline::never()); }
    [[nodiscard]] std::optional<read_claim_of<T>> try_claim_read() {
        return to_read(deadline::now());
    }
    [[nodiscard]] std::optional<read_claim_of<T>> try_claim_read_for(any_duration wait) {
        return to_read(wait.end());
    }
    [[nodiscard]] std::optional<read_claim_of<T>> try_claim_read_until(any_time_point until) {
        return to_read(until.time());
    }
    //! Claims 1 to `most` messages in a row; a message of another size ends the batch before it.
    [[nodiscard]] read_batch_of<T> claim_read(std::size_t most) {
        return *to_read(most, deadline::never());
    }
    [[nodiscard]] std::optional<read_batch_of<T>> try_claim_read(std::size_t most) {
        return to_read(most, deadline::now());
    }
    [[nodiscard]] std::optional<read_batch_of<T>> try_claim_read_for(std::size_t most,
                                                                     any_duration wait) {
        return to_read(most, wait.end());
    }
    [[nodiscard]] std::optional<read_batch_of<T>> try_claim_read_until(std::size_t most,
                                                                       any_time_point until) {
        return to_read(most, until.time());
    }

    // ---- To the end of the stream: see stream_calls.hpp

    //! The next message. Empty: none in time, or (`ended()`) the stream has ended.
    received<T> next() {
        return detail::received_by<T>([&] { return read_one(deadline::never()); });
    }
    received<T> try_next() {
        return detail::received_by<T>([&] { return read_one(deadline::now()); });
    }
    received<T> try_next_for(any_duration wait) {
        return detail::received_by<T>([&] { return read_one(wait.end()); });
    }
    received<T> try_next_until(any_time_point until) {
        return detail::received_by<T>([&] { return read_one(until.time()); });
    }
    //! All messages to the end of the stream, for a range-for.
    auto messages() {
        return detail::make_stream_range<T>([this] { return next(); });
    }
    //! The same, with a claim on each message, which is released when the loop goes on.
    auto claims() {
        using claim = read_claim_of<T>;
        return detail::make_stream_range<claim>([this] {
            return detail::received_by<claim>([&] { return to_read(deadline::never()); });
        });
    }

private:
    friend opening;
    friend detail::wait_access;
    using part_type = detail::ring_part;

    // Nodes of at most 48 bytes are aligned to 16.
    static constexpr std::size_t least_size =
        alignof(T) <= 16 ? 1 : detail::inline_payload_bytes + 1;

    template <class Tag, class... NodeCount>
    static detail::segment_expectation expected(Tag, NodeCount... node_count) {
        static_assert(sizeof(T) <= detail::max_node_size,
                      "shared_memory: a message has at most 2^31 - 64 bytes");
        detail::segment_expectation wanted = ring_handle::any();
        wanted.element_size = (std::max)(sizeof(T), least_size);
        wanted.element_count = (0 + ... + std::uint64_t{node_count});
        detail::expect_type<T>(wanted);
        return wanted;
    }

    bool write_one(const T& message, deadline until) {
        const boost::span<const T> one(std::addressof(message), 1);
        return detail::write_message(this->part_to_write(), one, until);
    }
    std::optional<T> read_one(deadline until) {
        return detail::read_value<T>(this->part_to_read(), until);
    }
    template <class Range>
    std::size_t write_all(const Range& messages, deadline until) {
        static_assert(
            std::is_same_v<std::remove_cv_t<detail::range_element_t<const Range>>, T>,
            "shared_memory: expected a contiguous range of the ring's messages, found another");
        return detail::write_each(this->part_to_write(), messages, until);
    }
    template <class Range>
    std::size_t read_all(Range& messages, deadline until) {
        static_assert(
            std::is_same_v<detail::range_element_t<Range>, T>,
            "shared_memory: expected a contiguous range of the ring's messages, found another");
        return detail::read_each(this->part_to_read(), messages, until);
    }
    std::optional<write_claim_of<T>> to_write(deadline until) {
        return typed<write_claim_of<T>>(detail::claim_write(this->part_to_write(), until));
    }
    std::optional<write_batch_of<T>> to_write(std::size_t most, deadline until) {
        return typed<write_batch_of<T>>(
            detail::claim_write_batch(this->part_to_write(), most, until));
    }
    std::optional<read_claim_of<T>> to_read(deadline until) {
        return typed<read_claim_of<T>>(detail::claim_read(this->part_to_read(), until, sizeof(T)));
    }
    std::optional<read_batch_of<T>> to_read(std::size_t most, deadline until) {
        return typed<read_batch_of<T>>(
            detail::claim_read_batch(this->part_to_read(), most, until, sizeof(T)));
    }
    template <class Typed, class Claim>
    static std::optional<Typed> typed(std::optional<Claim>&& claim) {
        return claim ? std::optional<Typed>(std::in_place, std::move(*claim)) : std::nullopt;
    }
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
