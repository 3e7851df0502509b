// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A set of slots, on the stack: a bit for each.

#ifndef SHARED_MEMORY_DETAIL_CORE_SLOT_SET_HPP
#define SHARED_MEMORY_DETAIL_CORE_SLOT_SET_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/layout/header.hpp>

#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

class slot_set {
public:
    //! Every number that ten bits of a word can name, so that no such number needs a check.
    static constexpr std::uint32_t capacity = 1024;
    static_assert(max_slots < capacity);

    constexpr slot_set() noexcept = default;
    constexpr explicit slot_set(std::uint32_t only) noexcept { add(only); }

    //! `slot` is less than `capacity`, here and below.
    constexpr void add(std::uint32_t slot) noexcept { words_[slot / 64] |= bit(slot); }
    constexpr void remove(std::uint32_t slot) noexcept { words_[slot / 64] &= ~bit(slot); }
    constexpr bool contains(std::uint32_t slot) const noexcept {
        return (words_[slot / 64] & bit(slot)) != 0;
    }
    constexpr bool empty() const noexcept { return first() == capacity; }

    //! The slots from the least to the greatest; `capacity` behind the last one:
    //!
    //!     for (std::uint32_t slot = set.first(); slot != slot_set::capacity; slot = set.after(slot))
    //!
    //! The loop may remove the slot that it is at.
    constexpr std::uint32_t first() const noexcept { return from(0); }
    constexpr std::uint32_t after(std::uint32_t slot) const noexcept { return from(slot + 1); }

private:
    static constexpr std::uint64_t bit(std::uint32_t slot) noexcept {
        return std::uint64_t{1} << (slot % 64);
    }
    constexpr std::uint32_t from(std::uint32_t slot) const noexcept {
        while (slot < capacity) {
            const std::uint64_t rest = words_[slot / 64] >> (slot % 64);
            if ((rest & 1U) != 0)
                return slot;
            slot = rest == 0 ? (slot / 64 + 1) * 64 : slot + 1;
        }
        return capacity;
    }

    std::uint64_t words_[capacity / 64] = {};
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
