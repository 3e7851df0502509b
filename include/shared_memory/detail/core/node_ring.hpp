// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The ring's algorithm over layout/ring.hpp. It knows neither names nor segments nor how processes
//! sleep; the world that it works in is a parameter (system.hpp). doc/ring.md explains it. Here is
//! the fast path, which users' programs inline; searches, batches, repair and the census stand in
//! files of their own.
//!
//! Invariants, cited below as [R1] to [R12]:
//!  [R1]  A node's word goes only free(l) -> writing -> ready or skip; ready <-> reading;
//!        skip or reading -> free(l + 1). Giving a message up is reading -> free(l + 1).
//!  [R2]  The hints tail and head never run ahead of the truth, which the control words are. They
//!        may lie behind by anything, and may go backwards.
//!  [R3]  Position p is claimed only when all before p are claimed (writers and readers each).
//!  [R4]  A writing or reading word changes only by its owner, or by CAS after the kernel declared
//!        the slot dead *after* that very word was loaded.
//!  [R5]  (lap, slot, deliveries) never comes again while a participant is stalled on it, for
//!        2^lap_bits - 1 laps: 32 days at 50 million messages a second through 2 nodes.
//!  [R6]  Ready with deliveries 0 is claimed only at the true head; with deliveries > 0 anywhere.
//!  [R7]  Every reading -> ready is followed by redelivery_epoch + 1 before its slot's mark clears.
//!  [R8]  Skip is passed only at the true head, by either side.
//!  [R9]  A writer that claims a node after the stream ended gives it up: it loads the state after
//!        its claiming CAS, both sequentially consistent.
//!  [R10] A reader reports the end only if it saw an empty ring after it had loaded the state.
//!  [R11] The single writer of a ring that has one is the only participant to change a word that is
//!        free in the lap at the true tail, or that it has made writing; the same holds for the
//!        single reader and words that are ready or that it has made reading. So it stores where
//!        others compare and exchange. A single writer or reader begins only when its predecessor
//!        is dead, or has left, and all that the predecessor held was put right.
//!  [R12] A participant that stores so (and is registered) runs no full fence after it. So where
//!        there may be such a participant, everybody runs a heavy fence instead of a full one
//!        between announcing that it sleeps and looking again, and between the two looks of [R10].
//!
//! Whatever a peer writes into the words, no access leaves the ring: an index is always compared
//! with the handle's own node count before it is used, sizes are compared with the node size by the
//! caller's `accept`, and every loop has a budget.

#ifndef SHARED_MEMORY_DETAIL_CORE_NODE_RING_HPP
#define SHARED_MEMORY_DETAIL_CORE_NODE_RING_HPP

#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/core/look_ahead.hpp>
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
class node_ring {
public:
    using words = typename System::words;
    using block_type = basic_ring_block<words>;
    using line_type = basic_node_line<words>;
    using state_type = typename System::word32;
    using private_word64 = typename System::private_word64;

    //! A lap and an index. `hint` packs them as they lie in tail and head.
    struct position {
        std::uint64_t lap;
        std::uint32_t index;
    };

    node_ring() noexcept = default;
    //! `lines` has node_count elements, `payloads` node_count times the stride (null if inline).
    node_ring(const ring_geometry& geometry, block_type& block, const state_type& state,
              line_type* lines, std::byte* payloads) noexcept
        : block_(&block), state_(&state), lines_(lines),
          payloads_(geometry.inline_payload() ? lines->payload : payloads),
          stride_(geometry.inline_payload() ? sizeof(line_type) : geometry.payload_stride()),
          geometry_(geometry) {
        while ((std::uint64_t{1} << index_bits_) < geometry.node_count)
            ++index_bits_;
        if (!geometry.inline_payload())
            ahead_bytes_ = look_ahead::bytes_of(stride_);
        index_mask_ = (std::uint64_t{1} << index_bits_) - 1;
        last_index_ = geometry.node_count - std::uint64_t{1};
        const std::uint32_t lap_bits = 64 - index_bits_ < 46 ? 64 - index_bits_ : 46;
        lap_mask_ = (std::uint64_t{1} << lap_bits) - 1;
        free_mask_ = control_word::of(lap_mask_, node_phase::free);
        // A stale hint costs a jump and at most N steps; a failed CAS means that another one
        // went on.
        budget_ = (std::uint64_t{1} << 20U) + 4 * std::uint64_t{geometry.node_count};
    }

    const ring_geometry& geometry() const noexcept { return geometry_; }
    //! This handle is the ring's single writer (reader), if it writes (reads) at all, and
    //! registered for heavy fences: it stores [R11]. One thread at a time then writes (reads).
    void use_plain_stores(bool when_writing, bool when_reading) noexcept {
        writer_stores_ = when_writing;
        reader_stores_ = when_reading;
    }

    // In node_ring_search.hpp:
    ring_result claim_write(std::uint32_t slot, node_claim& claim) noexcept;
    ring_result search_for_write(std::uint32_t slot, node_claim& claim) noexcept;
    ring_result claim_read(std::uint32_t slot, private_word64& seen, node_claim& claim,
                           function_ref<bool(std::uint32_t)> accept) noexcept;
    ring_result search_for_read(std::uint32_t slot, private_word64& seen, node_claim& claim,
                                function_ref<bool(std::uint32_t)> accept) noexcept;
    // In node_ring_batch.hpp:
    template <class Claimed>
    void extend_write(std::uint32_t slot, node_run& run, std::uint32_t most,
                      Claimed&& claimed) noexcept;
    template <class Accept, class Claimed>
    void extend_read(std::uint32_t slot, node_run& run, std::uint32_t most, Accept&& accept,
                     Claimed&& claimed) noexcept;
    bool end_write(const node_run& run, std::uint32_t count) noexcept;
    bool end_read(const node_run& run, std::uint32_t count) noexcept;
    // In node_ring_repair.hpp:
    void give_back(const node_claim& claim) noexcept;
    bool repair(std::uint32_t slot, function_ref<bool()> alive, ring_repair& done);
    // In node_ring_census.hpp:
    position find_tail() const noexcept;
    position find_head() const noexcept;
    position find_unreadable(position h) const noexcept;
    std::uint64_t unreleased_before(position end) const noexcept;
    bool drained_before(position end, std::uint32_t& cursor) const noexcept;
    bool left_with_others(std::uint32_t slot) const noexcept;
    std::uint32_t readable_count(position head) const noexcept;
    bool full() const noexcept;

    //! The usual case of claim_write, in few instructions: the hint is right, and the node is free.
    //! False: nothing is claimed, and search_for_write knows why.
    BOOST_FORCEINLINE bool claim_write_at_hint(std::uint32_t slot, node_claim& claim) noexcept {
        if (state_->load(boost::memory_order_relaxed) != 0)
            return false;
        block_type& block =
            *block_; // which the compiler must believe to change, like all of `this`
        const std::uint64_t last = last_index_;
        const std::uint64_t hint = block.tail.load(boost::memory_order_acquire);
        const std::uint64_t index = hint & index_mask_;
        if (BOOST_UNLIKELY(index > last))
            return false;
        line_type& line = lines_[index];
        const std::uint64_t free = control_word::lap_bits::place(hint >> index_bits_);
        const std::uint64_t mine = free + control_word::bits(node_phase::writing, slot);
        // acquire: pairs with release, pass and repair; our writes come after the reads before
        if (BOOST_UNLIKELY(line.control.load(boost::memory_order_acquire) != free) ||
            BOOST_UNLIKELY(!take_free(line, free, mine)))
            return false;
        move_on(block.tail, hint, index, last);
        claim = node_claim{payload(index), mine, index, geometry_.node_size};
        if (BOOST_UNLIKELY(state_->load(boost::memory_order_seq_cst) != 0)) { // [R9]
            abort(claim);
            return false;
        }
        return true;
    }

    //! Publishes the message. The seq_cst CAS is the release for the readers' acquire of this word,
    //! and the full fence before the load of their sleep word (wait_room.hpp [W2]), in one
    //! instruction. False: the node is not this claim's any more (corrupted, or [R5]); so below.
    BOOST_FORCEINLINE bool commit(const node_claim& claim, std::uint32_t size) noexcept {
        set_size(claim.index, size);
        return publish(claim);
    }

    //! Gives the node up. Readers and writers may both be waiting behind it.
    bool abort(const node_claim& claim) noexcept {
        return end_claim(claim, control_word::of(lap_of(claim), node_phase::skip), writer_stores_);
    }

    //! The usual case of claim_read: nothing was given back, the hint is right, and the node is
    //! ready for the first time. False: nothing is claimed, and search_for_read knows why.
    template <class Accept>
    BOOST_FORCEINLINE bool claim_read_at_hint(std::uint32_t slot, const private_word64& seen,
                                              node_claim& claim, Accept&& accept) noexcept {
        // acquire: pairs with the release of the giver back, so the scan sees its CAS [R7]
        block_type& block = *block_;
        if (BOOST_UNLIKELY(block.redelivery_epoch.load(boost::memory_order_acquire) !=
                           seen.load(std::memory_order_relaxed)))
            return false;
        const std::uint64_t last = last_index_;
        const std::uint64_t hint = block.head.load(boost::memory_order_acquire);
        const std::uint64_t index = hint & index_mask_;
        if (BOOST_UNLIKELY(index > last))
            return false;
        line_type& line = lines_[index];
        const std::uint64_t lap = control_word::lap_bits::place(hint >> index_bits_);
        const std::uint64_t ready = lap + control_word::bits(node_phase::ready);
        // acquire: pairs with commit; the message's bytes come after it
        if (line.control.load(boost::memory_order_acquire) != ready)
            return false;
        // read once, before the word changes, which proves that it belonged to it
        const std::uint32_t size = line.size.load(boost::memory_order_relaxed);
        const std::uint64_t mine = lap + control_word::bits(node_phase::reading, slot);
        // comes over while the exchange waits for this line
        if (!geometry_.inline_payload())
            fetch_to_read(payload(index));
        if (BOOST_UNLIKELY(!accept(size)) || BOOST_UNLIKELY(!take_ready(line, ready, mine)))
            return false;
        move_on(block.head, hint, index, last);
        claim = node_claim{payload(index), mine, index, size};
        return true;
    }

    //! Where node i of a run lies, i less than its count.
    std::uint64_t index_of(const node_run& run, std::uint64_t i) const noexcept {
        const std::uint64_t index = run.first.index + i;
        return index <= last_index_ ? index : index - last_index_ - 1;
    }
    std::byte* payload_of(const node_run& run, std::uint64_t i) const noexcept {
        return payload(index_of(run, i));
    }
    //! The size that its line says now: a peer that scribbles may change it at any time.
    std::uint32_t size_of(const node_run& run, std::uint64_t i) const noexcept {
        return lines_[index_of(run, i)].size.load(boost::memory_order_relaxed);
    }
    //! Says how long the message is going to be; relaxed: read before the reader's claim, which
    //! validates it by the word stored next. Only the node's holder writes there.
    void set_size(std::uint64_t index, std::uint32_t size) noexcept {
        lines_[index].size.store(size, boost::memory_order_relaxed);
    }
    //! Publishes a message whose size was set; see commit.
    BOOST_FORCEINLINE bool publish(const node_claim& claim) noexcept {
        return end_claim(claim, control_word::of(lap_of(claim), node_phase::ready), writer_stores_);
    }

    //! How many messages the writers are ahead of the readers, by the hints alone.
    BOOST_NOINLINE std::uint64_t waiting_by_hints() const noexcept {
        return steps(unpack(block_->head.load(boost::memory_order_relaxed)),
                     unpack(block_->tail.load(boost::memory_order_relaxed)));
    }
    //! Fetches the node look_ahead::distance from there; see look_ahead.hpp.
    BOOST_FORCEINLINE void fetch_ahead_to_write(std::uint64_t index) const noexcept {
        const std::uint64_t then = ahead_of(index);
        fetch_to_write(lines_ + then);
        std::byte* const bytes = payload(then);
        for (std::uint64_t i = 0; i < ahead_bytes_; i += cache_line_bytes)
            fetch_to_write(bytes + i);
    }
    BOOST_FORCEINLINE void fetch_ahead_to_read(std::uint64_t index) const noexcept {
        const std::uint64_t then = ahead_of(index);
        fetch_to_write(lines_ + then);
        std::byte* const bytes = payload(then);
        for (std::uint64_t i = 0; i < ahead_bytes_; i += cache_line_bytes)
            fetch_to_read(bytes + i);
    }

    //! Ends a claim for reading; the node is free for the next lap.
    BOOST_FORCEINLINE bool release(const node_claim& claim) noexcept {
        return end_claim(claim, next_lap(claim.word), reader_stores_);
    }

    //! How many positions `to` lies behind `from`; the laps may wrap in between.
    std::uint64_t steps(position from, position to) const noexcept {
        return distance(to.lap, from.lap) * geometry_.node_count + to.index - from.index;
    }
    //! The position as a number of messages; starts again at 0 when the laps wrap.
    std::uint64_t number(position p) const noexcept {
        return p.lap * geometry_.node_count + p.index;
    }
    //! The number of node i of a run, i less than its count; the laps may wrap within the run.
    std::uint64_t number(const node_run& run, std::uint64_t i) const noexcept {
        const std::uint64_t index = index_of(run, i);
        const std::uint64_t lap = lap_of(run.first) + (index < run.first.index ? 1U : 0U);
        return number(position{lap & lap_mask_, static_cast<std::uint32_t>(index)});
    }

private:
    enum class take_result { taken, refused, lost };

    take_result take(std::uint32_t index, control_word c, std::uint32_t slot, node_claim& claim,
                     function_ref<bool(std::uint32_t)> accept) noexcept;
    ring_result claim_redelivered(std::uint32_t slot, node_claim& claim,
                                  function_ref<bool(std::uint32_t)> accept) noexcept;
    std::uint32_t past_claimed(position h) const noexcept;
    void pass(std::uint32_t index, control_word c) noexcept;
    template <class Claimed, class Take>
    void extend(typename System::word64& hint, node_run& run, std::uint32_t most, Claimed&& claimed,
                Take&& take) noexcept;
    template <class End>
    bool end_each(const node_run& run, End&& end) noexcept;
    bool skip_dead_write(std::uint32_t index, control_word c) noexcept;
    bool put_back(std::uint32_t index, control_word c, ring_repair& done) noexcept;
    bool put_back_own(const node_claim& claim, ring_repair& done) noexcept;
    void finish_put_back(const ring_repair& done) noexcept;

    static std::uint64_t lap_of(const node_claim& claim) noexcept {
        return control_word{claim.word}.lap();
    }
    std::uint64_t distance(std::uint64_t to, std::uint64_t from) const noexcept {
        return (to - from) & lap_mask_;
    }
    // A hint that cannot be (only a scribbling peer makes one) is taken for the first node: a stale
    // hint like any other [R2].
    position unpack(std::uint64_t hint) const noexcept {
        const auto index = static_cast<std::uint32_t>(hint & index_mask_);
        if (index >= geometry_.node_count)
            return {0, 0};
        return {(hint >> index_bits_) & lap_mask_, index};
    }
    // release: pairs with the acquire loads of the hints. A process that goes on from here has what
    // the hint's mover had seen: the end of the stream, for one [R9].
    void move(typename System::word64& hint, position to) noexcept {
        hint.store(to.lap << index_bits_ | to.index, boost::memory_order_release);
    }
    position next(position p) const noexcept {
        if (p.index + 1 == geometry_.node_count)
            return {(p.lap + 1) & lap_mask_, 0};
        return {p.lap, p.index + 1};
    }
    // A node in lap l was claimed in lap l - 1, so the truth is past that.
    position after_lap_before(control_word c, std::uint32_t index) const noexcept {
        return next({(c.lap() - 1) & lap_mask_, index});
    }
    // Free in the lap after that of a word.
    std::uint64_t next_lap(std::uint64_t word) const noexcept {
        return (word + control_word::of(1, node_phase::free)) & free_mask_;
    }
    std::uint64_t ahead_of(std::uint64_t index) const noexcept {
        const std::uint64_t then = index + look_ahead::distance;
        return then <= last_index_ ? then : then - last_index_ - 1;
    }
    // The same as next, of a hint as it lies there.
    BOOST_FORCEINLINE void move_on(typename System::word64& hint, std::uint64_t from,
                                   std::uint64_t index, std::uint64_t last) noexcept {
        if (BOOST_UNLIKELY(index == last))
            wrap(hint, from);
        else
            hint.store(from + 1, boost::memory_order_release);
    }
    BOOST_NOINLINE void wrap(typename System::word64& hint, std::uint64_t from) noexcept {
        move(hint, next(unpack(from)));
    }
    std::byte* payload(std::uint64_t index) const noexcept { return payloads_ + stride_ * index; }
    static ring_result end_for_writer(std::uint32_t state) noexcept {
        return (state & state_shutting_down) != 0 ? ring_result::shut_down : ring_result::ended;
    }
    static ring_result end_for_reader(std::uint32_t state) noexcept {
        return (state & state_stream_ended) != 0 ? ring_result::ended : ring_result::shut_down;
    }

    BOOST_FORCEINLINE bool end_claim(const node_claim& claim, std::uint64_t to,
                                     bool stores) noexcept {
        if (stores) { // [R11]
            lines_[claim.index].control.store(to, boost::memory_order_release);
            System::light_fence(); // before the load of a sleep word [R12]
            return true;
        }
        std::uint64_t expected = claim.word;
        return lines_[claim.index].control.compare_exchange_strong(
            expected, to, boost::memory_order_seq_cst, boost::memory_order_relaxed);
    }

    // free -> writing. [R3]; seq_cst, and the light fence, for [R9]
    BOOST_FORCEINLINE bool take_free(line_type& line, std::uint64_t free,
                                     std::uint64_t mine) noexcept {
        if (writer_stores_) { // [R11]
            line.control.store(mine, boost::memory_order_relaxed);
            System::light_fence(); // [R12]
            return true;
        }
        return line.control.compare_exchange_strong(free, mine, boost::memory_order_seq_cst,
                                                    boost::memory_order_relaxed);
    }
    // ready -> reading.
    BOOST_FORCEINLINE bool take_ready(line_type& line, std::uint64_t ready,
                                      std::uint64_t mine) noexcept {
        if (reader_stores_) { // [R11]
            line.control.store(mine, boost::memory_order_relaxed);
            return true;
        }
        return line.control.compare_exchange_strong(ready, mine, boost::memory_order_acq_rel,
                                                    boost::memory_order_relaxed);
    }

    block_type* block_ = nullptr;
    const state_type* state_ = nullptr;
    line_type* lines_ = nullptr;
    std::byte* payloads_ = nullptr;
    std::uint64_t stride_ = 0;
    std::uint64_t ahead_bytes_ = 0; // of a payload, that are fetched ahead
    ring_geometry geometry_{};
    std::uint32_t index_bits_ = 1;
    std::uint64_t index_mask_ = 1;
    std::uint64_t last_index_ = 0;
    std::uint64_t free_mask_ = 0; // the lap's bits in a control word
    std::uint64_t lap_mask_ = 0;
    std::uint64_t budget_ = 0;
    bool writer_stores_ = false;
    bool reader_stores_ = false;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
