// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The newest value and nothing else, over layout/latest.hpp. There are several buffers. A writer
//! claims a buffer that is not current, fills it, and makes it the current one by a single
//! compare-and-exchange of `current`. A reader copies the current buffer and then looks whether the
//! buffer was claimed meanwhile; it writes nothing. Neither waits for the other.
//!
//! A buffer has a use: a number that goes up with every claim. `current` names a buffer and its use.
//!
//!  [V1]  A buffer is written only by the participant that its control word names, and is never the
//!        current one while it is written.
//!  [V2]  A buffer becomes current only between its claim and the end of that claim. So a writer
//!        that finds a buffer's word done, and after that finds another buffer current, knows: this
//!        buffer does not become current as long as the word stays as it is. The claim's
//!        compare-and-exchange proves that it stayed.
//!  [V3]  While `current` is (buffer, use), the buffer's word has that use. So a reader that finds
//!        the use of its mark in the word, after the copy, has copied that value, and all of it. The
//!        writer has a release fence between the claim and the first byte, the reader an acquire
//!        fence between the last byte and its look: the fences pair with each other.
//!  [V4]  A reader in place names the buffer in a pin word and then looks at the buffer's use. A
//!        writer claims a buffer and then looks at the pin words. All four accesses are seq_cst, so
//!        that the reader or the writer backs off, or both.
//!  [V5]  `current` alone says what was published: a writer's death before the end of its claim is
//!        not told from a death after it.
//!  [V6]  The version of a new value is its predecessor's and one. The predecessor's version stays as
//!        it is while the predecessor is current, and the compare-and-exchange proves that it was.
//!  [V7]  A buffer's use, a mark and a pin word never have a value that they had before (until 2^53
//!        uses of a buffer, or 2^43 changes of a pin word, have gone by while somebody stalls).
//!  [V8]  A publication wakes the sleepers that wait for a value. The end of a claim, of a pin, and of
//!        a try that has backed off wakes the sleepers that wait for a buffer or a pin word: others may
//!        have seen that try as a claim, or as a pin.
//!  [V9]  A single writer without pins uses plain stores: each buffer but the current one is its own,
//!        unless the buffer is in an open claim. Its fence between publishing and looking for
//!        sleepers is a light one, unless a sleep word wants more (wait_room.hpp [W4]).

#ifndef SHARED_MEMORY_DETAIL_CORE_LATEST_VALUE_HPP
#define SHARED_MEMORY_DETAIL_CORE_LATEST_VALUE_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/core/slot_set.hpp>
#include <shared_memory/detail/core/strided.hpp>
#include <shared_memory/detail/core/system.hpp>
#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/layout/latest.hpp>

#include <boost/memory_order.hpp>

#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! What came of a try to load.
enum class latest_result {
    done,
    none,      // there is no value yet
    no_pin,    // every pin word is in use
    overtaken, // writers went through all buffers during each of several copies
    corrupted
};

//! A buffer that a writer has claimed.
struct latest_claim {
    std::byte* payload;
    std::uint64_t size; // bytes that a value may have
    std::uint32_t index;
    std::uint64_t word; // the buffer's control word, from the claim to its end
};

//! A value that was current when it was looked at.
struct latest_view {
    std::uint64_t mark = 0;
    std::uint64_t version = 0; // 0: no value yet
    std::uint64_t size = 0;
    std::uint32_t pin = 0; // the number of the pin word that holds it in place
};

//! What a repair has found.
struct latest_repair {
    std::uint64_t writes_discarded = 0;
    std::uint64_t pins_released = 0;
};

//! `Idle` counts fences that were run for nobody: see wait_room.hpp.
template <class System, class Idle = few_fences>
class latest_cell {
public:
    using block_type = basic_latest_block<typename System::words>;
    using line_type = basic_latest_line<typename System::words>;
    using lines_type = strided<line_type>;
    using word64 = typename System::word64;

    latest_cell() noexcept = default;
    latest_cell(const latest_geometry& geometry, block_type& block, lines_type lines) noexcept
        : geometry_(geometry), block_(&block), lines_(lines) {}

    const latest_geometry& geometry() const noexcept { return geometry_; }
    //! The participant's slot; whether it is the single writer of a cell without pins, and may use
    //! plain stores [V9].
    void attach(std::uint32_t slot, bool plain_stores) noexcept {
        slot_ = slot;
        plain_stores_ = plain_stores;
    }

    // ---- Storing

    //! Claims a buffer: its index and word. False: each buffer is current, written, or pinned.
    bool begin(latest_claim& claim) noexcept {
        if (plain_stores_)
            return begin_alone(claim);
        // A scan may miss buffers that change hands during it: then others have published.
        std::uint64_t seen = block_->current.load(boost::memory_order_relaxed);
        for (std::uint32_t scans = 0; scans != max_scans; ++scans) {
            if (scan(latest_mark{seen}.index(), claim)) {
                // release: the word comes before the payload; pairs with the fence in load [V3]
                System::store_fence();
                return true;
            }
            const std::uint64_t now = block_->current.load(boost::memory_order_relaxed);
            if (now == seen)
                return false;
            seen = now;
        }
        return false;
    }

    //! Makes the claimed buffer, which was filled, the current one, and ends the claim. False: the
    //! words make no sense; the claim has ended.
    //! If this process dies here: the value is published, or it is not.
    bool publish(const latest_claim& claim, std::uint64_t size, latest_view& made) noexcept {
        line_type& line = lines_[claim.index];
        line.size.store(size, boost::memory_order_relaxed);
        // acquire: pairs with publish; the version of the value that this one follows
        std::uint64_t before = block_->current.load(boost::memory_order_acquire);
        for (std::uint32_t tries = 0; tries != max_publications; ++tries) {
            if (BOOST_UNLIKELY(!follow(claim, before, made)))
                break;
            if (plain_stores_) {
                // release: pairs with the acquire of current in load
                block_->current.store(made.mark, boost::memory_order_release);
                end(claim);
                return true;
            }
            // seq_cst: pairs with the acquire of current in load, and with announce_sleep [W2]
            if (BOOST_LIKELY(block_->current.compare_exchange_strong(
                    before, made.mark, boost::memory_order_seq_cst, boost::memory_order_acquire))) {
                end(claim);
                notify<System>(block_->newer_sleep, idle_readers_);
                return true;
            }
        }
        end(claim);
        return false;
    }
    //! The same if the value of that mark is the current one; false: it is not, and nothing was
    //! published, but the claim has ended. In a cell with a single writer, others cannot interfere.
    bool publish_if(const latest_claim& claim, std::uint64_t size, std::uint64_t seen,
                    latest_view& made) noexcept {
        lines_[claim.index].size.store(size, boost::memory_order_relaxed);
        std::uint64_t before = block_->current.load(boost::memory_order_acquire); // as in publish
        bool published = false;
        if (before == seen && follow(claim, before, made)) {
            published = true;
            if (plain_stores_)
                block_->current.store(made.mark, boost::memory_order_release); // as in publish
            else
                published = block_->current.compare_exchange_strong( // as in publish
                    before, made.mark, boost::memory_order_seq_cst, boost::memory_order_relaxed);
        }
        end(claim);
        if (published && !plain_stores_)
            notify<System>(block_->newer_sleep, idle_readers_);
        return published;
    }

    //! Ends a claim, published or not.
    void end(const latest_claim& claim) noexcept {
        word64& control = lines_[claim.index].control;
        const std::uint64_t done = buffer_word::done(buffer_word{claim.word}.use());
        if (plain_stores_) {
            // release: pairs with the acquire in scan, of a later participant that has no plain stores
            control.store(done, boost::memory_order_release);
            System::light_fence(); // [V9]
            notify<System>(block_->newer_sleep, idle_readers_);
        } else {
            std::uint64_t mine = claim.word;
            // seq_cst: pairs with the acquire in scan [V2]; and with announce_sleep [W2]
            control.compare_exchange_strong(mine, done, boost::memory_order_seq_cst,
                                            boost::memory_order_relaxed);
        }
        notify<System>(block_->free_sleep, idle_writers_); // [V8]
    }

    // ---- Loading

    //! The mark of the newest value: another one says that a newer value was published [V7].
    //! acquire: pairs with publish
    std::uint64_t newest() const noexcept {
        return block_->current.load(boost::memory_order_acquire);
    }

    //! Loads the newest value: calls `copy(index, size)`, which copies as many bytes of that
    //! buffer's payload, once or several times; only what the last call copied is the value. Returns
    //! done, none, overtaken or corrupted. Writes nothing.
    template <class Copy>
    BOOST_FORCEINLINE latest_result load(latest_view& view, Copy copy) const noexcept {
        std::uint64_t mark = newest();
        for (std::uint32_t tries = 0; tries != max_loads; ++tries) {
            if (BOOST_UNLIKELY(!look_at(mark, view)))
                return latest_result::corrupted;
            if (BOOST_UNLIKELY(view.version == 0))
                return latest_result::none;
            if (BOOST_LIKELY(view.size <= geometry_.value_size)) {
                copy(latest_mark{mark}.index(), view.size);
                // acquire: pairs with the release fence in begin [V3]
                System::load_fence();
                if (BOOST_LIKELY(has_use_of(mark, boost::memory_order_relaxed)))
                    return latest_result::done;
            } else {
                System::load_fence(); // the same, for the size
                if (has_use_of(mark, boost::memory_order_relaxed))
                    return latest_result::corrupted;
            }
            System::load_fence(); // acquire: pairs with the claim: its writer saw a newer mark [V1]
            const std::uint64_t now = newest();
            if (BOOST_UNLIKELY(now == mark)) // [V3]
                return latest_result::corrupted;
            mark = now;
        }
        return latest_result::overtaken;
    }

    //! Holds the newest value in place, until `unpin`. Returns any result.
    latest_result hold(latest_view& view) noexcept {
        for (std::uint32_t tries = 0; tries != max_loads; ++tries) {
            const std::uint64_t mark = newest();
            if (!look_at(mark, view))
                return latest_result::corrupted;
            if (view.version == 0)
                return latest_result::none;
            if (!take_pin(latest_mark{mark}.index(), view.pin))
                return latest_result::no_pin;
            // seq_cst: pairs with the claim in scan [V4]
            if (has_use_of(mark, boost::memory_order_seq_cst)) {
                look_at(mark, view); // now nobody changes it
                if (view.size <= geometry_.value_size)
                    return latest_result::done;
                unpin(view.pin);
                return latest_result::corrupted;
            }
            unpin(view.pin);
        }
        return latest_result::overtaken;
    }
    void unpin(std::uint32_t number) noexcept {
        word64& pin = block_->pins[number];
        const pin_word now{pin.load(boost::memory_order_relaxed)}; // the caller's own
        // seq_cst: pairs with is_pinned: what was read comes before; and with announce_sleep [W2]
        pin.store(now.freed(), boost::memory_order_seq_cst);
        notify<System>(block_->free_sleep, idle_writers_); // [V8]
    }
    //! A pin word is free now.
    bool has_free_pin() const noexcept {
        for (std::uint32_t i = 0; i != geometry_.pins; ++i) {
            if (pin_word{block_->pins[i].load(boost::memory_order_acquire)}.is_free())
                return true;
        }
        return false;
    }
    //! `begin` would claim a buffer, or nearly.
    bool has_free_buffer() const noexcept {
        const std::uint32_t current = latest_mark{newest()}.index();
        for (std::uint32_t i = 0; i != geometry_.buffers; ++i) {
            const buffer_word word{lines_[i].control.load(boost::memory_order_acquire)};
            if (i != current && !word.is_written() && !is_pinned(i))
                return true;
        }
        return false;
    }

    //! Gives back what the dead participants of these slots held: see part::repair. In
    //! latest_repair.hpp.
    void repair(slot_set& dead, function_ref<bool(std::uint32_t)> alive,
                latest_repair& done) noexcept;

private:
    static constexpr std::uint32_t max_scans = 64;
    static constexpr std::uint32_t max_loads = 64;
    static constexpr std::uint32_t max_publications = 1U << 20U; // each is lost to another writer

    bool scan(std::uint32_t start, latest_claim& claim) noexcept {
        std::uint32_t i = start;
        for (std::uint32_t n = 0; n != geometry_.buffers; ++n) {
            i = i + 1 >= geometry_.buffers ? 0 : i + 1;
            word64& control = lines_[i].control;
            // acquire: pairs with the end of the claim before: the publication in it is seen next
            std::uint64_t word = control.load(boost::memory_order_acquire);
            // A writer that waits must not back off again and again: that would keep it awake [V8].
            if (buffer_word{word}.is_written() || latest_mark{newest()}.index() == i || // [V2]
                is_pinned(i))
                continue;
            claim.index = i;
            claim.word = buffer_word::writing(buffer_word{word}.use() + 1, slot_);
            // seq_cst: pairs with hold [V4]
            if (!control.compare_exchange_strong(word, claim.word, boost::memory_order_seq_cst,
                                                 boost::memory_order_relaxed))
                continue;
            if (BOOST_LIKELY(!is_pinned(i))) // [V4]
                return true;
            end(claim);
        }
        return false;
    }

    bool begin_alone(latest_claim& claim) noexcept {
        const std::uint32_t current =
            latest_mark{block_->current.load(boost::memory_order_relaxed)}.index();
        std::uint32_t i = current;
        for (std::uint32_t n = 1; n < geometry_.buffers; ++n) {
            i = i + 1 >= geometry_.buffers ? 0 : i + 1;
            const buffer_word word{lines_[i].control.load(boost::memory_order_relaxed)};
            if (word.is_written()) // in an open claim of this handle's
                continue;
            claim.index = i;
            claim.word = buffer_word::writing(word.use() + 1, slot_);
            // release: pairs with the acquire in load, after a copy in vain: that finds a newer mark
            lines_[i].control.store(claim.word, boost::memory_order_release);
            System::store_fence(); // release, as in begin [V3]
            return true;
        }
        return false;
    }

    //! A value that would follow the value that `before` stands for: its mark, its version [V6].
    bool follow(const latest_claim& claim, std::uint64_t before, latest_view& made) noexcept {
        const std::uint32_t last = latest_mark{before}.index();
        if (BOOST_UNLIKELY(last >= geometry_.buffers || last == claim.index)) // [V1]
            return false;
        made.version = lines_[last].version.load(boost::memory_order_relaxed) + 1;
        lines_[claim.index].version.store(made.version, boost::memory_order_relaxed);
        made.mark = latest_mark::of(buffer_word{claim.word}.use(), claim.index);
        return true;
    }

    //! What stands in the buffer of the mark; it counts only if the buffer still has that use.
    bool look_at(std::uint64_t mark, latest_view& view) const noexcept {
        const std::uint32_t i = latest_mark{mark}.index();
        if (BOOST_UNLIKELY(i >= geometry_.buffers))
            return false;
        view.mark = mark;
        view.version = lines_[i].version.load(boost::memory_order_relaxed);
        view.size = lines_[i].size.load(boost::memory_order_relaxed);
        return true;
    }
    bool has_use_of(std::uint64_t mark, boost::memory_order order) const noexcept {
        const latest_mark m{mark};
        return buffer_word{lines_[m.index()].control.load(order)}.use() == m.use();
    }

    bool take_pin(std::uint32_t index, std::uint32_t& number) noexcept {
        for (std::uint32_t n = 0; n != geometry_.pins; ++n) {
            number = (slot_ + n) % geometry_.pins;
            word64& pin = block_->pins[number];
            std::uint64_t word = pin.load(boost::memory_order_relaxed);
            // seq_cst: pairs with is_pinned [V4]
            if (pin_word{word}.is_free() &&
                pin.compare_exchange_strong(word, pin_word{word}.taken(slot_, index),
                                            boost::memory_order_seq_cst,
                                            boost::memory_order_relaxed))
                return true;
        }
        return false;
    }
    bool is_pinned(std::uint32_t index) const noexcept {
        for (std::uint32_t i = 0; i != geometry_.pins; ++i) {
            // seq_cst: pairs with take_pin and unpin [V4]
            if (pin_word{block_->pins[i].load(boost::memory_order_seq_cst)}.names(index))
                return true;
        }
        return false;
    }

    latest_geometry geometry_{};
    block_type* block_ = nullptr;
    lines_type lines_;
    std::uint32_t slot_ = 0;
    bool plain_stores_ = false;
    Idle idle_readers_; // each in its room
    Idle idle_writers_;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
