// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/segment_id.hpp>

#include <ostream>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

std::string to_string(const segment_id& id) {
    std::string digits(32, '0');
    for (std::size_t i = 0; i != digits.size(); ++i) {
        const std::uint64_t half = i < 16 ? id.high : id.low;
        digits[i] = "0123456789abcdef"[half >> (60 - i % 16 * 4) & 15U];
    }
    return digits;
}

std::ostream& operator<<(std::ostream& out, const segment_id& id) {
    return out << to_string(id);
}

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
