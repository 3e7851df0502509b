// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The words of the latest part: several buffers, of which one has the newest value.
//!
//!     +--------------------------------------+ 0
//!     | current          which buffer it is  |
//!     +--------------------------------------+ 128
//!     | writer_role, who ever was attached   |
//!     +--------------------------------------+ 256
//!     | newer_sleep      waits for a value   |
//!     +--------------------------------------+ 512
//!     | free_sleep       waits for a buffer  |
//!     |                  or a pin word       |
//!     +--------------------------------------+ 768
//!     | pins x 64        who looks in place  |
//!     +--------------------------------------+ 1280
//!     | a buffer:                            |
//!     |   control, version, size             | 24 bytes
//!     |   the value, of at most 40 bytes     | in the same line, or
//!     |   the value                          | from the buffer's second line on
//!     +--------------------------------------+ latest_geometry::stride
//!     | the next buffer ...                  |
//!     +--------------------------------------+
//!
//! The words, from the lowest bit on:
//!
//!     control   writing 1 | slot 10 | use 53        who fills the buffer, and for which time
//!     current   buffer 10 | use 53                  the newest value: in which buffer, by which use
//!     a pin     buffer + 1: 11 | slot 10 | sequence 43      0 in the first field: nobody's
//!
//! All zero, as a fresh object's pages are: buffer 0 is current in use 0, of version 0, which means
//! that there is no value yet.

#ifndef SHARED_MEMORY_DETAIL_LAYOUT_LATEST_HPP
#define SHARED_MEMORY_DETAIL_LAYOUT_LATEST_HPP

#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/detail/layout/ring.hpp> // bit_field
#include <shared_memory/detail/layout/wait_room.hpp>

#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

inline constexpr std::uint32_t latest_part_number = 6;

inline constexpr std::uint32_t min_buffers = 2;
inline constexpr std::uint32_t max_buffers = 1024;
inline constexpr std::uint32_t max_pins = 64;
inline constexpr std::uint64_t max_value_size = (std::uint64_t{1} << 31U) - 64;

// part_entry::settings
inline constexpr std::size_t latest_buffers_setting = 0; // 0: as many as default_buffers says
inline constexpr std::size_t latest_pins_setting = 1;
inline constexpr std::size_t latest_modes_setting = 2;
inline constexpr std::uint64_t latest_single_writer = 1;

//! Of one buffer: `control` tells whose it is; the rest is written by that writer alone.
template <class Words>
struct basic_latest_line {
    typename Words::word64 control;
    typename Words::word64 version; // how many values were published, up to this one
    typename Words::word64 size;    // of the value
    std::byte payload[40];
};
static_assert(sizeof(basic_latest_line<ipc_words>) == cache_line_bytes);
static_assert(offsetof(basic_latest_line<ipc_words>, payload) == 24);
inline constexpr std::uint64_t latest_inline_bytes = 40; // of values aligned to 8 at most

template <class Words>
struct basic_latest_block {
    typename Words::word64 current;
    std::uint64_t pad_of_current[15];
    typename Words::word64 writer_role; // an owner_word; 0: no single writer now
    typename Words::word64 readers_attached, writers_attached;
    std::uint64_t pad[13];
    basic_wait_room<Words> newer_sleep;
    basic_wait_room<Words> free_sleep;
    typename Words::word64 pins[max_pins];
};
static_assert(sizeof(basic_latest_block<ipc_words>) == 1280);
static_assert(offsetof(basic_latest_block<ipc_words>, writer_role) == 128);
static_assert(offsetof(basic_latest_block<ipc_words>, newer_sleep) == 256);
static_assert(offsetof(basic_latest_block<ipc_words>, pins) == 768);

using latest_line = basic_latest_line<ipc_words>;
using latest_block = basic_latest_block<ipc_words>;

//! A buffer's control word, taken apart.
struct buffer_word {
    using writing_bit = bit_field<0, 1>;
    using slot_bits = bit_field<1, 10>;
    using use_bits = bit_field<11, 53>;

    std::uint64_t value;

    static constexpr std::uint64_t writing(std::uint64_t use, std::uint32_t slot) noexcept {
        return use_bits::cut(use) | slot_bits::cut(slot) | 1U;
    }
    static constexpr std::uint64_t done(std::uint64_t use) noexcept { return use_bits::cut(use); }
    constexpr bool is_written() const noexcept { return writing_bit::of(value) != 0; }
    constexpr std::uint32_t slot() const noexcept { return slot_bits::of(value); }
    constexpr std::uint64_t use() const noexcept { return use_bits::of(value); }
};
static_assert(buffer_word::slot_bits::greatest >= max_slots);

//! The value of `current`: a mark, which stands for one published value and no other.
struct latest_mark {
    using index_bits = bit_field<0, 10>;
    using use_bits = bit_field<10, 53>;

    std::uint64_t value;

    static constexpr std::uint64_t of(std::uint64_t use, std::uint32_t index) noexcept {
        return use_bits::cut(use) | index_bits::cut(index);
    }
    constexpr std::uint32_t index() const noexcept { return index_bits::of(value); }
    constexpr std::uint64_t use() const noexcept { return use_bits::of(value); }
};
static_assert(latest_mark::index_bits::greatest + 1 == max_buffers);

//! A pin word, taken apart. Its sequence goes up with every change.
struct pin_word {
    using buffer_bits = bit_field<0, 11>; // the buffer's index + 1; 0: nobody's
    using slot_bits = bit_field<11, 10>;
    using sequence_bits = bit_field<21, 43>;

    std::uint64_t value;

    constexpr bool is_free() const noexcept { return buffer_bits::of(value) == 0; }
    constexpr bool names(std::uint32_t index) const noexcept {
        return buffer_bits::of(value) == index + 1;
    }
    constexpr std::uint32_t slot() const noexcept { return slot_bits::of(value); }
    constexpr std::uint64_t taken(std::uint32_t slot, std::uint32_t index) const noexcept {
        return freed() | slot_bits::cut(slot) | buffer_bits::cut(index + 1);
    }
    constexpr std::uint64_t freed() const noexcept {
        return sequence_bits::cut(sequence_bits::of(value) + 1);
    }
};
static_assert(pin_word::buffer_bits::greatest > max_buffers);

//! What the part looks like; all from the handle's own copy of the header.
struct latest_geometry {
    std::uint32_t buffers;
    std::uint32_t pins;
    std::uint64_t value_size; // of the largest value

    static constexpr std::uint32_t default_buffers(std::uint64_t value_size,
                                                   std::uint32_t pins) noexcept {
        return (value_size <= 4096 ? 8U : 4U) + pins;
    }
    //! Where a buffer's value lies in it.
    static constexpr std::uint64_t payload_offset(std::uint64_t value_size,
                                                  std::uint64_t alignment) noexcept {
        return value_size <= latest_inline_bytes && alignment <= 8 ? offsetof(latest_line, payload)
                                                                   : cache_line_bytes;
    }
    //! From one buffer to the next.
    static constexpr std::uint64_t stride(std::uint64_t value_size,
                                          std::uint64_t alignment) noexcept {
        return round_up(payload_offset(value_size, alignment) + value_size, cache_pair_bytes);
    }
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
