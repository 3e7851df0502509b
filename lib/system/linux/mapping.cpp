// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The memory of an object on Linux: mapped by Boost.Interprocess, with advice for the kernel.

#include <system/mapping.hpp>

#include <shared_memory/options.hpp>
#include <shared_memory/reports.hpp>

#include <system/failure.hpp>
#include <system/touch_pages.hpp>

#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/shared_memory_object.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string_view>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

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
//! Null: nowhere. The place is not kept free.
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

} // namespace

bool mapping::map(const std::string& name, bool read_only, bool for_huge_pages) {
    namespace bi = boost::interprocess;
    bi::offset_t bytes = 0;
    try {
        const bi::mode_t mode = read_only ? bi::read_only : bi::read_write;
        const bi::shared_memory_object object(bi::open_only, name.c_str(), mode);
        object.get_size(bytes);
        bi::mapped_region fresh =
            for_huge_pages ? mapped_in_huge_pages(object) : bi::mapped_region(object, mode);
        region_.swap(fresh);
    } catch (const bi::interprocess_exception& failure) {
        if (failure.get_error_code() == bi::not_found_error)
            return false;
        throw_boost_failure(failure, {task::map, name, static_cast<std::uint64_t>(bytes)});
    }
    // A core dump of a segment takes seconds, for which the dead process would seem to live.
    ::madvise(region_.get_address(), region_.get_size(), MADV_DONTDUMP);
    return true;
}

void mapping::prepare(const shared_memory::options& how) const noexcept {
    void* const begin = region_.get_address();
    const std::size_t size = region_.get_size();
    if (how.uses_huge_pages()) {
        // The first is for what the system's settings let the kernel do by itself, as memory is
        // allocated or later; the second does it now, whatever they say.
        ::madvise(begin, size, MADV_HUGEPAGE);
        ::madvise(begin, size, advice_collapse);
    }
    if (how.prefaults()) {
        const bool write = region_.get_mode() != boost::interprocess::read_only;
        const int advice = write ? advice_populate_write : advice_populate_read;
        if (::madvise(begin, size, advice) != 0 && errno == EINVAL)
            touch_pages(region_); // the kernel does not know it
    }
}

memory_use mapping::memory() const {
    const std::size_t page = boost::interprocess::mapped_region::get_page_size();
    const std::uint64_t begin = reinterpret_cast<std::uintptr_t>(region_.get_address());
    const std::uint64_t end = begin + (region_.get_size() + page - 1) / page * page;
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

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
