// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The readers/writer lock's algorithm over layout/lock.hpp: what is done to its words, not how a
//! process sleeps. A process that has died keeps nobody out: every word names its holder, in the
//! holder's generation.
//!
//! A reader counts itself in its own slot's word, on a cache line of its own, and looks whether
//! there is a writer. A writer puts itself into the writer's word and looks at every slot. Both
//! store, then load, sequentially consistent: at least one of the two sees the other (Dekker; as in
//! "big reader" locks).
//!
//!  [L1]  A writer is in only if its word is closed and, after that, it has seen every slot without
//!        a count. A reader is in only if, after it counted itself, it saw no writer, or a writer
//!        that is not closed while another explicit lock of the same slot is counted (a thread that
//!        holds the lock goes straight on, though a writer waits): that writer closes, and looks at
//!        the slots, later.
//!  [L2]  The sequence is odd (writing) just while a writer is in. Only that writer changes it, or
//!        its repairer after its death. A writer that died before it made the sequence odd had
//!        written nothing.
//!  [L3]  A slot's count and the writer's word carry the generation of the slot: what belongs to a
//!        dead participant never comes again, so a repairer that stalls before its CAS
//!        harms nobody.
//!  [L4]  A repairer asks the kernel after it loaded the word that it will change.
//!  [L5]  Beside a writer that waits, only a nested call of a thread that holds the lock enters
//!        (try_enter_beside_writer; the handle knows its threads, see part/thread_locks.hpp). The
//!        holders are then never relieved by others, and the writer's wait ends with the last of them.
//!  [L6]  A holder's release changes words only from the holder's own values. One lock is released
//!        once: the handle's threads agree on who releases it before a word is changed.

#ifndef SHARED_MEMORY_DETAIL_CORE_RW_LOCK_HPP
#define SHARED_MEMORY_DETAIL_CORE_RW_LOCK_HPP

#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/core/slot_set.hpp>
#include <shared_memory/detail/core/strided.hpp>
#include <shared_memory/detail/layout/lock.hpp>
#include <shared_memory/detail/layout/words.hpp>

#include <boost/config.hpp>
#include <boost/memory_order.hpp>

#include <algorithm>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! A plain read or write locks for its own duration; an explicit lock is the user's.
enum class lock_use : std::uint64_t { plain = 1, explicitly = 1U << 16U | 1U };

//! What came of a waiting writer's try to close.
enum class closing { busy, closed, reopened };

template <class System>
class rw_lock {
public:
    using block_type = basic_lock_block<typename System::words>;
    using lines_type = strided<basic_lock_line<typename System::words>>;
    using word32 = typename System::word32;

    //! Half of what a count can hold: as many readers may try at once without a count flowing over.
    static constexpr std::uint64_t max_shared = 0x7fff;

    rw_lock() noexcept = default;
    rw_lock(block_type& block, lines_type lines, const word32& slots_used,
            std::uint32_t max_slots_used) noexcept
        : block_(&block), lines_(lines), slots_used_(&slots_used), max_slots_used_(max_slots_used) {
    }

    //! Makes the slot's word a new generation's. The caller has the slot, and has repaired it.
    void occupy(std::uint32_t slot, std::uint64_t generation) noexcept {
        lines_[slot].shared_lock.store(generation << 32U, boost::memory_order_release);
    }

    //! Takes a shared lock for the slot; false if there is a writer, also a writer that waits (or
    //! the slot has max_shared locks) [L5].
    bool try_enter_shared(std::uint32_t slot, lock_use use) noexcept {
        if (BOOST_UNLIKELY(block_->writer.load(boost::memory_order_relaxed) != 0))
            return false; // without a store on a line that the writer looks at
        // seq_cst, both: pairs with the writer's CAS and its loads of the counts [L1]
        const std::uint64_t before = lines_[slot].shared_lock.fetch_add(
            static_cast<std::uint64_t>(use), boost::memory_order_seq_cst);
        if (BOOST_LIKELY(block_->writer.load(boost::memory_order_seq_cst) == 0 &&
                         held(before) < max_shared))
            return true;
        leave_shared(slot, use);
        return false;
    }
    //! The same for a thread that holds the lock explicitly, by this slot: it may go on although a
    //! writer waits. What is counted decides, whatever the caller believes [L1]. A try is counted
    //! as plain until it is in: it must not look like a lock that is held.
    bool try_enter_beside_writer(std::uint32_t slot, lock_use use) noexcept {
        auto& mine = lines_[slot].shared_lock;
        if (held_explicitly(mine.load(boost::memory_order_relaxed)) == 0)
            return false;
        constexpr auto plain = static_cast<std::uint64_t>(lock_use::plain);
        // seq_cst, both, as above [L1]
        const std::uint64_t before = mine.fetch_add(plain, boost::memory_order_seq_cst);
        std::uint64_t writer = block_->writer.load(boost::memory_order_seq_cst);
        // A writer that closed just before that explicit lock was counted will see it, and open
        // or go.
        for (int i = 0; i != 1000 && held_explicitly(before) != 0 && is_closed(writer); ++i)
            writer = block_->writer.load(boost::memory_order_seq_cst);
        if (held(before) < max_shared &&
            (writer == 0 || (!is_closed(writer) && held_explicitly(before) != 0))) {
            if (use == lock_use::explicitly)
                mine.fetch_add(static_cast<std::uint64_t>(use) - plain,
                               boost::memory_order_relaxed);
            return true;
        }
        leave_shared(slot, lock_use::plain);
        return false;
    }
    //! The caller has such a lock of the slot, and no other thread releases it [L6]. It wakes the
    //! writer that waits for the readers to be gone; also if a try to enter failed.
    void leave_shared(std::uint32_t slot, lock_use use) noexcept {
        lines_[slot].shared_lock.fetch_sub(static_cast<std::uint64_t>(use),
                                           boost::memory_order_seq_cst);
    }
    //! The slot holds the shared lock, explicitly.
    bool has_shared(std::uint32_t slot) const noexcept {
        return held_explicitly(lines_[slot].shared_lock.load(boost::memory_order_acquire)) != 0;
    }

    //! Takes the lock for writing if no reader and no writer is in; waits for nobody. It does not
    //! claim what it cannot have: handles that hold the lock for reading are not disturbed.
    //! False: the caller wakes the sleepers that wait until there is no writer; they may have
    //! seen the claim.
    bool try_enter_exclusive(std::uint64_t owner) noexcept {
        if (!drained() || !try_claim(closed(owner)))
            return false;
        if (drained()) // [L1]
            return true;
        unclaim(owner);
        return false;
    }
    //! Makes the owner the participant that is to write, which keeps new readers out, but not
    //! nested calls of threads that hold the lock [L5]; false if another participant is to write.
    bool try_wait_open(std::uint64_t owner) noexcept { return try_claim(owner << 1U); }
    //! No reader is in.
    bool drained() const noexcept {
        const std::uint32_t count =
            (std::min)(slots_used_->load(boost::memory_order_seq_cst), max_slots_used_);
        for (std::uint32_t i = 0; i != count; ++i) {
            if (held(lines_[i].shared_lock.load(boost::memory_order_seq_cst)) != 0)
                return false;
        }
        return true;
    }
    //! For a writer that waits open: closes, and stays closed if no reader is in. `reopened`: the
    //! caller wakes the sleepers that wait until there is no closed writer, which are nested calls.
    closing try_close(std::uint64_t owner) noexcept {
        if (!drained())
            return closing::busy;
        block_->writer.exchange(closed(owner), boost::memory_order_seq_cst);
        if (drained()) // [L1]
            return closing::closed;
        block_->writer.exchange(owner << 1U, boost::memory_order_seq_cst);
        return closing::reopened;
    }
    //! The claimed, closed and drained lock is the caller's to write under [L2].
    void begin_writing() noexcept {
        block_->sequence.store(block_->sequence.load(boost::memory_order_relaxed) | 1U,
                               boost::memory_order_relaxed);
        System::store_fence(); // before what is written: pairs with validated readers' load fence
    }
    void end_writing() noexcept {
        const std::uint64_t s = block_->sequence.load(boost::memory_order_relaxed);
        block_->sequence.store(((s >> 2U) + 1) << 2U | (s & 2U), boost::memory_order_release);
    }
    //! Lets others in, if the owner's participant is the writer, or waits [L6]. The caller wakes the
    //! sleepers that wait until there is no writer.
    void unclaim(std::uint64_t owner) noexcept {
        // relaxed: a word of the owner's changes only by the caller
        std::uint64_t mine = block_->writer.load(boost::memory_order_relaxed);
        if (mine >> 1U == owner)
            block_->writer.compare_exchange_strong(mine, 0, boost::memory_order_seq_cst,
                                                   boost::memory_order_relaxed);
    }

    bool inconsistent() const noexcept {
        return (block_->sequence.load(boost::memory_order_acquire) & 2U) != 0;
    }
    //! For the writer that is in.
    void mark_consistent() noexcept {
        block_->sequence.store(block_->sequence.load(boost::memory_order_relaxed) &
                                   ~std::uint64_t{2},
                               boost::memory_order_release);
    }

    //! For readers that take no lock: a number to compare with after reading; odd: a writer is in.
    std::uint64_t sequence() const noexcept {
        return block_->sequence.load(boost::memory_order_acquire);
    }
    //! What was read since `sequence()` returned `before` is whole.
    bool unchanged(std::uint64_t before) const noexcept {
        System::load_fence();
        return block_->sequence.load(boost::memory_order_relaxed) == before;
    }

    enum class held_as { reading, turn, writing };
    //! Calls tell(slot, held_as, count) for each slot that keeps others out, for people to read. A
    //! writer has its turn while it waits for the readers to be gone.
    template <class Tell>
    void tell_holders(Tell tell) const {
        const std::uint64_t w = block_->writer.load(boost::memory_order_acquire);
        if (w != 0)
            tell(slot_of(w), is_closed(w) ? held_as::writing : held_as::turn, std::uint64_t{1});
        const std::uint32_t count =
            (std::min)(slots_used_->load(boost::memory_order_acquire), max_slots_used_);
        for (std::uint32_t i = 0; i != count; ++i) {
            const std::uint64_t n = held(lines_[i].shared_lock.load(boost::memory_order_acquire));
            if (n != 0)
                tell(i, held_as::reading, n);
        }
    }

    using ask_alive = function_ref<bool(std::uint32_t slot)>;

    //! Gives back what the dead participants of the slots held; removes a slot from the set if
    //! `alive` says that its participant is alive. Any number of repairers may do this at once, and
    //! may die doing it. The caller wakes all sleepers.
    void repair(slot_set& dead, ask_alive alive, std::uint32_t& given_back) {
        for (std::uint32_t i = dead.first(); i != slot_set::capacity; i = dead.after(i)) {
            if (!repair_shared(i, alive, given_back))
                dead.remove(i);
        }
        repair_writer(dead, alive, given_back);
    }

private:
    static constexpr std::uint64_t held(std::uint64_t word) noexcept { return word & 0xffffU; }
    static constexpr std::uint64_t held_explicitly(std::uint64_t word) noexcept {
        return word >> 16U & 0xffffU;
    }
    static constexpr std::uint64_t closed(std::uint64_t owner) noexcept { return owner << 1U | 1U; }
    static constexpr bool is_closed(std::uint64_t writer) noexcept { return (writer & 1U) != 0; }
    static constexpr std::uint32_t slot_of(std::uint64_t writer) noexcept {
        return static_cast<std::uint32_t>(writer >> 1U) & 1023U;
    }

    bool try_claim(std::uint64_t writer) noexcept {
        std::uint64_t expected = 0;
        return block_->writer.load(boost::memory_order_relaxed) == 0 &&
               block_->writer.compare_exchange_strong(expected, writer, boost::memory_order_seq_cst,
                                                      boost::memory_order_relaxed);
    }

    bool repair_shared(std::uint32_t slot, ask_alive alive, std::uint32_t& given_back) {
        auto& word = lines_[slot].shared_lock;
        std::uint64_t w = word.load(boost::memory_order_acquire);
        while (held(w) != 0 || held_explicitly(w) != 0) {
            if (alive(slot)) // [L4]
                return false;
            if (word.compare_exchange_strong(w, w & ~std::uint64_t{0xffffffffU},
                                             boost::memory_order_seq_cst,
                                             boost::memory_order_acquire)) {
                ++given_back;
                break;
            }
        }
        return true;
    }

    void repair_writer(slot_set& dead, ask_alive alive, std::uint32_t& given_back) {
        for (;;) {
            // The sequence before and after the question: if it is the same, the dead writer left
            // it, and no successor.
            std::uint64_t s = block_->sequence.load(boost::memory_order_acquire);
            std::uint64_t w = block_->writer.load(boost::memory_order_acquire);
            const std::uint32_t slot = slot_of(w);
            if (w == 0 || !dead.contains(slot))
                return;
            if (alive(slot)) { // [L4]
                dead.remove(slot);
                return;
            }
            if (block_->sequence.load(boost::memory_order_acquire) != s)
                continue;
            if ((s & 1U) != 0) // it died writing
                block_->sequence.compare_exchange_strong(s, ((s >> 2U) + 1) << 2U | 2U,
                                                         boost::memory_order_seq_cst,
                                                         boost::memory_order_relaxed);
            if (block_->writer.compare_exchange_strong(w, 0, boost::memory_order_seq_cst,
                                                       boost::memory_order_relaxed))
                ++given_back;
            return;
        }
    }

    block_type* block_ = nullptr;
    lines_type lines_{nullptr};
    const word32* slots_used_ = nullptr;
    std::uint32_t max_slots_used_ = 0;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
