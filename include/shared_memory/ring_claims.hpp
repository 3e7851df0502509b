// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Nodes of a ring, held for writing or reading where they lie.

#ifndef SHARED_MEMORY_RING_CLAIMS_HPP
#define SHARED_MEMORY_RING_CLAIMS_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/ring_segment.hpp>
#include <shared_memory/error.hpp>
#include <shared_memory/shareable.hpp>

#include <boost/core/span.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

class circular_buffer;

namespace detail {

//! What both claims are: a node, and a reference that keeps the ring mapped and its slot held.
class ring_claim {
public:
    ring_claim() noexcept = default;
    ring_claim(ring_segment_ptr ring, const node_claim& node) noexcept
        : ring_(std::move(ring)), node_(node), epoch_(ring_->fork_epoch()) {}
    ring_claim(ring_claim&& other) noexcept
        : ring_(std::move(other.ring_)), node_(other.node_), epoch_(other.epoch_) {}
    ring_claim(const ring_claim&) = delete;
    ring_claim& operator=(const ring_claim&) = delete;
    ring_claim& operator=(ring_claim&&) = delete;
    ~ring_claim() = default;

    explicit operator bool() const noexcept { return static_cast<bool>(ring_); }

    //! The node, to be committed, released and so on by the caller, who ends the claim by it.
    //! Throws `errc::bad_argument` if it has ended before, `errc::forked` in a child.
    const node_claim& checked() const {
        if (!ring_)
            throw_claim_ended();
        if (epoch_ != ring_->fork_epoch())
            throw_claim_forked();
        return node_;
    }
    const node_claim& node() const noexcept { return node_; }
    //! Still held, and by this process.
    bool held() const noexcept { return ring_ && epoch_ == ring_->fork_epoch(); }
    ring_segment& ring() const noexcept { return *ring_; }
    void end() noexcept { ring_.reset(); }
    void take(ring_claim& other) noexcept {
        ring_ = std::move(other.ring_);
        node_ = other.node_;
        epoch_ = other.epoch_;
    }

private:
    ring_segment_ptr ring_;
    node_claim node_;
    std::uint32_t epoch_ = 0;
};

} // namespace detail

//! A node claimed for writing. Fill `data()`, then `commit` it; destroyed uncommitted, it is aborted.
//! It may outlive the handle that it came from, and be used by one thread at a time.
//! If this process dies here: the node is skipped, nothing of the message is seen.
//! The payload is aligned to 64 bytes, or to 16 if the ring's node size is at most 48.
class write_claim {
public:
    write_claim(write_claim&& other) noexcept = default;
    //! Aborts what this claim held.
    write_claim& operator=(write_claim&& other) noexcept {
        if (this != &other) {
            abort_if_held();
            claim_.take(other.claim_);
        }
        return *this;
    }
    ~write_claim() { abort_if_held(); }

    //! False once it is committed, aborted or moved from; then only destroying and assigning are left.
    explicit operator bool() const noexcept { return static_cast<bool>(claim_); }

    std::byte* data() const { return claim_.checked().payload; }
    //! Bytes that a message may have: the ring's node size.
    std::size_t size() const { return claim_.checked().size; }
    boost::span<std::byte> bytes() const { return {data(), size()}; }

    //! Makes the first `size` bytes of the node a message and ends the claim. Throws
    //! `errc::message_size`, and holds the claim, if the node has fewer.
    void commit(std::size_t size) {
        const detail::node_claim& node = claim_.checked();
        if (size > node.size)
            detail::throw_message_too_long(size, node.size);
        claim_.ring().commit(node, static_cast<std::uint32_t>(size));
        claim_.end();
    }
    //! Commits the whole node.
    void commit() { commit(size()); }

    //! Gives the node up: readers skip it.
    void abort() {
        claim_.ring_if_held_abort();
    }

private:
    friend class circular_buffer;
    void abort_if_held() noexcept;
    detail::ring_claim claim_;
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
