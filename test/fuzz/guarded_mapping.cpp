// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The linker sends the library's calls of mmap and munmap here (--wrap).

#include "guarded_mapping.hpp"

#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/detail/layout/ring.hpp>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <sanitizer/asan_interface.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

extern "C" {
void* __real_mmap(void*, std::size_t, int, int, int, off_t);
int __real_munmap(void*, std::size_t);
void* __wrap_mmap(void*, std::size_t, int, int, int, off_t);
int __wrap_munmap(void*, std::size_t);
}

namespace fuzz {
namespace {

namespace smd = shared_memory::detail;
__extension__ using wide = unsigned __int128; // in which nothing overflows

constexpr std::size_t page = 4096;
constexpr std::size_t guard = 1U << 20U;

std::size_t in_pages(std::size_t bytes) {
    return (bytes + page - 1) / page * page;
}

precision how = precision::exact;
std::mutex mutex;
std::map<void*, std::size_t>& mappings() { // address and bytes
    static auto* const one = new std::map<void*, std::size_t>;
    return *one;
}

class allowance {
public:
    allowance(char* base, std::size_t size) : base_(base), size_(size) {}
    // Nothing beyond the object becomes accessible: a header that says so was to be refused.
    void allow(wide offset, wide bytes) {
        if (offset + bytes <= size_)
            __asan_unpoison_memory_region(base_ + static_cast<std::size_t>(offset),
                                          static_cast<std::size_t>(bytes));
    }

private:
    char* base_;
    std::size_t size_;
};

void allow_ring(allowance& a, wide data, const smd::segment_identity& id) {
    const bool here = id.element_size <= smd::inline_payload_bytes;
    const wide line = sizeof(smd::node_line);
    const wide payloads = data + line * id.element_count;
    const wide stride = (id.element_size + wide{63}) / 64 * 64;
    for (wide i = 0; i != id.element_count; ++i) {
        a.allow(data + line * i, offsetof(smd::node_line, payload) + (here ? id.element_size : 0));
        if (!here)
            a.allow(payloads + stride * i, id.element_size);
    }
}

void allow_by_header(allowance& a, wide at, const smd::segment_header& header) {
    const smd::segment_identity& id = header.identity;
    a.allow(at, offsetof(smd::segment_block, reserved));
    const wide participants = at + sizeof(smd::segment_block);
    a.allow(participants, wide{id.max_participants} * id.participant_stride);
    for (const smd::part_entry& part : header.parts) {
        const wide words = at + part.offset;
        if (part.kind != smd::ring_part_number) {
            a.allow(words, part.bytes);
        } else if (id.element_count <= smd::max_node_count) {
            a.allow(words, sizeof(smd::ring_head));
            allow_ring(a, words + sizeof(smd::ring_head), id);
        }
    }
}

bool is_blank(const smd::segment_header& header) {
    const smd::segment_header blank{};
    return std::memcmp(&header, &blank, sizeof header) == 0;
}

void poison(int fd, char* base, std::size_t size, off_t object_size) {
    __asan_poison_memory_region(base, in_pages(size));
    allowance a(base, size);
    for (std::size_t at = page; at <= 16 * page; at += page) {
        smd::segment_header header;
        if (::pread(fd, &header, sizeof header, static_cast<off_t>(at)) !=
            static_cast<ssize_t>(sizeof header))
            break;
        if (how == precision::coarse && !is_blank(header))
            return a.allow(page, size - page);
        if (how == precision::exact && header.identity.magic == smd::segment_magic)
            return allow_by_header(a, at, header);
    }
    // Boost's, which is building one, of a page at first; or the page of a larger object that the
    // library maps and never looks at.
    if (size > page || object_size <= static_cast<off_t>(page))
        a.allow(0, size);
}

void* map_guarded(std::size_t length, int protection, int flags, int fd) {
    struct stat info {};
    const std::size_t whole = in_pages(length) + 2 * guard;
    void* const all =
        __real_mmap(nullptr, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED)
        return MAP_FAILED;
    char* const base = static_cast<char*>(all) + guard;
    if (::fstat(fd, &info) != 0 ||
        __real_mmap(base, length, protection, flags | MAP_FIXED, fd, 0) == MAP_FAILED) {
        const int why = errno;
        __real_munmap(all, whole);
        errno = why;
        return MAP_FAILED;
    }
    const std::lock_guard<std::mutex> lock(mutex);
    mappings()[base] = length;
    poison(fd, base, length, info.st_size);
    return base;
}

} // namespace

void poison_by(precision p) {
    how = p;
}

bare_mapping::bare_mapping(const char* path) {
    const int fd = ::open(path, O_RDWR | O_CLOEXEC);
    struct stat info {};
    if (fd < 0 || ::fstat(fd, &info) != 0)
        throw std::runtime_error("cannot open the object to scribble on");
    size_ = static_cast<std::size_t>(info.st_size);
    void* const base = __real_mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (base == MAP_FAILED)
        throw std::runtime_error("cannot map the object to scribble on");
    data_ = static_cast<std::byte*>(base);
}

bare_mapping::~bare_mapping() {
    __real_munmap(data_, size_);
}

} // namespace fuzz

void* __wrap_mmap(void* where, std::size_t length, int protection, int flags, int fd,
                  off_t offset) {
    if (where != nullptr || fd < 0 || (flags & MAP_SHARED) == 0 || offset != 0)
        return __real_mmap(where, length, protection, flags, fd, offset);
    return fuzz::map_guarded(length, protection, flags, fd);
}

int __wrap_munmap(void* where, std::size_t length) {
    {
        const std::lock_guard<std::mutex> lock(fuzz::mutex);
        const auto known = fuzz::mappings().find(where);
        if (known != fuzz::mappings().end()) {
            const std::size_t size = fuzz::in_pages(known->second);
            fuzz::mappings().erase(known);
            __asan_unpoison_memory_region(where, size);
            return __real_munmap(static_cast<char*>(where) - fuzz::guard, size + 2 * fuzz::guard);
        }
    }
    return __real_munmap(where, length);
}
