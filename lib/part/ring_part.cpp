// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The ring part: its layout, waiting for messages and for room, and what a dead participant held.

#include <shared_memory/detail/part/ring_part.hpp>

#include <shared_memory/detail/core/node_ring_census.hpp>
#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/spsc_ring_repair.hpp>
#include <shared_memory/reports.hpp>

#include "../segment/errors.hpp"
#include "../segment/holders.hpp"
#include "define_type.hpp"
#include <system/sleeping.hpp>

#include <chrono>
#include <sstream>
#include <string>
#include <thread>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

//! A ring with both modes is a spsc_ring.
constexpr std::uint64_t both_single = ring_single_writer | ring_single_reader;
bool is_for_two(const part_entry& entry) noexcept {
    return (entry.settings[ring_modes_setting] & both_single) == both_single;
}

part_need need(const segment_identity& id, const part_entry& entry) {
    const std::uint64_t size = id.element_size;
    if (is_for_two(entry)) {
        constexpr std::uint64_t of_each = 4 + 2 * 8; // its size, its notes
        return {bytes_of(id.element_count, of_each + round_up(size, cache_line_bytes),
                         sizeof(ring_head) + sizeof(spsc_block) + 3 * cache_line_bytes)};
    }
    const std::uint64_t payload =
        size <= inline_payload_bytes ? 0 : round_up(size, cache_line_bytes);
    return {bytes_of(id.element_count, sizeof(node_line) + payload, sizeof(ring_head)),
            cache_pair_bytes, sizeof(ring_line)};
}

void configure(part_entry& entry, const options& wanted) {
    static_assert(options::most_deliveries == max_delivery_limit, "check_options refuses more");
    entry.settings[max_deliveries_setting] = wanted.max_deliveries();
    if (wanted.has_dead_letters() && wanted.max_deliveries() == 0)
        throw error(
            errc::bad_argument,
            "shared_memory: expected a max_deliveries from 1 to 31 for a ring that keeps dead "
            "letters, found 0, with which no message becomes one");
    entry.settings[dead_letters_setting] = wanted.has_dead_letters() ? 1U : 0U;
    // Decided once, for all participants: a process that has no heavy fences can then still wait on
    // the ring, but its waits take longer (system/fence.hpp).
    const bool plain = ipc_words::register_for_heavy_fences();
    entry.settings[ring_modes_setting] = (wanted.has_single_writer() ? ring_single_writer : 0U) |
                                         (wanted.has_single_reader() ? ring_single_reader : 0U) |
                                         (plain ? ring_plain_ends : 0U);
}

std::string find_fault(const part_entry& entry) {
    const std::uint64_t deliveries = entry.settings[max_deliveries_setting];
    if (deliveries > max_delivery_limit)
        return expected_range("max_deliveries", 0, max_delivery_limit, deliveries);
    const std::uint64_t modes = entry.settings[ring_modes_setting];
    constexpr std::uint64_t most = ring_single_writer | ring_single_reader | ring_plain_ends;
    if (modes > most)
        return expected_range("modes of a ring", 0, most, modes);
    const std::uint64_t letters = entry.settings[dead_letters_setting];
    if (letters > (deliveries == 0 ? 0U : 1U))
        return expected_range("dead_letters of a ring", 0, deliveries == 0 ? 0 : 1, letters);
    if (entry.settings[3] != 0)
        return "expected no more settings of a ring, found some";
    return {};
}

void compare(const part_entry& entry, const options::settings& given,
             option_differences& differences) {
    const auto has = [&](std::uint64_t mode) {
        return (entry.settings[ring_modes_setting] & mode) != 0;
    };
    differences.compare("max_deliveries", entry.settings[max_deliveries_setting],
                        given.max_deliveries);
    differences.compare("dead_letters", entry.settings[dead_letters_setting] != 0,
                        given.dead_letters);
    differences.compare("single_writer", has(ring_single_writer), given.single_writer);
    differences.compare("single_reader", has(ring_single_reader), given.single_reader);
}

void format(std::byte* words, const part_entry&) {
    auto* const head = ::new (static_cast<void*>(words)) ring_head;
    initialise(head->readers_sleep);
    initialise(head->writers_sleep);
}

bool includes(shared_memory::role has, shared_memory::role wanted) noexcept {
    return (static_cast<std::uint32_t>(has) & static_cast<std::uint32_t>(wanted)) != 0;
}

} // namespace

ring_part::ring_part(segment& host, const part_entry& entry)
    : part(host, entry),
      general_ring(reinterpret_cast<ring_head&>(*words()), host.block().life.state),
      is_single_(is_for_two(entry)), places_{}, single_(*this, *words_) {
    const segment_identity& id = host.identity();
    ring_geometry geometry{
        static_cast<std::uint32_t>(id.element_count), static_cast<std::uint32_t>(id.element_size),
        static_cast<std::uint32_t>(entry.settings[max_deliveries_setting]), modes() != 0};
    geometry.dead_letters = entry.settings[dead_letters_setting] != 0;
    std::byte* const lines = words() + sizeof(ring_head);
    ring_ = ring_type(geometry, words_->ring, *state_, reinterpret_cast<node_line*>(lines),
                      lines + id.element_count * sizeof(node_line), this->lines<ring_line>(),
                      host.block().life.slots_used, id.max_participants);
    places_ = ring_.places();
    statistics_ = host.options().keeps_statistics();
    if (is_single_) {
        single_.ring().use(geometry, single_places());
        single_.count_in(*single_places().block, statistics_);
        places_ = single_.ring().places();
    }
    open_dead_letters_target();
}

basic_spsc_places<ipc_words> ring_part::single_places() const noexcept {
    const auto size = static_cast<std::uint32_t>(identity().element_size);
    const auto at =
        spsc_layout::of(identity().element_count, ring_geometry{0, size, 0}.payload_stride());
    std::byte* const lines = words() + sizeof(ring_head);
    using word32 = ipc_words::word32;
    using word64 = ipc_words::word64;
    ring_block& ring = words_->ring;
    return {reinterpret_cast<spsc_block*>(lines),
            reinterpret_cast<word32*>(lines + spsc_layout::sizes),
            reinterpret_cast<word64*>(lines + at.write_notes),
            reinterpret_cast<word64*>(lines + at.read_notes),
            lines + at.payloads,
            state_,
            &ring.writer_role,
            &ring.reader_role,
            &ring.redelivered,
            &ring.given_up};
}

boost::span<wait_room* const> ring_part::rooms() const noexcept {
    return rooms_;
}

bool ring_part::needs_heavy_fences() const noexcept {
    return modes() != 0;
}

std::uint32_t ring_part::modes() const noexcept {
    return static_cast<std::uint32_t>(entry().settings[ring_modes_setting]);
}

std::uint64_t ring_part::redelivered() const noexcept {
    return words_->ring.redelivered.load(boost::memory_order_relaxed);
}

std::uint64_t ring_part::given_up() const noexcept {
    return words_->ring.given_up.load(boost::memory_order_relaxed);
}

void ring_part::attach(std::uint64_t generation) {
    const bool registered = modes() != 0 && ipc_words::register_for_heavy_fences();
    ring_.use_plain_counters(registered && single_writer(), registered && single_reader());
    ring_.use_plain_ends(registered);
    own_slot_ = host().slot();
    own_claim_word_ = owner_word(own_slot_, generation);
    attach_entries(registered);
    if (is_single_)
        single_.ring().attach(own_claim_word_, registered);
    // In a fork's child the roles that were taken are the parent's.
    const auto not_in_role = ~static_cast<std::uint32_t>(host().role());
    const std::uint32_t single = modes() & (ring_single_reader | ring_single_writer);
    host().forbid_only((not_in_role | single) * may_not_read & (may_not_read | may_not_write));
    // Counted before the slot is marked: a handle that dies in between was on its way, at least.
    if (includes(host().role(), shared_memory::role::reader))
        words_->ring.readers_attached.fetch_add(1, boost::memory_order_relaxed);
    if (includes(host().role(), shared_memory::role::writer))
        words_->ring.writers_attached.fetch_add(1, boost::memory_order_relaxed);
    // Any number but the epoch itself will do: the first read looks through the whole ring.
    for (auto& scan : scans_)
        scan.seen = words_->ring.redelivery_epoch.load(boost::memory_order_relaxed) - 1;
}

std::uint64_t ring_part::turn_claims_into_references(bool alone) noexcept {
    return write_claims_.turn_into_references(writers_, alone) +
           read_claims_.turn_into_references(readers_, alone);
}

void ring_part::attach_entries(bool registered) noexcept {
    if (is_single_) { // no thread says what it is about to take
        writers_.reset(registered, false);
        readers_.reset(registered, false);
        return;
    }
    own_line_ = &lines<ring_line>()[own_slot_];
    // What the slot's last participant said is settled. release: pairs with a repairer's loads
    for (auto* const side : {own_line_->writes, own_line_->reads}) {
        for (std::uint32_t e = 0; e != entries_per_side; ++e) {
            side[e].end.store(no_position, boost::memory_order_release);
            side[e].position.store(no_position, boost::memory_order_release);
            side[e].done.clear();
        }
    }
    writers_.reset(registered, registered && single_writer());
    readers_.reset(registered, registered && single_reader());
}

void ring_part::repair(slot_set& dead, function_ref<bool(std::uint32_t)> alive,
                       recovery_report& report) {
    ring_repair done;
    if (is_single_)
        single_.ring().repair(dead, alive, done); // ends the roles
    else
        repair_nodes(dead, alive, done);
    report.add("writes_discarded", done.writes_discarded);
    report.add("reads_redelivered", done.reads_redelivered);
    report.add("messages_given_up", done.messages_given_up);
    report.add("dead_letters", done.dead_letters);
}

void ring_part::repair_nodes(slot_set& dead, function_ref<bool(std::uint32_t)> alive,
                             ring_repair& done) {
    // Is a dead participant the single writer or reader? This is looked at first: the role that is
    // cleared at the end is a role whose holder was dead before its nodes were looked at [R11].
    const shared_memory::role roles[] = {shared_memory::role::writer, shared_memory::role::reader};
    std::uint64_t held[2] = {0, 0};
    for (std::size_t i = 0; i != 2; ++i) {
        held[i] = holder_of(roles[i]).load(boost::memory_order_acquire);
        const std::uint32_t slot = owner_slot(held[i]);
        if (held[i] != 0 && dead.contains(slot) && alive(slot))
            dead.remove(slot); // asked after the word was loaded, as in [R4]
    }
    ring_.repair(dead, alive, done);
    for (std::size_t i = 0; i != 2; ++i) {
        if (held[i] != 0 && dead.contains(owner_slot(held[i])))
            holder_of(roles[i]).compare_exchange_strong(held[i], 0, boost::memory_order_seq_cst,
                                                        boost::memory_order_relaxed);
    }
}

void ring_part::detach() noexcept {
    for (const auto single : {shared_memory::role::writer, shared_memory::role::reader}) {
        std::uint64_t mine = own_claim_word_;
        holder_of(single).compare_exchange_strong(mine, 0, boost::memory_order_seq_cst,
                                                  boost::memory_order_relaxed);
    }
}

ipc_words::word64& ring_part::holder_of(shared_memory::role single) const noexcept {
    return single == shared_memory::role::writer ? words_->ring.writer_role
                                                 : words_->ring.reader_role;
}

bool ring_part::try_take_single_role(shared_memory::role wanted) {
    std::uint64_t holder = 0;
    // acquire: what the predecessor did comes before; the predecessor, or its repairer, released
    if (!holder_of(wanted).compare_exchange_strong(
            holder, own_claim_word_, boost::memory_order_acq_rel, boost::memory_order_acquire) &&
        holder != own_claim_word_)
        return false;
    if (is_single_)
        begin_single(wanted);
    host().allow(static_cast<std::uint32_t>(wanted) * may_not_read);
    return true;
}

// A process that was just killed looks alive for some milliseconds yet: its successor waits for
// that long.
void ring_part::take_single_role(shared_memory::role wanted) {
    const deadline patience = deadline::in(std::chrono::milliseconds(250));
    for (;;) {
        const bool last = patience.passed();
        if (try_take_single_role(wanted))
            return;
        const std::uint64_t holder = holder_of(wanted).load(boost::memory_order_acquire);
        const std::uint32_t slot = owner_slot(holder);
        if (last)
            throw_in_use(wanted, slot);
        const bool sits = slot < host().identity().max_participants &&
                          owns(holder & ~settles_for_writer, slot,
                               host().slot_block(slot).slot_word.load(boost::memory_order_acquire));
        std::uint64_t expected = holder;
        if (!sits) // the role is nobody's: a slot is marked free after the role was
            holder_of(wanted).compare_exchange_strong(expected, 0, boost::memory_order_seq_cst,
                                                      boost::memory_order_relaxed);
        else if (!host().is_alive(slot))
            host().reap_dead();
        else
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

void ring_part::throw_in_use(shared_memory::role wanted, std::uint32_t slot) const {
    std::ostringstream text;
    text << "shared_memory: the ring \"" << name() << "\" was created for a single "
         << (wanted == shared_memory::role::writer ? "writer" : "reader")
         << ", and that is another handle, of " << who_is_in(host(), slot)
         << "; use that handle, destroy it first, or create the ring without single_"
         << (wanted == shared_memory::role::writer ? "writer" : "reader") << "()";
    throw error(errc::in_use, text.str());
}

void ring_part::make_usable_for(shared_memory::role wanted) {
    if (status() != 0)
        host().make_usable();
    if (!includes(host().role(), wanted))
        throw error(errc::bad_argument,
                    "shared_memory: the handle of \"" + name() + "\" was opened with role::" +
                        (host().role() == shared_memory::role::reader ? "reader, and cannot write"
                                                                      : "writer, and cannot read") +
                        "; open a handle with role::both, the default, or with the other role");
    if (wanted != shared_memory::role::both &&
        !(wanted == shared_memory::role::writer ? writable() : readable()))
        take_single_role(wanted);
}

bool ring_part::is_abandoned(shared_memory::role needed) const noexcept {
    const ring_block& r = words_->ring;
    const bool for_reader = needed == shared_memory::role::reader;
    const std::uint64_t ever =
        (for_reader ? r.readers_attached : r.writers_attached).load(boost::memory_order_relaxed);
    return ever > (includes(host().role(), needed) ? 1U : 0U) &&
           host().others_alive(needed, 1) == 0;
}

// Entries are for sides with several participants; the single writer (reader) has its role.
bool ring_part::took_part() const noexcept {
    const std::uint32_t status = host().whole_status();
    return has_ended_ || writers_.was_used() || readers_.was_used() ||
           (single_writer() && (status & may_not_write) == 0) ||
           (single_reader() && (status & may_not_read) == 0);
}

// Reads all that is left, whatever the handle's role is.
bool ring_part::begin_anew() {
    const bool had_role = !single_reader() || (host().whole_status() & may_not_read) == 0;
    if (!had_role && !try_take_single_role(shared_memory::role::reader))
        return false;
    node_claim claim;
    for (std::uint32_t i = 0; i != node_count(); ++i) {
        if (try_claim_read(claim, [](std::size_t) { return true; }) != ring_result::claimed)
            break;
        release(claim);
    }
    if (!had_role) {
        std::uint64_t mine = own_claim_word_;
        holder_of(shared_memory::role::reader)
            .compare_exchange_strong(mine, 0, boost::memory_order_seq_cst,
                                     boost::memory_order_relaxed);
        host().forbid_only((host().whole_status() & may_not_write) | may_not_read);
    }
    return unread() == 0;
}

void ring_part::end_stream() noexcept {
    has_ended_ = true;
    host().block().life.state.fetch_or(state_stream_ended, boost::memory_order_seq_cst);
    host().wake_everybody();
}

const part_type& ring_part::type() noexcept {
    static constexpr part_type ring{ring_part_number, "ring",      2,       &need,
                                    &configure,       &find_fault, &format, &make_part<ring_part>,
                                    nullptr,          &compare};
    return ring;
}
template const part_type& type_of<ring_part>() noexcept;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
