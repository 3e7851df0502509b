// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/detail/part/journal_part.hpp>
#include <shared_memory/ring_handle.hpp>

#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
detail::segment_expectation ring_handle::any() {
    detail::segment_expectation wanted;
    wanted.class_name = "circular_buffer";
    return wanted;
}

detail::segment_expectation ring_handle::of(std::uint32_t node_count, std::uint32_t node_size) {
    detail::segment_expectation wanted = any();
    wanted.element_count = node_count;
    wanted.element_size = node_size;
    wanted.element_alignment =
        node_size <= detail::inline_payload_bytes ? 16U : detail::cache_line_bytes;
    return wanted;
}

detail::ring_part& ring_handle::make_usable_for(shared_memory::role wanted) {
    attached();
    detail::ring_part& ring = known_ring();
    ring.make_usable_for(wanted);
    return ring;
}

std::optional<std::size_t> ring_handle::next_size() {
    detail::ring_part& ring = part_to_read();
    std::uint32_t size = 0;
    if (ring.peek(size) != detail::ring_result::claimed &&
        (ring.host().look_if_due() != detail::look_result::repaired ||
         ring.peek(size) != detail::ring_result::claimed))
        return std::nullopt;
    if (size > ring.node_size())
        detail::throw_message_size(ring, size, ring.node_size(), false, 1);
    return size;
}

bool ring_handle::discard() {
    detail::ring_part& ring = part_to_read();
    detail::node_claim claim;
    if (ring.wait_to_read(claim, deadline::now(), [](std::size_t) { return true; }) !=
        detail::ring_result::claimed)
        return false;
    ring.release(claim);
    return true;
}

void ring_handle::end_of_stream() {
    part_to_write().end_stream();
}

bool ring_handle::wait_drained(deadline until) {
    return make_usable_for(role::both).wait_drained(until);
}

bool ring_handle::full() const {
    return ring().full();
}
std::uint32_t ring_handle::size() const {
    return ring().readable_count();
}

ring_snapshot ring_handle::snapshot() const {
    const auto now = ring().counted();
    return {now.write_end, now.read_end, now.read_start, now.unreleased};
}

std::uint64_t ring_handle::redelivered() const {
    return ring().redelivered();
}
std::uint64_t ring_handle::given_up() const {
    return ring().given_up();
}
std::uint32_t ring_handle::dead_letters() const {
    return ring().dead_letter_count();
}
bool ring_handle::keeps_dead_letters() const {
    return ring().keeps_dead_letters();
}
std::size_t ring_handle::move_dead_letters() {
    detail::ring_part& ring = part_to_read();
    if (ring.host().options().dead_letters_to().empty())
        throw error(errc::bad_argument,
                    "shared_memory: the handle of \"" + name() +
                        "\" does not know where to move dead letters; open it with "
                        "options().dead_letters_to(\"NAME\")");
    return ring.move_dead_letters();
}
bool ring_handle::single_writer() const {
    return ring().single_writer();
}
bool ring_handle::single_reader() const {
    return ring().single_reader();
}
std::uint32_t ring_handle::max_deliveries() const {
    return ring().geometry().max_deliveries;
}
std::uint32_t ring_handle::max_journals() const {
    const detail::segment& s = mapping();
    if (!s.has_part(detail::journal_part::place))
        return 0;
    const auto& journals =
        static_cast<detail::journal_part&>(s.part_at(detail::journal_part::place));
    return static_cast<std::uint32_t>(journals.entries().size());
}

detail::waited_for ring_handle::waited_for_reading() {
    detail::ring_part& ring = part_to_read();
    return {&ring.host(), &ring.head().readers_sleep, ring.needs_heavy_fences(), &ring,
            [](void* part) { return static_cast<detail::ring_part*>(part)->read_is_due(); }};
}
detail::waited_for ring_handle::waited_for_room() {
    detail::ring_part& ring = part_to_write();
    return {&ring.host(), &ring.head().writers_sleep, ring.needs_heavy_fences(), &ring,
            [](void* part) { return static_cast<detail::ring_part*>(part)->write_is_due(); }};
}

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
