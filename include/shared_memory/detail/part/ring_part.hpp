// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The ring part: messages from many writers to many readers, each message to one of them. A
//! handle's view of it has the ring's algorithm, and waiting for messages and for room.

#ifndef SHARED_MEMORY_DETAIL_PART_RING_PART_HPP
#define SHARED_MEMORY_DETAIL_PART_RING_PART_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/run_cursor.hpp>
#include <shared_memory/detail/layout/ring.hpp>
#include <shared_memory/detail/part/general_ring.hpp>
#include <shared_memory/detail/part/part.hpp>
#include <shared_memory/detail/part/single_ring.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

class SHARED_MEMORY_DECL ring_part final : public part, private general_ring {
public:
    using general_ring::claim_type;
    using general_ring::ring_type;
    using general_ring::run_type;
    using cursor_type = run_cursor<ipc_words::word32>;

    ring_part(segment& host, const part_entry& entry);
    static const part_type& type() noexcept;

    //! The ring's words before its nodes.
    ring_head& head() const noexcept { return *words_; }
    //! Since the creation: messages that readers gave back, or that dead readers held; messages
    //! given up.
    std::uint64_t redelivered() const noexcept;
    std::uint64_t given_up() const noexcept;
    bool single_writer() const noexcept { return (modes() & ring_single_writer) != 0; }
    bool single_reader() const noexcept { return (modes() & ring_single_reader) != 0; }
    const ring_geometry& geometry() const noexcept { return ring_.geometry(); }
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

    // A ring that has a single writer and a single reader is a spsc_ring; all others are node_rings.
    // Messages that are copied, or written and read by a function, go straight to their
    // algorithm. Claims and batches, below, ask each time.
    bool is_single() const noexcept { return is_single_; }
    general_ring& general() noexcept { return *this; }
    single_ring& single() noexcept { return single_; }

    // Claiming comes in two functions: the usual case, without waiting, and all the rest. Each of
    // the two makes the claim by itself, which keeps the claim in registers.

    //! False: this is not the usual case; call `wait_to_write`. Throws `end_of_stream`, `shut_down`.
    BOOST_FORCEINLINE bool claim_write_at_once(node_claim& claim, claim_use use) {
        if (!is_single_)
            return general_ring::claim_write_at_once(claim, use);
        if (use != claim_use::object)
            return single_.claim_write_at_once(claim);
        return BOOST_LIKELY(writers_.enter()) &&
               keep_single(writers_, write_claims_, single_.claim_write_at_once(claim));
    }
    //! False: there was no room in time. Throws `shut_down`, `end_of_stream`, `abandoned`,
    //! `closed`, `corrupted`, `would_deadlock`.
    bool wait_to_write(node_claim& claim, deadline until, claim_use use = claim_use::call);
    template <class Accept>
    BOOST_FORCEINLINE bool claim_read_at_once(node_claim& claim, Accept accept,
                                              claim_use use) noexcept {
        if (!is_single_)
            return general_ring::claim_read_at_once(claim, accept, use);
        if (use != claim_use::object)
            return single_.claim_read_at_once(claim, accept);
        return BOOST_LIKELY(readers_.enter()) &&
               keep_single(readers_, read_claims_, single_.claim_read_at_once(claim, accept));
    }
    //! Returns claimed, refused or empty. Throws what wait_to_write throws.
    ring_result wait_to_read(node_claim& claim, deadline until,
                             function_ref<bool(std::uint32_t)> accept,
                             claim_use use = claim_use::call);
    //! Claims 1 to `most` nodes, as many as can be had at once.
    bool claim_write_run(node_run& run, std::uint32_t most, deadline until, claim_use use) {
        return BOOST_LIKELY(claim_write_run_at_once(run, most, use)) ||
               wait_to_write_run(run, most, until, use);
    }
    //! Claims messages in the same way; a message of which `accept` does not take the size ends
    //! the run.
    template <class Accept>
    ring_result claim_read_run(node_run& run, std::uint32_t most, deadline until, Accept accept,
                               claim_use use) {
        return BOOST_LIKELY(claim_read_run_at_once(run, most, accept, use))
                   ? ring_result::claimed
                   : wait_to_read_run(run, most, until, accept, use);
    }
    //! Without waiting or throwing.
    ring_result try_claim_read(node_claim& claim,
                               function_ref<bool(std::uint32_t)> accept) noexcept;

    //! Throws `corrupted` if the node was taken away: only a peer that scribbles does that.
    BOOST_FORCEINLINE void commit(const node_claim& claim, std::size_t size) {
        if (is_single_)
            return single_.commit(claim, size);
        general_ring::commit(claim, size);
    }
    void abort(const node_claim& claim) noexcept {
        is_single_ ? single_.abort(claim) : general_ring::abort(claim);
    }
    BOOST_FORCEINLINE void release(const node_claim& claim) {
        if (is_single_)
            return single_.release(claim);
        general_ring::release(claim);
    }
    void give_back(const node_claim& claim) noexcept {
        is_single_ ? single_.give_back(claim) : general_ring::give_back(claim);
    }
    //! See general_ring.
    bool end_write_run(const node_run& run, std::uint32_t count) noexcept {
        return is_single_ ? single_.end_write_run(run, count)
                          : general_ring::end_write_run(run, count);
    }
    bool end_read_run(const node_run& run, std::uint32_t count) noexcept {
        return is_single_ ? single_.end_read_run(run, count)
                          : general_ring::end_read_run(run, count);
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
    cursor_type cursor_of(const node_run& run) const noexcept { return {places_, run.first.index}; }
    std::byte* payload_of(const node_run& run, std::size_t i) const noexcept {
        return places_.payload(run.first.index, i);
    }
    std::size_t size_of(const node_run& run, std::size_t i) const noexcept {
        return places_.size(run.first.index, i).load(boost::memory_order_relaxed);
    }
    //! See basic_write_claim::position.
    std::uint64_t position_of(const node_claim& claim) const noexcept {
        return ring_.number({claim, 1}, 0);
    }
    std::uint64_t position_of(const node_run& run, std::size_t i) const noexcept {
        return ring_.number(run, i);
    }
    void set_size(const node_run& run, std::size_t i, std::size_t size) noexcept {
        places_.set_size(places_.size(run.first.index, i), static_cast<std::uint32_t>(size));
    }

    // In ring_dead_letters.cpp:
    bool keeps_dead_letters() const noexcept { return ring_.geometry().dead_letters; }
    std::uint32_t dead_letter_count() const noexcept;
    //! Carries dead letters to the ring of options::dead_letters_to, as many as have room there;
    //! returns how many. The handle may read. Throws what writing there throws.
    std::size_t move_dead_letters();

    boost::span<wait_room* const> rooms() const noexcept override;
    // In ring_holders.cpp:
    std::string_view waits_for(std::size_t room) const noexcept override;
    void tell_holders(tell_holding tell) const override;
    void tell_counts(std::uint32_t slot, tell_count tell) const override;
    bool needs_heavy_fences() const noexcept override;
    bool took_part() const noexcept override;
    bool begin_anew() override;
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

    // In ring_census.cpp: the ring counted.
    std::uint64_t unread() const noexcept override;
    bool may_commit() const noexcept override;
    bool full() const noexcept;
    std::uint32_t readable_count() const noexcept;
    //! Positions as numbers: where the next write, and the next read, are going to be; the first one
    //! that cannot be read yet; the oldest one that is not released.
    struct extent {
        std::uint64_t write_end, read_end, read_start, unreleased;
    };
    extent counted() const noexcept;

private:
    BOOST_FORCEINLINE bool claim_write_run_at_once(node_run& run, std::uint32_t most,
                                                   claim_use use) {
        if (!is_single_)
            return general_ring::claim_write_run_at_once(run, most, use);
        if (use != claim_use::object)
            return single_.ring().claim_write_run_at_once(run, most);
        return BOOST_LIKELY(writers_.enter()) &&
               keep_single(writers_, write_claims_,
                           single_.ring().claim_write_run_at_once(run, most));
    }
    template <class Accept>
    BOOST_FORCEINLINE bool claim_read_run_at_once(node_run& run, std::uint32_t most, Accept accept,
                                                  claim_use use) noexcept {
        if (!is_single_)
            return general_ring::claim_read_run_at_once(run, most, accept, use);
        if (use != claim_use::object)
            return single_.ring().claim_read_run_at_once(run, most, accept);
        return BOOST_LIKELY(readers_.enter()) &&
               keep_single(readers_, read_claims_,
                           single_.ring().claim_read_run_at_once(run, most, accept));
    }
    // Claims that a claim object keeps are counted, as all rings' are. The caller has entered.
    BOOST_FORCEINLINE static bool keep_single(ring_entries& entries, held_claims& claims,
                                              bool claimed) noexcept {
        if (claimed)
            claims.add(entries, 0);
        entries.leave();
        return claimed;
    }
    [[noreturn]] void throw_ended();
    [[noreturn]] void throw_end(shared_memory::role needed, ring_result r) const;
    [[noreturn]] void throw_taken_away() const;
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
    template <class Node, class Claim>
    ring_result with_entry(shared_memory::role side, const Node& made, claim_use use,
                           Claim claim_with);
    ring_result search_to_write(node_claim& claim, claim_use use);
    ring_result search_to_read(node_claim& claim, function_ref<bool(std::uint32_t)> accept,
                               claim_use use);
    std::uint32_t modes() const noexcept;
    ring_result wait_for(shared_memory::role needed, ring_result first,
                         function_ref<ring_result()> again, deadline until);
    progress progress_or_throw(shared_memory::role needed, ring_result r);
    bool is_in_vain(shared_memory::role needed, function_ref<progress()> done);

    // Of the general ring alone:
    void attach_entries(bool registered) noexcept;
    void repair_nodes(slot_set& dead, function_ref<bool(std::uint32_t)> alive, ring_repair& done);
    // In single_ring.cpp: of the ring for a writer and a reader alone.
    void begin_single(shared_memory::role taken);
    basic_spsc_places<ipc_words> single_places() const noexcept;
    // In ring_census.cpp:
    struct drain_mark {
        std::uint64_t lap;
        std::uint32_t index;
    };
    drain_mark drain_here() const noexcept;
    bool drained_before(drain_mark end, std::uint32_t& looked) const noexcept;
    bool left_with_others() const noexcept;

    // In ring_dead_letters.cpp:
    void open_dead_letters_target();
    ring_result move_dead_letter(ring_part& to);
    void move_dead_letters_if_any() noexcept;

    friend general_ring;
    friend single_ring;
    bool is_single_; // then general_ring has no nodes
    node_places<ipc_words::word32> places_;
    wait_room* const rooms_[2] = {&words_->readers_sleep, &words_->writers_sleep};
    std::uint64_t own_claim_word_ = 0;   // owner_word of this slot
    std::atomic<bool> has_ended_{false}; // this handle has ended the stream
    single_ring single_;
    segment_ptr dead_letters_to_;                               // null: this handle is no mover
    std::atomic<std::uint64_t> moved_epoch_{~std::uint64_t{0}}; // see move_dead_letters
    spin_budget writer_spins_;
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
//! A claimed message of `found` bytes, which is to be taken for a type of `expected` bytes.
[[noreturn]] SHARED_MEMORY_DECL void throw_claimed_size(const part& ring, std::size_t found,
                                                        std::size_t expected);
[[noreturn]] SHARED_MEMORY_DECL void throw_outside_batch(const part& ring, std::size_t found,
                                                         std::size_t size);

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
