// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "ring_program.hpp"

#include <algorithm>
#include <cstring>

namespace model {
namespace ring_parts {

constexpr std::uint64_t first_epoch = 16;

static bool is_from(const access& a, const char* file) {
    return a.file != nullptr && std::strstr(a.file, file) != nullptr;
}

void ring_program::place_words() {
    const std::uint64_t counter = first_lap() << index_bits(o_.nodes);
    block_.tail.lies_at(m_.locate("tail", counter));
    block_.head.lies_at(m_.locate("head", counter));
    block_.redelivery_epoch.lies_at(m_.locate("epoch", first_epoch));
    m_.watched = static_cast<int>(block_.redelivery_epoch.location());
    scan_.seen.has_number(0);
    scan_.epoch.has_number(1);
    scan_.next.has_number(2);
    moved_epoch_.has_number(3);
    block_.redelivered.lies_at(m_.locate("redelivered", 0));
    block_.given_up.lies_at(m_.locate("given_up", 0));
    m_.silent[block_.redelivered.location()] = m_.silent[block_.given_up.location()] = true;
    state_.lies_at(m_.locate("state", 0));
    readers_sleep_.word.lies_at(m_.locate("r_sleep", 0));
    writers_sleep_.word.lies_at(m_.locate("w_sleep", 0));
    for (unsigned i = 0; i != o_.nodes; ++i) {
        const std::string n = std::to_string(i);
        controls_[i] = m_.locate("node" + n, control_word::of(first_lap(), node_phase::free));
        lines_[i].control.lies_at(controls_[i]);
        lines_[i].size.lies_at(m_.locate("size" + n, 0));
        payloads_[i] = m_.locate("payload" + n, 0);
    }
    // The retry loops of the searches to write and to read; `state` is what the latter remembers.
    m_.loop_head[block_.tail.location()] = m_.loop_head[block_.redelivery_epoch.location()] = true;
    m_.loops_in = "node_ring_search";
    m_.sticky = static_cast<int>(state_.location());
}

void ring_program::add(job j, unsigned slot, bool arrives, const std::string& name,
                       unsigned first_message) {
    const unsigned p = m_.process_count++;
    process& one = m_.now.processes.at(p);
    one = process{};
    one.slot = static_cast<std::uint8_t>(slot);
    one.knows.phase = arrives            ? arrive
                      : j == job::repair ? await
                      : j == job::close  ? leave
                                         : glance;
    jobs_[p] = j;
    first_message_[p] = first_message;
    m_.process_names.push_back(name);
    if (arrives)
        return;
    one.keeps[0] = first_epoch;
    m_.now.slot_taken[slot] = 1;
    if (m_.slot_word[slot] < 0) {
        slots_[slot].slot_word.lies_at(m_.locate("slot" + std::to_string(slot), 3));
        m_.slot_word[slot] = static_cast<int>(slots_[slot].slot_word.location());
    } else {
        ++entries_[p]; // the second thread of its handle
    }
    place_entries(j, slot, entries_[p]);
    slot_count_ = std::max(slot_count_, slot + 1);
}

// Those that the configuration uses are words of the model; nothing is ever said in the others.
void ring_program::place_entries(job j, unsigned slot, unsigned entry) {
    basic_ring_line<model_system>& line = participants_[slot];
    if (entry == 0) {
        for (auto* const side : {line.writes, line.reads}) {
            for (unsigned e = 0; e != entries_per_side; ++e) {
                side[e].position.is_always(no_position);
                side[e].end.is_always(no_position);
            }
        }
    }
    if (j != job::write && j != job::read)
        return;
    const bool writes = j == job::write;
    auto& used = writes ? line.writes[entry] : line.reads[entry];
    const std::string which =
        (writes ? "writes" : "reads") + std::to_string(slot) + (entry == 0 ? "" : "'");
    used.position.lies_at(m_.locate(which, no_position));
    if ((writes ? o_.write_batch : o_.read_batch) > 1)
        used.end.lies_at(m_.locate(which + ".end", no_position));
}

bool ring_program::is_position_said(unsigned location) const {
    return m_.names[location].compare(0, 6, "writes") == 0 ||
           m_.names[location].compare(0, 5, "reads") == 0;
}

void ring_program::place_processes() {
    m_.slot_word.fill(-1);
    unsigned slot = 0;
    for (unsigned i = 0; i != o_.writers; ++i)
        add(job::write, o_.one_writer_handle ? 0 : slot++, false, "writer" + std::to_string(i),
            1 + 4 * i);
    slot = o_.one_writer_handle ? 1 : slot;
    const unsigned reader_slot = slot;
    for (unsigned i = 0; i != o_.readers; ++i)
        add(job::read, o_.one_reader_handle ? reader_slot : slot++, false,
            "reader" + std::to_string(i), 0);
    slot = o_.one_reader_handle ? reader_slot + 1 : slot;
    for (unsigned i = 0; i != o_.repairers; ++i)
        add(job::repair, slot++, false, "repair" + std::to_string(i), 0);
    for (unsigned i = 0; i != o_.closers; ++i)
        add(job::close, slot++, false, "closer" + std::to_string(i), 0);
    for (unsigned i = 0; i != o_.successors; ++i) {
        const bool writes = (i % 2 == 0) != o_.reader_first;
        add(writes ? job::write : job::read, writes ? 0 : reader_slot, true,
            writes ? "writer'" : "reader'", 1 + 4 * (o_.writers + i));
    }
}

// Those faults that are not in the code around the ring, but in what its accesses do.
void ring_program::plant(ring_fault fault) {
    const unsigned epoch = block_.redelivery_epoch.location();
    const unsigned count = block_.redelivered.location();
    const unsigned state = state_.location();
    const unsigned tail = block_.tail.location();
    const auto none = [](access& a) { a.what = op::load; };
    switch (fault) {
    case ring_fault::look_before: // the one in node_ring.hpp is left out
    case ring_fault::no_look:
        m_.change.before = [=](unsigned, access& a) {
            if (a.what == op::add && a.location == epoch && a.operand == 1 &&
                !is_from(a, "ring_program"))
                none(a);
        };
        break;
    case ring_fault::look_if_changed:
        m_.change.before = [=](unsigned, access& a) {
            const auto counts = [&](const access& b, std::uint64_t) {
                return b.what == op::add && b.location == count;
            };
            if (a.what == op::add && a.location == epoch && m_.latest(counts) == nullptr)
                none(a);
        };
        break;
    case ring_fault::same_deliveries: // they are not kept while reading
        checks_.deliveries_count = false;
        m_.change.before = [=](unsigned, access& a) {
            const control_word to{a.operand};
            if (a.what == op::cas && is_control(a.location) && to.phase() == node_phase::reading)
                a.operand = control_word::of(to.lap(), to.phase(), to.slot());
        };
        break;
    case ring_fault::mark_any_generation:
        m_.change.before = [=](unsigned, access& a) {
            const bool is_mark =
                std::any_of(slots_.begin(), slots_.begin() + slot_count_, [&](const auto& slot) {
                    return slot.slot_word.location() == a.location;
                });
            const std::uint64_t now = m_.value(a.location);
            if (a.what == op::cas && is_mark && (a.operand & 1U) == 0 && is_used(now)) {
                a.expected = now;
                a.operand = now & ~std::uint64_t{1};
            }
        };
        break;
    case ring_fault::wake_one:
        m_.change.wake_one = true;
        break;
    case ring_fault::no_state_after_claim:
        m_.change.after = [=](unsigned, const access& a, std::uint64_t found) {
            const auto claims = [&](const access& b, std::uint64_t was) {
                return b.location == tail &&
                       (b.what == op::store || (b.what == op::cas && was == b.expected));
            };
            const bool after = a.what == op::load && a.location == state;
            return after && m_.latest(claims) != nullptr ? 0 : found;
        };
        break;
    case ring_fault::no_second_look: // it sees what the first one saw
        m_.change.after = [=](unsigned, const access& a, std::uint64_t found) {
            const auto saw_end = [&](const access& b, std::uint64_t was) {
                return b.what == op::load && b.location == state && was != 0;
            };
            const auto same = [&](const access& b, std::uint64_t) {
                return b.what == op::load && b.location == a.location;
            };
            if (a.what == op::load && m_.latest(saw_end) != nullptr)
                m_.latest(same, &found);
            return found;
        };
        break;
    default:
        plant_in_positions(fault);
        break;
    }
}

// The same for positions, and what participants say of them.
void ring_program::plant_in_positions(ring_fault fault) {
    const unsigned head = block_.head.location();
    const unsigned tail = block_.tail.location();
    const auto none = [](access& a) { a.what = op::load; };
    switch (fault) {
    case ring_fault::no_pass: // pass() takes it for done
        m_.change.before = [=](unsigned, access& a) {
            if (a.what == op::cas && a.location == head && is_from(a, "node_ring_repair"))
                none(a);
        };
        break;
    case ring_fault::keep_said:
        m_.change.before = [=](unsigned, access& a) {
            if (a.what == op::store && is_position_said(a.location) && a.operand == no_position &&
                is_from(a, "node_ring_search"))
                none(a);
        };
        break;
    case ring_fault::take_said_for_taken: // the counter as if it were past what was said
        m_.change.after = [=](unsigned, const access& a, std::uint64_t found) {
            std::uint64_t said = 0;
            const auto says = [&](const access& b, std::uint64_t) {
                return b.what == op::load && is_position_said(b.location);
            };
            const bool settles = a.what == op::load && (a.location == tail || a.location == head) &&
                                 a.success == order::seq_cst && is_from(a, "node_ring_repair");
            return settles && m_.latest(says, &said) != nullptr
                       ? said + (1U << index_bits(o_.nodes))
                       : found;
        };
        break;
    case ring_fault::refuse_by_load:
        m_.change.before = [=](unsigned, access& a) {
            if (a.what == op::add && a.location == head && a.operand == 0)
                none(a), a.success = order::acquire;
        };
        break;
    case ring_fault::end_at_head: // tail as if it were where head is
        m_.change.after = [=](unsigned, const access& a, std::uint64_t found) {
            const auto loads_head = [&](const access& b, std::uint64_t) {
                return b.what == op::load && b.location == head;
            };
            if (a.what == op::load && a.location == tail && a.success == order::seq_cst &&
                is_from(a, "node_ring_search"))
                m_.latest(loads_head, &found);
            return found;
        };
        break;
    default:
        break;
    }
}

} // namespace ring_parts

const char* name_of(ring_fault f) {
    static const char* const names[] = {"none",
                                        "the mark cleared first",
                                        "the mark cleared in any generation",
                                        "alive() asked before the word is loaded",
                                        "look raised before the CASes only",
                                        "look raised only by who changed something",
                                        "look not raised",
                                        "readers do not pass over what nobody wrote",
                                        "deliveries not counted on",
                                        "one waiter woken, not all",
                                        "abort tells readers only",
                                        "repair tells nobody",
                                        "no claim after the announcement",
                                        "state not loaded after the claim",
                                        "no second look before the end",
                                        "the end told while others hold messages",
                                        "a release after the end tells writers only",
                                        "the bit cleared before the waking",
                                        "the bit cleared though a sleeper came meanwhile",
                                        "nothing announced while they are woken",
                                        "plain stores, and no heavy fence",
                                        "a slot marked free that is not settled",
                                        "a position settled that a living participant says",
                                        "what was said not taken back",
                                        "what a dead participant said cleared before the repair",
                                        "a position that was only said taken for taken",
                                        "a refusal validated by a load of head",
                                        "the end told without a look at tail"};
    return names[static_cast<unsigned>(f)];
}

make_scene ring_scene(const ring_options& o, ring_fault fault) {
    return scene_of_program<ring_parts::ring_program>(o, fault);
}

} // namespace model
