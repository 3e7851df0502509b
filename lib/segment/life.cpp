// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The life of a segment: what the ends of its users mean to it, and when its name goes.
//
//  [G1]  A segment holds something if it is kept, or if messages are unread in it, or if it has
//        contents that its owner has not closed. A name that means a segment which holds something
//        goes only by a process that wants that: create_only, remove().
//  [G2]  A name that means nothing any more goes in one of two ways, each after a look under the lock
//        that it needs: (a) the owner has shut the segment down: under the name lock, with any
//        number attached. The state forbids writes, so after a heavy fence each write that may yet be
//        committed is seen; if there is none, and nothing is held, that is for good. (b) Nobody else
//        is attached: under all locks, by a handle that owned the segment or took part in it. A
//        handle that has only looked ends nothing but what the owner has ended.
//  [G3]  A state that has ended is put out under all locks, by a handle that has a slot: first what
//        the dead held is given back; then, for a create_only that cannot take the name, what is
//        held is discarded; then the state changes; then the ownership. Nobody writes in between, so
//        a writer's rule that the state of its segment is only ever set holds as long as it is
//        attached. If the process dies before the state changes, the next one does all of it again;
//        if later, the segment has a dead owner as any other.
//  [G4]  How a handle ends is decided once, by the first of close() and leave(), in one word.
//        What they leave undone, because the name lock is taken, the destructor does, or the next
//        handle to attach or to leave.

#include <shared_memory/detail/segment.hpp>

#include "errors.hpp"
#include "kinds.hpp"
#include "names.hpp"
#include "system_side.hpp"

#include <shared_memory/detail/part/part.hpp>

#include <system/failure.hpp>
#include <system/object.hpp>

#include <chrono>
#include <thread>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

// The destructor waits that long at most for the name lock, which others hold for moments.
constexpr int tries_to_end_name = 1000;
constexpr std::chrono::milliseconds between_tries{1};

constexpr std::uint32_t ended_states = state_shutting_down | state_stream_ended;

} // namespace

bool segment::is_shutting_down() const noexcept {
    return (block_->life.state.load(boost::memory_order_acquire) & state_shutting_down) != 0;
}

bool segment::kept() const noexcept {
    return (block_->life.marks.load(boost::memory_order_acquire) & mark_kept) != 0;
}

// One word, set once: if this process dies here, the segment is kept, or not.
void segment::keep(bool wanted) {
    if (!objects_outlive_users())
        fail(errc::bad_argument, name_,
             "cannot be kept: on this system what no process has open is gone; keep a process that "
             "has it open");
    if (!is_owner())
        fail(errc::permission_denied, name_,
             "is kept, or not, as its owner says, and this handle is not its owner");
    auto& marks = block_->life.marks;
    if (wanted)
        marks.fetch_or(mark_kept, boost::memory_order_seq_cst);
    else
        marks.fetch_and(~mark_kept, boost::memory_order_seq_cst);
}

std::uint64_t segment::unread() const noexcept {
    std::uint64_t count = 0;
    for (const auto& one : parts_)
        count += one ? one->unread() : 0;
    return count;
}

// [G1] `nobody_writes`: all participants but this one are dead. What they have not committed counts
// for nothing then.
bool segment::holds(bool nobody_writes) const noexcept {
    if (kept())
        return true;
    const class_row& row = class_of(identity());
    for (std::uint32_t i = 0; i != identity().part_count; ++i) {
        if (row.parts[i]().has_contents && !is_shutting_down())
            return true;
        const part* const one = parts_[i].get();
        if (one != nullptr && (one->unread() != 0 || (!nobody_writes && one->may_commit())))
            return true;
    }
    return false;
}

// [G2] (a)
bool segment::is_done_with() const noexcept {
    if (!is_shutting_down())
        return false;
    ipc_words::heavy_fence(); // pairs with the writers' [R9] [Q7]
    return !holds(false);
}

// False: another handle has the name lock, and this one may have to try again.
bool segment::try_end_name() noexcept {
    liveness locks = system_->locks();
    if (locks.is_lost() || !is_done_with() || !system_->object.has_name(name_))
        return true;
    if (!locks.try_lock_name())
        return false;
    if (is_done_with() && system_->object.has_name(name_))
        remove_name(name_);
    locks.unlock_name();
    return true;
}

// The handle has no slot any more.
void segment::end_name_as_last() noexcept {
    for (int tries = 0; tries != tries_to_end_name && !try_end_name(); ++tries)
        std::this_thread::sleep_for(between_tries);
    bool may_end = is_shutting_down() || (whole_status() & status_owned) != 0;
    for (const auto& one : parts_)
        may_end = may_end || (one && one->took_part());
    if (!may_end || !system_->locks().try_lock_all())
        return;
    if (system_->object.has_name(name_) && !holds(true)) {                          // [G2] (b)
        block_->life.state.fetch_or(state_name_taken, boost::memory_order_seq_cst); // [S4]
        remove_name(name_);
    }
    system_->locks().unlock_all();
}

// [G4]
void segment::end(std::uint32_t how) noexcept {
    std::uint32_t before = status_.load();
    do {
        if ((before & status_closed) != 0)
            return;
    } while (!status_.compare_exchange_weak(before, before | how));
    if ((before & (status_forked | status_read_only)) != 0)
        return;
    if (is_owner()) {
        status_.fetch_or(status_owned);
        if ((how & status_left) != 0)
            give_ownership_away();
        else
            shut_down();
    }
    wake_everybody();
}

// An owner whose process goes on in a fork's child hands the ownership over.
void segment::end_as_wanted() noexcept {
    const bool has_heir =
        options_.inherits_on_fork() && is_owner() && living_heir_of(own_word()) != 0;
    if (has_heir || options_.on_owner_exit() == owner_exit::leave)
        leave();
    else
        close();
}

// If the owner dies in here, the name may stay, though nothing is held: the next handle to attach or
// to leave removes it.
void segment::shut_down() noexcept {
    block_->life.state.fetch_or(state_shutting_down, boost::memory_order_seq_cst);
    wake_everybody();
    try_end_name();
}

// For a handle that comes to a segment which was shut down, and is not attached yet.
segment::remains segment::finish_shut_down(const lookup& found) {
    const bool mapped = block_ != nullptr || map(name_, false);
    if (!mapped || block_ == nullptr)
        return remains::unknown;
    if (!is_done_with())
        return is_shutting_down() ? remains::something : remains::unknown;
    if (!found.locks().try_lock_name())
        return remains::unknown;
    remains left = remains::unknown;
    if (!found.object.has_name(name_))
        left = remains::nothing;
    else if (is_done_with())
        left = remove_name(name_) ? remains::nothing : remains::name;
    found.locks().unlock_name();
    return left;
}

// [G3] The handle has all locks, and a slot.
void segment::revive(coming how) {
    reap_dead();
    if (how == coming::begins_anew) {
        for (const auto& one : parts_) {
            if (one && !one->begin_anew())
                fail(errc::permission_denied, name_,
                     "cannot be replaced by this user, nor emptied: ", owner_of(name_));
        }
    }
    block_->life.state.fetch_and(~(ended_states | state_name_taken), boost::memory_order_seq_cst);
    settle_ownership(own_word());
    system_->locks().unlock_all_but(slot_);
}

bool segment::name_lost() const noexcept {
    if (system_->object.has_name(name_))
        return false;
    // The state is set before the library takes a name away.
    const std::uint32_t state = block_->life.state.load(boost::memory_order_seq_cst);
    if ((state & state_name_taken) != 0)
        return false;
    return (state & state_shutting_down) == 0 || !is_done_with();
}

std::string segment::name_note() const {
    return name_lost()
               ? "; its name was taken away meanwhile, as by rm: no process finds it by its "
                 "name any more, and only its owner can create it anew"
               : "";
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
