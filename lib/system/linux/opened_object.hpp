// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What linux/object.cpp and linux/liveness.cpp know of an open object together.

#ifndef SHARED_MEMORY_LIB_SYSTEM_LINUX_OPENED_OBJECT_HPP
#define SHARED_MEMORY_LIB_SYSTEM_LINUX_OPENED_OBJECT_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/layout/header.hpp>

#include <system/object.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

// The bytes of an object whose locks tell who is alive (liveness.hpp): the slots' begin at 0. They are
// the same in each version of the layout.
inline constexpr off_t name_byte = 1023;
inline constexpr off_t observer_byte = 1024;
static_assert(name_byte == max_slots, "the slots' bytes end there");

struct kernel_object::opened_object {
    // changed with the registry's mutex held; -1: lost
    std::atomic<int> descriptor{-1};
    // The locks are held by the pinned page alone: the descriptor is a later one, to ask with.
    std::atomic<bool> reopened{false};
    std::atomic<int> why_lost{0}; // the error of the last try to open the object anew
    dev_t device = 0;
    std::atomic<int> refused{0}; // the error of a question about a lock that the system refused
    ino_t inode = 0;
    uid_t user = 0; // whose the object is
    mode_t mode = 0;
    std::string path;
    void* pinned = nullptr; // a page of the object: it holds a reference to the description
    std::atomic<std::uint32_t>* status = nullptr;
    std::uint32_t fork_sets = 0;
    std::uint32_t fork_clears = 0;
    void (*attach_child)(void*) noexcept = nullptr; // a fork's child calls that with `attached_as`
    void* attached_as = nullptr;
    bool writable = false;
    opened_object* previous = nullptr;
    opened_object* next = nullptr;

    bool is_ours(int fd) const noexcept {
        struct stat info {};
        return fd >= 0 && ::fstat(fd, &info) == 0 && info.st_dev == device && info.st_ino == inode;
    }
    int flags() const noexcept {
        return (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    }
    //! The descriptor; if the program has closed it, a new one; -1 if there is none to be had.
    int usable() noexcept;
    void unpin() noexcept;
    //! The object has been given another name.
    void set_path(std::string other);
};

//! Every descriptor that holds locks, for fork(): the child's copy would keep the parent's locks
//! after the parent's death, also if the child never calls us.
class descriptor_registry {
public:
    static descriptor_registry& instance();

    //! Held while a descriptor comes or goes: no fork comes between.
    std::mutex& mutex() noexcept { return mutex_; }

    // With the mutex held.
    void add(kernel_object::opened_object& object) noexcept;
    void remove(kernel_object::opened_object& object) noexcept;

private:
    descriptor_registry();
    void before_fork() noexcept;
    void after_fork_in_parent() noexcept;
    void after_fork_in_child() noexcept;
    void open_own_descriptors() noexcept;

    std::mutex mutex_;
    int child_[2] = {-1, -1}; // a pipe: its end comes when the child has attached, or is dead
    kernel_object::opened_object* first_ = nullptr;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
