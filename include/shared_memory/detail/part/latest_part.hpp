// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The latest part: the newest value of a cell. A handle's view of it has the algorithm, and waiting
//! for a value, for a buffer and for a pin word.

#ifndef SHARED_MEMORY_DETAIL_PART_LATEST_PART_HPP
#define SHARED_MEMORY_DETAIL_PART_LATEST_PART_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/latest_value.hpp>
#include <shared_memory/detail/core/spin_budget.hpp>
#include <shared_memory/detail/layout/latest.hpp>
#include <shared_memory/detail/part/part.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! A value that is held in place.
struct latest_pin {
    const std::byte* payload;
    latest_view view;
};

class SHARED_MEMORY_DECL latest_part final : public part {
public:
    //! A mark that no value has: every value is newer.
    static constexpr std::uint64_t no_mark = ~std::uint64_t{0};

    latest_part(segment& host, const part_entry& entry);
    static const part_type& type() noexcept;

    //! Bytes of the largest value.
    std::size_t value_size() const noexcept {
        return cell_.geometry().value_size & ~std::size_t{0}; // it fits: it is mapped
    }
    std::uint32_t buffers() const noexcept { return cell_.geometry().buffers; }
    std::uint32_t pins() const noexcept { return cell_.geometry().pins; }
    bool single_writer() const noexcept {
        return (entry().settings[latest_modes_setting] & latest_single_writer) != 0;
    }

    //! The handle may store (load) now; else see `make_usable_for`. A read-only handle may load.
    bool writable() const noexcept {
        return (host().whole_status() & (status_all | may_not_write)) == 0;
    }
    bool readable() const noexcept {
        constexpr std::uint32_t matters = (status_all & ~status_read_only) | may_not_read;
        return (host().whole_status() & matters) == 0;
    }
    //! Attaches anew if need be, and becomes the single writer of a cell that has one. Throws
    //! `closed`, `read_only`, `forked`, `bad_argument` (the role), `in_use`.
    void make_usable_for(shared_memory::role wanted);

    // ---- Storing

    //! False: no buffer came free in time. Throws `shut_down`, `closed`.
    BOOST_FORCEINLINE bool begin(latest_claim& claim, deadline until) {
        if (BOOST_UNLIKELY(state_->load(boost::memory_order_relaxed) != 0) ||
            BOOST_UNLIKELY(!cell_.begin(claim)))
            if (!wait_to_begin(claim, until))
                return false;
        claim.payload = payload(claim.index);
        claim.size = cell_.geometry().value_size;
        return true;
    }
    //! Throws `corrupted`.
    BOOST_FORCEINLINE latest_view commit(const latest_claim& claim, std::size_t size) {
        latest_view made;
        if (BOOST_UNLIKELY(!cell_.publish(claim, size, made)))
            throw_corrupted();
        return made;
    }
    //! False: the value of that mark is not the newest one any more.
    bool commit_if(const latest_claim& claim, std::size_t size, std::uint64_t seen,
                   latest_view& made) noexcept {
        return cell_.publish_if(claim, size, seen, made);
    }
    void abort(const latest_claim& claim) noexcept { cell_.end(claim); }
    //! The same claim, to be kept by an object that may outlive the handle: has a reference.
    bool claim_to_store(latest_claim& claim, deadline until);

    // ---- Loading

    //! Loads the newest value if its mark is not `seen`, once there is such a value. `copy` is
    //! called as by latest_cell::load, with the payload instead of the buffer's index. False: there
    //! was none in time. Throws `shut_down`, `abandoned`, `closed`, `corrupted`.
    template <class Copy>
    BOOST_FORCEINLINE bool load(latest_view& view, std::uint64_t seen, deadline until, Copy copy) {
        const auto from = [&](std::uint32_t index, std::uint64_t size) {
            copy(payload(index), size & ~std::size_t{0});
        };
        for (std::uint32_t tries = 0;; ++tries) {
            view.mark = seen;
            latest_result r = latest_result::none;
            if (BOOST_LIKELY(cell_.newest() != seen))
                r = cell_.load(view, from);
            if (BOOST_LIKELY(r == latest_result::done) && BOOST_LIKELY(view.mark != seen)) {
                loaded_.store(view.mark, std::memory_order_relaxed);
                return true;
            }
            if (!try_again(r, view.mark, tries, until))
                return false;
        }
    }
    //! What a load would find: the view, without the bytes, and without waiting. False: there is no
    //! value yet; the view has the mark of a cell without one.
    bool peek(latest_view& view) const;
    //! Holds the newest value in place, once there is one and a pin word is free. False: not in
    //! time. An object keeps the pin, and may outlive the handle: it has a reference.
    bool hold(latest_pin& pin, deadline until);
    void unpin(const latest_pin& pin) noexcept { cell_.unpin(pin.view.pin); }

    //! A claim object (for storing, or in place) has ended, and touches the part no more.
    void forget_claim() noexcept { intrusive_ptr_release(this); }

    // ---- For wait_any

    wait_room& newer_sleep() noexcept { return block_->newer_sleep; }
    wait_room& free_sleep() noexcept { return block_->free_sleep; }
    //! A value is there that is newer than the one last loaded through this handle, or a wait for
    //! one would end.
    bool load_is_due() const noexcept;
    //! A store would return, or throw, at once.
    bool store_is_due() const noexcept;

    boost::span<wait_room* const> rooms() const noexcept override;
    std::string_view waits_for(std::size_t room) const noexcept override;
    void tell_holders(tell_holding tell) const override;
    bool needs_heavy_fences() const noexcept override;

private:
    void attach(std::uint64_t generation) override;
    void detach() noexcept override;
    void repair(slot_set& dead, function_ref<bool(std::uint32_t)> alive,
                recovery_report& report) override;

    std::byte* payload(std::uint32_t index) const noexcept { return payloads_ + stride_ * index; }
    bool plain_stores() const noexcept { return single_writer() && pins() == 0; }
    bool wait_to_begin(latest_claim& claim, deadline until);
    //! After a load that found nothing new: false if the time is over, true if the load is to be
    //! tried again.
    bool try_again(latest_result r, std::uint64_t seen, std::uint32_t tries, deadline until);
    bool wait_for_newer(std::uint64_t seen, deadline until);
    bool poll_for_newer(function_ref<progress()> done, deadline until) const;
    bool wait_for_pin(deadline until);
    void require_usable() const;
    void throw_if_shut_down() const;
    bool is_abandoned() const noexcept;
    bool try_take_role();
    void take_role();
    [[noreturn]] void throw_in_use(std::uint32_t slot) const;
    [[noreturn]] void throw_corrupted() const;

    latest_block* block_;
    ipc_words::word32* state_;
    std::uint64_t stride_;
    std::byte* payloads_;
    wait_room* const rooms_[2] = {&block_->newer_sleep, &block_->free_sleep};
    latest_cell<ipc_system, idle_fences> cell_;
    std::uint64_t own_word_ = 0;
    std::atomic<std::uint64_t> loaded_{no_mark}; // the mark of the last value loaded
    spin_budget newer_spins_;
    spin_budget free_spins_;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
