// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The ring part: who holds its nodes and its roles, for people to read.

#include <shared_memory/detail/part/ring_part.hpp>

#include <shared_memory/detail/core/node_ring_holders.hpp>
#include <shared_memory/detail/core/spsc_ring_holders.hpp>
#include <shared_memory/reports.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

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
