// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The algorithm of a ring that has a single writer and a single reader, over layout/spsc_ring.hpp.
//! Here is the fast path, which users' programs inline: no locked instruction, no fence, and no
//! word of a node but its size. Searches, repair and the census stand in files of their own.
//!
//! A side's claims are the positions from its counter (tail, head) to its `claimed` word. Claims
//! that end in their order move the counter. A claim that ends while an older claim of that side is
//! open is noted, and the counter passes it when the older claim ends.
//!
//! Invariants, cited below as [Q1] to [Q9]:
//!  [Q1]  Each word of the ring has one writer at a time. The participant in the writer's role
//!        (writer_role) writes tail, holes, write_claimed, the sizes and the write_notes; the one
//!        in the reader's role writes head, read_claimed and the read_notes. A role begins by CAS
//!        of its word from 0, and ends by CAS from the holder's own word, which has a generation
//!        and so never comes again after its death: by the holder, or by a repairer that asked the
//!        kernel after it had loaded that word. A reader that settles for a dead writer has the
//!        writer's role by another word than that by which its handle writes. A repairer changes no
//!        other word. So plain stores are enough: there is no CAS of anybody that could hit before
//!        or after them.
//!  [Q2]  head <= read_claimed <= tail <= write_claimed <= front or head + node_count, each read so that an
//!        older value only makes its reader more careful. All four only go forward.
//!  [Q3]  A position before tail is a message, unless its write_note says `passed`. Such a position
//!        lies before `holes`, which is stored before tail moves past it.
//!        If nothing that is not passed over lies before it, it lies before `front`, and its node may
//!        be claimed again: the reader goes on from there.
//!  [Q4]  A note counts only for the lap that it says. A position is claimed for writing once, so a
//!        note that a dead writer left says nothing of what its successor writes.
//!  [Q5]  A position from head to read_claimed is held by the reader, unless its read_note says
//!        otherwise; without a note it was claimed once. A claim is said (read_claimed, or the
//!        note) before its message is handed out: after a death it comes again, and marked.
//!  [Q6]  A successor begins by putting right what its predecessor left: the writer's makes all
//!        before write_claimed published or passed, the reader's makes all that was held returned.
//!        Each step of that may be the last one of its maker, and the next successor goes on.
//!  [Q7]  A writer says its claim (write_claimed), and then loads the state: a claim that comes
//!        after the end of the stream is passed over. A reader that has loaded the state, and has run
//!        a heavy fence, tells the end only if write_claimed is where it stands itself.
//!  [Q8]  A side runs no fence after its stores, where this process is registered for heavy fences:
//!        sleepers, and [Q7], run the heavy one. Else it runs a full fence.
//!  [Q9]  What a handle knows by itself (`side`) is changed by one thread at a time, and by signal
//!        handlers in between. A claim within a claim, or within an end, finds nothing: so while
//!        `done` is behind the counter, no position is claimed that has the same node as another
//!        one from `done` on. An end within anything is an end out of order, which is noted; the
//!        end that was interrupted looks for notes last.
//!
//! Whatever a peer writes into the words, no access leaves the ring: an index is compared with the
//! handle's own node count before it is used, distances between counters with the node count,
//! sizes with the node size by the caller's `accept`, and every loop has a bound.

#ifndef SHARED_MEMORY_DETAIL_CORE_SPSC_RING_HPP
#define SHARED_MEMORY_DETAIL_CORE_SPSC_RING_HPP

#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/core/look_ahead.hpp>
#include <shared_memory/detail/core/run_cursor.hpp>
#include <shared_memory/detail/core/slot_set.hpp>
#include <shared_memory/detail/core/spsc_counters.hpp>
#include <shared_memory/detail/core/spsc_side.hpp>
#include <shared_memory/detail/layout/ring.hpp>
#include <shared_memory/detail/layout/spsc_ring.hpp>
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
class spsc_ring : public spsc_counters {
public:
    using words = typename System::words;
    using block_type = basic_spsc_block<words>;
    using word32 = typename System::word32;
    using word64 = typename System::word64;
    using private_word64 = typename System::private_word64;
    using side = spsc_side<System>;

    void use(const ring_geometry& geometry, const basic_spsc_places<words>& where) noexcept {
        at_ = where;
        geometry_ = geometry;
        stride_ = geometry.payload_stride();
        ahead_ = nodes_ahead * stride_;
        ahead_bytes_ = look_ahead::bytes_of(stride_);
        spsc_counters::operator=(spsc_counters(geometry.node_count));
    }
    //! The handle is attached anew, and has no role. `own` is its word for roles; a process that
    //! is not `registered` for heavy fences runs full ones [Q8].
    void attach(std::uint64_t own, bool registered) noexcept {
        own_ = own;
        full_fences_ = !registered;
        writer_.begun.store(0, std::memory_order_relaxed);
        reader_.begun.store(0, std::memory_order_relaxed);
    }
    side& writer() noexcept { return writer_; }
    side& reader() noexcept { return reader_; }
    //! The caller is a signal handler that has interrupted a call of that side [Q9].
    bool is_within(const side& s) const noexcept {
        return s.begun.load(std::memory_order_relaxed) != 0 &&
               (s.busy.load(std::memory_order_relaxed) ==
                    claimed_of(s).load(boost::memory_order_relaxed) ||
                s.ending.load(std::memory_order_relaxed) != 0);
    }

    // In spsc_ring_search.hpp:
    bool begin_writing() noexcept;
    bool begin_reading() noexcept;
    ring_result claim_write(node_claim& claim) noexcept;
    ring_result search_for_write(node_claim& claim) noexcept;
    ring_result claim_read(node_claim& claim, function_ref<bool(std::uint32_t)> accept) noexcept;
    ring_result search_for_read(node_claim& claim,
                                function_ref<bool(std::uint32_t)> accept) noexcept;
    std::uint64_t take_freed() noexcept;
    ring_result claim_dead_letter(node_claim& claim) noexcept;
    // In spsc_ring_ends.hpp:
    bool abort(const node_claim& claim) noexcept;
    void give_back(const node_claim& claim) noexcept;
    // In spsc_ring_copy.hpp:
    template <class Fill>
    bool write_at_once(std::uint32_t size, Fill fill) noexcept;
    template <class Accept, class Take>
    bool read_at_once(Accept accept, Take take) noexcept;
    // In spsc_ring_batch.hpp:
    bool claim_write_run_at_once(node_run& run, std::uint32_t most) noexcept;
    void extend_write(node_run& run, std::uint32_t most) noexcept;
    template <class Accept>
    bool claim_read_run_at_once(node_run& run, std::uint32_t most, Accept&& accept) noexcept;
    template <class Accept>
    void extend_read(node_run& run, std::uint32_t most, Accept&& accept) noexcept;
    node_places<word32> places() const noexcept {
        return {at_.payloads, stride_, at_.sizes, 1, last_index_};
    }
    bool end_write(const node_run& run, std::uint32_t count) noexcept;
    bool end_read(const node_run& run, std::uint32_t count) noexcept;
    // In spsc_ring_repair.hpp:
    void repair(slot_set& dead, function_ref<bool(std::uint32_t)> alive,
                ring_repair& done) noexcept;
    // In spsc_ring_census.hpp:
    position find_tail() const noexcept;
    position find_head() const noexcept;
    position find_unreadable(position h) const noexcept;
    std::uint64_t unreleased_before(position end) const noexcept;
    bool drained_before(position end, std::uint32_t& cursor) const noexcept;
    std::uint32_t readable_count() const noexcept;
    std::uint32_t dead_letter_count() const noexcept;
    std::uint64_t unread() const noexcept;
    bool is_being_written() const noexcept;
    bool full() const noexcept;

    //! The usual case of claim_write, in few instructions: there is room by what this handle knows.
    //! False: nothing is claimed, and search_for_write knows why.
    BOOST_FORCEINLINE bool claim_write_at_once(node_claim& claim) noexcept {
        const std::uint64_t n = at_.block->write_claimed.load(boost::memory_order_relaxed);
        if (BOOST_UNLIKELY(at_.state->load(boost::memory_order_relaxed) != 0) ||
            BOOST_UNLIKELY((n & index_mask_) > last_index_) || BOOST_UNLIKELY(!enter(writer_, n)))
            return false;
        if (BOOST_UNLIKELY(n == writer_.limit.load(std::memory_order_relaxed)) &&
            BOOST_UNLIKELY(!find_room(n))) {
            leave(writer_, n);
            return false;
        }
        return claim_for_writing(n, 1, claim);
    }
    //! Publishes the message. Release: the reader that sees tail sees the message. False: the node
    //! is not this claim's (it has ended); so below.
    BOOST_FORCEINLINE bool commit(const node_claim& claim, std::uint32_t size) noexcept {
        set_size(claim.index, size);
        return publish(claim);
    }
    //! Publishes a message whose size was set.
    BOOST_FORCEINLINE bool publish(const node_claim& claim) noexcept {
        return end_oldest(writer_, at_.block->tail, claim.index, 1) ||
               end_later(writer_, claim.index, spsc_state::published);
    }
    //! Says how long the message is going to be. Sizes seldom change, so that their lines stay where
    //! they are; only the writer stores there [Q1]. Relaxed: published with the message.
    BOOST_FORCEINLINE void set_size(std::uint64_t index, std::uint32_t size) noexcept {
        word32& word = at_.sizes[index];
        if (word.load(boost::memory_order_relaxed) != size)
            word.store(size, boost::memory_order_relaxed);
    }
    //! The usual case of claim_read: there is a message by what this handle knows, and none is to
    //! come again. False: nothing is claimed, and search_for_read knows why.
    template <class Accept>
    BOOST_FORCEINLINE bool claim_read_at_once(node_claim& claim, Accept&& accept) noexcept {
        const std::uint64_t n = at_.block->read_claimed.load(boost::memory_order_relaxed);
        const std::uint64_t index = n & index_mask_;
        if (BOOST_UNLIKELY(reader_.again.load(std::memory_order_relaxed) != 0) ||
            BOOST_UNLIKELY(index > last_index_) || BOOST_UNLIKELY(!enter(reader_, n)))
            return false;
        // `limit` was loaded by acquire: the size, and the message's bytes, come after it
        const bool there = n != reader_.limit.load(std::memory_order_relaxed) || find_messages(n);
        const std::uint32_t size = size_at(index);
        if (BOOST_UNLIKELY(!there) || BOOST_UNLIKELY(!accept(size))) {
            leave(reader_, n);
            return false;
        }
        claim_for_reading(n, 1);
        claim = node_claim{payload(index), word_of(n, node_phase::reading), index, size};
        fetch_ahead(claim.payload, reader_.limit.load(std::memory_order_relaxed) - n,
                    fetch_to_read);
        return true;
    }
    //! Ends a claim for reading; the node is free. Release: the writer that sees head writes after
    //! what was read here.
    BOOST_FORCEINLINE bool release(const node_claim& claim) noexcept {
        return end_oldest(reader_, at_.block->head, claim.index, 1) ||
               end_later(reader_, claim.index, spsc_state::released);
    }
    //! Where node i of a run lies, i not more than its count.
    std::uint64_t index_of(const node_run& run, std::uint64_t i) const noexcept {
        const std::uint64_t index = run.first.index + i;
        return index <= last_index_ ? index : index - last_index_ - 1;
    }
    std::byte* payload_of(const node_run& run, std::uint64_t i) const noexcept {
        return payload(index_of(run, i));
    }
    //! The size that its word says now: a peer that scribbles may change it at any time.
    std::uint32_t size_of(const node_run& run, std::uint64_t i) const noexcept {
        return size_at(index_of(run, i));
    }

private:
    std::uint64_t word_of(std::uint64_t counter, node_phase phase,
                          std::uint32_t deliveries = 0) const noexcept {
        return control_word::of(counter >> index_bits_, phase, 0, deliveries);
    }
    std::byte* payload(std::uint64_t index) const noexcept {
        return at_.payloads + stride_ * index;
    }
    std::uint32_t size_at(std::uint64_t index) const noexcept {
        return at_.sizes[index].load(boost::memory_order_relaxed);
    }

    // A call that finds that another one is about to claim n is nested in it, and finds nothing. A
    // nested call may have claimed n before `busy` said so: then n is not the next one any more.
    BOOST_FORCEINLINE bool enter(side& s, std::uint64_t n) noexcept {
        if (BOOST_UNLIKELY(s.busy.load(std::memory_order_relaxed) == n) ||
            BOOST_UNLIKELY(s.ending.load(std::memory_order_relaxed) != 0))
            return false;
        s.busy.store(n, std::memory_order_relaxed);
        System::light_fence();
        return BOOST_LIKELY(claimed_of(s).load(boost::memory_order_relaxed) == n);
    }
    // Without having claimed n. Any other number will do that is not to come soon.
    static void leave(side& s, std::uint64_t n) noexcept {
        System::light_fence();
        s.busy.store(n - 1, std::memory_order_relaxed);
    }
    // A node that far on is asked for: it comes over while messages before it are written or read. By
    // what this side knows, from n up to its limit, the other side is done with it. (That node may be
    // in the next lap, where this fetches what lies behind the nodes, which does no harm.)
    template <class Fetch>
    BOOST_FORCEINLINE void fetch_ahead(const std::byte* node, std::uint64_t known,
                                       Fetch fetch) const noexcept {
        if (known <= nodes_ahead)
            return;
        for (std::uint64_t i = 0; i < ahead_bytes_; i += cache_line_bytes)
            fetch(node + ahead_ + i);
    }
    BOOST_FORCEINLINE void fence_after_store() const noexcept { // [Q8]
        if (BOOST_UNLIKELY(full_fences_))
            System::full_fence();
        else
            System::light_fence();
    }

    // From n on; the caller has entered. False: the stream has ended.
    BOOST_FORCEINLINE bool claim_for_writing(std::uint64_t n, std::uint64_t count,
                                             node_claim& claim) noexcept {
        at_.block->write_claimed.store(past(n, count), boost::memory_order_relaxed);
        fence_after_store();
        if (BOOST_UNLIKELY(at_.state->load(boost::memory_order_seq_cst) != 0)) { // [Q7]
            pass_over(n, count);
            return false;
        }
        const std::uint64_t index = n & index_mask_;
        claim =
            node_claim{payload(index), word_of(n, node_phase::writing), index, geometry_.node_size};
        fetch_ahead(claim.payload, writer_.limit.load(std::memory_order_relaxed) - n,
                    fetch_to_write);
        return true;
    }
    BOOST_FORCEINLINE void claim_for_reading(std::uint64_t n, std::uint64_t count) noexcept {
        at_.block->read_claimed.store(past(n, count), boost::memory_order_relaxed);
        System::light_fence(); // binds the compiler: before the message is handed out [Q5]
    }

    // ---- Looking at the other side's counter; the caller has entered

    // The usual case: nothing was passed over. False: see look_for_room. acquire: pairs with
    // release; our writes come after the reads before
    BOOST_FORCEINLINE bool find_room(std::uint64_t n) noexcept {
        const std::uint64_t head = at_.block->head.load(boost::memory_order_acquire);
        if (!lies_within(head, n))
            return false;
        const std::uint64_t limit = a_lap_on(head);
        writer_.limit.store(limit, std::memory_order_relaxed);
        return n != limit;
    }
    // The usual case: from n on nothing is passed over. False: see look_for_message, whose loads
    // these are. What is passed over lies before holes, which is stored before tail [Q3].
    BOOST_FORCEINLINE bool find_messages(std::uint64_t n) noexcept {
        const std::uint64_t tail = at_.block->tail.load(boost::memory_order_acquire);
        if ((!is_later_in_lap(n, tail) && (n == tail || !lies_within(n, tail))) ||
            precedes(n, at_.block->holes.load(boost::memory_order_relaxed)))
            return false;
        reader_.limit.store(tail, std::memory_order_relaxed);
        return true;
    }

    // ---- Ends

    // In order: the counter moves. It is stored before `done`: whatever a signal handler ends
    // between the two is noted, and found by the last look [Q9].
    BOOST_FORCEINLINE bool end_oldest(side& s, word64& counter, std::uint64_t index,
                                      std::uint64_t count) noexcept {
        const std::uint64_t from = s.done.load(std::memory_order_relaxed);
        if (BOOST_UNLIKELY((from & index_mask_) != index))
            return false;
        const std::uint64_t to = past(from, count);
        const end_of_claims<System> during(s);
        counter.store(to, boost::memory_order_release);
        System::light_fence();
        s.done.store(to, std::memory_order_relaxed);
        fence_after_store();
        if (BOOST_UNLIKELY(s.noted.load(std::memory_order_relaxed) != 0))
            walk(s);
        return true;
    }
    // In spsc_ring_ends.hpp:
    bool end_later(side& s, std::uint64_t index, spsc_state how) noexcept;
    void walk(side& s) noexcept;
    void pass_over(std::uint64_t from, std::uint64_t count) noexcept;
    void raise(private_word64& own, word64& word, std::uint64_t to) noexcept;
    void return_to_ring(std::uint64_t index, std::uint32_t deliveries) noexcept;
    bool locate(const side& s, std::uint64_t index, std::uint64_t& counter) const noexcept;
    // In spsc_ring_copy.hpp:
    bool begin_copy(side& s, const word64& claimed, std::uint64_t n) noexcept;
    static void end_copy(side& s) noexcept;
    // In spsc_ring_batch.hpp:
    std::uint64_t room_at(const side& s, std::uint64_t n) const noexcept;
    void extend_again(node_run& run, std::uint32_t most,
                      function_ref<bool(std::uint32_t)> accept) noexcept;
    std::uint64_t look_for_room(std::uint64_t n) noexcept;
    std::uint64_t look_for_more(std::uint64_t n, std::uint64_t wanted) noexcept;
    // In spsc_ring_search.hpp:
    bool settle_writes() noexcept;
    bool settle_for_reader(bool& settled) noexcept;
    bool skip(std::uint64_t& n) noexcept;
    bool jump(std::uint64_t& n, std::uint64_t front) noexcept;
    std::uint64_t move_front(std::uint64_t head) noexcept;
    ring_result claim_again(std::uint64_t n, node_claim& claim,
                            function_ref<bool(std::uint32_t)> accept) noexcept;
    ring_result look_for_message(std::uint64_t& n, node_claim& claim,
                                 function_ref<bool(std::uint32_t)> accept) noexcept;
    // In spsc_ring_census.hpp:
    std::uint64_t load(const word64& counter) const noexcept;
    template <class Function>
    void each_unreleased(bool later_ones, Function function) const noexcept;
    // In spsc_ring_repair.hpp:
    void count_discarded(ring_repair& done) const noexcept;
    void count_held(ring_repair& done) const noexcept;
    bool clear_role(word64& role, std::uint64_t held) noexcept;

    word64& claimed_of(const side& s) const noexcept {
        return &s == &writer_ ? at_.block->write_claimed : at_.block->read_claimed;
    }
    // In spsc_ring_ends.hpp:
    spsc_note note_at(const word64* notes, std::uint64_t counter) const noexcept;
    spsc_state state_of(const word64* notes, std::uint64_t counter) const noexcept;
    void note(word64* notes, std::uint64_t counter, spsc_state how,
              std::uint32_t deliveries = 0) noexcept;
    static std::uint32_t next_count(std::uint32_t deliveries) noexcept;
    bool gives_up(std::uint32_t deliveries) const noexcept;
    word64* notes_of(const side& s) const noexcept;
    word64& counter_of(const side& s) const noexcept;

    static constexpr std::uint64_t nodes_ahead = 16;
    basic_spsc_places<words> at_{};
    ring_geometry geometry_{};
    std::uint64_t stride_ = 0;
    std::uint64_t ahead_ = 0;       // bytes, to the payload of a node that far on
    std::uint64_t ahead_bytes_ = 0; // of that payload
    std::uint64_t own_ = 0;
    bool full_fences_ = false;
    side writer_, reader_;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
