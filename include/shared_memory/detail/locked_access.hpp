// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Reading and writing pieces of a segment's data under its lock. Bounds are checked first, against
//! the handle's own copy of the size.

#ifndef SHARED_MEMORY_DETAIL_LOCKED_ACCESS_HPP
#define SHARED_MEMORY_DETAIL_LOCKED_ACCESS_HPP

#include <shared_memory/detail/functions.hpp>
#include <shared_memory/detail/layout/words.hpp>
#include <shared_memory/detail/load.hpp>
#include <shared_memory/detail/part/lock_part.hpp>
#include <shared_memory/detail/range.hpp>
#include <shared_memory/shareable.hpp>

#include <boost/core/span.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! position, size, limit: in `unit`s ("bytes", "elements").
[[noreturn]] SHARED_MEMORY_DECL void throw_out_of_range(const part& s, std::uint64_t position,
                                                        std::uint64_t size, std::uint64_t limit,
                                                        const char* unit);
//! Copies what another process may be writing at the same time; the caller finds out afterwards.
SHARED_MEMORY_DECL void copy_racing(void* to, const void* from, std::size_t size) noexcept;

inline std::uint64_t byte_count(const part& s) noexcept {
    return s.identity().element_size * s.identity().element_count;
}

inline void check_range(const part& s, std::uint64_t position, std::uint64_t size,
                        std::uint64_t limit, const char* unit) {
    if (position > limit || size > limit - position)
        throw_out_of_range(s, position, size, limit, unit);
}

//! `count` elements of T at a byte position; nothing here overflows.
template <class T>
void check_elements(const part& s, std::uint64_t position, std::uint64_t count) {
    const std::uint64_t limit = byte_count(s);
    if (count > limit / sizeof(T))
        throw_out_of_range(s, position, count, limit / sizeof(T), "elements of that size");
    check_range(s, position, count * sizeof(T), limit, "bytes");
}

template <class T>
void write_elements(lock_part& s, const T* from, std::size_t count, std::uint64_t position) {
    SHARED_MEMORY_ASSERT_COPIED(T);
    check_elements<T>(s, position, count);
    const bool all_contents = count * sizeof(T) == byte_count(s);
    s.write([=](std::byte* data) { write_bytes(data + position, from, count * sizeof(T)); },
            all_contents);
}

template <class T>
void read_elements(lock_part& s, T* to, std::size_t count, std::uint64_t position) {
    SHARED_MEMORY_ASSERT_COPIED(T);
    check_elements<T>(s, position, count);
    const bool racing = (s.status() & status_read_only) != 0;
    s.read([=](const std::byte* data) {
        if (racing) {
            copy_racing(to, data + position, count * sizeof(T));
            put_bools_right(to, count);
        } else {
            load_elements(to, data + position, count);
        }
    });
}

template <class Source>
void memory_write(lock_part& s, Source& source, std::uint64_t position) {
    if constexpr (takes_bytes_v<Source>) {
        check_range(s, position, 0, byte_count(s), "bytes");
        // It fits, since the bytes are mapped. A cast does nothing where the types are the same, and
        // is warned of (-Wuseless-cast).
        const std::size_t size = (byte_count(s) - position) & ~std::size_t{0};
        s.write([&](std::byte* data) {
            call_writer(source, boost::span<std::byte>(data + position, size));
        });
    } else if constexpr (is_range_v<Source>) {
        write_elements(s, std::data(source), std::size(source), position);
    } else if constexpr (looks_callable_v<Source>) {
        refuse_filler<Source>();
    } else {
        write_elements(s, std::addressof(source), 1, position);
    }
}

template <class Target>
void memory_read(lock_part& s, Target& target, std::uint64_t position) {
    if constexpr (is_reader_function_v<Target>) {
        check_range(s, position, 0, byte_count(s), "bytes");
        const std::size_t size = (byte_count(s) - position) & ~std::size_t{0};
        s.read([&](const std::byte* data) {
            target(boost::span<const std::byte>(data + position, size));
        });
    } else if constexpr (is_range_v<Target>) {
        static_assert(!std::is_const_v<range_element_t<Target>>,
                      "shared_memory: cannot read into const elements");
        read_elements(s, std::data(target), std::size(target), position);
    } else if constexpr (looks_callable_v<Target>) {
        refuse_reader<Target>();
    } else {
        read_elements(s, std::addressof(target), 1, position);
    }
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
