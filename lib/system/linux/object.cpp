// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Names of segments on Linux: entries of /dev/shm, which is where shm_open(3) puts them. And how
// they are mapped.

#include "../format.hpp"

#include <shared_memory/detail/kernel_object.hpp>
#include <shared_memory/detail/layout/words.hpp>
#include <shared_memory/error.hpp>
#include <shared_memory/options.hpp>
#include <shared_memory/shared_buffer.hpp>

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

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <limits>
#include <optional>
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
    kernel_object object;
    if (!is_old(path_of(name)) ||
        object.open(name, kernel_object::access::read_write) !=
            kernel_object::open_result::opened ||
        !object.try_take_all())
        return;
    // Its builder, if it lives, finds the name gone and starts again.
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

// As the kernel's headers have them; those of the system may be older than the kernel.
constexpr int advice_populate_read = 22;  // MADV_POPULATE_READ, Linux 5.14
constexpr int advice_populate_write = 23; // MADV_POPULATE_WRITE
constexpr int advice_collapse = 25;       // MADV_COLLAPSE, Linux 6.1

//! The lines of a file that the kernel writes; none if it does not.
class kernel_lines {
public:
    explicit kernel_lines(const char* path) noexcept : file_(std::fopen(path, "re")) {}
    kernel_lines(const kernel_lines&) = delete;
    kernel_lines& operator=(const kernel_lines&) = delete;
    ~kernel_lines() {
        std::free(line_);
        if (file_ != nullptr)
            std::fclose(file_);
    }
    bool next() noexcept { return file_ != nullptr && ::getline(&line_, &capacity_, file_) > 0; }
    std::string_view line() const noexcept { return line_; }

private:
    std::FILE* file_;
    char* line_ = nullptr;
    std::size_t capacity_ = 0;
};

//! Takes a number off the front; none if there is none.
std::optional<std::uint64_t> take_number(std::string_view& text, int base = 10) noexcept {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc())
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

//! Adds what a line of smaps says of that, in bytes: "Rss:        8 kB".
void add_from(std::string_view line, std::string_view what, std::optional<std::uint64_t>& to) {
    if (line.substr(0, what.size()) != what)
        return;
    line.remove_prefix(std::min(line.find_first_not_of(' ', what.size()), line.size()));
    if (const auto kib = take_number(line))
        to = to.value_or(0) + *kib * 1024;
}

//! Where an object of that size could be mapped in huge pages: their multiple, as its beginning is.
//! Null: nowhere. Nobody keeps the place free.
void* place_for_huge_pages(std::int64_t object_size) noexcept {
    kernel_lines file("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
    std::string_view text = file.next() ? file.line() : std::string_view();
    const auto page = static_cast<std::size_t>(take_number(text).value_or(0));
    const auto size = static_cast<std::uint64_t>(object_size);
    if (page == 0 || size < page || size > std::numeric_limits<std::size_t>::max() - page)
        return nullptr;
    const auto room = static_cast<std::size_t>(size) + page;
    void* const found =
        ::mmap(nullptr, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (found == MAP_FAILED)
        return nullptr;
    ::munmap(found, room);
    const std::size_t beyond = reinterpret_cast<std::uintptr_t>(found) % page;
    return static_cast<std::byte*>(found) + (beyond == 0 ? 0 : page - beyond);
}

boost::interprocess::mapped_region
mapped_in_huge_pages(const boost::interprocess::shared_memory_object& object) {
    namespace bi = boost::interprocess;
    bi::offset_t size = 0;
    void* const place = object.get_size(size) ? place_for_huge_pages(size) : nullptr;
    try {
        if (place != nullptr)
            return bi::mapped_region(object, object.get_mode(), 0, 0, place);
    } catch (const bi::interprocess_exception&) {
        // another thread was quicker
    }
    return bi::mapped_region(object, object.get_mode());
}

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
    try {
        bi::managed_shared_memory object(bi::create_only, name.c_str(),
                                         static_cast<std::size_t>(identity.total_size), nullptr,
                                         who);
        lay_out(object, identity);
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

bool kernel_object::publish(const std::string& temporary, const std::string& name) {
    if (::renameat2(AT_FDCWD, path_of(temporary).c_str(), AT_FDCWD, path_of(name).c_str(),
                    RENAME_NOREPLACE) == 0) {
        renamed(name);
        return true;
    }
    if (errno == EEXIST)
        return false;
    throw_system_error(errno, "giving the new segment its name \"" + name + '"');
}

void kernel_object::publish_over(const std::string& temporary, const std::string& name) {
    if (::rename(path_of(temporary).c_str(), path_of(name).c_str()) != 0)
        throw_system_error(errno, "replacing the unused segment \"" + name + '"');
    renamed(name);
}

bool remove_name(const std::string& name) noexcept {
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
                  const boost::interprocess::permissions& who, kernel_object& object) {
    build_object(name, identity, who);
    return object.open(name, kernel_object::access::read_write) ==
           kernel_object::open_result::opened;
}

bool map_object(const std::string& name, bool read_only, bool for_huge_pages,
                boost::interprocess::mapped_region& region) {
    namespace bi = boost::interprocess;
    try {
        const bi::mode_t mode = read_only ? bi::read_only : bi::read_write;
        const bi::shared_memory_object object(bi::open_only, name.c_str(), mode);
        bi::mapped_region mapping =
            for_huge_pages ? mapped_in_huge_pages(object) : bi::mapped_region(object, mode);
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

void prepare_memory(const boost::interprocess::mapped_region& region,
                    const shared_memory::options& how) noexcept {
    void* const begin = region.get_address();
    const std::size_t size = region.get_size();
    if (how.huge_pages()) {
        // The first is for what the system's settings let the kernel do by itself, as memory is
        // allocated or later; the second does it now, whatever they say.
        ::madvise(begin, size, MADV_HUGEPAGE);
        ::madvise(begin, size, advice_collapse);
    }
    if (how.prefault()) {
        const bool write = region.get_mode() != boost::interprocess::read_only;
        const int advice = write ? advice_populate_write : advice_populate_read;
        if (::madvise(begin, size, advice) != 0 && errno == EINVAL)
            touch(region); // the kernel does not know it
    }
}

memory_use memory_of(const boost::interprocess::mapped_region& region) {
    const std::size_t page = boost::interprocess::mapped_region::get_page_size();
    const std::uint64_t begin = reinterpret_cast<std::uintptr_t>(region.get_address());
    const std::uint64_t end = begin + (region.get_size() + page - 1) / page * page;
    memory_use told{end - begin, {}, {}};
    std::uint64_t seen = 0; // it may be told in parts
    bool inside = false;
    for (kernel_lines smaps("/proc/self/smaps"); smaps.next();) {
        std::string_view rest = smaps.line();
        const auto from = take_number(rest, 16);
        if (from && rest.substr(0, 1) == "-") {
            rest.remove_prefix(1);
            const std::uint64_t to = take_number(rest, 16).value_or(0);
            inside = *from >= begin && to <= end && to > *from;
            seen += inside ? to - *from : 0;
        } else if (inside) {
            add_from(smaps.line(), "Rss:", told.resident_bytes);
            add_from(smaps.line(), "ShmemPmdMapped:", told.huge_bytes);
        }
    }
    if (seen != told.mapped_bytes)
        return {told.mapped_bytes, {}, {}};
    return told;
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
