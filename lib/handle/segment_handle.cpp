// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/segment_handle.hpp>

#include "../segment/holders.hpp"

#include <shared_memory/detail/core/participants.hpp>

#include <cerrno>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

segment_handle& segment_handle::operator=(segment_handle&& other) noexcept {
    segment_handle taken(std::move(other));
    swap_segments(taken);
    return *this;
}

segment_handle::~segment_handle() {
    if (!segment_)
        return;
    segment_->end_as_wanted();
    segment_->leave_to_claims();
}

void segment_handle::throw_never_open() {
    throw error(errc::closed,
                "shared_memory: the handle is closed: it was default-constructed, moved from, "
                "or could not be opened; open one first");
}

detail::segment& segment_handle::attached() const {
    detail::segment& s = mapping();
    if ((s.status() & ~detail::status_read_only) != 0)
        s.make_usable();
    return s;
}

bool segment_handle::is_open() const noexcept {
    return segment_ && (segment_->status() & detail::status_closed) == 0;
}

// The caller may be a signal handler, and the interrupted call about to look at errno.
void segment_handle::close() noexcept {
    const int kept = errno;
    if (segment_)
        segment_->close();
    errno = kept;
}

void segment_handle::leave() noexcept {
    const int kept = errno;
    if (segment_)
        segment_->leave();
    errno = kept;
}

std::uint64_t segment_handle::left_unread() const noexcept {
    return segment_ ? segment_->unread() : 0;
}

void segment_handle::keep(bool value) {
    detail::segment& s = mapping();
    if (s.status() != 0)
        s.make_usable();
    s.keep(value);
}
bool segment_handle::kept() const {
    return mapping().kept();
}
bool segment_handle::name_lost() const {
    return mapping().name_lost();
}

const std::string& segment_handle::name() const noexcept {
    static const std::string none;
    return segment_ ? segment_->name() : none;
}

segment_id segment_handle::id() const {
    const detail::segment_identity& identity = mapping().identity();
    return {identity.id[0], identity.id[1]};
}

std::uint64_t segment_handle::buffer_size() const {
    const detail::segment_identity& id = mapping().identity();
    return id.element_size * id.element_count;
}
std::uint64_t segment_handle::total_size() const {
    return mapping().identity().total_size;
}
const char* segment_handle::kind_name() const {
    return detail::class_name(mapping().identity());
}
std::uint32_t segment_handle::max_participants() const {
    return mapping().identity().max_participants;
}

memory_use segment_handle::memory() const {
    return mapping().memory();
}

bool segment_handle::is_owner() const noexcept {
    return segment_ && segment_->is_owner();
}
bool segment_handle::owner_alive() const {
    return attached().owner_alive();
}
bool segment_handle::is_shutting_down() const noexcept {
    return segment_ && segment_->is_shutting_down();
}
bool segment_handle::is_read_only() const noexcept {
    return segment_ && (segment_->status() & detail::status_read_only) != 0;
}

std::vector<participant> segment_handle::participants() const {
    const detail::segment& s = attached();
    const std::uint64_t owner = s.owner();
    std::vector<participant> result;
    for (std::uint32_t i = 0; i != s.identity().max_participants; ++i) {
        const detail::participant_block& one = s.slot_block(i);
        const std::uint64_t word = one.slot_word.load(boost::memory_order_acquire);
        if (!detail::is_used(word))
            continue;
        const std::uint32_t said = one.role.load(boost::memory_order_relaxed);
        result.push_back({i, one.process_id.load(boost::memory_order_relaxed),
                          said >= 1 && said <= 2 ? static_cast<shared_memory::role>(said)
                                                 : shared_memory::role::both,
                          s.is_alive(i), detail::owns(owner, i, word), i == s.slot()});
    }
    s.require_known();
    detail::tell_holdings(s, result);
    return result;
}

std::uint32_t segment_handle::readers_alive() const {
    return alive(role::reader);
}
std::uint32_t segment_handle::writers_alive() const {
    return alive(role::writer);
}

std::uint32_t segment_handle::alive(role wanted) const {
    const detail::segment& s = attached();
    const bool counts = !is_read_only() && (static_cast<std::uint32_t>(s.role()) &
                                            static_cast<std::uint32_t>(wanted)) != 0;
    const std::uint32_t others = s.others_alive(wanted);
    s.require_known();
    return others + (counts ? 1U : 0U);
}

recovery_report segment_handle::recover() {
    detail::segment& s = mapping();
    if (s.status() != 0)
        s.make_usable();
    recovery_report report;
    s.reap_dead(report);
    return report;
}

bool segment_handle::remove(std::string_view name) {
    return detail::segment::remove(name);
}

bool segment_handle::remove(std::string_view name, std::error_code& ec) noexcept {
    return detail::or_error_code(ec, [&] { return remove(name); });
}

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
