// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The classes of the library: the only place that lists them. A new class is a row here, and a part if
// it needs one (doc/design.md shows how).

#include "kinds.hpp"

#include <shared_memory/detail/layout/latest.hpp>
#include <shared_memory/detail/layout/ring.hpp>

#include <algorithm>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

constexpr std::uint64_t many = max_total_size;
constexpr limit any_element{"an element size", 1, max_element_size};
constexpr limit any_length{"a length", 1, many}; // front() is always there
constexpr limit nodes_size{"a node_size", 1, max_node_size};
constexpr limit nodes{"a node_count", min_node_count, max_node_count};
constexpr limit value_size{"a value's size", 1, max_value_size};
constexpr limit one_value{"a count of values", 1, 1};

template <class... Parts>
static constexpr class_row row(std::uint32_t number, const char* name, limit element_size,
                               limit element_count, bool typed) {
    return {number, name, element_size, element_count, typed, {&type_of<Parts>...}};
}

// Not in an unnamed namespace: the parts are declared here, by their names. Their order is the
// directory's, and that in which the dead are repaired: journals come after their ring
// (journal_part.hpp [J2]).
static constexpr std::array classes{
    row<class lock_part, class bytes_part>(1, "shared_array", any_element, any_length, true),
    row<class lock_part, class bytes_part>(2, "buffer_read_write", any_element, any_length, true),
    row<class ring_part, class journal_part>(3, "circular_buffer", nodes_size, nodes, false),
    row<class latest_part>(5, "latest_value", value_size, one_value, true),
    row<class latest_part>(7, "latest_buffer", value_size, one_value, false),
};

template <class Wanted>
static const class_row* find(Wanted&& wanted) noexcept {
    const auto found = std::find_if(classes.begin(), classes.end(), wanted);
    return found == classes.end() ? nullptr : &*found;
}

const class_row* find_class(std::uint32_t number) noexcept {
    return find([=](const class_row& r) { return r.number == number; });
}

const class_row* find_class(std::string_view name) noexcept {
    return find([=](const class_row& r) { return r.name == name; });
}

const class_row& class_of(const segment_identity& identity) noexcept {
    return *find_class(identity.class_number);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
