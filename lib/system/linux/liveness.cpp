// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who is alive, on Linux: open-file-description locks (fcntl(2), F_OFD_SETLK) on bytes of the
// object. They have to stay this handle's alone, through fork(), and through closefrom().

#include "opened_object.hpp"

#include <shared_memory/detail/layout/header.hpp>

#include <system/liveness.hpp>

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <mutex>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

constexpr off_t name_byte = max_slots;
constexpr off_t observer_byte = max_slots + 1;

bool set_lock(int descriptor, short type, off_t first, off_t count) noexcept {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = first;
    lock.l_len = count;
    int result = 0;
    do {
        result = ::fcntl(descriptor, F_OFD_SETLK, &lock);
    } while (result == -1 && errno == EINTR);
    return result == 0;
}

// Asks with a read lock, so that only write locks of other descriptions count.
bool is_locked(int descriptor, off_t byte) noexcept {
    struct flock lock {};
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = byte;
    lock.l_len = 1;
    // One that cannot be asked about is not declared dead.
    return ::fcntl(descriptor, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
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
            ::close(fd);
        descriptor = -1;
        return -1;
    }
    descriptor = fd;
    reopened = true;
    return fd;
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
        object->pinned = MAP_FAILED;
        const int inherited = object->descriptor;
        int own = -1;
        if (object->is_ours(inherited)) {
            char path[32];
            std::snprintf(path, sizeof path, "/proc/self/fd/%d", inherited);
            // A description of its own, of the same object, also if its name has gone.
            own = ::open(path, object->flags() & ~O_NOFOLLOW);
            ::close(inherited);
        }
        object->descriptor = own;
        object->reopened = false;
        if (object->status != nullptr)
            *object->status = (*object->status | object->fork_sets) & ~object->fork_clears;
    }
}

bool liveness::is_lost() const noexcept {
    return opened_.usable() == -1;
}

bool liveness::try_lock_slot(std::uint32_t slot) noexcept {
    return set_lock(opened_.usable(), F_WRLCK, static_cast<off_t>(slot), 1);
}

void liveness::unlock_slot(std::uint32_t slot) noexcept {
    if (opened_.reopened) { // the lock goes with the page
        const std::lock_guard<std::mutex> lock(descriptor_registry::instance().mutex());
        if (opened_.pinned != MAP_FAILED)
            ::munmap(opened_.pinned, page_bytes);
        opened_.pinned = MAP_FAILED;
    }
    set_lock(opened_.usable(), F_UNLCK, static_cast<off_t>(slot), 1);
}

bool liveness::is_slot_locked(std::uint32_t slot) const noexcept {
    return is_locked(opened_.usable(), static_cast<off_t>(slot));
}

bool liveness::try_lock_all() noexcept {
    return set_lock(opened_.usable(), F_WRLCK, 0, name_byte + 1);
}

void liveness::unlock_all() noexcept {
    set_lock(opened_.usable(), F_UNLCK, 0, name_byte + 1);
}

void liveness::unlock_all_but(std::uint32_t slot) noexcept {
    const int fd = opened_.usable();
    const auto kept = static_cast<off_t>(slot);
    if (kept != 0)
        set_lock(fd, F_UNLCK, 0, kept);
    set_lock(fd, F_UNLCK, kept + 1, name_byte - kept);
}

bool liveness::try_lock_name() noexcept {
    return set_lock(opened_.usable(), F_WRLCK, name_byte, 1);
}

void liveness::unlock_name() noexcept {
    set_lock(opened_.usable(), F_UNLCK, name_byte, 1);
}

bool liveness::is_name_locked() const noexcept {
    return is_locked(opened_.usable(), name_byte);
}

void liveness::observe() noexcept {
    set_lock(opened_.usable(), F_RDLCK, observer_byte, 1);
}

void liveness::pin() noexcept {
    // Under the mutex: no fork may come between mmap and madvise.
    const std::lock_guard<std::mutex> lock(descriptor_registry::instance().mutex());
    if (opened_.pinned != MAP_FAILED)
        return;
    void* page = ::mmap(nullptr, page_bytes, PROT_READ, MAP_SHARED, opened_.descriptor, 0);
    if (page == MAP_FAILED)
        return; // only closefrom() in this process would matter
    if (::madvise(page, page_bytes, MADV_DONTFORK) != 0) {
        ::munmap(page, page_bytes);
        return;
    }
    ::madvise(page, page_bytes, MADV_DONTDUMP);
    opened_.pinned = page;
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
