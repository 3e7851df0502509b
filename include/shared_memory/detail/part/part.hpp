// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A segment has parts: a lock and some bytes, or a ring. Here stands what a segment asks of each
//! of its parts, whichever they are.
//!
//! A part is laid out by its `part_type`, before the segment has its name; after that, each handle
//! has one object of a class derived from `part` for each part of its segment.

#ifndef SHARED_MEMORY_DETAIL_PART_PART_HPP
#define SHARED_MEMORY_DETAIL_PART_PART_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/core/slot_set.hpp>
#include <shared_memory/detail/core/strided.hpp>
#include <shared_memory/detail/layout/participants.hpp>
#include <shared_memory/detail/layout/wait_room.hpp>
#include <shared_memory/detail/segment.hpp>
#include <shared_memory/reports.hpp>

#include <boost/core/span.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Told what the participant in a slot holds. The slot may be any number that a damaged segment says.
using tell_holding = function_ref<void(std::uint32_t slot, const holding& what)>;
using tell_count = function_ref<void(std::string_view what, std::uint64_t count)>;

//! One handle's view of one part. The part's words are mapped when it is made, and as long as
//! it lives.
class SHARED_MEMORY_DECL part {
public:
    part(segment& host, const part_entry& entry) noexcept : host_(host), entry_(entry) {}
    part(const part&) = delete;
    part& operator=(const part&) = delete;
    virtual ~part();

    //! The handle's slot was taken and repaired, and is about to be marked used, in that
    //! generation. In a fork's child this is called again: what the part held before is
    //! the parent's.
    virtual void attach(std::uint64_t generation);
    //! The handle goes, and claims of the part may be left: returns how many. From now on each of
    //! them has a reference to the segment, which the caller has taken beforehand. `alone`: this is
    //! a fork's child that has not attached anew, where no other thread is.
    virtual std::uint64_t turn_claims_into_references(bool alone) noexcept;
    //! The handle leaves, and its slot is about to be marked free: gives back what the slot holds.
    virtual void detach() noexcept;
    //! Gives back what the dead participants of these slots held, in one pass over the part's
    //! words, and adds to the report what that was. Any number of participants may do that at once,
    //! and may die doing it.
    //! `alive` asks the kernel about any slot: about a dead participant's after each word that is
    //! going to be changed was loaded. If it says true of a slot in the set, a successor is there:
    //! the repair removes the slot from the set, and changes nothing more of it. A slot is also
    //! removed if a living participant keeps something unsettled that its dead participant may have
    //! held; the last slot that `alive` said true of, before that removal, is that participant's.
    //! Slots that stay in the set are whole.
    virtual void repair(slot_set& dead, function_ref<bool(std::uint32_t slot)> alive,
                        recovery_report& report);
    //! Where participants sleep in this part. The list is the same as long as the part lives.
    virtual boost::span<wait_room* const> rooms() const noexcept;
    //! What participants wait for in the room with that number in the list, for holding::what.
    virtual std::string_view waits_for(std::size_t room) const noexcept;
    //! Tells, for people to read, what each participant holds of the part. Loads only: a read-only
    //! handle may ask.
    virtual void tell_holders(tell_holding tell) const;
    //! Tells, for people to read, what the participant in a slot has done with the part; as above.
    virtual void tell_counts(std::uint32_t slot, tell_count tell) const;
    //! Some participants store without a fence after it, so that a sleeper must run a heavy fence, or
    //! know that they do where it is wanted.
    virtual bool needs_heavy_fences() const noexcept;

    // What the part holds, and whose end may end it: see lib/segment/life.cpp [G1]. A read-only
    // handle, and a handle that is not attached, may be asked.

    //! Messages that were committed, and that nobody has released. They keep the segment.
    virtual std::uint64_t unread() const noexcept;
    //! A participant has begun a write, and may commit it. The caller asks when the state forbids new
    //! writes, and after a heavy fence: from then on, "no" stays "no".
    virtual bool may_commit() const noexcept;
    //! This handle took part since it has attached: it wrote, read, or did what the class is for. A
    //! handle that only looks does not.
    virtual bool took_part() const noexcept;
    //! Makes the part as it is in a new segment: for a `create_only` that cannot replace the name. The
    //! handle is attached, and nobody else can be. False: the part cannot do that. If the process dies
    //! in it, the part is whole, and some of what it held may be gone.
    virtual bool begin_anew();

    segment& host() const noexcept { return host_; }
    const part_entry& entry() const noexcept { return entry_; }
    //! Where the part's words begin.
    std::byte* words() const noexcept {
        return reinterpret_cast<std::byte*>(&host_.block()) + entry_.offset;
    }
    //! The part's lines in the participants' areas.
    template <class Line>
    strided<Line> lines() const noexcept {
        return {reinterpret_cast<Line*>(host_.participants_area() + entry_.line_offset),
                host_.identity().participant_stride};
    }

    // What parts ask their segment all the time.
    const std::string& name() const noexcept { return host_.name(); }
    const segment_identity& identity() const noexcept { return host_.identity(); }
    std::uint32_t slot() const noexcept { return host_.slot(); }
    std::uint32_t status() const noexcept { return host_.status(); }
    std::uint32_t fork_epoch() const noexcept { return host_.fork_epoch(); }

private:
    // A claim that has outlived its handle had a reference: turn_claims_into_references.
    friend void intrusive_ptr_release(part* p) noexcept { intrusive_ptr_release(&p->host_); }

    segment& host_;
    const part_entry& entry_; // in the segment's own copy of the header
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
