// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The journal part, behind a ring: see layout/journal.hpp. A ring may be created without it.
//!
//!  [J1]  A holder word goes from 0 to a participant's word and back to 0. The participant sets it,
//!        while it is attached. It is cleared by the participant when that leaves, or by CAS after
//!        the kernel declared the slot's participant dead *after* that very word was loaded.
//!  [J2]  Parts are repaired in the directory's order, where the ring comes first, and a slot that is
//!        not whole there is in the set no more. So when a dead holder's word is cleared, all nodes
//!        that the holder had are put right: its successor finds 0 only after the last node that may
//!        yet become a message, or come back, has done so.

#ifndef SHARED_MEMORY_DETAIL_PART_JOURNAL_PART_HPP
#define SHARED_MEMORY_DETAIL_PART_JOURNAL_PART_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/layout/journal.hpp>
#include <shared_memory/detail/part/part.hpp>

#include <boost/core/span.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

class SHARED_MEMORY_DECL journal_part final : public part {
public:
    static constexpr std::uint32_t place = 1; // in the directory of a ring's segment

    using part::part;
    static const part_type& type() noexcept;

    //! All of them, free or not; at least one.
    boost::span<journal_entry> entries() const noexcept;

private:
    void attach(std::uint64_t generation) override;
    void detach() noexcept override;
    //! What a journal says of the ring stays right: the ring's positions go on.
    bool begin_anew() override { return true; }
    void repair(slot_set& dead, function_ref<bool(std::uint32_t)> alive,
                recovery_report& report) override;

    std::uint64_t own_word_ = 0; // owner_word of this handle
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
