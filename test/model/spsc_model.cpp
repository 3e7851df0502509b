// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "spsc_program.hpp"

#include <algorithm>

namespace model {
namespace spsc_parts {

spsc_program::spsc_program(machine& m, const spsc_options& o, spsc_fault fault)
    : m_(m), o_(o), fault_(fault), checks_(m) {
    heavy_ = !o.full_fences && fault != spsc_fault::no_heavy_fences;
    m.strict_timer = o.strict_timer;
    m.may_not_spin = o.may_not_spin;
    m.heavy_fences = heavy_;
    place_words();
    place_processes();
    slots_used_.lies_at(m_.locate("used", slot_count_));
    plant(fault);
    const ring_geometry geometry{o.nodes, cache_line_bytes, o.max_deliveries, heavy_};
    for (unsigned p = 0; p != m_.process_count; ++p) {
        rings_[p].use(geometry, {&block_, sizes_.data(), write_notes_.data(), read_notes_.data(),
                                 nowhere_.data(), &state_, &writer_role_, &reader_role_,
                                 &redelivered_, &given_up_});
        rings_[p].attach(own_word(p), !o.full_fences);
    }
}

void spsc_program::place_words() {
    const std::uint64_t first = first_position();
    block_.tail.lies_at(m_.locate("tail", first));
    block_.holes.lies_at(m_.locate("holes", first));
    block_.front.lies_at(m_.locate("front", first));
    block_.write_claimed.lies_at(m_.locate("w_claimed", first));
    block_.head.lies_at(m_.locate("head", first));
    block_.read_claimed.lies_at(m_.locate("r_claimed", first));
    writer_role_.lies_at(m_.locate("writer_role", owner_word(0, 1)));
    reader_role_.lies_at(m_.locate("reader_role", o_.no_reader ? 0 : owner_word(1, 1)));
    redelivered_.lies_at(m_.locate("redelivered", 0));
    given_up_.lies_at(m_.locate("given_up", 0));
    m_.silent[redelivered_.location()] = m_.silent[given_up_.location()] = true;
    state_.lies_at(m_.locate("state", 0));
    readers_sleep_.word.lies_at(m_.locate("r_sleep", 0));
    writers_sleep_.word.lies_at(m_.locate("w_sleep", 0));
    for (unsigned i = 0; i != o_.nodes; ++i) {
        const std::string n = std::to_string(i);
        sizes_[i].lies_at(m_.locate("size" + n, 0));
        write_notes_[i].lies_at(m_.locate("w_note" + n, 0));
        read_notes_[i].lies_at(m_.locate("r_note" + n, 0));
        payloads_[i] = m_.locate("payload" + n, 0);
    }
}

void spsc_program::add(job j, unsigned slot, bool arrives, const char* name,
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
    generation_[p] = 1;
    m_.process_names.emplace_back(name);
    side_of(p).begun.store(arrives ? 0 : 1, std::memory_order_relaxed);
    const bool is_new = m_.slot_word[slot] < 0;
    if (is_new) {
        slots_[slot].slot_word.lies_at(m_.locate("slot" + std::to_string(slot), arrives ? 0 : 3));
        m_.slot_word[slot] = static_cast<int>(slots_[slot].slot_word.location());
        slot_count_ = std::max(slot_count_, slot + 1);
    }
    if (arrives)
        generation_[p] = is_new ? 1 : 2;
    else
        m_.now.slot_taken[slot] = 1;
    for (model_system::private_word64* word :
         {&side_of(p).limit, &side_of(p).done, &side_of(p).holes, &side_of(p).front})
        word->store(first_position(), std::memory_order_relaxed);
    keep_side(p, one.knows);
}

void spsc_program::place_processes() {
    m_.slot_word.fill(-1);
    add(job::write, 0, false, "writer", 1);
    if (!o_.no_reader)
        add(job::read, 1, false, "reader", 0);
    unsigned slot = 2;
    for (unsigned i = 0; i != o_.repairers; ++i)
        add(job::repair, slot++, false, i == 0 ? "repair0" : "repair1", 0);
    for (unsigned i = 0; i != o_.closers; ++i)
        add(job::close, slot++, false, "closer", 0);
    if (o_.next_writer)
        add(job::write, 0, true, "writer'", 9);
    if (o_.next_reader)
        add(job::read, 1, true, "reader'", 0);
    if (o_.other_writer) {
        add(job::write, slot++, true, "writer2", 17);
        m_.now.processes.at(m_.process_count - 1U).knows.phase = await;
    }
}

void spsc_program::changed(unsigned p, unsigned location, std::uint64_t from, std::uint64_t to) {
    if (from == to)
        return;
    if (location == block_.write_claimed.location())
        checks_.claimed_for_writing(p, place_of(from), place_of(to));
    else if (location == block_.tail.location())
        checks_.tail_moved(p, place_of(from), place_of(to));
    else if (location == block_.read_claimed.location())
        checks_.claimed_for_reading(p, place_of(from), place_of(to));
    else if (location == block_.head.location())
        checks_.head_moved(place_of(from), place_of(to));
    for (unsigned i = 0; i != o_.nodes; ++i) {
        const spsc_note note{to};
        const auto state = static_cast<spsc_state>(spsc_note::state_bits::of(to));
        const unsigned place = place_of(spsc_note::lap_bits::of(to) << index_bits() | i);
        if (location == write_notes_[i].location() && state == spsc_state::passed)
            checks_.noted_passed(p, place);
        else if (location == read_notes_[i].location() && state == spsc_state::held)
            checks_.claimed_again(p, place, note.deliveries());
        else if (location == read_notes_[i].location() && state == spsc_state::released)
            checks_.given_up(place, o_.max_deliveries);
    }
}

void spsc_program::check_end() {
    const auto now = [this](const model_system::word64& word) { return m_.value(word.location()); };
    const auto lives = [this](std::uint64_t role) {
        return role == 0 || m_.now.slot_taken[owner_slot(role)] != 0;
    };
    const unsigned head = std::max(place_of(now(block_.head)), place_of(now(block_.front)));
    const unsigned tail = place_of(now(block_.tail));
    const unsigned write_claimed = place_of(now(block_.write_claimed));
    for (unsigned p = 0; p != m_.process_count; ++p) {
        if (m_.now.processes[p].state != condition::asleep)
            continue;
        checks_.expect(m_.value(state_.location()) == 0,
                       "stuck: somebody sleeps, and the stream has ended");
        checks_.expect(lives(now(writer_role_)) && lives(now(reader_role_)),
                       "stuck: a role is a dead participant's");
        if (writes(p)) {
            checks_.check_sleeping_writer(head, write_claimed - head == o_.nodes);
            continue;
        }
        checks_.expect(now(writer_role_) != 0 || write_claimed == tail,
                       "stuck: a reader sleeps, and a dead writer left something");
        checks_.check_sleeping_reader(p, head, place_of(now(block_.read_claimed)), tail);
    }
}

// Those faults that are not in the code around the ring, but in what its accesses do.
void spsc_program::plant(spsc_fault fault) {
    const unsigned state = state_.location();
    const unsigned holes = block_.holes.location();
    const unsigned tail = block_.tail.location();
    const unsigned write_claimed = block_.write_claimed.location();
    const unsigned writer_role = writer_role_.location();
    const auto none = [](access& a) { a.what = op::load; };
    // Leaves out the notes that say `state` of a position for which `fits` holds.
    const auto without = [this, none](const auto& notes, spsc_state left_out, auto fits) {
        m_.change.before = [this, none, &notes, left_out, fits](unsigned, access& a) {
            for (unsigned i = 0; i != o_.nodes; ++i) {
                if (a.what != op::store || a.location != notes[i].location() ||
                    spsc_note::state_bits::of(a.operand) != static_cast<std::uint32_t>(left_out))
                    continue;
                const std::uint64_t lap = spsc_note::lap_bits::of(a.operand);
                if (fits(place_of(lap << index_bits() | i)))
                    none(a);
            }
        };
    };
    const auto any = [](unsigned) { return true; };
    const auto is_released = [this](unsigned place) { return checks_.ghost().done[place] == 1; };
    const auto is_not_released = [this](unsigned place) {
        return checks_.ghost().done[place] == 0;
    };
    switch (fault) {
    case spsc_fault::no_late_note:
        without(write_notes_, spsc_state::published, any);
        break;
    case spsc_fault::no_passed_note:
        without(write_notes_, spsc_state::passed, any);
        break;
    case spsc_fault::no_release_note:
        without(read_notes_, spsc_state::released, is_released);
        break;
    case spsc_fault::no_skip_note:
        without(read_notes_, spsc_state::released, is_not_released);
        break;
    case spsc_fault::no_held_note:
        without(read_notes_, spsc_state::held, any);
        break;
    case spsc_fault::no_return_note:
        without(read_notes_, spsc_state::returned, any);
        break;
    case spsc_fault::same_deliveries:
        m_.change.before = [this](unsigned, access& a) {
            for (const auto& note : read_notes_) {
                if (a.what == op::store && a.location == note.location() &&
                    spsc_note::state_bits::of(a.operand) ==
                        static_cast<std::uint32_t>(spsc_state::held))
                    a.operand -= spsc_note::delivery_bits::place(1);
            }
        };
        break;
    case spsc_fault::no_holes:
        m_.change.before = [=](unsigned, access& a) {
            if (a.what == op::store && a.location == holes)
                none(a);
        };
        break;
    case spsc_fault::release_after:
        m_.change.before = [=](unsigned, access& a) {
            if (a.what == op::store && a.location == tail)
                a.success = order::relaxed;
        };
        break;
    case spsc_fault::no_settling_reader: // it takes the role for another's
        m_.change.after = [=](unsigned p, const access& a, std::uint64_t found) {
            return a.what == op::load && a.location == writer_role && !writes(p) && found == 0
                       ? 1
                       : found;
        };
        break;
    case spsc_fault::no_state_after_claim:
        m_.change.after = [=](unsigned, const access& a, std::uint64_t found) {
            const auto claims = [&](const access& b, std::uint64_t) {
                return b.what == op::store && b.location == write_claimed;
            };
            const bool after = a.what == op::load && a.location == state;
            return after && m_.latest(claims) != nullptr ? 0 : found;
        };
        break;
    case spsc_fault::no_second_look: // it sees what the first one saw
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
    case spsc_fault::end_while_open:
        m_.change.after = [=](unsigned p, const access& a, std::uint64_t found) {
            const auto looks = [&](const access& b, std::uint64_t) {
                return b.what == op::load && b.location == tail;
            };
            if (a.what == op::load && a.location == write_claimed && jobs_[p] == job::read)
                m_.latest(looks, &found);
            return found;
        };
        break;
    default:
        break;
    }
}

} // namespace spsc_parts

const char* name_of(spsc_fault f) {
    static const char* const names[] = {"none",
                                        "a commit out of order not noted",
                                        "a release out of order not noted",
                                        "what is passed over not noted",
                                        "no bound of what is passed over",
                                        "a passed position claimed without a note",
                                        "a second claim of a message not noted",
                                        "what the last reader held not made to come again",
                                        "claims not counted on",
                                        "a reader does not settle for a dead writer",
                                        "alive() asked before the role is loaded",
                                        "the mark cleared first",
                                        "the role taken unasked",
                                        "repair tells nobody",
                                        "what was passed over told to nobody",
                                        "an abort told to nobody",
                                        "no claim after the announcement",
                                        "state not loaded after the claim",
                                        "no second look before the end",
                                        "the end told while a claim is open",
                                        "tail stored before the message",
                                        "no heavy fence, and no full one"};
    return names[static_cast<unsigned>(f)];
}

make_scene spsc_scene(const spsc_options& o, spsc_fault fault) {
    return scene_of_program<spsc_parts::spsc_program>(o, fault);
}

} // namespace model
