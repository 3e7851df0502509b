// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who is alive, on Linux: open-file-description locks (fcntl(2), F_OFD_SETLK) on bytes of the
// object.

#include <shared_memory/detail/kernel_object.hpp>
#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/detail/layout/words.hpp>
#include <shared_memory/error.hpp>

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <mutex>
#include <sstream>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

constexpr off_t gate_byte = max_slots;
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

struct kernel_object::system_state {
    // changed with the registry's mutex held; -1: lost
    std::atomic<int> descriptor{-1};
    // The locks are the pinned page's: the descriptor is a later one, to ask with.
    std::atomic<bool> reopened{false};
    dev_t device = 0;
    ino_t inode = 0;
    std::string path;
    void* pinned = MAP_FAILED;
    std::atomic<std::uint32_t>* status = nullptr;
    std::uint32_t fork_sets = 0;
    std::uint32_t fork_clears = 0;
    bool writable = false;
    system_state* previous = nullptr;
    system_state* next = nullptr;

    bool is_ours(int fd) const noexcept {
        struct stat info {};
        return fd >= 0 && ::fstat(fd, &info) == 0 && info.st_dev == device && info.st_ino == inode;
    }
    int flags() const noexcept {
        return (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    }
    //! The descriptor; if somebody closed it behind our back, a new one; -1 if there is none to be
    //! had.
    int usable() noexcept;
};

namespace {

// Every descriptor that holds locks, for fork(): the child's copy would keep the parent's slots
// taken after the parent's death, also if the child never calls us.
class descriptor_registry {
public:
    static descriptor_registry& instance() {
        // never destroyed: static handles may outlive it
        static auto* const one = new descriptor_registry;
        return *one;
    }

    std::mutex& mutex() noexcept { return mutex_; }

    // With the mutex held.
    void add(kernel_object::system_state& state) noexcept {
        // A number that is new to us was free: whoever had it lost it to closefrom() or the like.
        for (auto* other = first_; other != nullptr; other = other->next) {
            if (other->descriptor == state.descriptor)
                other->descriptor = -1;
        }
        state.next = first_;
        if (first_ != nullptr)
            first_->previous = &state;
        first_ = &state;
    }
    void remove(kernel_object::system_state& state) noexcept {
        (state.previous == nullptr ? first_ : state.previous->next) = state.next;
        if (state.next != nullptr)
            state.next->previous = state.previous;
    }

private:
    descriptor_registry() {
        ::pthread_atfork([] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
                         [] {
                             instance().after_fork();
                             instance().mutex_.unlock();
                         });
    }

    // In the child, which has one thread: only calls that are safe there.
    void after_fork() noexcept {
        for (auto* state = first_; state != nullptr; state = state->next) {
            // the page was not inherited (MADV_DONTFORK)
            state->pinned = MAP_FAILED;
            const int inherited = state->descriptor;
            int own = -1;
            if (state->is_ours(inherited)) {
                char path[32];
                std::snprintf(path, sizeof path, "/proc/self/fd/%d", inherited);
                // A description of its own, of the same object, also if its name has gone.
                own = ::open(path, state->flags() & ~O_NOFOLLOW);
                ::close(inherited);
            }
            state->descriptor = own;
            state->reopened = false;
            if (state->status != nullptr)
                *state->status = (*state->status | state->fork_sets) & ~state->fork_clears;
        }
    }

    std::mutex mutex_;
    kernel_object::system_state* first_ = nullptr;
};

} // namespace

int kernel_object::system_state::usable() noexcept {
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

kernel_object::kernel_object() noexcept = default;
kernel_object::kernel_object(kernel_object&& other) noexcept = default;
kernel_object& kernel_object::operator=(kernel_object&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

kernel_object::~kernel_object() {
    if (!state_)
        return;
    auto& registry = descriptor_registry::instance();
    const std::lock_guard<std::mutex> lock(registry.mutex());
    registry.remove(*state_);
    if (state_->pinned != MAP_FAILED)
        ::munmap(state_->pinned, page_bytes);
    if (state_->is_ours(state_->descriptor))
        ::close(state_->descriptor);
}

kernel_object::open_result kernel_object::open(const std::string& name, access mode) {
    auto state = std::make_unique<system_state>();
    state->path = "/dev/shm/" + name;
    state->writable = mode == access::read_write;

    auto& registry = descriptor_registry::instance();
    // A fork between open and add would leave the child a copy that nobody closes.
    std::unique_lock<std::mutex> lock(registry.mutex());
    int fd = ::open(state->path.c_str(), state->flags());
    int why = errno;
    if (fd >= 0 && fd <= 2) { // the program may put its standard streams there
        const int higher = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
        why = errno;
        ::close(fd);
        fd = higher;
    }
    if (fd < 0) {
        if (why == ENOENT)
            return open_result::not_found;
        if (why == ELOOP || why == EISDIR || why == ENXIO || why == ENODEV)
            return open_result::not_an_object;
        throw_system_error(why, "opening \"" + name + '"');
    }
    struct stat info {};
    if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        ::close(fd);
        return open_result::not_an_object;
    }
    state->descriptor = fd;
    state->device = info.st_dev;
    state->inode = info.st_ino;
    registry.add(*state);
    lock.unlock();
    *this = kernel_object();
    state_ = std::move(state);
    return open_result::opened;
}

std::uint64_t kernel_object::size() const {
    struct stat info {};
    return ::fstat(state_->usable(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

bool kernel_object::read(std::uint64_t offset, void* to, std::size_t bytes) const {
    return ::pread(state_->usable(), to, bytes, static_cast<off_t>(offset)) ==
           static_cast<ssize_t>(bytes);
}

bool kernel_object::has_name(const std::string& name) const noexcept {
    // without an allocation that could fail: names are short
    char path[256];
    std::snprintf(path, sizeof path, "/dev/shm/%s", name.c_str());
    struct stat info {};
    return ::lstat(path, &info) == 0 && info.st_dev == state_->device &&
           info.st_ino == state_->inode;
}

void kernel_object::renamed(const std::string& name) {
    std::string path = "/dev/shm/" + name;
    const std::lock_guard<std::mutex> lock(descriptor_registry::instance().mutex());
    state_->path.swap(path);
}

bool kernel_object::is_lost() const noexcept {
    return state_->usable() == -1;
}

bool kernel_object::try_take_slot(std::uint32_t slot) noexcept {
    return set_lock(state_->usable(), F_WRLCK, static_cast<off_t>(slot), 1);
}

void kernel_object::leave_slot(std::uint32_t slot) noexcept {
    if (state_->reopened) { // the lock goes with the page
        const std::lock_guard<std::mutex> lock(descriptor_registry::instance().mutex());
        if (state_->pinned != MAP_FAILED)
            ::munmap(state_->pinned, page_bytes);
        state_->pinned = MAP_FAILED;
    }
    set_lock(state_->usable(), F_UNLCK, static_cast<off_t>(slot), 1);
}

bool kernel_object::is_taken(std::uint32_t slot) const noexcept {
    return is_locked(state_->usable(), static_cast<off_t>(slot));
}

bool kernel_object::try_take_all() noexcept {
    return set_lock(state_->usable(), F_WRLCK, 0, gate_byte + 1);
}

void kernel_object::leave_all() noexcept {
    set_lock(state_->usable(), F_UNLCK, 0, gate_byte + 1);
}

void kernel_object::leave_all_but(std::uint32_t slot) noexcept {
    const int fd = state_->usable();
    const auto kept = static_cast<off_t>(slot);
    if (kept != 0)
        set_lock(fd, F_UNLCK, 0, kept);
    set_lock(fd, F_UNLCK, kept + 1, gate_byte - kept);
}

bool kernel_object::try_take_gate() noexcept {
    return set_lock(state_->usable(), F_WRLCK, gate_byte, 1);
}

void kernel_object::leave_gate() noexcept {
    set_lock(state_->usable(), F_UNLCK, gate_byte, 1);
}

bool kernel_object::is_gate_taken() const noexcept {
    return is_locked(state_->usable(), gate_byte);
}

void kernel_object::observe() noexcept {
    set_lock(state_->usable(), F_RDLCK, observer_byte, 1);
}

void kernel_object::pin() noexcept {
    // Under the mutex: no fork may come between mmap and madvise.
    const std::lock_guard<std::mutex> lock(descriptor_registry::instance().mutex());
    if (state_->pinned != MAP_FAILED)
        return;
    void* page = ::mmap(nullptr, page_bytes, PROT_READ, MAP_SHARED, state_->descriptor, 0);
    if (page == MAP_FAILED)
        return; // only closefrom() in this process would matter
    if (::madvise(page, page_bytes, MADV_DONTFORK) != 0) {
        ::munmap(page, page_bytes);
        return;
    }
    ::madvise(page, page_bytes, MADV_DONTDUMP);
    state_->pinned = page;
}

void kernel_object::watch_forks(std::atomic<std::uint32_t>& status, std::uint32_t set,
                                std::uint32_t clear) noexcept {
    const std::lock_guard<std::mutex> lock(descriptor_registry::instance().mutex());
    state_->status = &status;
    state_->fork_sets = set;
    state_->fork_clears = clear;
}

process_identity this_process() {
    // Field 22 of /proc/self/stat; the second one, in parentheses, may contain anything.
    process_identity result{static_cast<std::uint64_t>(::getpid()), 0};
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    const std::size_t end_of_name = line.rfind(')');
    if (end_of_name == std::string::npos)
        return result;
    std::istringstream fields(line.substr(end_of_name + 1));
    std::string skipped;
    for (int field = 3; field != 22; ++field)
        fields >> skipped;
    fields >> result.start_time;
    return result;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
