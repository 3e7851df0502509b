// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Several of a ring's messages at a time: they are claimed together, and whoever waits for them is
//! told once.

#ifndef SHARED_MEMORY_RING_BATCHES_HPP
#define SHARED_MEMORY_RING_BATCHES_HPP

#include <shared_memory/claims.hpp>
#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/message_batch.hpp>
#include <shared_memory/detail/part/ring_part.hpp>

#include <boost/core/span.hpp>

#include <chrono>
#include <cstddef>
#include <optional>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! Some nodes in a row, claimed for writing: one message each. Fill them, then `commit` them;
//! destroyed uncommitted, they are aborted. All else is as for `write_claim`.
//!
//!     sm::write_batch batch = ring.claim_write(64);
//!     for (std::size_t i = 0; i != batch.size(); ++i)
//!         batch.resize(i, fill(batch[i]));
//!     batch.commit();
//!
//! If this process dies here: what was not committed is skipped. If it dies in `commit`: the first
//! ones of the batch may have become messages; each of them is whole.
class write_batch {
public:
    write_batch(detail::ring_part& ring, const detail::node_run& run) noexcept
        : nodes_(ring, run) {}
    write_batch(write_batch&&) noexcept = default;
    //! Aborts what this one held.
    write_batch& operator=(write_batch&& other) noexcept {
        if (this != &other) {
            nodes_.end_if_held(&detail::ring_part::abort_run);
            nodes_ = std::move(other.nodes_);
        }
        return *this;
    }
    ~write_batch() { nodes_.end_if_held(&detail::ring_part::abort_run); }

    //! False once it has ended.
    explicit operator bool() const noexcept { return static_cast<bool>(nodes_); }

    //! How many nodes; at least 1.
    std::size_t size() const { return nodes_.node().count; }
    //! All bytes of node `i`. Throws `errc::out_of_range`.
    boost::span<std::byte> operator[](std::size_t i) const {
        const detail::node_run& run = detail::run_with(nodes_, i);
        const auto& ring = nodes_.ring();
        return {ring.ring().payload_of(run, i), ring.node_size()};
    }
    //! Says that message `i` is the first `bytes` bytes of its node; else it is the whole node.
    //! Throws `errc::out_of_range`; `errc::message_size` if the node has fewer.
    void resize(std::size_t i, std::size_t bytes) {
        const detail::node_run& run = detail::run_with(nodes_, i);
        if (bytes > nodes_.ring().node_size())
            detail::throw_message_too_long(nodes_.ring(), bytes, nodes_.ring().node_size());
        nodes_.ring().set_size(run, i, bytes);
    }

    //! Makes them messages, in their order. Release: see write_claim::commit.
    void commit() { commit(size()); }
    //! Makes the first `count` messages, and gives the other nodes up. Throws `errc::out_of_range`,
    //! and still holds them, if there are fewer.
    void commit(std::size_t count) {
        const detail::node_run& run = nodes_.node();
        detail::check_count(nodes_.ring(), count, run.count);
        const detail::ring_part_ptr ring = nodes_.let_go();
        ring->commit_run(run, static_cast<std::uint32_t>(count));
    }
    //! Gives them up.
    void abort() { commit(0); }

private:
    detail::held<detail::node_run> nodes_;
};

//! Some messages in a row, claimed for reading where they lie. `release` them when done; destroyed
//! unreleased, they are given back. All else is as for `read_claim`.
//!
//! If this process dies here: they go to other readers. If it dies in `release`: the first ones of
//! the batch may be done with, the others go to other readers.
class read_batch {
public:
    read_batch(detail::ring_part& ring, const detail::node_run& run) noexcept : nodes_(ring, run) {}
    read_batch(read_batch&&) noexcept = default;
    //! Gives back what this one held.
    read_batch& operator=(read_batch&& other) noexcept {
        if (this != &other) {
            nodes_.end_if_held(&detail::ring_part::give_back_run);
            nodes_ = std::move(other.nodes_);
        }
        return *this;
    }
    ~read_batch() { nodes_.end_if_held(&detail::ring_part::give_back_run); }

    //! False once it has ended.
    explicit operator bool() const noexcept { return static_cast<bool>(nodes_); }

    //! How many messages; at least 1.
    std::size_t size() const { return nodes_.node().count; }
    //! The bytes of message `i`. Throws `errc::out_of_range`; `errc::corrupted` if some process has
    //! changed its size since.
    boost::span<const std::byte> operator[](std::size_t i) const {
        const detail::node_run& run = detail::run_with(nodes_, i);
        const auto& ring = nodes_.ring();
        const std::size_t size = ring.ring().size_of(run, i);
        if (BOOST_UNLIKELY(size > ring.node_size()))
            detail::throw_message_size(ring, size, ring.node_size(), false, 1);
        return {ring.ring().payload_of(run, i), size};
    }
    //! As read_claim::delivery_count. More than 1 only in a batch of one.
    std::uint32_t delivery_count() const { return nodes_.node().first.deliveries_before() + 1; }

    //! The messages are done with; their nodes are free.
    void release() { release(size()); }
    //! The first `count` messages are done with, the others go to the next reader. Throws
    //! `errc::out_of_range`, and still holds them, if there are fewer.
    void release(std::size_t count) {
        const detail::node_run& run = nodes_.node();
        detail::check_count(nodes_.ring(), count, run.count);
        const detail::ring_part_ptr ring = nodes_.let_go();
        ring->release_run(run, static_cast<std::uint32_t>(count));
    }
    //! Gives them to the next reader.
    void give_back() { release(0); }

private:
    detail::held<detail::node_run> nodes_;
};

//! The calls of a ring (circular_buffer) on several messages at a time. What is said there of
//! waiting, errors and threads holds here.
//!
//! Nodes are claimed in a row: a batch ends where another writer has claimed a node in between, a
//! message is not ready yet, or one was given back before.
template <class Ring>
class batch_calls {
public:
    //! Claims 1 to `most` nodes, as many as can be had, waiting for the first one. Throws
    //! `errc::bad_argument` for 0.
    write_batch claim_write(std::size_t most) {
        return *detail::claim_write_batch(writer(), most, deadline::never());
    }
    //! `nullopt`: no room (in time).
    std::optional<write_batch> try_claim_write(std::size_t most) {
        return detail::claim_write_batch(writer(), most, deadline::now());
    }
    template <class Rep, class Period>
    std::optional<write_batch> try_claim_write_for(std::size_t most,
                                                   const std::chrono::duration<Rep, Period>& wait) {
        return detail::claim_write_batch(writer(), most, deadline::in(wait));
    }
    template <class Clock, class Duration>
    std::optional<write_batch>
    try_claim_write_until(std::size_t most, const std::chrono::time_point<Clock, Duration>& until) {
        return detail::claim_write_batch(writer(), most, deadline::at(until));
    }

    //! Claims 1 to `most` messages, as many as are there, waiting for the first one. Throws
    //! `errc::bad_argument` for 0.
    read_batch claim_read(std::size_t most) {
        return *detail::claim_read_batch(reader(), most, deadline::never());
    }
    //! `nullopt`: no message (in time).
    std::optional<read_batch> try_claim_read(std::size_t most) {
        return detail::claim_read_batch(reader(), most, deadline::now());
    }
    template <class Rep, class Period>
    std::optional<read_batch> try_claim_read_for(std::size_t most,
                                                 const std::chrono::duration<Rep, Period>& wait) {
        return detail::claim_read_batch(reader(), most, deadline::in(wait));
    }
    template <class Clock, class Duration>
    std::optional<read_batch>
    try_claim_read_until(std::size_t most, const std::chrono::time_point<Clock, Duration>& until) {
        return detail::claim_read_batch(reader(), most, deadline::at(until));
    }

    //! Writes each element of a contiguous range as a message of its own (a value, or a contiguous
    //! range), waiting for room as often as need be. If it throws, and if the process dies here:
    //! the first ones have become messages.
    template <class Range>
    void write_each(const Range& messages) {
        detail::write_each(writer(), messages, deadline::never());
    }
    //! Writes as many of the first ones as there is room for (in time); returns how many.
    template <class Range>
    std::size_t try_write_each(const Range& messages) {
        return detail::write_each(writer(), messages, deadline::now());
    }
    template <class Range, class Rep, class Period>
    std::size_t try_write_each_for(const Range& messages,
                                   const std::chrono::duration<Rep, Period>& wait) {
        return detail::write_each(writer(), messages, deadline::in(wait));
    }
    template <class Range, class Clock, class Duration>
    std::size_t try_write_each_until(const Range& messages,
                                     const std::chrono::time_point<Clock, Duration>& until) {
        return detail::write_each(writer(), messages, deadline::at(until));
    }

    //! Reads a message, each of exactly one element, into each element of a contiguous range: waits
    //! for the first one, then reads as many as are there. Returns how many. Throws
    //! `errc::message_size` if the first one has another size; one later ends the batch before it.
    //! If this process dies here: they go to other readers; if it dies while it releases them, the
    //! first ones may be done with.
    template <class Range>
    std::size_t read_each(Range&& values) {
        return detail::read_each(reader(), values, deadline::never());
    }
    //! The same; 0 if there is none (in time).
    template <class Range>
    std::size_t try_read_each(Range&& values) {
        return detail::read_each(reader(), values, deadline::now());
    }
    template <class Range, class Rep, class Period>
    std::size_t try_read_each_for(Range&& values, const std::chrono::duration<Rep, Period>& wait) {
        return detail::read_each(reader(), values, deadline::in(wait));
    }
    template <class Range, class Clock, class Duration>
    std::size_t try_read_each_until(Range&& values,
                                    const std::chrono::time_point<Clock, Duration>& until) {
        return detail::read_each(reader(), values, deadline::at(until));
    }

private:
    friend Ring;
    batch_calls() = default;

    detail::ring_part& writer() { return static_cast<Ring*>(this)->ring_writer(); }
    detail::ring_part& reader() { return static_cast<Ring*>(this)->ring_reader(); }
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
