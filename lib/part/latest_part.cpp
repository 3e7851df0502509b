// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The latest part: its layout, its single writer's role, and what a dead participant held.

#include <shared_memory/detail/part/latest_part.hpp>

#include <shared_memory/detail/core/latest_repair.hpp>
#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/reports.hpp>

#include "../segment/errors.hpp"
#include "../segment/holders.hpp"
#include "define_type.hpp"
#include <system/sleeping.hpp>

#include <chrono>
#include <new>
#include <string>
#include <thread>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

std::uint32_t pins_of(const part_entry& entry) noexcept {
    return static_cast<std::uint32_t>(entry.settings[latest_pins_setting]);
}
std::uint32_t buffers_of(const segment_identity& id, const part_entry& entry) noexcept {
    const auto chosen = static_cast<std::uint32_t>(entry.settings[latest_buffers_setting]);
    return chosen != 0 ? chosen : latest_geometry::default_buffers(id.element_size, pins_of(entry));
}

part_need need(const segment_identity& id, const part_entry& entry) {
    if (id.element_size > max_value_size)
        return {0};
    return {bytes_of(buffers_of(id, entry),
                     latest_geometry::stride(id.element_size, id.element_alignment),
                     sizeof(latest_block))};
}

void configure(part_entry& entry, const options& wanted) {
    static_assert(options::most_buffers == max_buffers && options::most_pins == max_pins,
                  "check_options refuses more");
    entry.settings[latest_buffers_setting] = wanted.buffers();
    entry.settings[latest_pins_setting] = wanted.pins();
    entry.settings[latest_modes_setting] = wanted.has_single_writer() ? latest_single_writer : 0U;
}

std::string find_fault(const part_entry& entry) {
    const std::uint64_t buffers = entry.settings[latest_buffers_setting];
    const std::uint64_t pins = entry.settings[latest_pins_setting];
    if (pins > max_pins)
        return expected_range("pins", 0, max_pins, pins);
    if (buffers != 0 && (buffers < min_buffers + pins || buffers > max_buffers))
        return expected_range("buffers", min_buffers + pins, max_buffers, buffers);
    if (entry.settings[latest_modes_setting] > latest_single_writer)
        return expected_range("modes of a latest value", 0, latest_single_writer,
                              entry.settings[latest_modes_setting]);
    if (entry.settings[3] != 0)
        return "expected no more settings of a latest value, found some";
    return {};
}

void compare(const part_entry& entry, const options::settings& given,
             option_differences& differences) {
    const std::uint64_t buffers = entry.settings[latest_buffers_setting];
    if (given.buffers.value_or(0) != 0 && buffers != 0)
        differences.compare("buffers", buffers, given.buffers);
    differences.compare("pins", entry.settings[latest_pins_setting], given.pins);
    differences.compare("single_writer",
                        (entry.settings[latest_modes_setting] & latest_single_writer) != 0,
                        given.single_writer);
}

void format(std::byte* words, const part_entry&) {
    auto* const block = ::new (static_cast<void*>(words)) latest_block;
    initialise(block->newer_sleep);
    initialise(block->free_sleep);
}

bool includes(shared_memory::role has, shared_memory::role wanted) noexcept {
    return (static_cast<std::uint32_t>(has) & static_cast<std::uint32_t>(wanted)) != 0;
}

} // namespace

latest_part::latest_part(segment& host, const part_entry& entry)
    : part(host, entry), block_(reinterpret_cast<latest_block*>(words())),
      state_(&host.block().life.state),
      stride_(
          latest_geometry::stride(host.identity().element_size, host.identity().element_alignment)),
      payloads_(words() + sizeof(latest_block) +
                latest_geometry::payload_offset(host.identity().element_size,
                                                host.identity().element_alignment)),
      cell_({buffers_of(host.identity(), entry), pins_of(entry), host.identity().element_size},
            *block_,
            {reinterpret_cast<latest_line*>(words() + sizeof(latest_block)),
             static_cast<std::size_t>(stride_)}) {}

boost::span<wait_room* const> latest_part::rooms() const noexcept {
    return rooms_;
}

std::string_view latest_part::waits_for(std::size_t room) const noexcept {
    return room == 0 ? "newer_value" : "buffer_or_pin";
}

void latest_part::tell_holders(tell_holding tell) const {
    for (std::uint32_t i = 0; i != buffers(); ++i) {
        const auto& line =
            *reinterpret_cast<const latest_line*>(words() + sizeof(latest_block) + stride_ * i);
        const buffer_word word{line.control.load(boost::memory_order_acquire)};
        if (word.is_written())
            tell(word.slot(), {"buffer_to_store", 1});
    }
    for (std::uint32_t i = 0; i != pins(); ++i) {
        const pin_word pin{block_->pins[i].load(boost::memory_order_acquire)};
        if (!pin.is_free())
            tell(pin.slot(), {"value_in_place", 1});
    }
    const std::uint64_t writer = block_->writer_role.load(boost::memory_order_acquire);
    if (writer != 0)
        tell(owner_slot(writer), {"single_writer", 1});
}

bool latest_part::needs_heavy_fences() const noexcept {
    return plain_stores();
}

void latest_part::attach(std::uint64_t generation) {
    // A process without heavy fences stores as several writers do, and never by plain stores.
    const bool plain = plain_stores() && ipc_words::register_for_heavy_fences();
    own_word_ = owner_word(slot(), generation);
    cell_.attach(slot(), plain);
    // In a fork's child the role that was taken is the parent's.
    const auto not_in_role = ~static_cast<std::uint32_t>(host().role());
    const auto single =
        single_writer() ? static_cast<std::uint32_t>(shared_memory::role::writer) : 0U;
    host().forbid_only((not_in_role | single) * may_not_read & (may_not_read | may_not_write));
    if (includes(host().role(), shared_memory::role::reader))
        block_->readers_attached.fetch_add(1, boost::memory_order_relaxed);
    if (includes(host().role(), shared_memory::role::writer))
        block_->writers_attached.fetch_add(1, boost::memory_order_relaxed);
}

void latest_part::detach() noexcept {
    std::uint64_t mine = own_word_;
    block_->writer_role.compare_exchange_strong(mine, 0, boost::memory_order_seq_cst,
                                                boost::memory_order_relaxed);
}

void latest_part::repair(slot_set& dead, function_ref<bool(std::uint32_t)> alive,
                         recovery_report& report) {
    latest_repair done;
    cell_.repair(dead, alive, done);
    report.add("writes_discarded", done.writes_discarded);
    report.add("pins_released", done.pins_released);
}

bool latest_part::try_take_role() {
    std::uint64_t holder = 0;
    // acquire: what the predecessor did comes before; the predecessor, or its repairer, released
    if (!block_->writer_role.compare_exchange_strong(holder, own_word_, boost::memory_order_acq_rel,
                                                     boost::memory_order_acquire) &&
        holder != own_word_)
        return false;
    host().allow(may_not_write);
    return true;
}

// A process that was just killed looks alive for some milliseconds yet: its successor waits for
// that long.
void latest_part::take_role() {
    const deadline patience = deadline::in(std::chrono::milliseconds(250));
    for (;;) {
        const bool last = patience.passed();
        if (try_take_role())
            return;
        const std::uint64_t holder = block_->writer_role.load(boost::memory_order_acquire);
        if (last)
            throw_in_use(owner_slot(holder));
        // The role of a participant that has gone was cleared before its slot was marked free.
        if (owner_slot(holder) < identity().max_participants &&
            !host().is_alive(owner_slot(holder)))
            host().reap_dead();
        else
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

void latest_part::make_usable_for(shared_memory::role wanted) {
    const std::uint32_t why = status();
    if (why != 0 && !(why == status_read_only && wanted == shared_memory::role::reader))
        host().make_usable();
    if (!includes(host().role(), wanted))
        throw error(errc::bad_argument,
                    "shared_memory: the handle of \"" + name() + "\" was opened with role::" +
                        (host().role() == shared_memory::role::reader ? "reader; it cannot store"
                                                                      : "writer; it cannot load"));
    if (wanted == shared_memory::role::writer && !writable())
        take_role();
}

void latest_part::throw_in_use(std::uint32_t slot) const {
    throw error(errc::in_use, "shared_memory: \"" + name() +
                                  "\" was created for a single writer, and that is another handle, "
                                  "of " +
                                  who_is_in(host(), slot) +
                                  "; use that handle, destroy it first, or create the cell without "
                                  "single_writer");
}

void latest_part::throw_corrupted() const {
    throw error(errc::corrupted, "shared_memory: the latest value \"" + name() +
                                     "\" is corrupted: its words make no sense; close all handles "
                                     "and create it again");
}

const part_type& latest_part::type() noexcept {
    static constexpr part_type latest{
        latest_part_number,      "latest value", 1,        &need, &configure, &find_fault, &format,
        &make_part<latest_part>, nullptr,        &compare, true};
    return latest;
}
template const part_type& type_of<latest_part>() noexcept;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
