// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "latest_program.hpp"

#include <algorithm>

namespace model {
namespace latest_parts {

latest_program::latest_program(machine& m, const latest_options& o, latest_fault fault)
    : m_(m), o_(o), fault_(fault), checks_(m) {
    m.strict_timer = o.strict_timer;
    m.may_not_spin = o.may_not_spin;
    const bool plain_stores = o.single_writer && o.pins == 0;
    heavy_ = plain_stores && fault != latest_fault::no_heavy_fences;
    m.heavy_fences = heavy_;
    place_words();
    place_processes();
    slots_used_.lies_at(m_.locate("used", slot_count_));
    plant(fault);
    for (unsigned p = 0; p != m_.process_count; ++p) {
        cells_[p] = cell_type({o.buffers, o.pins, 16}, block_, lines_.data());
        cells_[p].attach(m_.now.processes[p].slot, plain_stores);
    }
}

void latest_program::place_words() {
    const std::uint64_t use = o_.last_use ? buffer_word::use_bits::greatest : 0;
    block_.current.lies_at(m_.locate("current", latest_mark::of(use, 0)));
    if (o_.single_writer)
        block_.writer_role.lies_at(m_.locate("writer_role", owner_word(0, 1)));
    else
        block_.writer_role.is_always(0);
    block_.newer_sleep.word.lies_at(m_.locate("newer", 0));
    block_.free_sleep.word.lies_at(m_.locate("free", 0));
    for (unsigned i = 0; i != o_.pins; ++i)
        block_.pins[i].lies_at(m_.locate("pin" + std::to_string(i), 0));
    for (unsigned i = 0; i != o_.buffers; ++i) {
        const std::string n = std::to_string(i);
        lines_[i].control.lies_at(m_.locate("control" + n, buffer_word::done(use)));
        lines_[i].version.lies_at(m_.locate("version" + n, 0));
        lines_[i].size.is_always(16);
        data_[i][0].lies_at(m_.locate("data" + n + "a", 0));
        data_[i][1].lies_at(m_.locate("data" + n + "b", 0));
    }
}

void latest_program::add(job j, unsigned slot, bool arrives, const char* name,
                         unsigned first_value) {
    const unsigned p = m_.process_count++;
    process& one = m_.now.processes.at(p);
    one = process{};
    one.slot = static_cast<std::uint8_t>(slot);
    one.knows.phase = arrives            ? arrive
                      : j == job::repair ? await
                      : j == job::write  ? start
                      : in_place()       ? hold
                                         : load;
    one.knows.mark = j == job::read ? m_.value(block_.current.location()) : 0;
    jobs_[p] = j;
    first_value_[p] = first_value;
    generation_[p] = 1;
    m_.process_names.emplace_back(name);
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
}

void latest_program::place_processes() {
    static const char* const writer_names[] = {"writer0", "writer1", "writer2"};
    static const char* const reader_names[] = {"reader0", "reader1", "reader2"};
    m_.slot_word.fill(-1);
    unsigned slot = 0;
    for (unsigned i = 0; i != o_.writers; ++i)
        add(job::write, o_.one_writer_handle ? 0 : slot++, false, writer_names[i], 1 + 16 * i);
    slot = o_.one_writer_handle ? 1 : slot;
    const unsigned reader_slot = slot;
    for (unsigned i = 0; i != o_.readers; ++i)
        add(job::read, slot++, false, reader_names[i], 0);
    for (unsigned i = 0; i != o_.repairers; ++i)
        add(job::repair, slot++, false, i == 0 ? "repair0" : "repair1", 0);
    if (o_.next_writer)
        add(job::write, 0, true, "writer'", 65);
    if (o_.next_reader)
        add(job::read, reader_slot, true, "reader'", 0);
    if (o_.other_writer) {
        add(job::write, slot++, true, "writer2", 81);
        m_.now.processes.at(m_.process_count - 1U).knows.phase = await;
    }
}

void latest_program::changed(unsigned p, unsigned location, std::uint64_t from, std::uint64_t to) {
    if (from == to)
        return;
    for (unsigned i = 0; i != o_.pins; ++i) {
        if (location != block_.pins[i].location())
            continue;
        if (!pin_word{from}.is_free())
            checks_.unpinned(p, i);
        if (!pin_word{to}.is_free())
            checks_.pinned(p, i);
    }
    for (unsigned i = 0; i != o_.buffers; ++i) {
        if (location == lines_[i].control.location()) {
            if (buffer_word{from}.is_written())
                checks_.ended(p, i);
            if (buffer_word{to}.is_written())
                checks_.claimed(p, i, current_buffer());
        }
        if (location == data_[i][0].location() || location == data_[i][1].location())
            checks_.filled(p, i, current_buffer());
    }
    if (location == block_.current.location()) {
        const unsigned i = latest_mark{to}.index();
        checks_.published(p, m_.value(lines_[i].version.location()),
                          m_.value(data_[i][0].location()), o_.updates);
    }
}

void latest_program::died(unsigned p) {
    checks_.looks_no_more(p);
}

void latest_program::check_end() {
    const unsigned current = current_buffer();
    bool has_free_buffer = false;
    bool has_free_pin = false;
    for (unsigned i = 0; i != o_.buffers; ++i) {
        const bool written = buffer_word{m_.value(lines_[i].control.location())}.is_written();
        bool pinned = false;
        for (unsigned j = 0; j != o_.pins; ++j)
            pinned = pinned || pin_word{m_.value(block_.pins[j].location())}.names(i);
        has_free_buffer = has_free_buffer || (i != current && !written && !pinned);
        const unsigned by = checks_.ghost().filling[i];
        checks_.expect(!written || by == 0 || (o_.stopped && by == 1) ||
                           m_.now.processes[by - 1U].state != condition::done,
                       "a buffer was left by a writer that has ended");
    }
    for (unsigned j = 0; j != o_.pins; ++j)
        has_free_pin = has_free_pin || pin_word{m_.value(block_.pins[j].location())}.is_free();
    for (unsigned p = 0; p != m_.process_count; ++p) {
        const process& one = m_.now.processes[p];
        if (one.state != condition::asleep)
            continue;
        if (one.block == block_.newer_sleep.word.location())
            checks_.expect(m_.value(block_.current.location()) == one.knows.mark,
                           "stuck: a reader sleeps, and there is a newer value");
        else if (writes(p))
            checks_.expect(!has_free_buffer, "stuck: a writer sleeps, and a buffer is free");
        else
            checks_.expect(!has_free_pin, "stuck: a reader sleeps, and a pin word is free");
    }
}

// Those faults that are not in the code around the algorithm, but in what its accesses do.
void latest_program::plant(latest_fault fault) {
    const unsigned current = block_.current.location();
    const unsigned newer = block_.newer_sleep.word.location();
    const unsigned free = block_.free_sleep.word.location();
    const auto buffer_of = [this](unsigned location) {
        for (unsigned i = 0; i != o_.buffers; ++i) {
            if (lines_[i].control.location() == location)
                return static_cast<int>(i);
        }
        return -1;
    };
    const auto pin_of = [this](unsigned location) {
        for (unsigned i = 0; i != o_.pins; ++i) {
            if (block_.pins[i].location() == location)
                return static_cast<int>(i);
        }
        return -1;
    };
    // notify()'s look for sleepers, of a word; announce_sleep has another order.
    const auto looks_for_sleepers = [](const access& a, unsigned word) {
        return a.what == op::load && a.location == word && a.success == order::seq_cst;
    };
    const auto of_current = [=](const access& b, std::uint64_t) {
        return b.what == op::load && b.location == current;
    };
    // A load that finds what `instead` says. It is asked when the load is about to be made, since it
    // looks at what its process did before; the load keeps the answer.
    const auto finds = [=](auto instead) {
        m_.change.before = [=](unsigned p, access& a) {
            if (a.what == op::load && instead(p, a, a.operand))
                a.expected = 1;
        };
        m_.change.after = [](unsigned, const access& a, std::uint64_t found) {
            return a.what == op::load && a.expected == 1 ? a.operand : found;
        };
    };
    const auto silence = [=](unsigned word, auto when) {
        finds([=](unsigned p, const access& a, std::uint64_t&) {
            return looks_for_sleepers(a, word) && when(p);
        });
    };
    const auto always = [](unsigned) { return true; };
    const auto has_ended_without_publishing = [=](unsigned) {
        const auto publishes = [=](const access& b, std::uint64_t) {
            return is_write(b.what) && b.location == current;
        };
        const auto claims = [=](const access& b, std::uint64_t) {
            return b.what == op::cas && buffer_of(b.location) >= 0 && (b.operand & 1U) != 0;
        };
        return m_.latest(publishes) == nullptr && m_.latest(claims) != nullptr;
    };
    switch (fault) {
    case latest_fault::current_first:
        finds([=](unsigned p, const access& a, std::uint64_t& found) {
            const bool in_scan = a.location == current && a.success == order::acquire && writes(p);
            return in_scan && now_in(p) != finish && m_.latest(of_current, &found) != nullptr;
        });
        break;
    case latest_fault::same_use:
        m_.change.before = [=](unsigned, access& a) {
            const bool of_buffer = buffer_of(a.location) >= 0;
            const std::uint64_t one = of_buffer ? 1U << 11U : 1U << 10U;
            if ((!of_buffer && a.location != current) || a.what != op::cas || repairs_)
                return;
            a.operand -= one;
            if (of_buffer && (a.operand & 1U) == 0)
                a.expected -= one;
        };
        break;
    case latest_fault::unvalidated:
    case latest_fault::pin_unchecked:
        finds([=](unsigned p, const access& a, std::uint64_t& found) {
            std::uint64_t mark = 0;
            if (buffer_of(a.location) < 0 || writes(p) || repairs_ ||
                m_.latest(of_current, &mark) == nullptr)
                return false;
            found = buffer_word::done(latest_mark{mark}.use());
            return true;
        });
        break;
    case latest_fault::pins_ignored:
        finds([=](unsigned p, const access& a, std::uint64_t&) {
            return pin_of(a.location) >= 0 && writes(p) && !repairs_;
        });
        break;
    case latest_fault::pin_of_anyone:
        m_.change.after = [=](unsigned, const access& a, std::uint64_t found) {
            const bool looks = a.what == op::load && pin_of(a.location) >= 0 && repairs_;
            return looks && found != 0 ? found & ~pin_word::slot_bits::cut(1023) : found;
        };
        m_.change.before = [=](unsigned, access& a) {
            if (a.what == op::cas && pin_of(a.location) >= 0 && repairs_)
                a.expected = m_.value(a.location);
        };
        break;
    case latest_fault::unconditional:
        m_.change.before = [=](unsigned, access& a) {
            if (a.what == op::cas && a.location == current)
                a.expected = m_.value(a.location);
        };
        break;
    case latest_fault::publish_tells_nobody:
        silence(newer, always);
        break;
    case latest_fault::end_tells_nobody:
        silence(free, [=](unsigned p) { return now_in(p) == finish; });
        break;
    case latest_fault::back_off_tells_nobody:
        silence(free, has_ended_without_publishing);
        break;
    case latest_fault::unpin_tells_nobody:
        silence(free, [=](unsigned p) { return !writes(p); });
        break;
    default:
        break;
    }
}

} // namespace latest_parts

const char* name_of(latest_fault f) {
    static const char* const names[] = {"none",
                                        "current loaded before the buffer's word",
                                        "the use not raised by a claim",
                                        "the use not compared after the copy",
                                        "pins not looked at after the claim",
                                        "the use not looked at after pinning",
                                        "a pin word without its slot",
                                        "alive() asked before the word is loaded",
                                        "the mark cleared first",
                                        "the role taken unasked",
                                        "store_if without comparing",
                                        "a publication told to nobody",
                                        "the end of a claim told to nobody",
                                        "a try that backs off told to nobody",
                                        "unpin told to nobody",
                                        "repair tells nobody",
                                        "no heavy fence"};
    return names[static_cast<unsigned>(f)];
}

make_scene latest_scene(const latest_options& o, latest_fault fault) {
    return scene_of_program<latest_parts::latest_program>(o, fault);
}

} // namespace model
