// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The ring part: who holds its nodes and its roles, for people to read.

#include <shared_memory/detail/part/ring_part.hpp>

#include <shared_memory/detail/core/node_ring_holders.hpp>
#include <shared_memory/detail/core/spsc_ring_holders.hpp>
#include <shared_memory/reports.hpp>

#include <algorithm>
#include <chrono>
#include <string_view>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

namespace {

using std::chrono::duration_cast;
using milliseconds = std::chrono::duration<std::uint64_t, std::milli>;

std::uint64_t now_in_milliseconds() noexcept {
    return duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// How many, what is not done after all being taken away; a peer may have written anything there.
std::uint64_t told(std::uint64_t messages, const ring_tally& side) noexcept {
    return messages - (std::min)(messages, side.undone.value());
}

// Of a side, of which `names` says how its rows are called.
void tell_side(std::uint64_t messages, const ring_tally& side, const std::string_view (&names)[3],
               tell_count tell) {
    tell(names[0], told(messages, side));
    tell(names[1], side.bytes.value());
    const std::uint64_t last = side.last.value();
    const std::uint64_t now = now_in_milliseconds();
    if (last != 0)
        tell(names[2], now > last ? now - last : 1);
}
constexpr std::string_view write_names[] = {"messages_written", "bytes_written", "last_write_ms"};
constexpr std::string_view read_names[] = {"messages_read", "bytes_read", "last_read_ms"};

} // namespace

//! With options().statistics(): bytes that were written or read just now, and when.
void count_bytes(ring_tally& side, std::uint64_t bytes) noexcept {
    side.bytes.add(bytes);
    side.last.set(now_in_milliseconds());
}

void ring_part::tell_counts(std::uint32_t slot, tell_count tell) const {
    if (!is_single_) {
        const ring_line& line = lines<ring_line>()[slot];
        const auto side = [&](const ring_entry(&entries)[entries_per_side], const auto& names) {
            std::uint64_t messages = 0;
            for (const ring_entry& entry : entries)
                messages += entry.done.messages.value();
            tell_side(messages, entries[0].done, names, tell);
        };
        side(line.writes, write_names);
        side(line.reads, read_names);
        return;
    }
    const auto places = single_places();
    const spsc_block& block = *places.block;
    const spsc_ring_holders<ipc_words> counters(node_count(), places);
    const auto side = [&](shared_memory::role single, const ring_tally& done, const auto& counter,
                          const auto& names) {
        const std::uint64_t holder = holder_of(single).load(boost::memory_order_acquire);
        if (holder != 0 && owner_slot(holder) == slot)
            tell_side(counters.gone_since(done.messages.value(), counter), done, names, tell);
    };
    side(shared_memory::role::writer, block.written, block.tail, write_names);
    side(shared_memory::role::reader, block.read, block.head, read_names);
}

std::string_view ring_part::waits_for(std::size_t room) const noexcept {
    return room == 0 ? "message" : "room"; // as in rooms_
}

void ring_part::tell_holders(tell_holding tell) const {
    const auto node_count = static_cast<std::uint32_t>(identity().element_count);
    const auto row = [&](const held_nodes& one) {
        tell(one.slot,
             {one.for_writing ? "nodes_to_write" : "messages_to_read", one.count, one.first});
    };
    if (is_single_) {
        const auto places = single_places();
        spsc_ring_holders<ipc_words>(node_count, places).tell(row);
    } else {
        const auto* const nodes = reinterpret_cast<const node_line*>(words() + sizeof(ring_head));
        const std::uint32_t slots =
            slots_used(host().block().life.slots_used, identity().max_participants);
        node_ring_holders<ipc_words>(node_count, words_->ring, nodes, lines<ring_line>(), slots)
            .tell(row);
    }
    const auto role = [&](std::uint32_t mode, shared_memory::role single, const char* what) {
        const std::uint64_t holder = holder_of(single).load(boost::memory_order_acquire);
        if ((modes() & mode) != 0 && holder != 0)
            tell(owner_slot(holder), {what, 1});
    };
    role(ring_single_writer, shared_memory::role::writer, "single_writer");
    role(ring_single_reader, shared_memory::role::reader, "single_reader");
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
