// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who is alive, on Linux: open-file-description locks (fcntl(2), F_OFD_SETLK) on bytes of the
// object. They have to stay this handle's alone, through fork(), and through closefrom().

#include "opened_object.hpp"

#include <shared_memory/detail/layout/header.hpp>

#include <system/linux/calls.hpp>
#include <system/liveness.hpp>

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <mutex>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

// What a try to take a lock came to: EAGAIN or EACCES if another handle has it. No caller goes on
// without the lock, whatever the error is; that the kernel gives locks at all is known since the
// object was opened.
bool is_taken(int error) noexcept {
    return error == 0;
}

// Asks as for a read lock, so that only write locks of other descriptions count.
constexpr short as_reader = F_RDLCK;
// If the kernel cannot be asked about a participant, the participant is not declared dead.
bool is_held(int other_lock) noexcept {
    return other_lock != F_UNLCK;
}

} // namespace

int kernel_object::opened_object::usable() noexcept {
    const int known = descriptor;
    if (is_ours(known))
        return known;
    const std::lock_guard<std::mutex> lock(descriptor_registry::instance().mutex());
    if (descriptor != known)
        return descriptor;
    const int fd = ::open(path.c_str(), flags());
    if (!is_ours(fd)) {
        if (fd >= 0)
            sys::close(fd);
        descriptor = -1;
        return -1;
    }
    descriptor = fd;
    reopened = true;
    return fd;
}

void kernel_object::opened_object::unpin() noexcept {
    if (pinned != nullptr)
        sys::unmap(pinned, page_bytes);
    pinned = nullptr;
}

void kernel_object::opened_object::set_path(std::string other) {
    const std::lock_guard<std::mutex> lock(descriptor_registry::instance().mutex());
    path.swap(other);
}

descriptor_registry& descriptor_registry::instance() {
    // never destroyed: static handles may outlive it
    static auto* const one = new descriptor_registry;
    return *one;
}

descriptor_registry::descriptor_registry() {
    ::pthread_atfork([] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
                     [] {
                         instance().after_fork();
                         instance().mutex_.unlock();
                     });
}

void descriptor_registry::add(kernel_object::opened_object& object) noexcept {
    // A number that is new to us was free: its last object lost it to closefrom() or the like.
    for (auto* other = first_; other != nullptr; other = other->next) {
        if (other->descriptor == object.descriptor)
            other->descriptor = -1;
    }
    object.next = first_;
    if (first_ != nullptr)
        first_->previous = &object;
    first_ = &object;
}

void descriptor_registry::remove(kernel_object::opened_object& object) noexcept {
    (object.previous == nullptr ? first_ : object.previous->next) = object.next;
    if (object.next != nullptr)
        object.next->previous = object.previous;
}

// In the child, which has one thread: only calls that are safe there.
void descriptor_registry::after_fork() noexcept {
    for (auto* object = first_; object != nullptr; object = object->next) {
        // the page was not inherited (MADV_DONTFORK)
        object->pinned = nullptr;
        const int inherited = object->descriptor;
        int own = -1;
        if (object->is_ours(inherited)) {
            char path[32];
            std::snprintf(path, sizeof path, "/proc/self/fd/%d", inherited);
            // A description of its own, of the same object, also if its name has gone.
            own = ::open(path, object->flags() & ~O_NOFOLLOW);
            sys::close(inherited);
        }
        object->descriptor = own;
        object->reopened = false;
        if (object->status != nullptr)
            *object->status = (*object->status | object->fork_sets) & ~object->fork_clears;
    }
}

bool liveness::try_lock_slot(std::uint32_t slot) noexcept {
    return is_taken(sys::set_lock(opened_.usable(), F_WRLCK, static_cast<off_t>(slot), 1));
}

void liveness::unlock_slot(std::uint32_t slot) noexcept {
    if (opened_.reopened) { // the lock goes with the page
        const std::lock_guard<std::mutex> lock(descriptor_registry::instance().mutex());
        opened_.unpin();
    }
    sys::set_lock(opened_.usable(), F_UNLCK, static_cast<off_t>(slot), 1);
}

bool liveness::is_slot_locked(std::uint32_t slot) const noexcept {
    return is_held(sys::get_lock(opened_.usable(), as_reader, static_cast<off_t>(slot)));
}

bool liveness::try_lock_all() noexcept {
    return is_taken(sys::set_lock(opened_.usable(), F_WRLCK, 0, name_byte + 1));
}

void liveness::unlock_all() noexcept {
    sys::set_lock(opened_.usable(), F_UNLCK, 0, name_byte + 1);
}

void liveness::unlock_all_but(std::uint32_t slot) noexcept {
    const int fd = opened_.usable();
    const auto kept = static_cast<off_t>(slot);
    if (kept != 0)
        sys::set_lock(fd, F_UNLCK, 0, kept);
    sys::set_lock(fd, F_UNLCK, kept + 1, name_byte - kept);
}

bool liveness::try_lock_name() noexcept {
    return is_taken(sys::set_lock(opened_.usable(), F_WRLCK, name_byte, 1));
}

void liveness::unlock_name() noexcept {
    sys::set_lock(opened_.usable(), F_UNLCK, name_byte, 1);
}

bool liveness::is_name_locked() const noexcept {
    return is_held(sys::get_lock(opened_.usable(), as_reader, name_byte));
}

void liveness::observe() noexcept {
    sys::set_lock(opened_.usable(), F_RDLCK, observer_byte, 1);
}

bool liveness::is_lost() const noexcept {
    return opened_.usable() == -1;
}

void liveness::pin() noexcept {
    // Under the mutex: no fork may come between mmap and madvise.
    const std::lock_guard<std::mutex> lock(descriptor_registry::instance().mutex());
    if (opened_.pinned != nullptr)
        return;
    opened_.pinned = sys::map(opened_.descriptor, page_bytes);
    if (opened_.pinned == nullptr)
        return; // only closefrom() in this process would matter
    if (::madvise(opened_.pinned, page_bytes, MADV_DONTFORK) != 0)
        return opened_.unpin();
    ::madvise(opened_.pinned, page_bytes, MADV_DONTDUMP);
}

void liveness::watch_forks(std::atomic<std::uint32_t>& status, std::uint32_t set,
                           std::uint32_t clear) noexcept {
    const std::lock_guard<std::mutex> lock(descriptor_registry::instance().mutex());
    opened_.status = &status;
    opened_.fork_sets = set;
    opened_.fork_clears = clear;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
