// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who is alive, on Linux: open-file-description locks (fcntl(2), F_OFD_SETLK) on bytes of the
// object. They have to stay this handle's alone, through fork(), and through closefrom().

#include "opened_object.hpp"

#include <shared_memory/detail/layout/header.hpp>

#include <system/linux/calls.hpp>
#include <system/linux/told.hpp>
#include <system/liveness.hpp>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <mutex>
#include <string>
#include <utility>

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
    const int why = fd >= 0 ? ESTALE : errno;
    if (!is_ours(fd)) {
        if (fd >= 0)
            sys::close(fd);
        descriptor = -1;
        if (why_lost == 0) // else a fork's child has had a better reason
            why_lost = why;
        return -1;
    }
    descriptor = fd;
    why_lost = 0;
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

// The handlers are registered when the library is loaded, before any code runs that knows it. In a
// child, handlers run in the order of their registration, so that ours comes first: what the
// program's own handlers do with a handle is then done by the child's participant. Before the fork,
// they run in the other order, so that ours comes last: what the program's own handlers open is seen,
// and no handler waits for the mutex that ours has taken. 101 is the first number that programs have.
[[gnu::constructor(101)]] static void register_first() {
    descriptor_registry::instance();
}

descriptor_registry::descriptor_registry() {
    ::pthread_atfork([] { instance().before_fork(); }, [] { instance().after_fork_in_parent(); },
                     [] { instance().after_fork_in_child(); });
}

void descriptor_registry::before_fork() noexcept {
    mutex_.lock();
    bool any = false;
    for (auto* object = first_; object != nullptr; object = object->next)
        any = any || object->attach_child != nullptr;
    if (any && ::pipe2(child_, O_CLOEXEC) != 0)
        child_[0] = child_[1] = -1;
}

void descriptor_registry::after_fork_in_parent() noexcept {
    const int end = std::exchange(child_[0], -1);
    if (end != -1)
        ::close(std::exchange(child_[1], -1));
    mutex_.unlock();
    if (end == -1)
        return;
    constexpr int a_second = 1000;
    pollfd child{end, 0, 0};
    while (::poll(&child, 1, a_second) < 0 && errno == EINTR) {
    }
    ::close(end);
}

// The child's other threads are not there: the list stays as it is.
void descriptor_registry::after_fork_in_child() noexcept {
    open_own_descriptors();
    mutex_.unlock();
    for (auto* object = first_; object != nullptr; object = object->next) {
        if (object->attach_child != nullptr)
            object->attach_child(object->attached_as);
    }
    for (int& one : child_) {
        if (one != -1)
            ::close(std::exchange(one, -1));
    }
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
void descriptor_registry::open_own_descriptors() noexcept {
    for (auto* object = first_; object != nullptr; object = object->next) {
        // the page was not inherited (MADV_DONTFORK)
        object->pinned = nullptr;
        const int inherited = object->descriptor;
        int own = -1;
        object->why_lost = 0;
        if (object->is_ours(inherited)) {
            char path[32];
            std::snprintf(path, sizeof path, "/proc/self/fd/%d", inherited);
            // A description of its own, of the same object, also if its name has gone.
            own = ::open(path, object->flags() & ~O_NOFOLLOW);
            if (own < 0)
                object->why_lost = errno;
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
    const int fd = opened_.usable();
    const int other = sys::get_lock(fd, as_reader, static_cast<off_t>(slot));
    if (other == -1 && fd != -1)
        opened_.refused = errno;
    return is_held(other);
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
    return opened_.refused != 0 || opened_.usable() == -1;
}

std::string liveness::why_lost() const {
    if (const int why = opened_.refused)
        return told(why) +
               " when it is asked for the segment's locks (fcntl F_OFD_GETLK): enter a sandbox "
               "(seccomp) that lets that through";
    struct stat info {};
    switch (const int why = opened_.why_lost) {
    case EACCES:
    case EPERM:
        return "this process, which runs as user " + std::to_string(::geteuid()) +
               ", may not open the segment, which belongs to user " + std::to_string(opened_.user) +
               " and has mode " + octal_mode(opened_.mode) +
               ": fork first, and change the user (setuid) in the child, after its first call; or "
               "let the creator allow that user (options().permissions())";
    case EMFILE:
    case ENFILE:
        return "no file descriptor is left (ulimit -n)";
    case ENOENT:
    case ENOTDIR:
    case ESTALE:
        if (::stat("/proc/self/fd", &info) != 0)
            return "there is no /proc, by which it would be opened anew, as behind chroot(): fork "
                   "first, and change the root directory in the child, after its first call; or "
                   "mount /proc within the new root";
        return "the program has closed its descriptor (closefrom()), and the name does not mean it "
               "any more: keep the descriptors, or the name";
    default:
        return told(why);
    }
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

void liveness::attach_children(void (*attach)(void*) noexcept, void* self) noexcept {
    const std::lock_guard<std::mutex> lock(descriptor_registry::instance().mutex());
    opened_.attach_child = attach;
    opened_.attached_as = self;
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
