// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The names of objects in the making, alike on all systems: NAME.0123456789abcdef~sm, where NAME is
//! the name that the segment is to have. It comes first, since rules that let a program have its own
//! names only (AppArmor's, snap's) go by how a name begins. No segment that a user names ends so
//! (lib/segment/names.cpp).

#ifndef SHARED_MEMORY_LIB_SYSTEM_TEMPORARY_HPP
#define SHARED_MEMORY_LIB_SYSTEM_TEMPORARY_HPP

#include <shared_memory/detail/config.hpp>

#include <system/object.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

inline constexpr std::string_view temporary_end = "~sm";
inline constexpr std::string_view temporary_digits = "0123456789abcdef";
inline constexpr std::size_t temporary_digit_count = 16;
//! How many bytes a temporary name is longer than the segment's.
inline constexpr std::size_t temporary_extra = 1 + temporary_digit_count + temporary_end.size();

inline bool is_temporary(std::string_view name) noexcept {
    if (name.size() <= temporary_extra)
        return false;
    name.remove_prefix(name.size() - temporary_extra);
    return name.front() == '.' &&
           name.find_first_not_of(temporary_digits, 1) == 1 + temporary_digit_count &&
           name.substr(1 + temporary_digit_count) == temporary_end;
}

//! A temporary name that no other call has returned, for a segment of that name.
inline std::string temporary_name(std::string_view name) {
    std::uint64_t number = 0;
    random_bytes(&number, sizeof number);
    std::string result(name);
    result += '.';
    for (unsigned bits = 64; bits != 0; bits -= 4)
        result += temporary_digits[number >> (bits - 4) & 15U];
    return result.append(temporary_end);
}

//! The name that a segment has, or is to have: what errors tell.
inline std::string_view final_name(std::string_view name) noexcept {
    if (is_temporary(name))
        name.remove_suffix(temporary_extra);
    return name;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
