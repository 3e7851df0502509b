// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/shared_buffer.hpp>

#include <shared_memory/detail/core/participants.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

using detail::open_mode;

shared_buffer::shared_buffer(open_only_t, std::string_view name, const options& how)
    : segment_(detail::segment::open({open_mode::open, name, {}, how})) {}
shared_buffer::shared_buffer(open_read_only_t, std::string_view name, const options& how)
    : segment_(detail::segment::open({open_mode::open_read_only, name, {}, how})) {}

shared_buffer::shared_buffer(open_only_t, std::string_view name, const options& how,
                             std::error_code& ec) {
    open_or_tell(ec, [&] { return shared_buffer(open_only, name, how); });
}
shared_buffer::shared_buffer(open_only_t tag, std::string_view name, std::error_code& ec)
    : shared_buffer(tag, name, options(), ec) {}
shared_buffer::shared_buffer(open_read_only_t, std::string_view name, const options& how,
                             std::error_code& ec) {
    open_or_tell(ec, [&] { return shared_buffer(open_read_only, name, how); });
}
shared_buffer::shared_buffer(open_read_only_t tag, std::string_view name, std::error_code& ec)
    : shared_buffer(tag, name, options(), ec) {}

shared_buffer& shared_buffer::operator=(shared_buffer&& other) noexcept {
    shared_buffer taken(std::move(other));
    swap(taken);
    return *this;
}

shared_buffer::~shared_buffer() {
    close();
}

std::error_code shared_buffer::current_error() {
    try {
        throw;
    } catch (const error& failure) {
        return failure.code();
    } catch (const std::bad_alloc&) {
        return std::make_error_code(std::errc::not_enough_memory);
    } catch (const std::system_error& failure) {
        return failure.code();
    } catch (...) {
        return errc::system_error;
    }
}

void shared_buffer::throw_never_open() {
    throw error(errc::closed,
                "shared_memory: the handle is closed: it was default-constructed, moved from, "
                "or could not be opened");
}

detail::segment& shared_buffer::attached() const {
    detail::segment& s = mapping();
    if ((s.status() & ~detail::status_read_only) != 0)
        s.make_usable();
    return s;
}

bool shared_buffer::is_open() const noexcept {
    return segment_ && (segment_->status() & detail::status_closed) == 0;
}

void shared_buffer::close() noexcept {
    if (segment_)
        segment_->close();
}

const std::string& shared_buffer::name() const noexcept {
    static const std::string none;
    return segment_ ? segment_->name() : none;
}

std::uint64_t shared_buffer::buffer_size() const {
    const detail::segment_identity& id = mapping().identity();
    return id.element_size * id.element_count;
}
std::uint64_t shared_buffer::total_size() const {
    return mapping().identity().total_size;
}
const char* shared_buffer::kind_name() const {
    return detail::kind_name(mapping().identity().kind);
}
std::uint32_t shared_buffer::max_participants() const {
    return mapping().identity().max_participants;
}

memory_use shared_buffer::memory() const {
    return mapping().memory();
}

bool shared_buffer::is_owner() const noexcept {
    return segment_ && segment_->is_owner();
}
bool shared_buffer::owner_alive() const {
    return attached().owner_alive();
}
bool shared_buffer::is_shutting_down() const noexcept {
    return segment_ && segment_->is_shutting_down();
}
bool shared_buffer::is_read_only() const noexcept {
    return segment_ && (segment_->status() & detail::status_read_only) != 0;
}

std::vector<participant> shared_buffer::participants() const {
    const detail::segment& s = attached();
    const std::uint64_t owner = s.block().life.owner.load(boost::memory_order_acquire);
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
    return result;
}

std::uint32_t shared_buffer::readers_alive() const {
    return alive(role::reader);
}
std::uint32_t shared_buffer::writers_alive() const {
    return alive(role::writer);
}

std::uint32_t shared_buffer::alive(role wanted) const {
    const detail::segment& s = attached();
    const bool counts = !is_read_only() && (static_cast<std::uint32_t>(s.role()) &
                                            static_cast<std::uint32_t>(wanted)) != 0;
    return s.others_alive(wanted) + (counts ? 1U : 0U);
}

recovery_report shared_buffer::recover() {
    detail::segment& s = mapping();
    if (s.status() != 0)
        s.make_usable();
    recovery_report report;
    s.reap_dead(report);
    return report;
}

bool shared_buffer::remove(std::string_view name) {
    return detail::segment::remove(name);
}

bool shared_buffer::remove(std::string_view name, std::error_code& ec) noexcept {
    ec.clear();
    try {
        return remove(name);
    } catch (...) {
        ec = current_error();
        return false;
    }
}

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
