// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Values, arrays and raw bytes at any position of a segment.

#ifndef SHARED_MEMORY_BUFFER_READ_WRITE_HPP
#define SHARED_MEMORY_BUFFER_READ_WRITE_HPP

#include <shared_memory/buffer_with_locks.hpp>
#include <shared_memory/detail/locked_access.hpp>
#include <shared_memory/detail/opening.hpp>
#include <shared_memory/shareable.hpp>

#include <boost/core/span.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! A segment of plain bytes, read and written at byte positions:
//!
//!     sm::buffer_read_write b(sm::create_only, "buffer", 1024);
//!     b.write(123);                          // at position 0
//!     b.write(456, 1000);                    // any position, aligned or not
//!     int x = b.read<int>(1000);
//!
//! What is written and read is what `circular_buffer` takes as a message: a value of a shareable
//! type, a contiguous range of them, pointer and length, or a function, which gets the memory from
//! the position to the buffer's end. A position or size beyond the end is `errc::out_of_range`, and
//! nothing is touched. Every call locks for its own duration, see `buffer_with_locks`, and throws
//! what locking throws: `timed_out`, `inconsistent`, `would_deadlock`, `read_only`.
//!
//! Through a read-only handle nothing is locked: what was read is compared with what writers did
//! meanwhile, and read again until it is whole; a function may be called several times.
//!
//! **If this process dies** while it writes, the contents are inconsistent, and others are told.
class SHARED_MEMORY_DECL buffer_read_write
    : public detail::opening<buffer_read_write, buffer_with_locks, std::uint64_t> {
public:
    //! Constructors: see segment_handle.
    //!
    //!     buffer_read_write()                                        // a closed handle
    //!     buffer_read_write(create_only,    name, size, options)
    //!     buffer_read_write(open_or_create, name, size, options)
    //!     buffer_read_write(open_only,      name, options)
    //!     buffer_read_write(open_read_only, name, options)
    //!
    //! A new buffer has `size` bytes, 1 or more (`errc::out_of_range`), all zero.
    using opening::opening;

    //! Bytes of the buffer.
    std::uint64_t size() const { return buffer_size(); }

    //! Writes a value, a range's elements, or what a function `f(boost::span<std::byte>)` writes.
    template <class Source>
    void write(Source&& source, std::uint64_t position = 0) {
        detail::memory_write(locks(), source, position);
    }
    void write(const void* data, std::size_t count, std::uint64_t position) {
        write(detail::bytes(data, count), position);
    }

    //! Reads one value; see is_shareable for bools.
    template <class T>
    T read(std::uint64_t position = 0) const {
        SHARED_MEMORY_ASSERT_COPIED(T);
        detail::room_for<T> room;
        detail::memory_read(locks(), room.value(), position);
        return room.value();
    }
    //! Reads into a value, into all of a range, or by `f(boost::span<const std::byte>)`.
    template <class Target, class = std::enable_if_t<!std::is_arithmetic_v<Target>>>
    void read(Target&& target, std::uint64_t position = 0) const {
        detail::memory_read(locks(), target, position);
    }
    void read(void* data, std::size_t count, std::uint64_t position) const {
        read(detail::bytes(data, count), position);
    }

    //! The memory itself, aligned to 4096; a program that uses it locks, if need be.
    const std::byte* data() const {
        attached();
        return locks().data();
    }
    //! Throws `errc::read_only` through a read-only handle.
    std::byte* data() {
        locks().require_writable();
        attached();
        return locks().data();
    }

private:
    friend opening;
    static detail::segment_expectation any();
    static detail::segment_expectation of(std::uint64_t size);
    template <class Tag>
    static detail::segment_expectation expected(Tag) {
        return any();
    }
    template <class Tag>
    static detail::segment_expectation expected(Tag, std::uint64_t size) {
        return of(size);
    }
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
