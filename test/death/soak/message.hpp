// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A message of crash_soak: its writer, its number, a checksum, and as many bytes as follow
//! from the first two, from none to as many as a node has room for.

#ifndef SHARED_MEMORY_TEST_DEATH_SOAK_MESSAGE_HPP
#define SHARED_MEMORY_TEST_DEATH_SOAK_MESSAGE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

namespace soak {

//! Which message: that writer's (each has a number of its own, its replacement another one), and
//! the how manyeth.
struct message_id {
    std::uint32_t life;
    std::uint32_t number;

    std::uint64_t word() const noexcept { return std::uint64_t{life} << 32U | number; }
};

struct message_header {
    message_id id;
    std::uint64_t checksum; // of the id and of all that follows
};
inline constexpr std::size_t least_message = sizeof(message_header);
static_assert(least_message == 16);

constexpr std::uint64_t mixed(std::uint64_t x) noexcept { // splitmix64
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ x >> 30U) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27U) * 0x94d049bb133111ebU;
    return x ^ x >> 31U;
}

inline std::size_t size_of_message(message_id id, std::size_t node_size) noexcept {
    return least_message + mixed(id.word()) % (node_size - least_message + 1);
}

inline std::uint64_t checksum_of(message_id id, const std::byte* body, std::size_t size) noexcept {
    std::uint64_t sum = mixed(id.word() + 1);
    for (std::size_t i = 0; i < size; i += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, body + i, std::min(sizeof word, size - i));
        sum = ((sum ^ word) << 29U | (sum ^ word) >> 35U) * 0x9e3779b97f4a7c15U;
    }
    return sum;
}

//! Returns the size.
inline std::size_t make_message(std::byte* to, message_id id, std::size_t node_size) noexcept {
    const std::size_t size = size_of_message(id, node_size);
    std::byte* const body = to + least_message;
    for (std::size_t i = 0; i < size - least_message; i += sizeof(std::uint64_t)) {
        const std::uint64_t word = (id.word() + i) * 0xd1342543de82ef95U;
        std::memcpy(body + i, &word, std::min(sizeof word, size - least_message - i));
    }
    const message_header header{id, checksum_of(id, body, size - least_message)};
    std::memcpy(to, &header, sizeof header);
    return size;
}

//! Nothing if it is torn.
inline std::optional<message_id> id_of_message(const std::byte* from, std::size_t size,
                                               std::size_t node_size) noexcept {
    message_header header{};
    if (size < sizeof header)
        return std::nullopt;
    std::memcpy(&header, from, sizeof header);
    const std::byte* const body = from + least_message;
    if (size != size_of_message(header.id, node_size) ||
        header.checksum != checksum_of(header.id, body, size - least_message))
        return std::nullopt;
    return header.id;
}

} // namespace soak

#endif
