// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/latest_buffer.hpp>
#include <shared_memory/latest_value.hpp>

#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

detail::latest_part& latest_handle::make_usable_for(shared_memory::role wanted) const {
    mapping();
    known_cell().make_usable_for(wanted);
    return known_cell();
}

shared_memory::version latest_handle::version() const {
    detail::latest_view view;
    if (!cell_to_load().peek(view))
        return {};
    return detail::version_access::of(view);
}

std::uint64_t latest_handle::mark_to_follow(shared_memory::version seen) const {
    if (seen.number() != 0)
        return detail::version_access::mark(seen);
    // The mark of a cell without a value; if there is one, a mark that no value has.
    detail::latest_view view;
    return cell().peek(view) ? any_mark : view.mark;
}

std::optional<store_claim> latest_handle::claim_to_store(deadline until) {
    detail::latest_part& part = cell_to_store();
    detail::latest_claim claim;
    if (!part.claim_to_store(claim, until))
        return std::nullopt;
    return std::optional<store_claim>(std::in_place, part, claim);
}

std::optional<load_claim> latest_handle::claim_to_load(deadline until) {
    attached(); // a pin is written: not through a read-only handle
    detail::latest_part& part = make_usable_for(role::reader);
    if (is_read_only())
        part.host().make_usable(); // throws
    detail::latest_pin pin;
    if (!part.hold(pin, until))
        return std::nullopt;
    return std::optional<load_claim>(std::in_place, part, pin);
}

detail::waited_for latest_handle::waited_for_reading() {
    detail::latest_part& part = cell_to_load();
    if (is_read_only())
        part.host().make_usable(); // throws: a sleeper says in the segment that it sleeps
    return {&part.host(), &part.newer_sleep(), part.needs_heavy_fences(), &part,
            [](void* p) { return static_cast<detail::latest_part*>(p)->load_is_due(); }};
}

detail::waited_for latest_handle::waited_for_room() {
    detail::latest_part& part = cell_to_store();
    return {&part.host(), &part.free_sleep(), part.needs_heavy_fences(), &part,
            [](void* p) { return static_cast<detail::latest_part*>(p)->store_is_due(); }};
}

detail::segment_expectation latest_buffer::any() {
    detail::segment_expectation wanted;
    wanted.class_name = "latest_buffer";
    return wanted;
}

detail::segment_expectation latest_buffer::of(std::uint64_t size) {
    detail::segment_expectation wanted = any();
    wanted.element_size = size;
    wanted.element_count = 1;
    wanted.element_alignment = size <= detail::latest_inline_bytes ? 8U : detail::cache_line_bytes;
    return wanted;
}

std::size_t latest_buffer::load(void* data, std::size_t size) const {
    return load(detail::bytes(data, size));
}

std::optional<std::size_t> latest_buffer::size() const {
    detail::latest_view view;
    if (!cell_to_load().peek(view))
        return std::nullopt;
    return static_cast<std::size_t>(view.size);
}

namespace detail {

void throw_value_too_long(const latest_part& part, std::size_t size) {
    throw error(errc::message_size,
                "shared_memory: a value of " + std::to_string(size) + " bytes is too long for \"" +
                    part.name() + "\", whose values have at most " +
                    std::to_string(part.value_size()) + "; create the cell for larger values");
}

void throw_value_size(const latest_part& part, std::uint64_t found, std::size_t expected,
                      bool exact, std::size_t unit) {
    std::string text = "shared_memory: the newest value in \"" + part.name() + "\" has " +
                       std::to_string(found) + " bytes, expected " + (exact ? "" : "at most ") +
                       std::to_string(expected);
    if (unit != 1)
        text += " and a multiple of " + std::to_string(unit);
    throw error(errc::message_size, text + "; load it into a range of bytes");
}

bool refuse_load(latest_part& part, std::size_t expected, std::uint64_t seen, deadline until) {
    latest_view view;
    if (!part.load(view, seen, until, [](const std::byte*, std::size_t) {}))
        return false;
    throw_value_size(part, view.size, expected, true, 1);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
