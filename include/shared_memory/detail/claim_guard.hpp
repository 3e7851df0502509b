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
template <class Part, class Node>
class claim_guard {
public:
    claim_guard(Part& part, const Node& claim, void (Part::*undo)(const Node&)) noexcept
        : part_(part), claim_(claim), undo_(undo), epoch_(part.fork_epoch()) {}
    claim_guard(const claim_guard&) = delete;
    claim_guard& operator=(const claim_guard&) = delete;
    ~claim_guard() {
        if (BOOST_UNLIKELY(undo_ != nullptr) && epoch_ == part_.fork_epoch())
            (part_.*undo_)(claim_);
    }
    //! The claim is the caller's to end. Throws `errc::forked`.
    void dismiss() {
        if (epoch_ != part_.fork_epoch())
            throw_claim_forked();
        undo_ = nullptr;
    }

private:
    Part& part_;
    const Node& claim_;
    void (Part::*undo_)(const Node&);
    std::uint32_t epoch_;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
