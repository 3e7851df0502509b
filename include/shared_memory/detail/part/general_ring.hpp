// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The usual case of each call of a ring that has, or may have, several writers or readers:
//! node_ring with the handle's entries, and with those that sleep told. All other cases, and rings of
//! both kinds, are ring_part's.

#ifndef SHARED_MEMORY_DETAIL_PART_GENERAL_RING_HPP
#define SHARED_MEMORY_DETAIL_PART_GENERAL_RING_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/node_ring.hpp>
#include <shared_memory/detail/core/node_ring_batch.hpp>
#include <shared_memory/detail/core/node_ring_repair.hpp>
#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/layout/ring.hpp>
#include <shared_memory/detail/part/held_claims.hpp>
#include <shared_memory/detail/part/ring_entries.hpp>
#include <shared_memory/detail/part/ring_statistics.hpp>

#include <boost/config.hpp>
#include <boost/memory_order.hpp>

#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Claims are made with the handle's entries. A claim for `claim_use::brief` keeps its entry until
//! it ends.
class SHARED_MEMORY_DECL general_ring {
public:
    general_ring(const general_ring&) = delete;
    general_ring& operator=(const general_ring&) = delete;

    using claim_type = node_claim;
    using run_type = node_run;
    using ring_type = node_ring<ipc_system>;

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
        if (!brief && BOOST_LIKELY(claimed))
            wrote(0).messages.count(1);
        if (!brief || BOOST_UNLIKELY(!claimed))
            writers_.leave();
        return claimed;
    }
    template <class Accept>
    BOOST_FORCEINLINE bool claim_read_at_once(node_claim& claim, Accept accept,
                                              claim_use use = claim_use::call) noexcept {
        if (BOOST_UNLIKELY(!readers_.enter()))
            return false;
        const bool brief = use == claim_use::brief;
        const bool claimed = ring_.claim_read_at_once(reader(0, brief), claim, accept);
        if (use == claim_use::object && claimed)
            read_claims_.add(readers_, 0);
        if (!brief && claimed)
            has_read(0).messages.count(1);
        if (!brief || !claimed)
            readers_.leave();
        return claimed;
    }
    //! Writes a message of `size` bytes that `fill` copies, or reads a message that `take` copies:
    //! in brief claims. False: this is not the usual case.
    template <class Fill>
    BOOST_FORCEINLINE bool write_at_once(std::uint32_t size, Fill fill) {
        node_claim claim;
        if (BOOST_UNLIKELY(!claim_write_at_once(claim, claim_use::brief)))
            return false;
        fill(claim.payload);
        commit(claim, size);
        return true;
    }
    template <class Accept, class Take>
    BOOST_FORCEINLINE bool read_at_once(Accept accept, Take take) {
        node_claim claim;
        if (BOOST_UNLIKELY(!claim_read_at_once(claim, accept, claim_use::brief)))
            return false;
        take(claim);
        release(claim);
        return true;
    }
    //! Up to `most` nodes, as many as can be had at once. False: call `wait_to_write_run`.
    BOOST_FORCEINLINE bool claim_write_run_at_once(node_run& run, std::uint32_t most,
                                                   claim_use use) {
        if (BOOST_UNLIKELY(!writers_.enter()))
            return false;
        const bool brief = use == claim_use::brief;
        const auto made = ring_.claim_write_run_at_once(writer(0, brief), run, most);
        if (BOOST_UNLIKELY(made == ring_type::attempt::too_late))
            throw_too_late(run.first.index, run.first.word, run.count);
        const bool claimed = made == ring_type::attempt::claimed;
        if (use == claim_use::object && claimed)
            write_claims_.add(writers_, 0);
        if (!brief && claimed)
            wrote(0).messages.count(run.count);
        if (!brief || !claimed)
            writers_.leave();
        return claimed;
    }
    template <class Accept>
    BOOST_FORCEINLINE bool claim_read_run_at_once(node_run& run, std::uint32_t most, Accept accept,
                                                  claim_use use) noexcept {
        if (BOOST_UNLIKELY(!readers_.enter()))
            return false;
        const bool brief = use == claim_use::brief;
        const bool claimed = ring_.claim_read_run_at_once(reader(0, brief), run, most, accept);
        if (use == claim_use::object && claimed)
            read_claims_.add(readers_, 0);
        if (!brief && claimed)
            has_read(0).messages.count(run.count);
        if (!brief || !claimed)
            readers_.leave();
        return claimed;
    }

    //! Throws `corrupted` if the node was taken away: only a peer that scribbles does that.
    BOOST_FORCEINLINE void commit(const node_claim& claim, std::size_t size) {
        const bool held = ring_.commit(claim, static_cast<std::uint32_t>(size));
        if (is_brief_write(claim)) {
            wrote(0).messages.count(1);
            writers_.leave();
        }
        if (BOOST_UNLIKELY(!held))
            throw_node_changed();
        // What is seldom is one call at the very end, so that nothing has to be kept across it.
        if (BOOST_UNLIKELY(is_to_be_notified(words_->readers_sleep)) ||
            BOOST_UNLIKELY(before_writing_.is_due_to_look()) || BOOST_UNLIKELY(statistics_))
            finish_commit(size);
        else if (before_writing_.due())
            ring_.fetch_for_writer(claim.index + look_ahead::distance);
    }
    void abort(const node_claim& claim) noexcept {
        ring_.abort(claim);
        if (is_brief_write(claim))
            writers_.leave();
        else
            wrote(0).undone.add(1);
        notify(words_->readers_sleep);
        notify(words_->writers_sleep);
    }
    BOOST_FORCEINLINE void release(const node_claim& claim) {
        const bool held = ring_.release(claim);
        if (is_brief_read(claim)) {
            has_read(0).messages.count(1);
            readers_.leave();
        }
        if (BOOST_UNLIKELY(!held))
            throw_node_changed();
        if (BOOST_UNLIKELY(is_to_be_notified(words_->writers_sleep)) ||
            BOOST_UNLIKELY(state_->load(boost::memory_order_seq_cst) != 0) ||
            BOOST_UNLIKELY(before_reading_.is_due_to_look()) || BOOST_UNLIKELY(statistics_))
            finish_release(claim.size);
        else if (before_reading_.due())
            ring_.fetch_for_reader(claim.index + look_ahead::distance);
    }
    void give_back(const node_claim& claim) noexcept {
        ring_.give_back(claim);
        if (is_brief_read(claim))
            readers_.leave();
        else
            has_read(0).undone.add(1);
        notify(words_->readers_sleep);
        notify(words_->writers_sleep);
    }

    //! The first `count` nodes of a run become messages, in their order; the others are given up.
    //! False: some were taken away, as in commit.
    bool end_write_run(const node_run& run, std::uint32_t count) noexcept {
        const std::uint64_t bytes = BOOST_UNLIKELY(statistics_) ? bytes_of(run, count) : 0;
        const bool all = ring_.end_write(run, count);
        if (is_brief_write(run.first)) {
            ring_type::end_brief_run(writer(0, true));
            wrote(0).messages.count(count);
            writers_.leave();
        } else if (count != run.count) {
            wrote(0).undone.add(run.count - count);
        }
        if (before_writing_.due(run.count)) {
            for (std::uint64_t i = 0; i != look_ahead::distance; ++i)
                ring_.fetch_for_writer(run.first.index + run.count + i);
        } else if (BOOST_UNLIKELY(before_writing_.is_due_to_look())) {
            finish_commit(0);
        }
        if (BOOST_UNLIKELY(statistics_))
            count_bytes(wrote(0), bytes);
        notify(words_->readers_sleep, idle_readers_);
        if (count != run.count)
            notify(words_->writers_sleep);
        return all;
    }
    //! The first `count` messages of a run are done with; the others are given back.
    bool end_read_run(const node_run& run, std::uint32_t count) noexcept {
        const std::uint64_t bytes = BOOST_UNLIKELY(statistics_) ? bytes_of(run, count) : 0;
        const bool all = ring_.end_read(run, count);
        if (is_brief_read(run.first)) {
            ring_type::end_brief_run(reader(0, true));
            has_read(0).messages.count(count);
            readers_.leave();
        } else if (count != run.count) {
            has_read(0).undone.add(run.count - count);
        }
        if (before_reading_.due(run.count)) {
            for (std::uint64_t i = 0; i != look_ahead::distance; ++i)
                ring_.fetch_for_reader(run.first.index + run.count + i);
        } else if (BOOST_UNLIKELY(before_reading_.is_due_to_look())) {
            finish_release(0);
        }
        if (BOOST_UNLIKELY(statistics_))
            count_bytes(has_read(0), bytes);
        notify(words_->writers_sleep, idle_writers_);
        if (BOOST_UNLIKELY(count != run.count || state_->load(boost::memory_order_seq_cst) != 0))
            notify(words_->readers_sleep);
        return all;
    }

protected:
    using claimant = ring_type::claimant;

    general_ring(ring_head& words, const ipc_words::word32& state) noexcept
        : words_(&words), state_(&state) {}
    ~general_ring() = default;

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

    void finish_commit(std::size_t bytes) noexcept;
    void finish_release(std::size_t bytes) noexcept;

    // Messages are counted by the thread that has the entry: marked claims when they are made, and
    // brief ones when they end. With statistics(), bytes are counted at the end.
    ring_tally& wrote(std::uint32_t entry) const noexcept { return own_line_->writes[entry].done; }
    ring_tally& has_read(std::uint32_t entry) const noexcept {
        return own_line_->reads[entry].done;
    }
    std::uint64_t bytes_of(const node_run& run, std::uint32_t count) const noexcept;

    // By values: a claim whose address is taken is not kept in registers.
    [[noreturn]] void throw_too_late(std::uint64_t index, std::uint64_t word, std::uint32_t count);
    [[noreturn]] void throw_node_changed() const;

    alignas(128) ring_type ring_; // not the class: gcc takes no attribute beside an alignas there
    ring_head* const words_;
    const ipc_words::word32* const state_;
    ring_line* own_line_ = nullptr; // this slot's
    std::uint32_t own_slot_ = max_slots;
    bool statistics_ = false;
    alignas(64) ring_entries writers_;
    held_claims write_claims_;
    look_ahead before_writing_;
    idle_fences idle_readers_; // when writing
    alignas(64) ring_entries readers_;
    held_claims read_claims_;
    redelivery_scan<ipc_system> scans_[entries_per_side];
    look_ahead before_reading_;
    idle_fences idle_writers_; // when reading
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
