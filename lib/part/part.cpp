// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What a part does unless it says otherwise: nothing.

#include <shared_memory/detail/part/part.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

part::~part() = default;
void part::attach(std::uint64_t) {}
std::uint64_t part::turn_claims_into_references(bool) noexcept {
    return 0;
}
void part::detach() noexcept {}
void part::repair(slot_set&, function_ref<bool(std::uint32_t)>, recovery_report&) {}
boost::span<wait_room* const> part::rooms() const noexcept {
    return {};
}
std::string_view part::waits_for(std::size_t) const noexcept {
    return "event";
}
void part::tell_holders(tell_holding) const {}
void part::tell_counts(std::uint32_t, tell_count) const {}
bool part::needs_heavy_fences() const noexcept {
    return false;
}
std::uint64_t part::unread() const noexcept {
    return 0;
}
bool part::may_commit() const noexcept {
    return false;
}
bool part::took_part() const noexcept {
    return false;
}
bool part::begin_anew() {
    return false;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
