// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Nodes of a ring, held for writing or reading where they lie.

#ifndef SHARED_MEMORY_CLAIMS_HPP
#define SHARED_MEMORY_CLAIMS_HPP

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

//! What claims are: a node, or a run of them, and a reference that keeps the ring mapped and the
//! slot held.
template <class Node>
class held {
public:
    held(ring_part& ring, const Node& node) noexcept
        : ring_(&ring), node_(node), epoch_(ring.fork_epoch()) {}
    held(held&& other) noexcept = default;
    held& operator=(held&& other) noexcept = default;
    held(const held&) = delete;
    held& operator=(const held&) = delete;
    ~held() = default;

    explicit operator bool() const noexcept { return ring_ != nullptr; }
    //! Throws `errc::bad_argument` if the claim has ended, `errc::forked` in a fork's child.
    const Node& node() const {
        if (BOOST_UNLIKELY(ring_ == nullptr))
            throw_claim_ended();
        if (BOOST_UNLIKELY(epoch_ != ring_->fork_epoch()))
            throw_claim_forked();
        return node_;
    }
    ring_part& ring() const noexcept { return *ring_; }
    //! Ends the claim by a function of the ring's, unless it has ended or is the parent's.
    void end_if_held(void (ring_part::*by)(const Node&) noexcept) noexcept {
        if (ring_ != nullptr && epoch_ == ring_->fork_epoch())
            ((*ring_).*by)(node_);
        ring_.reset();
    }
    //! The claim ends for its holder; the ring's word on it is the caller's.
    ring_part_ptr let_go() noexcept { return std::move(ring_); }

private:
    ring_part_ptr ring_;
    Node node_;
    std::uint32_t epoch_;
};

} // namespace detail

//! A node claimed for writing. Fill `data()`, then `commit` it; destroyed uncommitted, it is
//! aborted. It may outlive the handle that it came from; one thread uses it at a time. After it has
//! ended, and when it was moved from, every call but destroying and assigning throws
//! `errc::bad_argument`; in a fork's child, `errc::forked`.
//!
//! The node is aligned to 64 bytes, or to 16 if the ring's nodes have at most 48.
//!
//! If this process dies here: readers skip the node, nothing of the message is seen.
class write_claim {
public:
    write_claim(detail::ring_part& ring, const detail::node_claim& node) noexcept
        : node_(ring, node) {}
    write_claim(write_claim&&) noexcept = default;
    //! Aborts what this one held.
    write_claim& operator=(write_claim&& other) noexcept {
        if (this != &other) {
            node_.end_if_held(&detail::ring_part::abort);
            node_ = std::move(other.node_);
        }
        return *this;
    }
    ~write_claim() { node_.end_if_held(&detail::ring_part::abort); }

    //! False once it has ended.
    explicit operator bool() const noexcept { return static_cast<bool>(node_); }

    std::byte* data() const { return node_.node().payload; }
    //! Bytes that a message may have: the node's size.
    std::size_t size() const { return node_.node().size; }
    boost::span<std::byte> bytes() const { return {data(), size()}; }

    //! Makes the first `size` bytes of the node a message: once this returned, it will be
    //! delivered. Throws `errc::message_size`, and still holds the node, if that has fewer.
    //! Release: what was written before, by this thread, is seen by who reads the message.
    void commit(std::size_t size) {
        const detail::node_claim& claim = node_.node();
        if (size > claim.size)
            detail::throw_message_too_long(node_.ring(), size, claim.size);
        const detail::ring_part_ptr ring = node_.let_go();
        ring->commit(claim, size);
    }
    //! Makes the whole node a message.
    void commit() { commit(size()); }
    //! Gives the node up.
    void abort() {
        node_.node();
        node_.end_if_held(&detail::ring_part::abort);
    }

private:
    detail::held<detail::node_claim> node_;
};

//! A message claimed for reading where it lies. `release` it when done; destroyed unreleased, by an
//! exception too, it is given back: the next reader gets it, marked by its `delivery_count()`.
//! All else is as for `write_claim`.
//!
//! If this process dies here: likewise, the message goes to another reader.
class read_claim {
public:
    read_claim(detail::ring_part& ring, const detail::node_claim& node) noexcept
        : node_(ring, node) {}
    read_claim(read_claim&&) noexcept = default;
    //! Gives back what this one held.
    read_claim& operator=(read_claim&& other) noexcept {
        if (this != &other) {
            node_.end_if_held(&detail::ring_part::give_back);
            node_ = std::move(other.node_);
        }
        return *this;
    }
    ~read_claim() { node_.end_if_held(&detail::ring_part::give_back); }

    //! False once it has ended.
    explicit operator bool() const noexcept { return static_cast<bool>(node_); }

    const std::byte* data() const { return node_.node().payload; }
    std::size_t size() const { return node_.node().size; }
    boost::span<const std::byte> bytes() const { return {data(), size()}; }

    //! The message as a T, in place. Throws `errc::message_size` unless it has just the size of
    //! one, `errc::bad_argument` if a node of this ring is not aligned for it. It is whatever the
    //! memory holds, which matters for a bool: see is_shareable.
    template <class T>
    const T& as() const {
        SHARED_MEMORY_ASSERT_SHAREABLE(T);
        const detail::node_claim& node = node_.node();
        if (node.size != sizeof(T))
            detail::throw_message_size(node_.ring(), node.size, sizeof(T), true, 1);
        if (reinterpret_cast<std::uintptr_t>(node.payload) % alignof(T) != 0)
            detail::throw_bad_argument(
                "the type needs a stricter alignment than this ring's nodes "
                "have; copy the message, or use nodes of more than 48 bytes");
        return *reinterpret_cast<const T*>(node.payload);
    }

    //! 1 for a message that nobody had before; exact up to 31, then only "more than once".
    std::uint32_t delivery_count() const { return node_.node().deliveries_before() + 1; }

    //! The message is done with; the node is free.
    void release() {
        const detail::node_claim& claim = node_.node();
        const detail::ring_part_ptr ring = node_.let_go();
        ring->release(claim);
    }
    //! Gives the message to the next reader, or, at max_deliveries, to nobody.
    void give_back() {
        node_.node();
        node_.end_if_held(&detail::ring_part::give_back);
    }

private:
    detail::held<detail::node_claim> node_;
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
