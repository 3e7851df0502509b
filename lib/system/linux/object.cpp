// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Names of segments on Linux: entries of /dev/shm, which is where shm_open(3) puts them.

#include "opened_object.hpp"

#include <shared_memory/detail/layout/words.hpp>
#include <shared_memory/error.hpp>
#include <shared_memory/options.hpp>

#include <system/failure.hpp>
#include <system/format.hpp>
#include <system/linux/calls.hpp>
#include <system/liveness.hpp>
#include <system/signals.hpp>
#include <system/temporary.hpp>

#include <boost/interprocess/managed_shared_memory.hpp>
#include <boost/memory_order.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <mutex>
#include <string_view>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

constexpr char directory[] = "/dev/shm/";
constexpr time_t temporary_age = 60; // seconds; its builder has locked it in much less

std::string path_of(const std::string& name) {
    return directory + name;
}

// The same without an allocation, which may fail, and without a call that a signal handler may not
// make: names are short.
class short_path {
public:
    explicit short_path(const std::string& name) noexcept {
        const std::size_t length = (std::min)(name.size(), sizeof text_ - sizeof directory);
        std::memcpy(text_, directory, sizeof directory - 1);
        std::memcpy(text_ + sizeof directory - 1, name.data(), length);
        text_[sizeof directory - 1 + length] = 0;
    }
    operator const char*() const noexcept { return text_; } // NOLINT: stands for the path

private:
    char text_[256];
};

bool is_there(const char* path) noexcept {
    struct stat info {};
    return ::stat(path, &info) == 0;
}

bool is_old(const std::string& path) {
    struct stat info {};
    struct timespec now {};
    return ::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
           ::clock_gettime(CLOCK_REALTIME, &now) == 0 &&
           now.tv_sec - info.st_ctim.tv_sec > temporary_age;
}

void sweep(const std::string& name) {
    kernel_object object;
    if (!is_old(path_of(name)) ||
        object.open(name, kernel_object::access::read_write) !=
            kernel_object::open_result::opened ||
        !liveness(object).try_lock_all())
        return;
    // Its builder, if it lives, finds the name gone and starts again.
    if (object.has_name(name) && is_old(path_of(name)))
        sys::unlink(path_of(name).c_str());
}

// A file beyond the limit of files' sizes (ulimit -f) is an error, and besides sends SIGXFSZ, which
// ends a process: that signal is taken back.
class no_file_size_signal {
public:
    no_file_size_signal() noexcept : was_pending_(is_pending()) {}
    ~no_file_size_signal() {
        if (!was_pending_ && is_pending()) {
            sigset_t one;
            ::sigemptyset(&one);
            ::sigaddset(&one, SIGXFSZ);
            constexpr struct timespec at_once {};
            ::sigtimedwait(&one, nullptr, &at_once);
        }
    }
    no_file_size_signal(const no_file_size_signal&) = delete;
    no_file_size_signal& operator=(const no_file_size_signal&) = delete;

private:
    static bool is_pending() noexcept {
        sigset_t pending;
        return ::sigpending(&pending) == 0 && ::sigismember(&pending, SIGXFSZ) == 1;
    }

    const hold_signals meanwhile_; // goes last
    const bool was_pending_;
};

} // namespace

void sweep_temporaries() noexcept {
    DIR* const entries = ::opendir(directory);
    if (entries == nullptr)
        return;
    while (const dirent* entry = ::readdir(entries)) {
        if (!is_temporary(entry->d_name))
            continue;
        try {
            sweep(entry->d_name);
        } catch (const std::exception&) {
            // another user's object, or no descriptor is left: the next creator tries again
        }
    }
    ::closedir(entries);
}

kernel_object::kernel_object() noexcept = default;
kernel_object::kernel_object(kernel_object&& other) noexcept = default;
kernel_object& kernel_object::operator=(kernel_object&& other) noexcept {
    std::swap(opened_, other.opened_);
    return *this;
}

kernel_object::~kernel_object() {
    if (!opened_)
        return;
    auto& registry = descriptor_registry::instance();
    const std::lock_guard<std::mutex> lock(registry.mutex());
    registry.remove(*opened_);
    opened_->unpin();
    if (opened_->is_ours(opened_->descriptor))
        sys::close(opened_->descriptor);
}

kernel_object::open_result kernel_object::open(const std::string& name, access mode) {
    auto opened = std::make_unique<opened_object>();
    opened->path = path_of(name);
    opened->writable = mode == access::read_write;

    auto& registry = descriptor_registry::instance();
    // A fork between open and add would leave the child a copy that nobody closes.
    std::unique_lock<std::mutex> lock(registry.mutex());
    int fd = ::open(opened->path.c_str(), opened->flags());
    int why = errno;
    if (fd >= 0 && fd <= 2) { // the program may put its standard streams there
        const int higher = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
        why = errno;
        sys::close(fd);
        fd = higher;
    }
    if (fd < 0) {
        if (why == ENOENT && is_there(directory))
            return open_result::not_found;
        if (why == ELOOP || why == EISDIR || why == ENXIO || why == ENODEV)
            return open_result::not_an_object;
        throw_system_error(why, {task::open, name});
    }
    struct stat info {};
    if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        sys::close(fd);
        return open_result::not_an_object;
    }
    // Where no locks are to be had, each would seem to be another handle's, for ever.
    if (const int refused = sys::probe_locks(fd, observer_byte)) {
        sys::close(fd);
        throw_system_error(refused, {task::lock, name});
    }
    opened->descriptor = fd;
    opened->device = info.st_dev;
    opened->inode = info.st_ino;
    opened->user = info.st_uid;
    opened->mode = info.st_mode;
    registry.add(*opened);
    lock.unlock();
    *this = kernel_object();
    opened_ = std::move(opened);
    return open_result::opened;
}

std::uint64_t kernel_object::size() const {
    struct stat info {};
    return ::fstat(opened_->usable(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

bool kernel_object::read(std::uint64_t offset, void* to, std::size_t bytes) const {
    return ::pread(opened_->usable(), to, bytes, static_cast<off_t>(offset)) ==
           static_cast<ssize_t>(bytes);
}

bool kernel_object::change_bits(std::uint64_t offset, std::uint32_t set,
                                std::uint32_t out) noexcept {
    const std::uint64_t page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    // Not by pwrite, which the limit of files' sizes may forbid.
    void* const mapped = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED,
                                opened_->usable(), static_cast<off_t>(offset / page * page));
    if (mapped == MAP_FAILED)
        return false;
    auto& word =
        *reinterpret_cast<ipc_words::word32*>(static_cast<std::byte*>(mapped) + offset % page);
    std::uint32_t seen = word.load(boost::memory_order_relaxed);
    while (!word.compare_exchange_weak(seen, (seen | set) & ~out, boost::memory_order_seq_cst,
                                       boost::memory_order_relaxed)) {
    }
    ::munmap(mapped, page);
    return true;
}

bool kernel_object::has_name(const std::string& name) const noexcept {
    const short_path path(name);
    struct stat info {};
    return ::lstat(path, &info) == 0 && info.st_dev == opened_->device &&
           info.st_ino == opened_->inode;
}

bool kernel_object::publish(const std::string& temporary, const std::string& name) {
    const int why = sys::rename_if_free(path_of(temporary).c_str(), path_of(name).c_str());
    if (why == EEXIST)
        return false;
    if (why != 0)
        throw_system_error(why, {task::publish, name});
    opened_->set_path(path_of(name));
    return true;
}

void kernel_object::publish_over(const std::string& temporary, const std::string& name) {
    const int why = sys::rename(path_of(temporary).c_str(), path_of(name).c_str());
    if (why != 0)
        throw_system_error(why, {task::replace, name});
    opened_->set_path(path_of(name));
}

bool remove_name(const std::string& name) noexcept {
    const short_path path(name);
    const int why = sys::unlink(path);
    return why == 0 || why == ENOENT;
}

// In a sticky folder, a name may be removed by its owner and by the folder's.
bool may_remove_name(const std::string& name) noexcept {
    const short_path path(name);
    struct stat folder {};
    struct stat info {};
    const uid_t self = ::geteuid();
    return self == 0 || ::stat(directory, &folder) != 0 || (folder.st_mode & S_ISVTX) == 0 ||
           folder.st_uid == self || ::lstat(path, &info) != 0 || info.st_uid == self;
}

bool objects_outlive_users() noexcept {
    return true;
}

std::uint64_t free_space() noexcept {
    struct statvfs info {};
    return ::statvfs(directory, &info) == 0 ? std::uint64_t{info.f_bavail} * info.f_frsize : 0;
}

void random_bytes(void* to, std::size_t bytes) {
    auto* out = static_cast<unsigned char*>(to);
    while (bytes != 0) {
        const ssize_t got = ::getrandom(out, bytes, 0);
        if (got < 0 && errno != EINTR)
            throw_system_error(errno, {task::random, {}});
        if (got > 0) {
            out += got;
            bytes -= static_cast<std::size_t>(got);
        }
    }
}

// The object is made small, and grows when this process has a lock of it, which keeps it from being
// swept: the small one takes no time, and the reservation of a large one may take minutes. If Boost
// fails, it leaves an object of one byte.
bool build_object(const std::string& name, const object_extent& extent,
                  const boost::interprocess::permissions& who,
                  const std::function<void(void* block)>& format, kernel_object& object) {
    namespace bi = boost::interprocess;
    const auto bytes = static_cast<std::size_t>(extent.bytes);
    constexpr auto small = static_cast<std::size_t>(page_bytes); // Boost's own words fit in
    // A signal would send a large reservation back to its start, again and again.
    const no_file_size_signal no_signals;
    try {
        sys::create<bi::managed_shared_memory>(name.c_str(), small, who);
        // The first slot, which the builder is going to take: as long as it is locked, nobody sweeps.
        if (object.open(name, kernel_object::access::read_write) !=
                kernel_object::open_result::opened ||
            !liveness(object).try_lock_slot(0) || !object.has_name(name))
            return false;
        sys::enlarge(name.c_str(), bytes);
        bi::managed_shared_memory built(bi::open_only, name.c_str());
        built.get_segment_manager()->grow(bytes - small);
        format_object(built, extent, format);
    } catch (const error&) {
        throw; // also a Boost one
    } catch (const bi::interprocess_exception& failure) {
        throw_boost_failure(failure, {task::create, name, extent.bytes});
    }
    return true;
}

} // namespace detail

boost::interprocess::permissions options::owner_only() {
    return boost::interprocess::permissions(S_IRUSR | S_IWUSR);
}

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
