// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Which moves a machine can make, what each of them does, and how a process dies.

#include "machine.hpp"

namespace model {

bool machine::dead_slot_used() const {
    for (unsigned s = 0; s != max_processes; ++s) {
        if (slot_word[s] >= 0 && now.slot_taken[s] == 0 &&
            (now.shared.value[static_cast<unsigned>(slot_word[s])] & 1U) != 0)
            return true;
    }
    return false;
}

bool machine::enabled(const process& p) const {
    if (p.state != condition::running)
        return false;
    if (p.next.what == op::take_slot)
        return now.slot_taken[p.next.location] == 0 && (p.next.operand == 0 || may_try_again(p));
    return p.next.what != op::await_death || (dead_slot_used() && may_try_again(p));
}

// Has a repair that was left unfinished a chance now? Trying it is worth a state once after each
// death, and when all other processes have gone on as far as they can.
bool machine::may_try_again(const process& p) const {
    return !repairs_wait || p.deaths < now.deaths || others_stand(p);
}

bool machine::others_stand(const process& p) const {
    for (unsigned q = 0; q != process_count; ++q) {
        const process& other = now.processes[q];
        if (&other != &p && other.state == condition::running &&
            other.next.what != op::await_death && other.next.what != op::take_slot)
            return false;
    }
    return true;
}

bool machine::timer_may_fire(const process& p) const {
    return p.state == condition::asleep &&
           ((dead_slot_used() && may_try_again(p)) || (!strict_timer && p.deaths < now.deaths));
}

void machine::moves(std::vector<move>& out, unsigned max_deaths) const {
    out.clear();
    const bool bound = max_preemptions >= 0 && now.preemptions >= max_preemptions &&
                       enabled(now.processes[now.last]);
    for (unsigned p = 0; p != process_count; ++p) {
        const process& me = now.processes[p];
        const auto number = static_cast<std::uint8_t>(p);
        const bool may_run = !bound || p == now.last;
        if (may_run && enabled(me)) {
            for (unsigned way = 0, n = ways(p, me.next); way != n; ++way)
                out.push_back({move::step, number, static_cast<std::uint8_t>(way)});
        }
        if (may_run && timer_may_fire(me))
            out.push_back({move::timer, number, 0});
        // To die before a load is to die after it. Who only waits to come has nothing to leave.
        const op what = me.next.what;
        const bool leaves = me.state == condition::asleep || is_write(what) || what == op::wake ||
                            (weak && me.next.success == order::seq_cst && what <= op::fence);
        if (now.deaths < max_deaths && is_live(p) && leaves)
            out.push_back({move::die, number, 0});
    }
}

void machine::make(const move& m) {
    active = this;
    process& me = now.processes[m.process];
    if (m.kind != move::die && max_preemptions >= 0) {
        if (m.process != now.last && enabled(now.processes[now.last]))
            ++now.preemptions;
        now.last = m.process;
    }
    if (m.kind == move::die) {
        if (tracer)
            tracer(process_names[m.process] + ": DIES");
        die(m.process);
    } else if (m.kind == move::timer) {
        if (tracer)
            tracer(process_names[m.process] + ": wakes by its timer: someone is dead");
        wake_up(m.process, found_timer);
    } else {
        const std::uint64_t found = perform(m.process, me.next, m.way);
        if (me.state == condition::running && violation.empty()) {
            remember(m.process, found);
            run(m.process);
        }
    }
    if (weak)
        trim();
}

// A process dies with all its threads.
void machine::die(unsigned p) {
    const unsigned slot = now.processes[p].slot;
    for (unsigned q = 0; q != process_count; ++q) {
        process& one = now.processes[q];
        if (one.slot != slot || !is_live(q) || one.next.what == op::take_slot)
            continue;
        what_runs->died(q);
        one.state = condition::dead;
        one.block = one.deaths = 0;
        one.found_count = one.base = 0;
        one.live = {};
        one.knows = {};
        one.keeps = {};
        one.next = {};
        process_views& v = now.shared.process[q];
        v = process_views{{}, {}, {}, v.left};
    }
    now.slot_taken[slot] = 0;
    ++now.deaths;
}

// One that has still to come starts with what all who are here have seen.
void machine::trim() {
    std::uint8_t here = 0;
    for (unsigned p = 0; p != process_count; ++p) {
        if (is_live(p) && now.processes[p].next.what != op::take_slot)
            here = static_cast<std::uint8_t>(here | 1U << p);
    }
    std::array<std::uint8_t, max_locations> readers{};
    for (unsigned x = 0; x != max_locations; ++x)
        readers[x] = users[x] & here;
    if (!now.shared.forget(readers))
        report("the model has no room for more writes: raise max_writes");
}

} // namespace model
