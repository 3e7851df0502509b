// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Nodes, one or several in a row, held for writing or reading where they lie.

#ifndef SHARED_MEMORY_CLAIMS_HPP
#define SHARED_MEMORY_CLAIMS_HPP

#include <shared_memory/detail/claim_guard.hpp>
#include <shared_memory/detail/claim_views.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/part/ring_part.hpp>
#include <shared_memory/detail/range.hpp>
#include <shared_memory/shareable.hpp>

#include <boost/core/span.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! What all claims are: a node, or a run of nodes, which the part counts, so that the part stays
//! mapped and the slot held. `Undo` is what the part does if no call ended the claim; `Forget` is
//! what the part does when the claim is over, last of all.
template <class Part, class Node, void (Part::*Undo)(const Node&) noexcept,
          void (Part::*Forget)() noexcept>
class claim_base {
public:
    //! True while the claim holds what was claimed: until it is ended or moved from.
    explicit operator bool() const noexcept { return part_ != nullptr; }

protected:
    claim_base(Part& part, const Node& node) noexcept
        : part_(&part), node_(node), epoch_(part.fork_epoch()) {}
    claim_base(claim_base&& other) noexcept
        : part_(std::exchange(other.part_, nullptr)), node_(other.node_), epoch_(other.epoch_) {}
    claim_base& operator=(claim_base&& other) noexcept {
        if (this != &other) {
            finish();
            part_ = std::exchange(other.part_, nullptr);
            node_ = other.node_;
            epoch_ = other.epoch_;
        }
        return *this;
    }
    ~claim_base() {
        if (BOOST_UNLIKELY(part_ != nullptr)) // most claims have been ended by a call
            undo(part_, node_, epoch_);
    }

    //! Throws `errc::bad_argument` if the claim has ended, `errc::forked` in a fork's child.
    const Node& node() const {
        if (BOOST_UNLIKELY(part_ == nullptr))
            throw_claim_ended();
        if (BOOST_UNLIKELY(epoch_ != part_->fork_epoch()))
            throw_claim_forked();
        return node_;
    }
    Part& part() const noexcept { return *part_; }
    //! Ends the claim by `Undo`, unless it has ended or is the parent's.
    void finish() noexcept {
        if (part_ != nullptr)
            undo(std::exchange(part_, nullptr), node_, epoch_);
    }

    //! The end of a claim: while it lives, the part does.
    struct over {
        Part* const part;

        explicit over(Part* p) noexcept : part(p) {}
        over(const over&) = delete;
        over& operator=(const over&) = delete;
        ~over() { (part->*Forget)(); }
        Part* operator->() const noexcept { return part; }
    };
    //! The claim ends for its holder; the caller tells the part how.
    over detach() noexcept { return over(std::exchange(part_, nullptr)); }

private:
    // By values: a claim whose address is taken is not kept in registers.
    BOOST_NOINLINE static void undo(Part* part, Node node, std::uint32_t epoch) noexcept {
        const over last(part);
        if (epoch == last->fork_epoch())
            ((*part).*Undo)(node);
    }

    Part* part_;
    Node node_;
    std::uint32_t epoch_;
};

//! What a batch adds: how many nodes it has.
template <class Part, void (Part::*Undo)(const typename Part::run_type&) noexcept,
          void (Part::*Forget)() noexcept>
class batch_base : public claim_base<Part, typename Part::run_type, Undo, Forget> {
public:
    using run_type = typename Part::run_type;

    //! How many nodes or messages; at least 1.
    std::size_t size() const { return this->node().count; }

protected:
    using claim_base<Part, run_type, Undo, Forget>::claim_base;

    //! The run, if it has a node i. Throws `errc::out_of_range`.
    const run_type& run_with(std::size_t i) const {
        const run_type& run = this->node();
        if (BOOST_UNLIKELY(i >= run.count))
            throw_outside_batch(this->part(), i, run.count);
        return run;
    }
    //! The run, if it has `count` nodes. Throws `errc::out_of_range`.
    const run_type& run_of(std::size_t count) const {
        const run_type& run = this->node();
        if (BOOST_UNLIKELY(count > run.count))
            throw_outside_batch(this->part(), count, run.count);
        return run;
    }
};

} // namespace detail

//! A node claimed for writing. Fill `data()`, then `commit` the claim. A claim that is destroyed
//! uncommitted aborts its node, and so does a claim to which another claim is assigned. A claim may
//! outlive the handle that it came from; one thread uses it at a time. After it has ended, and when
//! it was moved from, every call but destroying and assigning throws `errc::bad_argument`; in a
//! fork's child, `errc::forked`.
//!
//! The node is aligned to 64 bytes, or to 16 if the ring's nodes have at most 48.
//!
//! **Positions** number the nodes in the order in which writers claimed them: a position is
//! lap * node_count + the node's index, in 64 bits, and a new segment begins at 0.
//!
//!  - Messages are delivered for the first time in the order of their positions. A message that is
//!    delivered again has the position that it had before.
//!  - A position that was claimed is never claimed again, until the laps wrap: behind lap 2^46 - 1
//!    comes lap 0 (2^45 - 1 in rings of more than 2^18 nodes, 2^44 - 1 in rings of more than 2^19).
//!    At 50 million messages a second a ring of 2 nodes gets there in 32 days, a ring of 1024 nodes
//!    in 45 years. Until then, a segment's id (`segment_handle::id`) and a position name one
//!    message, and a greater position is a later one.
//!  - Some positions have no message, and are passed over: their nodes were aborted, or their
//!    writers died. So the next message's position is greater, but not always by one.
//!
//! If this process dies here: readers skip the node, nothing of the message is seen.
template <class Part>
class [[nodiscard]] basic_write_claim
    : public detail::claim_base<Part, typename Part::claim_type, &Part::abort,
                                &Part::forget_write_claim>,
      public detail::write_views<basic_write_claim<Part>> {
public:
    basic_write_claim(Part& part, const typename Part::claim_type& node) noexcept
        : basic_write_claim::claim_base(part, node), message_size_(node.size) {}

    std::byte* data() const { return this->node().payload; }
    //! Bytes that a message may have: the node's size.
    std::size_t size() const { return this->node().size; }
    boost::span<std::byte> bytes() const { return {data(), size()}; }
    //! The node's place in the ring's order, see above: the message is going to have it.
    std::uint64_t position() const {
        const auto& node = this->node(); // throws before the part is used
        return this->part().position_of(node);
    }

    //! Makes the first `size` bytes of the node a message: once this returned, the message will be
    //! delivered. Throws `errc::message_size`, and still holds the node, if the node has fewer
    //! bytes; `errc::corrupted` if a process that scribbles has taken the node away. Release: the
    //! reader of the message sees what this thread wrote before. If this process dies here: the
    //! message is seen whole, or not at all.
    BOOST_FORCEINLINE void commit(std::size_t size) {
        const auto& claim = this->node();
        if (size > claim.size)
            throw_message_too_long(this->part(), size, claim.size);
        const auto part = this->detach();
        part->commit(claim, size);
    }
    //! Says that the message is the first `size` bytes of the node; otherwise it is the whole node.
    //! Throws `errc::message_size`.
    void resize(std::size_t size) {
        if (size > this->size())
            throw_too_long(size);
        message_size_ = size;
    }
    //! Makes the whole node a message, or what `emplace`, `as` or `resize` said last.
    BOOST_FORCEINLINE void commit() { commit(message_size_); }
    //! Gives the node up.
    void abort() {
        this->node();
        this->finish();
    }

private:
    friend detail::write_views<basic_write_claim>;
    [[noreturn]] void throw_too_long(std::size_t size) const {
        throw_message_too_long(this->part(), size, this->node().size);
    }

    std::size_t message_size_;
};

//! A message claimed for reading where it lies. `release` the claim when done. A claim that is
//! destroyed unreleased, by an exception too, gives its message back: the next reader gets the
//! message, marked by its `delivery_count()`. All else is as for `basic_write_claim`.
//!
//! If this process dies here: the message goes to another reader.
template <class Part>
class [[nodiscard]] basic_read_claim
    : public detail::claim_base<Part, typename Part::claim_type, &Part::give_back,
                                &Part::forget_read_claim>,
      public detail::read_views<basic_read_claim<Part>> {
public:
    basic_read_claim(Part& part, const typename Part::claim_type& node) noexcept
        : basic_read_claim::claim_base(part, node) {}

    const std::byte* data() const { return this->node().payload; }
    //! Bytes of the message.
    std::size_t size() const { return this->node().size; }
    boost::span<const std::byte> bytes() const { return {data(), size()}; }
    //! The message's place in the ring's order, the same in each delivery: see basic_write_claim.
    std::uint64_t position() const {
        const auto& node = this->node(); // throws before the part is used
        return this->part().position_of(node);
    }

    //! The message as a T, in place. Throws `errc::message_size` unless the message has just the
    //! size of a T, `errc::bad_argument` if a node of this ring is not aligned for a T. The T is
    //! what the memory holds, which matters for a bool: see is_shareable.
    template <class T>
    const T& as() const {
        SHARED_MEMORY_ASSERT_SHAREABLE(T);
        const auto& node = this->node();
        if (node.size != sizeof(T))
            throw_claimed_size(this->part(), node.size, sizeof(T));
        detail::check_alignment_for<T>(node.payload);
        return *reinterpret_cast<const T*>(node.payload);
    }

    //! 1 for a message that no reader had before; exact up to 31, then only "more than once".
    std::uint32_t delivery_count() const { return this->node().deliveries_before() + 1; }

    //! The message is done with; the node is free. Throws `errc::corrupted` if a process that
    //! scribbles has taken the node away.
    //! If this process dies here: the message is done with, or goes to another reader.
    BOOST_FORCEINLINE void release() {
        const auto& claim = this->node();
        const auto part = this->detach();
        part->release(claim);
    }
    //! Gives the message to the next reader; at max_deliveries it is given up.
    void give_back() {
        this->node();
        this->finish();
    }

private:
    friend detail::read_views<basic_read_claim>;
    [[noreturn]] void throw_too_short(std::size_t expected) const {
        detail::throw_shorter_than(this->part(), this->node().size, expected);
    }
};

//! Some nodes in a row, claimed for writing: one message each. Fill them, then `commit` the batch.
//! A batch that is destroyed uncommitted aborts its nodes. All else is as for `basic_write_claim`.
//!
//!     sm::write_batch batch = ring.claim_write(64);
//!     for (std::size_t i = 0; i != batch.size(); ++i)
//!         batch.resize(i, fill(batch[i]));
//!     batch.commit();
//!
//! If this process dies here: readers skip what was not committed. If it dies in `commit`: the
//! first nodes of the batch may have become messages; each of them is whole.
template <class Part>
class [[nodiscard]] basic_write_batch
    : public detail::batch_base<Part, &Part::abort_run, &Part::forget_write_claim> {
public:
    basic_write_batch(Part& part, const typename Part::run_type& run) noexcept
        : basic_write_batch::batch_base(part, run) {}

    //! All bytes of node `i`. Throws `errc::out_of_range`.
    boost::span<std::byte> operator[](std::size_t i) const {
        const auto& run = this->run_with(i);
        return {this->part().payload_of(run, i), this->part().node_size()};
    }
    //! Says that message `i` is the first `bytes` bytes of its node; otherwise it is the whole
    //! node. Throws `errc::out_of_range`; `errc::message_size` if the node has fewer bytes.
    void resize(std::size_t i, std::size_t bytes) {
        const auto& run = this->run_with(i);
        if (bytes > this->part().node_size())
            throw_message_too_long(this->part(), bytes, this->part().node_size());
        this->part().set_size(run, i, bytes);
    }
    //! The place of node `i` in the ring's order, see basic_write_claim: i more than that of the
    //! first node, unless the laps wrap in between. Throws `errc::out_of_range`.
    std::uint64_t position(std::size_t i) const {
        const auto& run = this->run_with(i);
        return this->part().position_of(run, i);
    }

    //! Makes the nodes messages, in their order. For errors and memory order
    //! see basic_write_claim::commit.
    void commit() { commit(this->size()); }
    //! Makes the first `count` nodes messages, and gives the other nodes up. Throws
    //! `errc::out_of_range`, and still holds all nodes, if there are fewer than `count`.
    void commit(std::size_t count) {
        const auto& run = this->run_of(count);
        const auto part = this->detach();
        part->commit_run(run, static_cast<std::uint32_t>(count));
    }
    //! Gives the nodes up.
    void abort() { commit(0); }
};

//! Some messages in a row, claimed for reading where they lie. `release` the batch when
//! done. A batch that is destroyed unreleased gives its messages back. All else is as
//! for `basic_read_claim`.
//!
//! If this process dies here: the messages go to other readers. If it dies in `release`: the first
//! messages of the batch may be done with, the others go to other readers.
template <class Part>
class [[nodiscard]] basic_read_batch
    : public detail::batch_base<Part, &Part::give_back_run, &Part::forget_read_claim> {
public:
    basic_read_batch(Part& part, const typename Part::run_type& run) noexcept
        : basic_read_batch::batch_base(part, run) {}

    //! The bytes of message `i`. Throws `errc::out_of_range`; `errc::corrupted` if some process has
    //! changed its size since.
    boost::span<const std::byte> operator[](std::size_t i) const {
        const auto& run = this->run_with(i);
        const std::size_t size = this->part().size_of(run, i);
        if (BOOST_UNLIKELY(size > this->part().node_size()))
            throw_message_size(this->part(), size, this->part().node_size(), false, 1);
        return {this->part().payload_of(run, i), size};
    }
    //! The place of message `i` in the ring's order, as basic_write_batch::position.
    std::uint64_t position(std::size_t i) const {
        const auto& run = this->run_with(i);
        return this->part().position_of(run, i);
    }
    //! As basic_read_claim::delivery_count; the same for all messages of the batch.
    std::uint32_t delivery_count() const { return this->node().first.deliveries_before() + 1; }

    //! The messages are done with; their nodes are free.
    void release() { release(this->size()); }
    //! The first `count` messages are done with, the others go to the next reader. Throws
    //! `errc::out_of_range`, and still holds all messages, if there are fewer than `count`.
    void release(std::size_t count) {
        const auto& run = this->run_of(count);
        const auto part = this->detach();
        part->release_run(run, static_cast<std::uint32_t>(count));
    }
    //! Gives the messages to the next reader.
    void give_back() { release(0); }
};

//! The claims of a circular_buffer.
using write_claim = basic_write_claim<detail::ring_part>;
using read_claim = basic_read_claim<detail::ring_part>;
using write_batch = basic_write_batch<detail::ring_part>;
using read_batch = basic_read_batch<detail::ring_part>;

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
