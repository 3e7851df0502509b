// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What tells a segment from every other segment, of the same name too.

#ifndef SHARED_MEMORY_SEGMENT_ID_HPP
#define SHARED_MEMORY_SEGMENT_ID_HPP

#include <shared_memory/detail/config.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! 128 random bits, drawn when a segment is created: all handles of a segment have the same id, and
//! a segment that is created anew under the same name has another. See segment_handle::id.
//!
//! Ids are compared, ordered (by value, which means nothing), hashed and printed. Their bits may be
//! kept in a file, or sent to another machine, as two numbers.
struct segment_id {
    std::uint64_t high; //!< the first 16 digits of `to_string`
    std::uint64_t low;  //!< the last 16

    friend constexpr bool operator==(const segment_id& a, const segment_id& b) noexcept {
        return a.high == b.high && a.low == b.low;
    }
    friend constexpr bool operator!=(const segment_id& a, const segment_id& b) noexcept {
        return !(a == b);
    }
    friend constexpr bool operator<(const segment_id& a, const segment_id& b) noexcept {
        return a.high != b.high ? a.high < b.high : a.low < b.low;
    }
};

//! 32 hexadecimal digits in lower case: "00c5b2f40d9e83a16f3b27d8e1904a5c".
SHARED_MEMORY_DECL std::string to_string(const segment_id& id);
//! Writes what `to_string` returns.
SHARED_MEMORY_DECL std::ostream& operator<<(std::ostream& out, const segment_id& id);

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

template <>
struct std::hash<shared_memory::segment_id> {
    std::size_t operator()(const shared_memory::segment_id& id) const noexcept {
        return (id.high ^ id.low) & ~std::size_t{0}; // random as it is
    }
};

#endif
