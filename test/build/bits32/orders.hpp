// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What build/bits32.cpp and its 32-bit peer say to each other, and both compile.

#ifndef SHARED_MEMORY_TEST_BITS32_ORDERS_HPP
#define SHARED_MEMORY_TEST_BITS32_ORDERS_HPP

#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/detail/layout/journal.hpp>
#include <shared_memory/detail/layout/lock.hpp>
#include <shared_memory/detail/layout/participants.hpp>
#include <shared_memory/detail/layout/ring.hpp>
#include <shared_memory/shared_array.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>

namespace bits32 {

namespace sm = shared_memory;

enum class what : std::uint32_t {
    echo,
    sum,
    write,
    lock,
    unlock,
    lock_shared,
    unlock_shared,
    inconsistent,
    die,
    end
};

// Longer than what lies in a node's own line.
struct message {
    std::uint32_t what;
    std::uint32_t number;
    std::array<std::uint64_t, 20> words;
};

constexpr std::uint32_t node_count = 4;
constexpr std::uint64_t array_length = 1000;
using numbers = sm::shared_array<std::uint64_t>;

inline sm::circular_buffer make_ring(sm::create_only_t tag, const std::string& name,
                                     std::uint32_t nodes) {
    return sm::circular_buffer(tag, name, nodes, sizeof(message));
}
inline sm::circular_buffer make_ring(sm::open_only_t tag, const std::string& name, std::uint32_t) {
    return sm::circular_buffer(tag, name);
}

// The same text in every process, if the layout is.
inline std::string layout(bool of_32_bits) {
    using namespace shared_memory::detail;
    using block = basic_segment_block<ipc_words>;
    std::ostringstream text;
    text << "32 bits: " << of_32_bits << '\n';
    text << "identity: " << sizeof(segment_identity) << ' ' << alignof(ipc_words::word64) << ' '
         << offsetof(segment_identity, id) << ' ' << offsetof(segment_identity, element_alignment)
         << ' ' << offsetof(segment_identity, reserved) << '\n';
    text << "block: " << sizeof(block) << ' ' << offsetof(block, life) << ' '
         << offsetof(block, reserved) << '\n';
    text << "part: " << sizeof(part_entry) << ' ' << offsetof(part_entry, offset) << ' '
         << offsetof(part_entry, settings) << '\n';
    text << "life: " << sizeof(segment_life) << ' ' << offsetof(segment_life, owner) << '\n';
    text << "lock: " << sizeof(lock_block) << ' ' << offsetof(lock_block, sequence) << ' '
         << offsetof(lock_block, free_sleep) << ' ' << offsetof(lock_block, drain_sleep) << '\n';
    text << "ring: " << sizeof(ring_head) << ' ' << sizeof(ring_block) << ' '
         << offsetof(ring_block, head) << ' ' << offsetof(ring_block, reader_role) << ' '
         << sizeof(ring_line) << ' ' << offsetof(ring_line, reads) << ' '
         << offsetof(ring_entry, end) << '\n';
    text << "journal: " << sizeof(journal_entry) << ' ' << offsetof(journal_entry, holder) << ' '
         << offsetof(journal_entry, accepted) << ' ' << offsetof(journal_entry, discarded) << '\n';
    text << "participant: " << sizeof(participant_block) << ' '
         << offsetof(participant_block, asleep) << ' ' << sizeof(lock_line) << '\n';
    text << "node: " << sizeof(node_line) << ' ' << offsetof(node_line, size) << ' '
         << offsetof(node_line, payload) << '\n';
    text << "message: " << sizeof(message) << '\n';
    return text.str();
}

} // namespace bits32

#endif
