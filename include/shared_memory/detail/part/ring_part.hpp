// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The ring part: messages from many writers to many readers, each message to one of them. A
//! handle's view of it has the ring's algorithm, and waiting for messages and for room.

#ifndef SHARED_MEMORY_DETAIL_PART_RING_PART_HPP
#define SHARED_MEMORY_DETAIL_PART_RING_PART_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/node_ring.hpp>
#include <shared_memory/detail/core/node_ring_batch.hpp>
#include <shared_memory/detail/core/node_ring_repair.hpp>
#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/layout/ring.hpp>
#include <shared_memory/detail/part/held_claims.hpp>
#include <shared_memory/detail/part/part.hpp>
#include <shared_memory/detail/part/ring_entries.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

class SHARED_MEMORY_DECL ring_part final : public part {
public:
    using claim_type = node_claim;
    using run_type = node_run;
    using ring_type = node_ring<ipc_system>;
    using cursor_type = run_cursor<ipc_words::word32>;

    ring_part(segment& host, const part_entry& entry);
    static const part_type& type() noexcept;

    const ring_type& ring() const noexcept { return ring_; }
    //! The ring's words before its nodes.
    ring_head& head() const noexcept { return *head_; }
    //! Since the creation: messages that readers gave back, or that dead readers held; messages
    //! given up.
    std::uint64_t redelivered() const noexcept;
    std::uint64_t given_up() const noexcept;
    bool single_writer() const noexcept { return (modes() & ring_single_writer) != 0; }
    bool single_reader() const noexcept { return (modes() & ring_single_reader) != 0; }
    std::uint32_t node_count() const noexcept { return ring_.geometry().node_count; }
    std::uint32_t node_size() const noexcept { return ring_.geometry().node_size; }

    //! The handle may write (read) now; else see `make_usable_for`.
    bool writable() const noexcept {
        return (host().whole_status() & (status_all | may_not_write)) == 0;
    }
    bool readable() const noexcept {
        return (host().whole_status() & (status_all | may_not_read)) == 0;
    }
    //! Attaches anew if need be, and becomes the single writer (reader) of a ring that has one.
    //! Throws `closed`, `read_only`, `forked`, `bad_argument` (the role), `in_use`.
    void make_usable_for(shared_memory::role wanted);

    // Claiming comes in two functions: the usual case, without waiting, and all the rest. Each of
    // the two makes the claim by itself, which keeps the claim in registers.

    //! False: this is not the usual case; call `wait_to_write`. Throws `end_of_stream`, `shut_down`.
    BOOST_FORCEINLINE bool claim_write_at_once(node_claim& claim, claim_use use = claim_use::call) {
        if (BOOST_UNLIKELY(!writers_.enter()))
            return false;
        const bool brief = use == claim_use::brief;
        const auto made = ring_.claim_write_at_once(writer(0, brief), claim);
        if (BOOST_UNLIKELY(made == ring_type::attempt::too_late))
            throw_too_late(claim.index, claim.word, 1);
        const bool claimed = made == ring_type::attempt::claimed;
        if (use == claim_use::object && BOOST_LIKELY(claimed))
            write_claims_.add(writers_, 0);
        if (!brief || BOOST_UNLIKELY(!claimed))
            writers_.leave();
        return claimed;
    }
    //! False: there was no room in time. Throws `shut_down`, `end_of_stream`, `abandoned`,
    //! `closed`, `corrupted`, `would_deadlock`.
    bool wait_to_write(node_claim& claim, deadline until, claim_use use = claim_use::call);
    template <class Accept>
    BOOST_FORCEINLINE bool claim_read_at_once(node_claim& claim, Accept accept,
                                              claim_use use = claim_use::call) noexcept {
        if (BOOST_UNLIKELY(!readers_.enter()))
            return false;
        const bool brief = use == claim_use::brief;
        const bool claimed = ring_.claim_read_at_once(reader(0, brief), claim, accept);
        if (use == claim_use::object && claimed)
            read_claims_.add(readers_, 0);
        if (!brief || !claimed)
            readers_.leave();
        return claimed;
    }
    //! Returns claimed, refused or empty. Throws what wait_to_write throws.
    ring_result wait_to_read(node_claim& claim, deadline until,
                             function_ref<bool(std::uint32_t)> accept,
                             claim_use use = claim_use::call);
    //! Claims 1 to `most` nodes, as many as can be had at once.
    bool claim_write_run(node_run& run, std::uint32_t most, deadline until,
                         claim_use use = claim_use::call) {
        const bool brief = use == claim_use::brief;
        if (BOOST_LIKELY(writers_.enter())) {
            const auto made = ring_.claim_write_run_at_once(writer(0, brief), run, most);
            if (BOOST_UNLIKELY(made == ring_type::attempt::too_late))
                throw_too_late(run.first.index, run.first.word, run.count);
            const bool claimed = made == ring_type::attempt::claimed;
            if (use == claim_use::object && claimed)
                write_claims_.add(writers_, 0);
            if (!brief || !claimed)
                writers_.leave();
            if (claimed)
                return true;
        }
        return wait_to_write_run(run, most, until, use);
    }
    //! Claims messages in the same way; a message of which `accept` does not take the size ends
    //! the run.
    template <class Accept>
    ring_result claim_read_run(node_run& run, std::uint32_t most, deadline until, Accept accept,
                               claim_use use = claim_use::call) {
        const bool brief = use == claim_use::brief;
        if (BOOST_LIKELY(readers_.enter())) {
            const bool claimed = ring_.claim_read_run_at_once(reader(0, brief), run, most, accept);
            if (use == claim_use::object && claimed)
                read_claims_.add(readers_, 0);
            if (!brief || !claimed)
                readers_.leave();
            if (claimed)
                return ring_result::claimed;
        }
        return wait_to_read_run(run, most, until, accept, use);
    }
    //! Without waiting or throwing.
    ring_result try_claim_read(node_claim& claim,
                               function_ref<bool(std::uint32_t)> accept) noexcept;

    //! Throws `corrupted` if the node was taken away: only a peer that scribbles does that.
    BOOST_FORCEINLINE void commit(const node_claim& claim, std::size_t size) {
        const bool held = ring_.commit(claim, static_cast<std::uint32_t>(size));
        if (is_brief_write(claim))
            writers_.leave();
        if (BOOST_UNLIKELY(!held))
            throw_node_changed();
        // What is seldom is one call at the very end, so that nothing has to be kept across it.
        if (BOOST_UNLIKELY(somebody_sleeps_in(head().readers_sleep)) ||
            BOOST_UNLIKELY(before_writing_.is_due_to_look()))
            finish_commit();
        else if (before_writing_.due())
            ring_.fetch_for_writer(claim.index + look_ahead::distance);
    }
    void abort(const node_claim& claim) noexcept {
        ring_.abort(claim);
        if (is_brief_write(claim))
            writers_.leave();
        notify(head().readers_sleep);
        notify(head().writers_sleep);
    }
    BOOST_FORCEINLINE void release(const node_claim& claim) {
        const bool held = ring_.release(claim);
        if (is_brief_read(claim))
            readers_.leave();
        if (BOOST_UNLIKELY(!held))
            throw_node_changed();
        if (BOOST_UNLIKELY(somebody_sleeps_in(head().writers_sleep)) ||
            BOOST_UNLIKELY(state_->load(boost::memory_order_seq_cst) != 0) ||
            BOOST_UNLIKELY(before_reading_.is_due_to_look()))
            finish_release();
        else if (before_reading_.due())
            ring_.fetch_for_reader(claim.index + look_ahead::distance);
    }
    void give_back(const node_claim& claim) noexcept {
        ring_.give_back(claim);
        if (is_brief_read(claim))
            readers_.leave();
        notify(head().readers_sleep);
        notify(head().writers_sleep);
    }

    //! The first `count` nodes of a run become messages, in their order; the others are given up.
    //! False: some were taken away, as in commit.
    bool end_write_run(const node_run& run, std::uint32_t count) noexcept {
        const bool all = ring_.end_write(run, count);
        if (is_brief_write(run.first)) {
            ring_type::end_brief_run(writer(0, true));
            writers_.leave();
        }
        if (before_writing_.due(run.count)) {
            for (std::uint64_t i = 0; i != look_ahead::distance; ++i)
                ring_.fetch_for_writer(run.first.index + run.count + i);
        } else if (BOOST_UNLIKELY(before_writing_.is_due_to_look())) {
            finish_commit();
        }
        notify(head().readers_sleep);
        if (count != run.count)
            notify(head().writers_sleep);
        return all;
    }
    //! The first `count` messages of a run are done with; the others are given back.
    bool end_read_run(const node_run& run, std::uint32_t count) noexcept {
        const bool all = ring_.end_read(run, count);
        if (is_brief_read(run.first)) {
            ring_type::end_brief_run(reader(0, true));
            readers_.leave();
        }
        if (before_reading_.due(run.count)) {
            for (std::uint64_t i = 0; i != look_ahead::distance; ++i)
                ring_.fetch_for_reader(run.first.index + run.count + i);
        } else if (BOOST_UNLIKELY(before_reading_.is_due_to_look())) {
            finish_release();
        }
        notify(head().writers_sleep);
        if (BOOST_UNLIKELY(count != run.count || state_->load(boost::memory_order_seq_cst) != 0))
            notify(head().readers_sleep);
        return all;
    }
    void commit_run(const node_run& run, std::uint32_t count) {
        if (BOOST_UNLIKELY(!end_write_run(run, count)))
            throw_node_changed();
    }
    void release_run(const node_run& run, std::uint32_t count) {
        if (BOOST_UNLIKELY(!end_read_run(run, count)))
            throw_node_changed();
    }
    void abort_run(const node_run& run) noexcept { end_write_run(run, 0); }
    void give_back_run(const node_run& run) noexcept { end_read_run(run, 0); }
    //! A claim object (claim_use::object) for writing or reading has ended, and touches the part no
    //! more: the segment may go.
    BOOST_FORCEINLINE void forget_write_claim() noexcept {
        if (BOOST_UNLIKELY(!write_claims_.end_one(writers_)))
            intrusive_ptr_release(this);
    }
    BOOST_FORCEINLINE void forget_read_claim() noexcept {
        if (BOOST_UNLIKELY(!read_claims_.end_one(readers_)))
            intrusive_ptr_release(this);
    }
    cursor_type cursor_of(const node_run& run) const noexcept {
        return {ring_.places(), run.first.index};
    }
    std::byte* payload_of(const node_run& run, std::size_t i) const noexcept {
        return ring_.payload_of(run, i);
    }
    std::size_t size_of(const node_run& run, std::size_t i) const noexcept {
        return ring_.size_of(run, i);
    }
    //! See basic_write_claim::position.
    std::uint64_t position_of(const node_claim& claim) const noexcept {
        return ring_.number({claim, 1}, 0);
    }
    std::uint64_t position_of(const node_run& run, std::size_t i) const noexcept {
        return ring_.number(run, i);
    }
    void set_size(const node_run& run, std::size_t i, std::size_t size) noexcept {
        ring_.set_size(ring_.index_of(run, i), static_cast<std::uint32_t>(size));
    }

    boost::span<wait_room* const> rooms() const noexcept override;
    bool needs_heavy_fences() const noexcept override;
    void end_stream() noexcept;
    bool wait_drained(deadline until);
    //! As claiming to read, but takes nothing: returns claimed, and the message's size.
    ring_result peek(std::uint32_t& size) noexcept;
    //! A read would return, or throw, at once.
    bool read_is_due() noexcept;
    //! A write would return, or throw, at once.
    bool write_is_due() const noexcept;
    //! A wait for `needed` is in vain: no other participant with that role lives, and there was
    //! one before.
    bool is_abandoned(shared_memory::role needed) const noexcept;

private:
    using claimant = ring_type::claimant;

    // Both sides' entries of this handle, and what each of them has looked through.
    claimant writer(std::uint32_t entry, bool brief) const noexcept {
        return {own_slot_, own_line_->writes + entry, nullptr, brief};
    }
    claimant reader(std::uint32_t entry, bool brief) noexcept {
        return {own_slot_, own_line_->reads + entry, scans_ + entry, brief};
    }
    static bool is_brief_write(const node_claim& claim) noexcept {
        return control_word{claim.word}.phase() == node_phase::free;
    }
    static bool is_brief_read(const node_claim& claim) noexcept {
        return control_word{claim.word}.phase() == node_phase::ready;
    }

    void finish_commit() noexcept;
    void finish_release() noexcept;
    // By values: a claim whose address is taken is not kept in registers.
    [[noreturn]] void throw_too_late(std::uint64_t index, std::uint64_t word, std::uint32_t count);
    [[noreturn]] void throw_end(ring_result r) const;
    bool wait_to_write_run(node_run& run, std::uint32_t most, deadline until, claim_use use);
    ring_result wait_to_read_run(node_run& run, std::uint32_t most, deadline until,
                                 function_ref<bool(std::uint32_t)> accept, claim_use use);

    void attach(std::uint64_t generation) override;
    std::uint64_t turn_claims_into_references(bool alone) noexcept override;
    void detach() noexcept override;
    void repair(slot_set& dead, function_ref<bool(std::uint32_t)> alive,
                recovery_report& report) override;

    ipc_words::word64& holder_of(shared_memory::role single) const noexcept;
    void take_single_role(shared_memory::role wanted);
    bool try_take_single_role(shared_memory::role wanted);
    [[noreturn]] void throw_in_use(shared_memory::role wanted, std::uint32_t slot) const;
    template <class Claim>
    ring_result with_entry(ring_entries& entries, held_claims& claims, const node_claim& claim,
                           claim_use use, Claim claim_with);
    ring_result search_to_write(node_claim& claim, claim_use use);
    ring_result search_to_read(node_claim& claim, function_ref<bool(std::uint32_t)> accept,
                               claim_use use);
    std::uint32_t modes() const noexcept;
    ring_result wait_for(shared_memory::role needed, ring_result first,
                         function_ref<ring_result()> again, deadline until);
    progress progress_or_throw(shared_memory::role needed, ring_result r);
    bool is_in_vain(shared_memory::role needed, function_ref<progress()> done);
    [[noreturn]] void throw_node_changed() const;

    ring_head* head_;
    const ipc_words::word32* state_;
    wait_room* const rooms_[2] = {&head_->readers_sleep, &head_->writers_sleep};
    alignas(128) ring_type ring_;   // not the class: gcc takes no attribute beside an alignas there
    ring_line* own_line_ = nullptr; // this slot's
    std::uint32_t own_slot_ = max_slots;
    std::uint64_t own_claim_word_ = 0; // owner_word of this slot
    alignas(64) ring_entries writers_;
    held_claims write_claims_;
    look_ahead before_writing_;
    spin_budget writer_spins_;
    alignas(64) ring_entries readers_;
    held_claims read_claims_;
    redelivery_scan<ipc_system> scans_[entries_per_side];
    look_ahead before_reading_;
    spin_budget reader_spins_;
};

//! expected, found: bytes.
[[noreturn]] SHARED_MEMORY_DECL void throw_message_too_long(const part& ring, std::size_t size,
                                                            std::size_t node_size);
//! A message of `found` bytes, where the reader takes `expected`, or (exact false) at most that
//! many, in multiples of `unit`.
[[noreturn]] SHARED_MEMORY_DECL void throw_message_size(const ring_part& ring, std::size_t found,
                                                        std::size_t expected, bool exact,
                                                        std::size_t unit);
[[noreturn]] SHARED_MEMORY_DECL void throw_outside_batch(const part& ring, std::size_t found,
                                                         std::size_t size);

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
