// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What each system must give: who is alive on an object, by the kernel's word. The implementations
//! are linux/liveness.cpp and windows/liveness.cpp; test/system/liveness.cpp tests either one.

#ifndef SHARED_MEMORY_LIB_SYSTEM_LIVENESS_HPP
#define SHARED_MEMORY_LIB_SYSTEM_LIVENESS_HPP

#include <shared_memory/detail/config.hpp>

#include <system/object.hpp>

#include <atomic>
#include <cstdint>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! The locks of an object: one for each slot, and one for its name. A lock belongs to the
//! kernel_object through which it was taken, and goes with it; however a process ends, its locks
//! go, and every other process sees that.
//!
//! So a slot whose lock is held belongs to a living process. The holder of the name lock may change
//! what the object's name means.
//!
//! A `liveness` is a view: it is made where it is needed, and holds nothing. If a process dies in
//! any of these calls, it held the lock or not; either way it holds it no longer.
//!
//! Linux: open-file-description locks on bytes of the object itself. 0 to 1022 are the slots, 1023
//! is the name, 1024 is for observers. The kernel drops them with the last reference to the
//! description, whatever ended the process. So that nothing else holds a reference, the segment is
//! mapped through another description, and a fork's child closes its copy at once.
//!
//! Windows: the words of a slot_locks_block, which lies in an object beside the segment, say which
//! process holds each lock. That process lives as long as its process object is not signalled.
class liveness {
public:
    //! Of the object, which is open, for as long as it is.
    explicit liveness(const kernel_object& object) noexcept : opened_(*object.opened_) {}

    //! Takes a slot's lock; false if another handle has it. A handle has one slot at a time, but
    //! for try_lock_all().
    bool try_lock_slot(std::uint32_t slot) noexcept;
    void unlock_slot(std::uint32_t slot) noexcept;
    //! Another handle has the slot's lock, so its process lives. True also if the kernel cannot be
    //! asked: no participant is declared dead by mistake.
    bool is_slot_locked(std::uint32_t slot) const noexcept;

    //! Takes all locks of slots and the name lock at once; false if another handle has any. The
    //! holder of all of them knows that no participant lives, and that none can come.
    bool try_lock_all() noexcept;
    void unlock_all() noexcept;
    //! Gives back all locks but the slot's.
    void unlock_all_but(std::uint32_t slot) noexcept;

    //! Takes the name lock; false if another handle has it.
    bool try_lock_name() noexcept;
    void unlock_name() noexcept;
    //! Another handle has the name lock.
    bool is_name_locked() const noexcept;

    //! Marks the presence of a handle that only looks; it keeps no lock from another handle.
    void observe() noexcept;
    //! Nothing can be asked or taken: the program has closed the object's descriptor, or a fork's
    //! child has none of its own, and no other can be had; or the system has refused an answer to
    //! is_slot_locked(). "Unknown" is not "alive": a caller that waits for the dead must look here.
    bool is_lost() const noexcept;
    //! Why that is so, and what to do: for errors, after "and ".
    std::string why_lost() const;
    //! Keeps the locks that were taken so far although the process may close descriptors that it
    //! does not know (closefrom()).
    void pin() noexcept;
    //! From now on, a fork's child sets one bit in `status` and clears the other. `status` outlives
    //! the object.
    void watch_forks(std::atomic<std::uint32_t>& status, std::uint32_t set,
                     std::uint32_t clear) noexcept;
    //! From now on, a fork's child calls this before fork() returns there; in the parent, fork()
    //! returns when the child has done so, or is dead, or a second has passed. `self` outlives the
    //! object. Windows has no fork().
    void attach_children(void (*attach)(void* self) noexcept, void* self) noexcept;

private:
    kernel_object::opened_object& opened_;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
