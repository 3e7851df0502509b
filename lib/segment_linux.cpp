// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Names of segments on Linux: entries of /dev/shm, which is where shm_open(3) puts them.

#include <shared_memory/detail/crash_point.hpp>
#include <shared_memory/detail/segment_object.hpp>
#include <shared_memory/detail/wait_point.hpp>
#include <shared_memory/error.hpp>
#include <shared_memory/options.hpp>

#include <boost/interprocess/managed_shared_memory.hpp>
#include <boost/interprocess/shared_memory_object.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <new>
#include <string_view>
#include <system_error>

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
    segment_object object;
    if (SHARED_MEMORY_SWITCHED_OFF("sweep") || !is_old(path_of(name)) ||
        object.open(name, segment_object::access::read_write) !=
            segment_object::open_result::opened ||
        !object.try_take_all())
        return;
    // Its builder, if it lives, finds the name gone and starts again.
    SHARED_MEMORY_CRASH_POINT();
    if (object.has_name(name) && is_old(path_of(name)))
        ::unlink(path_of(name).c_str());
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

[[noreturn]] void throw_boost_failure(const boost::interprocess::interprocess_exception& failure,
                                      const std::string& doing) {
    if (failure.get_native_error() != 0)
        throw_system_error(failure.get_native_error(), doing);
    throw error(errc::system_error, "shared_memory: " + doing + ": " + failure.what());
}

// If it fails, Boost leaves an object of one byte.
void build_object(const std::string& name, const segment_identity& identity,
                  const boost::interprocess::permissions& who) {
    namespace bi = boost::interprocess;
    // A signal would send a large reservation back to its start, again and again.
    const signal_block no_signals;
    SHARED_MEMORY_CRASH_POINT();
    try {
        bi::managed_shared_memory object(bi::create_only, name.c_str(),
                                         static_cast<std::size_t>(identity.total_size), nullptr,
                                         who);
        const std::uint64_t bytes = identity.total_size - identity.block_offset - page_bytes;
        auto* const block = static_cast<std::byte*>(
            object.allocate_aligned(static_cast<std::size_t>(bytes), page_bytes));
        const auto offset =
            static_cast<std::uint64_t>(block - static_cast<std::byte*>(object.get_address()));
        if (offset != identity.block_offset)
            throw error(
                errc::system_error,
                "shared_memory: expected Boost.Interprocess to allocate the block at offset " +
                    std::to_string(identity.block_offset) + ", found " + std::to_string(offset) +
                    "; this version of Boost is not supported");
        SHARED_MEMORY_CRASH_POINT();
        // Fresh pages are zero, and all words start at zero: only the first page of what the
        // allocator may have touched is written.
        std::memset(static_cast<void*>(block), 0, sizeof(segment_block));
        auto* const laid_out = ::new (static_cast<void*>(block)) segment_block;
        initialise(laid_out->readers_sleep);
        initialise(laid_out->writers_sleep);
        initialise(laid_out->lock.free_sleep);
        initialise(laid_out->lock.drain_sleep);
        write_bytes(&laid_out->identity, &identity, sizeof identity);
    } catch (const bi::interprocess_exception& failure) {
        throw_boost_failure(failure, "reserving " + std::to_string(identity.total_size) +
                                         " bytes of shared memory");
    }
}

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
            // somebody else's, or no descriptor left: the next creator tries again
        }
    }
    ::closedir(entries);
}

bool segment_object::publish(const std::string& temporary, const std::string& name) {
    SHARED_MEMORY_CRASH_POINT();
    if (::renameat2(AT_FDCWD, path_of(temporary).c_str(), AT_FDCWD, path_of(name).c_str(),
                    RENAME_NOREPLACE) == 0) {
        renamed(name);
        return true;
    }
    if (errno == EEXIST)
        return false;
    throw_system_error(errno, "giving the new segment its name \"" + name + '"');
}

void segment_object::publish_over(const std::string& temporary, const std::string& name) {
    SHARED_MEMORY_CRASH_POINT();
    if (::rename(path_of(temporary).c_str(), path_of(name).c_str()) != 0)
        throw_system_error(errno, "replacing the unused segment \"" + name + '"');
    renamed(name);
}

bool remove_name(const std::string& name) noexcept {
    SHARED_MEMORY_CRASH_POINT();
    // without an allocation that could fail: names are short
    char path[256];
    std::snprintf(path, sizeof path, "%s%s", directory, name.c_str());
    return ::unlink(path) == 0 || errno == ENOENT;
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

bool build_object(const std::string& name, const segment_identity& identity,
                  const boost::interprocess::permissions& who, segment_object& object) {
    build_object(name, identity, who);
    return object.open(name, segment_object::access::read_write) ==
           segment_object::open_result::opened;
}

bool map_object(const std::string& name, bool read_only,
                boost::interprocess::mapped_region& region) {
    namespace bi = boost::interprocess;
    try {
        const bi::mode_t mode = read_only ? bi::read_only : bi::read_write;
        const bi::shared_memory_object object(bi::open_only, name.c_str(), mode);
        bi::mapped_region mapping(object, mode);
        region.swap(mapping);
    } catch (const bi::interprocess_exception& failure) {
        if (failure.get_error_code() == bi::not_found_error)
            return false;
        throw_boost_failure(failure, "mapping \"" + name + '"');
    }
    // A core dump of a segment takes seconds, for which the dead process would seem to live.
    ::madvise(region.get_address(), region.get_size(), MADV_DONTDUMP);
    return true;
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

} // namespace detail

boost::interprocess::permissions options::owner_only() {
    return boost::interprocess::permissions(S_IRUSR | S_IWUSR);
}

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
