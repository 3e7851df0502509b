// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The ring's algorithm over layout/ring.hpp. It knows neither names nor segments nor how processes
//! sleep; the world that it works in is a parameter (system.hpp). doc/ring.md explains it. Here is
//! the fast path, which users' programs inline; the rest stands in files of its own.
//!
//! A position is a lap and an index. It is *taken* when the counter (tail for writers, head for
//! readers) is past it. A node whose position was taken is *unmarked* until its word says who has
//! it: free(l) behind tail, ready(l) behind head. Invariants, cited below as [R1] to [R15]:
//!  [R1]  A node's word goes only free(l) -> writing(l) -> ready(l) -> reading(l) -> free(l + 1),
//!        where a brief claim leaves writing or reading out. Giving up is writing(l) or an unmarked
//!        free(l) -> free(l + 1); giving back is reading(l) or an unmarked ready(l) -> ready(l) with
//!        one delivery more, or -> free(l + 1) if that was the last one allowed: see also [D1].
//!  [R2]  The counters only go forward. Each position is taken once a side, by the one step that
//!        moves the counter over it, and only if its node is free(l) for a writer and ready(l),
//!        never delivered, for a reader; or if it was passed over [R8].
//!  [R3]  The word free(l) at tail, and ready(l) at head, change only after the position was taken.
//!        So what was loaded before the counter moved still holds after it: the size, for one.
//!  [R4]  A marked word (writing, reading) changes only by its owner, or by CAS after the kernel
//!        declared the slot dead *after* that very word was loaded.
//!  [R5]  (lap, slot) comes again only after 2^lap_bits laps: 32 days at 50 million messages a
//!        second through 2 nodes. Deliveries wrap within a lap, so that the word of a message which
//!        was delivered before may come again while a repairer is stalled on it: such a claim ends
//!        by CAS.
//!  [R6]  Ready and never delivered is claimed only at head; ready and delivered before, anywhere:
//!        of these the oldest first; dead letters, by movers alone [D2].
//!  [R7]  Every step to ready with one delivery more is followed by redelivery_epoch + 1, before its
//!        slot's mark clears.
//!  [R8]  free(l + 1) at head's node while head is at lap l: nobody wrote that position. Anybody may
//!        move head over it, by CAS.
//!  [R9]  A writer that takes a position after the stream ended gives it up: it loads the state
//!        after it moved tail, both sequentially consistent.
//!  [R10] A reader reports the end only if it saw, after it had loaded the state, that the node at
//!        head is free in head's lap, and that tail is where head is.
//!  [R11] The single writer (reader) of a ring that has one is the only participant to take
//!        positions on its side, so it moves the counter by a store. While the node at head is ready
//!        and never delivered, nobody else moves head [R8]. A single writer or reader begins only
//!        when its predecessor is dead, or has left, and all that the predecessor held was put right.
//!  [R12] A participant that ends claims by plain stores (and is registered) runs no full fence after
//!        it, unless a sleep word wants one (wait_room.hpp [W4]). So where there may be such a
//!        participant, everybody runs a heavy fence before it tells the end, and where [W5] says so,
//!        between announcing that it sleeps and looking again.
//!  [R13] A participant says a position in an entry of its own before it moves the counter over it.
//!        It says something else there only after it has marked the node or ended the claim.
//!  [R14] An unmarked node changes only by the participant that took its position, or by a repairer
//!        that saw, in this order: the unmarked word, the counter past it, and no living participant
//!        that says the position (the kernel is asked after the entry was loaded); by CAS from that
//!        very word.
//!  [R15] A dead participant's slot is marked free only when every position in its entries is
//!        settled. So the CAS of a late repairer either fails, or hits a position whose taker is dead
//!        and whose slot is still marked: the epoch, and the wake-ups, are still to come.
//!
//! Whatever a peer writes into the words, no access leaves the ring: an index is compared with the
//! handle's own node count, a size with the node size by `accept`, and every loop has a budget.

#ifndef SHARED_MEMORY_DETAIL_CORE_NODE_RING_HPP
#define SHARED_MEMORY_DETAIL_CORE_NODE_RING_HPP

#include <shared_memory/detail/core/back_off.hpp>
#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/core/look_ahead.hpp>
#include <shared_memory/detail/core/redelivery_scan.hpp>
#include <shared_memory/detail/core/ring_positions.hpp>
#include <shared_memory/detail/core/run_cursor.hpp>
#include <shared_memory/detail/core/slot_set.hpp>
#include <shared_memory/detail/core/strided.hpp>
#include <shared_memory/detail/layout/ring.hpp>
#include <shared_memory/detail/layout/words.hpp>

#include <boost/config.hpp>
#include <boost/memory_order.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

template <class System>
class node_ring : private ring_positions {
public:
    using words = typename System::words;
    using block_type = basic_ring_block<words>;
    using line_type = basic_node_line<words>;
    using entry_type = basic_ring_entry<words>;
    using ring_lines = strided<basic_ring_line<words>>;
    using state_type = typename System::word32;
    using scan_type = redelivery_scan<System>;
    using ring_positions::number, ring_positions::position, ring_positions::steps;
    //! Who claims, and how.
    struct claimant {
        std::uint32_t slot;
        entry_type* entry; // of that slot and side, held by the calling thread
        scan_type* scan;   // of that entry; null for writers
        //! The claim is ended before anything else is claimed with that entry: then the entry alone
        //! says whose the node is, and the node is not marked.
        bool brief = false;
    };

    //! What came of a try to write at once.
    enum class attempt {
        claimed,
        nothing, // search_for_write knows why
        too_late // the node was claimed after the stream ended, and has to be aborted [R9]
    };

    node_ring() noexcept = default;
    //! `lines` has node_count elements, `payloads` node_count times the stride (null if inline).
    //! `participants` are the ring's lines of `slots` slots; all that were ever used lie below
    //! `used`.
    node_ring(const ring_geometry& geometry, block_type& block, const state_type& state,
              line_type* lines, std::byte* payloads, ring_lines participants,
              const state_type& used, std::uint32_t slots) noexcept
        : ring_positions(geometry.node_count), block_(&block), state_(&state), lines_(lines),
          payloads_(geometry.inline_payload() ? lines->payload : payloads),
          stride_(geometry.inline_payload() ? sizeof(line_type) : geometry.payload_stride()),
          participants_(participants), slots_used_(&used), slots_(slots), geometry_(geometry) {
        if (!geometry.inline_payload())
            ahead_bytes_ = look_ahead::bytes_of(stride_);
    }

    const ring_geometry& geometry() const noexcept { return geometry_; }
    //! This handle is the ring's single writer (reader), if it writes (reads) at all: it moves the
    //! counter by a store [R11]. One thread at a time then writes (reads).
    void use_plain_counters(bool when_writing, bool when_reading) noexcept {
        writer_stores_ = when_writing;
        reader_stores_ = when_reading;
    }
    //! Claims are ended by plain stores [R12]; the process is registered for heavy fences.
    void use_plain_ends(bool plainly) noexcept { plain_ends_ = plainly; }
    //! How often a repairer looks whether a living participant still says a position.
    void set_patience(std::uint32_t looks) noexcept { patience_ = looks; }
    //! The entries of a slot's participant: the first of the entries_per_side for that side.
    entry_type* writes_of(std::uint32_t slot) const noexcept { return participants_[slot].writes; }
    entry_type* reads_of(std::uint32_t slot) const noexcept { return participants_[slot].reads; }
    // In node_ring_search.hpp:
    ring_result claim_write(const claimant& who, node_claim& claim) noexcept;
    ring_result search_for_write(const claimant& who, node_claim& claim) noexcept;
    ring_result claim_read(const claimant& who, node_claim& claim,
                           function_ref<bool(std::uint32_t)> accept) noexcept;
    ring_result search_for_read(const claimant& who, node_claim& claim,
                                function_ref<bool(std::uint32_t)> accept) noexcept;
    ring_result search_for_read(const claimant& who, node_run& run, std::uint32_t most,
                                function_ref<bool(std::uint32_t)> accept) noexcept;
    // In node_ring_dead_letters.hpp:
    ring_result claim_dead_letter(std::uint32_t slot, node_claim& claim) noexcept;
    std::uint32_t dead_letter_count() const noexcept;
    // In node_ring_batch.hpp:
    node_places<typename words::word32> places() const noexcept;
    attempt claim_write_run_at_once(const claimant& who, node_run& run,
                                    std::uint32_t most) noexcept;
    template <class Accept>
    bool claim_read_run_at_once(const claimant& who, node_run& run, std::uint32_t most,
                                Accept&& accept) noexcept;
    std::uint64_t index_of(const node_run& run, std::uint64_t i) const noexcept;
    std::byte* payload_of(const node_run& run, std::uint64_t i) const noexcept;
    std::uint32_t size_of(const node_run& run, std::uint64_t i) const noexcept;
    std::uint64_t number(const node_run& run, std::uint64_t i) const noexcept;
    bool end_write(const node_run& run, std::uint32_t count) noexcept;
    bool end_read(const node_run& run, std::uint32_t count) noexcept;
    static void end_brief_run(const claimant& who) noexcept;
    // In node_ring_repair.hpp:
    bool abort(const node_claim& claim) noexcept;
    void give_back(const node_claim& claim) noexcept;
    void repair(slot_set& dead, function_ref<bool(std::uint32_t)> alive, ring_repair& done);
    void pass_over() noexcept;
    // In node_ring_census.hpp:
    position find_tail() const noexcept;
    position find_head() const noexcept;
    position find_unreadable(position h) const noexcept;
    std::uint64_t unreleased_before(position end) const noexcept;
    bool drained_before(position end, std::uint32_t& looked) const noexcept;
    bool left_with_others(std::uint32_t slot) const noexcept;
    std::uint64_t unread() const noexcept;
    bool is_being_written() const noexcept;
    std::uint32_t readable_count(position head) const noexcept;
    bool full() const noexcept;
    std::uint64_t waiting() const noexcept;

    //! The usual case of claim_write, in few instructions: the node is free, and nobody else is
    //! quicker.
    BOOST_FORCEINLINE attempt claim_write_at_once(const claimant& who, node_claim& claim) noexcept {
        if (state_->load(boost::memory_order_relaxed) != 0)
            return attempt::nothing;
        // acquire: pairs with the CAS that moved it; the writer at the end of the stream [R9]
        const std::uint64_t tail = block_->tail.load(boost::memory_order_acquire);
        const std::uint64_t index = tail & index_mask_;
        if (BOOST_UNLIKELY(index > last_index_))
            return attempt::nothing;
        line_type& line = lines_[index];
        const std::uint64_t free = control_word::lap_bits::place(tail >> index_bits_);
        // acquire: pairs with release, abort and repair; our writes come after the reads before
        if (BOOST_UNLIKELY(line.control.load(boost::memory_order_acquire) != free) ||
            BOOST_UNLIKELY(!move_tail(who, tail, after(tail, index))))
            return attempt::nothing;
        claim = node_claim{payload(index), free, index, geometry_.node_size};
        if (!who.brief)
            mark(claim, free + control_word::bits(node_phase::writing, who.slot));
        return BOOST_LIKELY(state_->load(boost::memory_order_seq_cst) == 0) // [R9]
                   ? attempt::claimed
                   : attempt::too_late;
    }

    //! Publishes the message. Release: pairs with the acquire of the reader that claims the node.
    //! False: the node is not this claim's any more (corrupted); so below.
    BOOST_FORCEINLINE bool commit(const node_claim& claim, std::uint32_t size) noexcept {
        set_size(claim.index, size);
        return publish(claim);
    }

    //! The usual case of claim_read: nothing was given back, and the message at head is ready.
    //! False: nothing is claimed, and search_for_read knows why.
    template <class Accept>
    BOOST_FORCEINLINE bool claim_read_at_once(const claimant& who, node_claim& claim,
                                              Accept&& accept) noexcept {
        // acquire: pairs with the release of the giver back, so the scan sees its CAS [R7]
        if (BOOST_UNLIKELY(block_->redelivery_epoch.load(boost::memory_order_acquire) !=
                           who.scan->seen.load(std::memory_order_relaxed)))
            return false;
        const std::uint64_t head = block_->head.load(boost::memory_order_acquire); // as tail's
        const std::uint64_t index = head & index_mask_;
        if (BOOST_UNLIKELY(index > last_index_))
            return false;
        line_type& line = lines_[index];
        const std::uint64_t lap = control_word::lap_bits::place(head >> index_bits_);
        const std::uint64_t ready = lap + control_word::bits(node_phase::ready);
        // acquire: pairs with commit; the message's bytes come after it
        if (line.control.load(boost::memory_order_acquire) != ready)
            return false;
        // read before the counter moves, which proves that nobody had the message [R3]
        const std::uint32_t size = line.size.load(boost::memory_order_relaxed);
        // comes over while the exchange waits
        if (!geometry_.inline_payload())
            fetch_to_read(payload(index));
        if (BOOST_UNLIKELY(!accept(size)) ||
            BOOST_UNLIKELY(!move_head(who, head, after(head, index))))
            return false;
        claim = node_claim{payload(index), ready, index, size};
        if (!who.brief)
            mark(claim, lap + control_word::bits(node_phase::reading, who.slot));
        return true;
    }
    //! Ends a claim for reading; the node is free for the next lap. Release: pairs with the acquire
    //! of the writer that claims the node.
    BOOST_FORCEINLINE bool release(const node_claim& claim) noexcept {
        if (BOOST_UNLIKELY(claim.deliveries_before() != 0)) // [R5]
            return release_redelivered(claim);
        return end_claim(claim, next_lap(claim.word));
    }

    //! Says how long the message is going to be; relaxed: read before the reader moves head, which
    //! validates it [R3]. Only the node's holder writes there.
    BOOST_FORCEINLINE void set_size(std::uint64_t index, std::uint32_t size) noexcept {
        lines_[index].size.store(size, boost::memory_order_relaxed);
    }
    //! Publishes a message whose size was set; see commit.
    BOOST_FORCEINLINE bool publish(const node_claim& claim) noexcept {
        return end_claim(claim, control_word{claim.word}.with_phase(node_phase::ready));
    }

    //! Fetches a node, to write (read) it; see look_ahead.hpp. Behind the last node lies what other
    //! nodes use, and there it does no harm.
    BOOST_FORCEINLINE void fetch_for_writer(std::uint64_t index) const noexcept {
        fetch_to_write(lines_ + index);
        std::byte* const bytes = payload(index);
        for (std::uint64_t i = 0; i < ahead_bytes_; i += cache_line_bytes)
            fetch_to_write(bytes + i);
    }
    BOOST_FORCEINLINE void fetch_for_reader(std::uint64_t index) const noexcept {
        fetch_to_write(lines_ + index);
        std::byte* const bytes = payload(index);
        for (std::uint64_t i = 0; i < ahead_bytes_; i += cache_line_bytes)
            fetch_to_read(bytes + i);
    }

    //! What a writer is told whose segment is in that state.
    static ring_result end_for_writer(std::uint32_t state) noexcept {
        return (state & state_shutting_down) != 0 ? ring_result::shut_down : ring_result::ended;
    }

private:
    enum class side { write, read };
    enum class take_result { taken, refused, lost };
    ring_result search_to_write(const claimant& who, node_claim& claim) noexcept;
    ring_result search_to_read(const claimant& who, node_run& run, std::uint32_t most,
                               function_ref<bool(std::uint32_t)> accept) noexcept;
    ring_result claim_redelivered(const claimant& who, std::uint64_t epoch, node_run& run,
                                  std::uint32_t most,
                                  function_ref<bool(std::uint32_t)> accept) noexcept;
    take_result take_redelivered(position p, control_word c, const claimant& who, node_claim& claim,
                                 function_ref<bool(std::uint32_t)> accept) noexcept;
    void forget(const claimant& who) noexcept;
    bool pass(std::uint64_t head, position h) noexcept;
    template <class Available, class Move>
    bool take_run(std::uint64_t from, node_run& run, std::uint32_t most, Available&& available,
                  Move&& move_to, const claimant& who) noexcept;
    void mark_run(const claimant& who, node_run& run, node_phase phase) noexcept;
    template <class Each>
    std::uint32_t walk(std::uint64_t index, std::uint64_t word, std::uint64_t most,
                       Each&& each) noexcept;
    template <class To>
    bool end_first(const node_run& run, std::uint32_t count, To&& to) noexcept;
    template <class Each>
    void for_each(const node_run& run, std::uint32_t from, std::uint32_t to, Each&& each) noexcept;
    bool abort_behind(const node_run& run, std::uint32_t count) noexcept;
    void give_back_behind(const node_run& run, std::uint32_t count) noexcept;
    bool release_redelivered(const node_claim& claim) noexcept;
    bool settle_entries(std::uint32_t slot, side s, function_ref<bool(std::uint32_t)> alive,
                        ring_repair& done);
    bool settle(side s, position p, function_ref<bool(std::uint32_t)> alive, ring_repair& done);
    bool covers(std::uint64_t from, std::uint64_t end, position p) const noexcept;
    bool is_said_by(std::uint32_t slot, side s, position p) const noexcept;
    bool discard(std::uint32_t index, control_word c) noexcept;
    bool put_back(std::uint32_t index, control_word c, ring_repair& done) noexcept;
    void put_back_own(const node_claim& claim, ring_repair& done) noexcept;
    void finish_put_back(const ring_repair& done) noexcept;
    void raise_epoch() noexcept;

    std::byte* payload(std::uint64_t index) const noexcept { return payloads_ + stride_ * index; }
    static ring_result end_for_reader(std::uint32_t state) noexcept {
        return (state & state_stream_ended) != 0 ? ring_result::ended : ring_result::shut_down;
    }

    BOOST_FORCEINLINE bool move_tail(const claimant& who, std::uint64_t from,
                                     std::uint64_t to) noexcept {
        return move(block_->tail, who, from, to, writer_stores_, writers_);
    }
    BOOST_FORCEINLINE bool move_head(const claimant& who, std::uint64_t from,
                                     std::uint64_t to) noexcept {
        return move(block_->head, who, from, to, reader_stores_, readers_);
    }
    // Takes the position `from`, if it is still the next one [R2].
    BOOST_FORCEINLINE bool move(typename System::word64& counter, const claimant& who,
                                std::uint64_t from, std::uint64_t to, bool stores,
                                back_off<System>& others) noexcept {
        // [R13] release: what was marked before comes before; pairs with the repairer's acquire
        who.entry->position.store(from, boost::memory_order_release);
        if (stores) { // [R11]
            counter.store(to, boost::memory_order_release);
            System::light_fence(); // before the load of the state [R9]
            return true;
        }
        // seq_cst for [R9]; its release carries what was said, to the repairer's load [R14]
        if (BOOST_LIKELY(counter.compare_exchange_strong(from, to, boost::memory_order_seq_cst,
                                                         boost::memory_order_relaxed))) {
            others.won();
            return true;
        }
        others.note_lost();
        return false;
    }
    // Says in the word who has the node. relaxed: before the next position is said [R13].
    BOOST_FORCEINLINE void mark(node_claim& claim, std::uint64_t mine) noexcept {
        lines_[claim.index].control.store(mine, boost::memory_order_relaxed);
        claim.word = mine;
    }
    BOOST_FORCEINLINE bool end_claim(const node_claim& claim, std::uint64_t to) noexcept {
        if (BOOST_UNLIKELY(!plain_ends_))
            return exchange(claim, to);
        auto& control = lines_[claim.index].control;
        if (BOOST_UNLIKELY(control.load(boost::memory_order_relaxed) != claim.word))
            return false;
        control.store(to, boost::memory_order_release);
        System::light_fence(); // before the load of a sleep word [R12]
        return true;
    }
    // seq_cst: also the full fence before the load of a sleep word (wait_room.hpp [W2])
    bool exchange(const node_claim& claim, std::uint64_t to) noexcept {
        std::uint64_t expected = claim.word;
        return lines_[claim.index].control.compare_exchange_strong(
            expected, to, boost::memory_order_seq_cst, boost::memory_order_relaxed);
    }

    block_type* block_ = nullptr;
    const state_type* state_ = nullptr;
    line_type* lines_ = nullptr;
    std::byte* payloads_ = nullptr;
    std::uint64_t stride_ = 0;
    std::uint64_t ahead_bytes_ = 0; // of a payload, that are fetched ahead
    ring_lines participants_;
    const state_type* slots_used_ = nullptr;
    std::uint32_t slots_ = 0;
    ring_geometry geometry_{};
    std::uint32_t patience_ = 200;
    std::uint32_t retry_limit_ = 1U << 20U; // tries of a search that make no progress
    bool writer_stores_ = false;
    bool reader_stores_ = false;
    bool plain_ends_ = false;
    back_off<System> writers_;
    back_off<System> readers_;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
