// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Names of segments on Linux: entries of /dev/shm, which is where shm_open(3) puts them.

#include "opened_object.hpp"

#include <shared_memory/error.hpp>
#include <shared_memory/options.hpp>

#include <system/format.hpp>
#include <system/linux/calls.hpp>
#include <system/liveness.hpp>

#include <boost/interprocess/managed_shared_memory.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <mutex>
#include <string_view>
#include <system_error>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

constexpr char directory[] = "/dev/shm/";
constexpr std::string_view temporary_prefix = ".shared_memory-"; // 16 hexadecimal digits follow
constexpr std::size_t temporary_length = temporary_prefix.size() + 16;
constexpr time_t temporary_age = 60; // seconds; an object is built in much less

std::string path_of(const std::string& name) {
    return directory + name;
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

class signal_block {
public:
    signal_block() noexcept {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &old_);
    }
    ~signal_block() { ::pthread_sigmask(SIG_SETMASK, &old_, nullptr); }
    signal_block(const signal_block&) = delete;
    signal_block& operator=(const signal_block&) = delete;

private:
    sigset_t old_;
};

} // namespace

std::string temporary_name() {
    constexpr char digits[] = "0123456789abcdef";
    unsigned char random[8];
    random_bytes(random, sizeof random);
    std::string name(temporary_prefix);
    for (const unsigned char byte : random) {
        name += digits[byte >> 4U];
        name += digits[byte & 15U];
    }
    return name;
}

void sweep_temporaries() noexcept {
    DIR* const entries = ::opendir(directory);
    if (entries == nullptr)
        return;
    while (const dirent* entry = ::readdir(entries)) {
        const std::string_view name(entry->d_name);
        if (name.size() != temporary_length ||
            name.substr(0, temporary_prefix.size()) != temporary_prefix)
            continue;
        try {
            sweep(std::string(name));
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
        if (why == ENOENT)
            return open_result::not_found;
        if (why == ELOOP || why == EISDIR || why == ENXIO || why == ENODEV)
            return open_result::not_an_object;
        throw_system_error(why, "opening \"" + name + '"');
    }
    struct stat info {};
    if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        sys::close(fd);
        return open_result::not_an_object;
    }
    opened->descriptor = fd;
    opened->device = info.st_dev;
    opened->inode = info.st_ino;
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

bool kernel_object::has_name(const std::string& name) const noexcept {
    // without an allocation that could fail: names are short
    char path[256];
    std::snprintf(path, sizeof path, "%s%s", directory, name.c_str());
    struct stat info {};
    return ::lstat(path, &info) == 0 && info.st_dev == opened_->device &&
           info.st_ino == opened_->inode;
}

bool kernel_object::publish(const std::string& temporary, const std::string& name) {
    const int why = sys::rename_if_free(path_of(temporary).c_str(), path_of(name).c_str());
    if (why == EEXIST)
        return false;
    if (why != 0)
        throw_system_error(why, "giving the new segment its name \"" + name + '"');
    opened_->set_path(path_of(name));
    return true;
}

void kernel_object::publish_over(const std::string& temporary, const std::string& name) {
    const int why = sys::rename(path_of(temporary).c_str(), path_of(name).c_str());
    if (why != 0)
        throw_system_error(why, "replacing the unused segment \"" + name + '"');
    opened_->set_path(path_of(name));
}

bool remove_name(const std::string& name) noexcept {
    // without an allocation that could fail: names are short
    char path[256];
    std::snprintf(path, sizeof path, "%s%s", directory, name.c_str());
    const int why = sys::unlink(path);
    return why == 0 || why == ENOENT;
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
            throw_system_error(errno, "getting random bytes");
        if (got > 0) {
            out += got;
            bytes -= static_cast<std::size_t>(got);
        }
    }
}

// If it fails, Boost leaves an object of one byte.
bool build_object(const std::string& name, const object_extent& extent,
                  const boost::interprocess::permissions& who,
                  const std::function<void(void* block)>& format, kernel_object& object) {
    namespace bi = boost::interprocess;
    {
        // A signal would send a large reservation back to its start, again and again.
        const signal_block no_signals;
        try {
            auto built = sys::create<bi::managed_shared_memory>(
                name.c_str(), static_cast<std::size_t>(extent.bytes), who);
            format_object(built, extent, format);
        } catch (const bi::interprocess_exception& failure) {
            throw_boost_failure(failure, "reserving " + std::to_string(extent.bytes) +
                                             " bytes of shared memory");
        }
    }
    return object.open(name, kernel_object::access::read_write) ==
           kernel_object::open_result::opened;
}

void throw_system_error(int number, const std::string& doing) {
    errc code = errc::system_error;
    const char* advice = "";
    switch (number) {
    case EACCES:
    case EPERM:
        code = errc::permission_denied;
        advice = "; it belongs to another user, or its permissions do not let this one in";
        break;
    case ENOSPC:
    case ENOMEM:
    case EDQUOT:
        code = errc::no_space;
        advice = "; free shared memory (df /dev/shm tells how much there is) or ask for less";
        break;
    case ENOENT:
        code = errc::not_found;
        break;
    case EMFILE:
    case ENFILE:
        advice = "; too many files are open (ulimit -n)";
        break;
    default:
        break;
    }
    throw error(code, "shared_memory: " + doing + ": " +
                          std::error_code(number, std::generic_category()).message() + advice);
}

void throw_boost_failure(const boost::interprocess::interprocess_exception& failure,
                         const std::string& doing) {
    if (failure.get_native_error() != 0)
        throw_system_error(failure.get_native_error(), doing);
    throw error(errc::system_error, "shared_memory: " + doing + ": " + failure.what());
}

} // namespace detail

boost::interprocess::permissions options::owner_only() {
    return boost::interprocess::permissions(S_IRUSR | S_IWUSR);
}

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
