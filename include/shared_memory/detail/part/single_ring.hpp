// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The usual case of each call of a ring that has a single writer and a single reader: spsc_ring,
//! with those that sleep told. All other cases, and rings of both kinds, are ring_part's.

#ifndef SHARED_MEMORY_DETAIL_PART_SINGLE_RING_HPP
#define SHARED_MEMORY_DETAIL_PART_SINGLE_RING_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/spsc_ring.hpp>
#include <shared_memory/detail/core/spsc_ring_batch.hpp>
#include <shared_memory/detail/core/spsc_ring_copy.hpp>
#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/layout/ring.hpp>
#include <shared_memory/detail/part/held_claims.hpp>
#include <shared_memory/detail/part/ring_statistics.hpp>
#include <shared_memory/options.hpp>

#include <boost/config.hpp>

#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

class ring_part;

//! Its claims need no entry: the two counters say what is claimed. The names are general_ring's, so
//! that message.hpp is written once.
class SHARED_MEMORY_DECL single_ring {
public:
    using ring_type = spsc_ring<ipc_system>;

    single_ring(const ring_part& whole, ring_head& words) noexcept
        : whole_(&whole), words_(&words) {}
    //! Where the sides' counts are, and whether bytes are counted, too. Messages are counted by the
    //! sides' counters.
    void count_in(spsc_block& block, bool statistics) noexcept {
        block_ = &block;
        statistics_ = statistics;
    }
    void begin_counting(shared_memory::role side) noexcept;
    ring_type& ring() noexcept { return ring_; }
    const ring_type& ring() const noexcept { return ring_; }

    BOOST_FORCEINLINE bool claim_write_at_once(node_claim& claim,
                                               claim_use = claim_use::call) noexcept {
        return ring_.claim_write_at_once(claim);
    }
    template <class Accept>
    BOOST_FORCEINLINE bool claim_read_at_once(node_claim& claim, Accept accept,
                                              claim_use = claim_use::call) noexcept {
        return ring_.claim_read_at_once(claim, accept);
    }
    //! Writes or reads a message that is copied. False: this is not the usual case.
    template <class Fill>
    BOOST_FORCEINLINE bool write_at_once(std::uint32_t size, Fill fill) noexcept {
        if (BOOST_UNLIKELY(!ring_.write_at_once(size, fill)))
            return false;
        count_written(size);
        notify(words_->readers_sleep, idle_readers_);
        return true;
    }
    template <class Accept, class Take>
    BOOST_FORCEINLINE bool read_at_once(Accept accept, Take take) noexcept {
        std::uint64_t bytes = 0;
        if (BOOST_UNLIKELY(!ring_.read_at_once(accept, [&](const node_claim& claim) {
                take(claim);
                bytes = claim.size;
            })))
            return false;
        count_read(bytes);
        notify(words_->writers_sleep, idle_writers_);
        return true;
    }

    //! Throws `corrupted` if the claim is not open: it has ended, or a peer scribbles.
    BOOST_FORCEINLINE void commit(const node_claim& claim, std::size_t size) {
        if (BOOST_UNLIKELY(!ring_.commit(claim, static_cast<std::uint32_t>(size))))
            throw_node_changed();
        count_written(size);
        notify(words_->readers_sleep, idle_readers_);
    }
    void abort(const node_claim& claim) noexcept {
        ring_.abort(claim);
        block_->written.undone.add(1);
        notify(words_->readers_sleep);
        notify(words_->writers_sleep);
    }
    BOOST_FORCEINLINE void release(const node_claim& claim) {
        if (BOOST_UNLIKELY(!ring_.release(claim)))
            throw_node_changed();
        count_read(claim.size);
        notify(words_->writers_sleep, idle_writers_);
    }
    void give_back(const node_claim& claim) noexcept {
        ring_.give_back(claim);
        notify(words_->readers_sleep);
        notify(words_->writers_sleep);
    }
    bool end_write_run(const node_run& run, std::uint32_t count) noexcept {
        count_written(bytes_of(run, count));
        const bool all = ring_.end_write(run, count);
        notify(words_->readers_sleep, idle_readers_);
        if (BOOST_UNLIKELY(count != run.count)) {
            block_->written.undone.add(run.count - count);
            notify(words_->writers_sleep);
        }
        return all;
    }
    bool end_read_run(const node_run& run, std::uint32_t count) noexcept {
        count_read(bytes_of(run, count));
        const bool all = ring_.end_read(run, count);
        notify(words_->writers_sleep, idle_writers_);
        if (BOOST_UNLIKELY(count != run.count))
            notify(words_->readers_sleep);
        return all;
    }

    // In lib/part/single_ring.cpp: all cases of claiming. no_entry: the caller is a signal handler
    // that has interrupted a claim of that side.
    ring_result search_for_write(node_claim& claim) noexcept;
    ring_result search_for_read(node_claim& claim,
                                function_ref<bool(std::uint32_t)> accept) noexcept;
    ring_result search_for_write(node_run& run, std::uint32_t most) noexcept;
    ring_result search_for_read(node_run& run, std::uint32_t most,
                                function_ref<bool(std::uint32_t)> accept) noexcept;

private:
    [[noreturn]] void throw_node_changed() const;

    BOOST_FORCEINLINE void count_written(std::uint64_t bytes) noexcept {
        if (BOOST_UNLIKELY(statistics_))
            count_bytes(block_->written, bytes);
    }
    BOOST_FORCEINLINE void count_read(std::uint64_t bytes) noexcept {
        if (BOOST_UNLIKELY(statistics_))
            count_bytes(block_->read, bytes);
    }
    std::uint64_t bytes_of(const node_run& run, std::uint32_t count) const noexcept {
        std::uint64_t bytes = 0;
        for (std::uint32_t i = 0; statistics_ && i != count; ++i)
            bytes += ring_.size_of(run, i);
        return bytes;
    }

    alignas(128) ring_type ring_;
    alignas(64) idle_fences idle_readers_; // when writing
    const ring_part* whole_;
    ring_head* words_;
    spsc_block* block_ = nullptr;
    bool statistics_ = false;
    alignas(64) idle_fences idle_writers_; // when reading
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
