// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! One handle's attachment to a segment: the mapping, the slot, the parts, and what happens when
//! the handle comes, goes or dies. A segment knows no class and no part (lib/segment/kinds.cpp
//! does); what it asks of a part stands in part/part.hpp.

#ifndef SHARED_MEMORY_DETAIL_SEGMENT_HPP
#define SHARED_MEMORY_DETAIL_SEGMENT_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/core/look_watch.hpp>
#include <shared_memory/detail/core/slot_set.hpp>
#include <shared_memory/detail/core/spin_budget.hpp>
#include <shared_memory/detail/core/strided.hpp>
#include <shared_memory/detail/core/system.hpp>
#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/detail/layout/participants.hpp>
#include <shared_memory/detail/layout/wait_room.hpp>
#include <shared_memory/error.hpp>
#include <shared_memory/options.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

struct memory_use;
class recovery_report;

namespace detail {

class kernel_object;
class liveness;
struct lookup;
class part;
struct part_type;
class retry_limit;
class segment;
using segment_ptr = boost::intrusive_ptr<segment>;

//! What the user expects a segment to be; for open_only only what is given must match.
struct segment_expectation {
    std::string_view class_name;    // of a row in lib/segment/kinds.cpp; empty: any
    std::uint64_t element_size = 0; // 0: any
    std::uint64_t element_count = 0;
    std::uint32_t element_alignment = 1;
    // The type of the elements, or of all messages.
    std::uint64_t type_size = 0;  // 0: of any
    std::uint64_t type_shape = 0; // 0: not known
    std::string type_tag;         // its name; empty: not known
};

enum class open_mode { create, open_or_create, open, open_read_only };

struct segment_request {
    open_mode mode;
    std::string_view name;
    segment_expectation expected;
    const shared_memory::options& options;
};

// Why a handle cannot be used as it is; any bit sends its calls to a slow path.
inline constexpr std::uint32_t status_closed = 1;
inline constexpr std::uint32_t status_forked = 2; // inherited through fork(), not attached anew yet
inline constexpr std::uint32_t status_read_only = 4; // maps read-only, has no slot
inline constexpr std::uint32_t status_attaching = 8; // a thread of the child is attaching it anew
inline constexpr std::uint32_t status_all = 15;
// What the handle's role may not do now. It is in the same word as the status: one load tells all.
inline constexpr std::uint32_t may_not_read = 16; // role << 4
inline constexpr std::uint32_t may_not_write = 32;
// How the handle has ended; they are set together with status_closed, by the first end.
inline constexpr std::uint32_t status_left = 64;   // by leave()
inline constexpr std::uint32_t status_owned = 128; // it had the ownership then
inline constexpr std::uint32_t one_fork = 256; // the rest counts how often the handle attached anew

class SHARED_MEMORY_DECL segment {
public:
    //! Creates or opens; throws `error`.
    static segment_ptr open(const segment_request& request);
    //! See segment_handle::remove.
    static bool remove(std::string_view name);

    segment(const segment&) = delete;
    segment& operator=(const segment&) = delete;

    const std::string& name() const noexcept { return name_; }
    const segment_identity& identity() const noexcept { return header_.identity; }
    segment_block& block() const noexcept { return *block_; }
    //! The participants' areas, one behind the other, identity().participant_stride bytes each.
    std::byte* participants_area() const noexcept {
        return reinterpret_cast<std::byte*>(block_) + sizeof(segment_block);
    }
    strided<participant_block> participants() const noexcept {
        return {reinterpret_cast<participant_block*>(participants_area()),
                identity().participant_stride};
    }
    participant_block& slot_block(std::uint32_t slot) const noexcept {
        return participants()[slot];
    }
    //! The segment was made with the part that its class has at that place in the directory.
    bool has_part(std::uint32_t place) const noexcept { return parts_[place] != nullptr; }
    //! The handle's object for the part with that place in the directory; the segment's class says
    //! which class the object has.
    part& part_at(std::uint32_t place) const noexcept { return *parts_[place]; }
    //! Where the words of a part of that kind begin; null if the segment has none.
    std::byte* words_of(std::uint32_t part_kind) const noexcept;
    memory_use memory() const;

    std::uint32_t slot() const noexcept { return slot_; }
    shared_memory::role role() const noexcept { return options_.role(); }
    const shared_memory::options& options() const noexcept { return options_; }
    //! In a fork's child this is another number: what was claimed before is the parent's.
    std::uint32_t fork_epoch() const noexcept {
        return status_.load(std::memory_order_relaxed) & (~(one_fork - 1) | status_forked);
    }

    //! Others may have stored without a fence: a sleeper runs a heavy fence between announcing its
    //! sleep and looking again, if it must. See node_ring.hpp [R12], wait_room.hpp [W4].
    bool needs_heavy_fences() const noexcept { return heavy_fences_; }
    //! Zero: attached and usable.
    std::uint32_t status() const noexcept { return whole_status() & status_all; }
    //! The status, and what the handle's role may not do.
    //! acquire: pairs with the release of make_usable; the slot is the new one.
    std::uint32_t whole_status() const noexcept { return status_.load(std::memory_order_acquire); }
    //! For parts: of may_not_read and may_not_write, these bits hold from now on, and no others.
    void forbid_only(std::uint32_t bits) noexcept;
    void allow(std::uint32_t bits) noexcept { status_.fetch_and(~bits, std::memory_order_relaxed); }
    //! For a handle whose status is not zero: attaches anew after a fork; throws `closed`,
    //! `read_only`, `forked`.
    void make_usable();

    // The life of the segment, in lib/segment/life.cpp and ownership.cpp.

    //! See segment_handle. All that they set is set by atomics, and nothing is waited for.
    void close() noexcept { end(status_closed); }
    void leave() noexcept { end(status_closed | status_left); }
    //! Ends the handle as its options want it, unless it has ended.
    void end_as_wanted() noexcept;
    //! Throws `permission_denied`, and `bad_argument` where the system keeps nothing.
    void keep(bool wanted);
    bool kept() const noexcept;
    //! Messages that were committed, and that nobody has released.
    std::uint64_t unread() const noexcept;
    //! The name was taken away, and not by this library.
    bool name_lost() const noexcept;
    //! For errors, at their end: says so; else empty.
    std::string name_note() const;
    bool is_owner() const noexcept;
    bool owner_alive() const;
    //! The owner's word.
    std::uint64_t owner() const noexcept;
    bool is_shutting_down() const noexcept;
    //! The slot's participant is alive, by the kernel's word; this handle's own too.
    bool is_alive(std::uint32_t slot) const noexcept;
    //! Throws `system_error` if the kernel could not be asked who is alive: then every participant
    //! looked alive, and the caller may not go by that.
    void require_known() const;
    //! Living participants with that role, without this one; counts no further than `most`.
    std::uint32_t others_alive(shared_memory::role role,
                               std::uint32_t most = max_slots) const noexcept;

    //! Repairs every dead participant; returns how many slots are free again.
    std::uint32_t reap_dead(recovery_report& report);
    std::uint32_t reap_dead();
    //! Wakes every sleeper anywhere in the segment.
    void wake_everybody() noexcept;
    //! This handle has not looked for the dead only just now. The call counts as a look.
    bool look_is_due() noexcept;
    //! Repairs now, if a look is due.
    look_result look_if_due();
    //! The same during a wait, in which the watch is the waiting thread's: others may look instead
    //! if the thread has slept for its interval, which has ended.
    look_result look_if_due(look_watch<ipc_system>& watch, bool interval_ended);

    //! Waits until `done` or the deadline: spins a little, yields, sleeps, looks for the dead.
    //! Returns whether `done` is done. `in_vain`, called after a look, throws if nobody is left
    //! to wait for, and returns true if the wait is done. Throws `closed` when the handle is
    //! closed meanwhile.
    bool wait(wait_room& sleepers, function_ref<progress()> done, deadline until,
              spin_budget& spins, function_ref<bool()> in_vain);

    //! The handle goes: claims that are left keep the segment, by a reference each.
    void leave_to_claims() noexcept;

private:
    friend void intrusive_ptr_add_ref(segment* s) noexcept {
        s->references_.fetch_add(1, std::memory_order_relaxed);
    }
    friend void intrusive_ptr_release(segment* s) noexcept {
        if (s->references_.fetch_sub(1, std::memory_order_acq_rel) == 1)
            s->detach_and_delete();
    }

    struct system_side; // what the system gives: see lib/segment/system_side.hpp
    // unsettled: every slot that is not in use is a dead participant's, and a living participant
    // keeps something unsettled that the dead one may have held.
    enum class attach_result { attached, start_again, full, unsettled };
    // What a handle that attaches does with a state that has ended: the usual handle starts again if
    // the segment is shut down. The last two have all locks: see life.cpp [G3].
    enum class coming { usual, reads_on, revives, begins_anew };
    // What is left of a segment that was shut down: nothing, the name too has gone; a name alone,
    // which this user cannot remove; something; or the caller looks again.
    enum class remains { nothing, name, something, unknown };

    segment(std::string name, const segment_header& header, const shared_memory::options& options);
    ~segment();

    static segment_ptr create(const segment_request& request);
    static segment_ptr build(const segment_request& request);
    static bool make_space(const segment_request& request, const std::string& name);
    bool publish(const std::string& name);
    attach_result attach(kernel_object&& object, open_mode mode, coming how = coming::usual);
    attach_result attach_read_only();
    bool may_come(const lookup& found, const segment_request& request, deadline creator,
                  retry_limit& wait, coming& how);
    static segment_ptr replace_in_place(lookup& found, const segment_request& request);
    remains finish_shut_down(const lookup& found);
    bool map(const std::string& name, bool read_only);
    void make_parts();
    attach_result occupy_a_slot(function_ref<bool()> may_stay);
    bool take_slot(const slot_set& but);
    bool occupy_slot();
    [[noreturn]] void throw_unsettled() const;
    bool is_surely_full(retry_limit& wait) const;
    bool has_its_name() noexcept;
    [[noreturn]] void throw_not_inherited(const std::string& why) const;
    void attach_anew();
    void attach_in_child() noexcept;
    std::uint64_t own_word() const noexcept;
    bool is_dead_owner(std::uint64_t owner, const liveness& locks) const noexcept;
    std::uint64_t living_heir_of(std::uint64_t owner) const noexcept;
    std::uint64_t settle_ownership(std::uint64_t otherwise) const noexcept;
    void give_ownership_away() noexcept;
    void end(std::uint32_t how) noexcept;
    void shut_down() noexcept;
    bool holds(bool nobody_writes) const noexcept;
    bool is_done_with() const noexcept;
    bool try_end_name() noexcept;
    void end_name_as_last() noexcept;
    void revive(coming how);
    void detach_and_delete() noexcept;
    void repair(slot_set& dead, function_ref<bool(std::uint32_t)> alive, recovery_report& report);
    look_result checked(look_result found) const;
    std::uint32_t slots_used() const noexcept;
    template <class Use>
    auto with_reaper(recovery_report& report, Use use);

    std::atomic<std::uint32_t> status_{0}; // also set by the handler of fork()
    std::atomic<std::uint32_t> references_{0};
    std::string name_;
    segment_header header_; // this handle's own copy: geometry is never read again from the segment
    shared_memory::options options_;
    std::unique_ptr<system_side> system_;
    segment_block* block_ = nullptr;
    std::unique_ptr<part> parts_[max_parts];
    bool heavy_fences_ = false;
    std::uint32_t slot_ = max_slots; // max_slots: none
    std::uint64_t generation_ = 0;
    std::uint64_t heir_of_[2] = {0, 0};      // see participant_block
    std::uint32_t kept_by_ = max_slots;      // see attach_result::unsettled
    std::atomic<std::int64_t> last_look_{0}; // monotonic, nanoseconds
};

//! The public class that opens such segments.
SHARED_MEMORY_DECL const char* class_name(const segment_identity& identity) noexcept;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
