// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "room_program.hpp"

#include <string>

namespace model {
namespace room_parts {

room_program::room_program(machine& m, const room_options& o, room_fault fault) : m_(m), o_(o) {
    m.heavy_fences = true;
    m.strict_timer = true; // and nobody uses a slot: a sleeper wakes by a waker only
    m.slot_word.fill(-1);
    room_.word.lies_at(m.locate("room", 0));
    for (unsigned p = 0; p != o.writers + o.sleepers; ++p) {
        process& one = m.now.processes.at(m.process_count++);
        one = process{};
        one.slot = static_cast<std::uint8_t>(p);
        one.knows.phase = is_writer(p) ? publish : await;
        m.now.slot_taken[p] = 1;
        const unsigned number = is_writer(p) ? p : p - o.writers;
        m.process_names.push_back((is_writer(p) ? "writer" : "sleeper") + std::to_string(number));
        if (is_writer(p))
            published_[p].lies_at(m.locate("published" + std::to_string(p), 0));
    }
    plant(fault);
}

// Faults are in what the accesses of wait_room.hpp and waiting.hpp do.
void room_program::plant(room_fault fault) {
    const unsigned room = room_.word.location();
    const auto shared = fault == room_fault::clear_first    ? sleep_fault::clear_first
                        : fault == room_fault::clear_always ? sleep_fault::clear_always
                        : fault == room_fault::same_ticket  ? sleep_fault::same_ticket
                                                            : sleep_fault::none;
    plant_sleep_fault(m_, shared, {room});
    const auto is_fence = [](const access& a) { return a.what == op::fence; };
    const auto none = [](access& a) { a.success = order::relaxed, a.operand = 0; };
    switch (fault) {
    case room_fault::no_heavy_fence:
        // The first and the last of its fences are the sleeper's own, as is announce_sleep's.
        m_.change.before = [=](unsigned, access& a) {
            if (is_fence(a) && a.operand != 0)
                none(a);
        };
        break;
    case room_fault::no_waker_fence:
        m_.change.before = [=](unsigned p, access& a) {
            if (is_fence(a) && a.operand == 0 && is_writer(p))
                none(a);
        };
        break;
    case room_fault::fence_if_nobody:
        m_.change.before = [=](unsigned p, access& a) {
            std::uint64_t found = 0;
            const auto loads = [=](const access& b, std::uint64_t) { return b.location == room; };
            if (is_fence(a) && a.operand == 0 && is_writer(p) &&
                m_.latest(loads, &found) != nullptr && (found & somebody_sleeps) != 0)
                none(a);
        };
        break;
    case room_fault::no_second_load: // it finds what the first one found
        m_.change.after = [=](unsigned p, const access& a, std::uint64_t found) {
            if (a.what == op::load && a.location == room && is_writer(p) &&
                m_.latest([&](const access& b, std::uint64_t) { return is_fence(b); }) != nullptr)
                m_.latest([=](const access& b, std::uint64_t) { return b.location == room; },
                          &found);
            return found;
        };
        break;
    case room_fault::one_bit:
        m_.change.before = [=](unsigned, access& a) {
            if (a.what == op::cas && a.location == room && (a.operand & fence_wanted) != 0)
                a.operand |= fence_known;
        };
        break;
    case room_fault::known_in_any_word:
        m_.change.before = [=](unsigned p, access& a) {
            if (a.what == op::cas && a.location == room && !is_writer(p) &&
                a.operand == (a.expected | fence_known)) {
                a.what = op::bit_or;
                a.operand = fence_known;
            }
        };
        break;
    case room_fault::half_forgotten:
        m_.change.before = [=](unsigned, access& a) {
            if (a.what == op::cas && a.location == room && (a.operand & fence_bits) == 0)
                a.operand |= a.expected & fence_known;
        };
        break;
    case room_fault::forgotten_always:
        m_.change.before = [=](unsigned, access& a) {
            if (a.what == op::cas && a.location == room && (a.operand & fence_bits) == 0 &&
                (a.expected & fence_bits) != 0)
                a.what = op::exchange;
        };
        break;
    default:
        break;
    }
}

bool room_program::phase(unsigned p, locals& l) {
    switch (static_cast<step>(l.phase)) {
    case publish:
        ++l.done;
        if (p < o_.fenced_writers)
            published_[p].exchange(l.done, boost::memory_order_seq_cst);
        else
            published_[p].store(l.done, boost::memory_order_release);
        l.phase = tell;
        return true;
    case tell:
        tell_sleepers(p, l);
        l.phase = publish;
        return l.done != o_.messages;
    case await:
        return sleep_until_more(p, l);
    }
    return false;
}

void room_program::tell_sleepers(unsigned p, locals& l) {
    struct choosing {
        locals& knows;
        unsigned most;
        bool are_too_many(std::uint32_t) noexcept {
            const bool chosen = knows.count != most && kernel(op::choice) != 0;
            knows.count = static_cast<std::uint8_t>(knows.count + (chosen ? 1 : 0));
            return chosen;
        }
    };
    notify<model_system>(room_, choosing{l, o_.forgets});
    m_.ghost<room_ghost>().told[p] = l.done;
}

// It has seen l.done messages, and waits for another.
bool room_program::sleep_until_more(unsigned, locals& l) {
    unsigned seen = 0;
    auto done = [&] {
        seen = total();
        return seen > l.done ? progress::done : progress::blocked;
    };
    auto look = [](bool) { return look_result::not_due; };
    auto never_in_vain = [] { return false; };
    model_system system(0);
    model_system::ticket in{&room_, 0, true};
    spin_budget spins;
    wait(system, &in, 1, done,
         {shared_memory::deadline::never(), shared_memory::deadline::clock::duration::zero()},
         spins, look, never_in_vain);
    l.done = static_cast<std::uint8_t>(seen);
    return seen != o_.writers * o_.messages;
}

unsigned room_program::total() const {
    unsigned all = 0;
    for (unsigned i = 0; i != o_.writers; ++i)
        all += published_[i].load(boost::memory_order_acquire);
    return all;
}

void room_program::check_end() {
    unsigned told = 0;
    for (unsigned p = 0; p != o_.writers; ++p)
        told += m_.ghost<room_ghost>().told[p];
    for (unsigned p = o_.writers; p != m_.process_count; ++p) {
        const process& one = m_.now.processes[p];
        if (one.state == condition::asleep && one.knows.done < told)
            m_.report("stuck: a sleeper sleeps, and what it waits for was published and told");
    }
}

} // namespace room_parts

const char* name_of(room_fault f) {
    static const char* const names[] = {"none",
                                        "the bit cleared before the waking",
                                        "the bit cleared though a sleeper came meanwhile",
                                        "nothing announced while they are woken",
                                        "no heavy fence before it is known",
                                        "no fence of the waker",
                                        "no fence of a waker that finds a sleeper",
                                        "the word not loaded again behind the waker's fence",
                                        "one bit in place of two",
                                        "the fence known in any sequence",
                                        "the fence not wanted, and known",
                                        "the fence forgotten though a sleeper came meanwhile"};
    return names[static_cast<unsigned>(f)];
}

make_scene room_scene(const room_options& o, room_fault fault) {
    return scene_of_program<room_parts::room_program>(o, fault);
}

} // namespace model
