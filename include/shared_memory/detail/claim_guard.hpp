// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What the copying calls hold while a user's function has a node.

#ifndef SHARED_MEMORY_DETAIL_CLAIM_GUARD_HPP
#define SHARED_MEMORY_DETAIL_CLAIM_GUARD_HPP

#include <shared_memory/detail/config.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

[[noreturn]] SHARED_MEMORY_DECL void throw_claim_ended();
[[noreturn]] SHARED_MEMORY_DECL void throw_claim_forked();

//! Undoes a claim (a node, or a run of them) when a user's function throws. A function that forks
//! returns twice; in the child, the claim is the parent's, and nothing is undone.
template <class Part, class Node, void (Part::*Undo)(const Node&) noexcept>
class claim_guard {
public:
    claim_guard(Part& part, const Node& claim) noexcept
        : part_(&part), claim_(claim), epoch_(part.fork_epoch()) {}
    claim_guard(const claim_guard&) = delete;
    claim_guard& operator=(const claim_guard&) = delete;
    ~claim_guard() {
        if (BOOST_UNLIKELY(part_ != nullptr))
            undo(part_, claim_, epoch_);
    }
    //! The claim is the caller's to end. Throws `errc::forked`.
    void dismiss() {
        if (BOOST_UNLIKELY(epoch_ != part_->fork_epoch()))
            throw_claim_forked();
        part_ = nullptr;
    }

private:
    // By values: a claim whose address is taken is not kept in registers.
    BOOST_NOINLINE static void undo(Part* part, Node claim, std::uint32_t epoch) noexcept {
        if (epoch == part->fork_epoch())
            (part->*Undo)(claim);
    }

    Part* part_;
    const Node claim_;
    const std::uint32_t epoch_;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
