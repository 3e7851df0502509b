// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "machine.hpp"

#include <cstring>
#include <utility>

namespace model {

machine* machine::active = nullptr;

bool weakening::fits(const access& a) const {
    if (file == nullptr || a.file == nullptr || a.what != what || (line != 0 && a.line != line) ||
        (failure ? a.failure : a.success) != from)
        return false;
    const std::size_t have = std::strlen(a.file);
    const std::size_t want = std::strlen(file);
    return have >= want && std::strcmp(a.file + (have - want), file) == 0;
}

unsigned machine::locate(const std::string& name, std::uint64_t value) {
    const unsigned x = next_location_++;
    names.resize(max_locations, "-");
    names.at(x) = name;
    now.shared.value.at(x) = value;
    return x;
}

void machine::start() {
    if (weak)
        now.shared.start_weak();
    for (unsigned p = 0; p != process_count && violation.empty(); ++p)
        run(p);
}

// ---- A process runs until it is before an access that others may see

void machine::run(unsigned p) {
    active = this;
    current_ = p;
    begin_phase();
    if (setjmp(out_) != 0) // NOLINT: nothing with a destructor is between here and there
        return;
    process& me = now.processes[p];
    locals l = me.knows;
    bool goes_on = true;
    do {
        goes_on = what_runs->phase(p, l);
        me.knows = l;
        me.found_count = 0;
        begin_phase();
    } while (goes_on);
    me.state = condition::done;
    me.deaths = 0;
    me.base = 0;
    me.live = {};
    me.knows = {};
    me.keeps = {};
    me.next = {};
    process_views& v = now.shared.process[p];
    v = process_views{{}, {}, {}, heavy_fences ? v.left : view{}};
}

void machine::begin_phase() {
    cursor_ = base_ = place_ = 0;
    live_ = {};
}

std::uint64_t machine::observe(const access& asked) {
    process& me = now.processes[current_];
    if (spun_out(me, asked))
        return me.found[cursor_ - 1];
    if (cursor_ < me.found_count) {
        log_[cursor_] = asked;
        return me.found[cursor_++];
    }
    access a = asked;
    if (visitor)
        visitor(a);
    if (weakened.fits(a))
        (weakened.failure ? a.failure : a.success) = weakened.to;
    if (change.before)
        change.before(current_, a);
    note_use(current_, a);
    leave_loop(me, a);
    if (me.found_count == max_log)
        fail("goes round for ever");
    log_[cursor_] = a;
    if (immediate(current_, a)) {
        const std::uint64_t found = perform(current_, a, 0);
        remember(current_, found);
        ++cursor_;
        return found;
    }
    me.next = a;
    me.base = static_cast<std::uint8_t>(base_);
    me.live = live_;
    std::longjmp(out_, 1);
}

// A loop that only loads, a bounded number of times: a load that finds what the one before found is
// its last. Whatever it may find later, it finds by not going on until then.
bool machine::spun_out(const process& me, const access& a) const {
    if (a.what != op::load || static_cast<int>(a.location) != spins_on || cursor_ < base_ + 2)
        return false;
    const access& last = log_[cursor_ - 1];
    const access& before = log_[cursor_ - 2];
    return last.what == op::load && last.location == a.location && last.line == a.line &&
           before.what == op::load && before.location == a.location &&
           me.found[cursor_ - 1] == me.found[cursor_ - 2];
}

// A retry that has changed nothing that its process knows is forgotten: else a state would differ
// from an equal one by how it came about. The algorithms' retry loops begin at a load of a loop
// head, in the same line each time; what they keep from one round to the next comes from the sticky
// location, or lies in private words.
void machine::leave_loop(process& me, const access& a) {
    if (a.what != op::load || !loop_head[a.location] || std::strstr(a.file, loops_in) == nullptr)
        return;
    for (unsigned i = base_; i != me.found_count; ++i) {
        if (static_cast<int>(log_[i].location) == sticky && log_[i].what == op::load &&
            me.found[i] != 0)
            return;
    }
    for (unsigned i = base_; i != me.found_count; ++i) {
        if (log_[i].what == op::load && log_[i].location == a.location && log_[i].line == a.line) {
            me.found_count = static_cast<std::uint8_t>(i);
            cursor_ = i;
            return;
        }
    }
}

void machine::fail(const char* text) {
    report(text);
    std::longjmp(out_, 2);
}

void machine::report(const std::string& text) {
    if (violation.empty())
        violation = text;
}

void machine::note_use(unsigned p, const access& a) {
    if (a.what > op::cas)
        return;
    const auto bit = static_cast<std::uint8_t>(1U << p);
    const bool writes = is_write(a.what);
    if ((users[a.location] & bit) == 0 || (writes && (changers[a.location] & bit) == 0)) {
        users[a.location] |= bit;
        if (writes)
            changers[a.location] |= bit;
        relearn = true;
    }
}

bool machine::immediate(unsigned p, const access& a) const {
    switch (a.what) {
    case op::own:
    case op::look:
    case op::recall:
    case op::note:
        return true;
    case op::fence:
        return !weak || a.success != order::seq_cst;
    default:
        break;
    }
    if (a.what > op::fence)
        return false;
    if (silent[a.location])
        return true;
    const auto others = is_write(a.what) ? users[a.location] : changers[a.location];
    for (unsigned q = 0; q != process_count; ++q) {
        if (q != p && (others >> q & 1U) != 0 && is_live(q))
            return false;
    }
    return !weak || now.shared.ways(p, a) == 1;
}

// ---- What an access does

unsigned machine::ways(unsigned p, const access& a) const {
    if (a.what == op::wake && change.wake_one) {
        unsigned n = 0;
        for (unsigned q = 0; q != process_count; ++q)
            n += now.processes[q].state == condition::asleep && now.processes[q].block == a.location
                     ? 1U
                     : 0U;
        return n == 0 ? 1 : n;
    }
    if (a.what == op::choice)
        return 2;
    if (!weak || a.what > op::cas || (max_weak_steps >= 0 && now.weak_steps >= max_weak_steps))
        return 1;
    return now.shared.ways(p, a);
}

std::uint64_t machine::perform(unsigned p, const access& a, unsigned way) {
    std::uint64_t found = 0;
    if (a.what == op::recall) {
        found = now.processes[p].keeps[a.location];
    } else if (a.what == op::note) {
        now.processes[p].keeps[a.location] = a.operand;
    } else if (a.what > op::note) {
        found = perform_kernel(p, a, way);
    } else if (a.what == op::fence) {
        const unsigned whose = a.operand == 0 ? p : static_cast<unsigned>(a.operand) - 1;
        if (weak && is_live(whose))
            now.shared.fence(whose, a.success);
        else if (weak)
            now.shared.hand_on(whose, p); // one that runs no more has nothing to hold back
    } else if (a.what == op::own || a.what == op::look) {
        found = now.shared.value[a.location];
        if (weak && !(a.what == op::own ? now.shared.touch(p, a.location)
                                        : now.shared.has_seen_all(p, a.location)))
            report("a race on " + names[a.location]);
        if (a.what == op::own && a.expected == 1)
            now.shared.value[a.location] = a.operand;
    } else {
        if (way != 0)
            ++now.weak_steps;
        if (weak) {
            found = now.shared.perform(p, a, way);
        } else {
            found = now.shared.value[a.location];
            now.shared.value[a.location] = result_of(a, found);
        }
        if (is_write(a.what) && (a.what != op::cas || found == a.expected))
            what_runs->changed(p, a.location, found, result_of(a, found));
        else if (static_cast<int>(a.location) == watched)
            what_runs->loaded(p, a.location);
    }
    if (tracer)
        trace(p, a, found, way);
    return change.after ? change.after(p, a, found) : found;
}

std::uint64_t machine::perform_kernel(unsigned p, const access& a, unsigned way) {
    switch (a.what) {
    case op::alive:
    case op::take_slot: {
        const bool taken = now.slot_taken[a.location] != 0;
        for (unsigned q = 0; weak && !taken && q != process_count; ++q) {
            if (now.processes[q].slot == a.location && now.processes[q].state == condition::dead)
                now.shared.hand_on(q, p);
        }
        if (a.what == op::take_slot)
            now.slot_taken[a.location] = 1;
        return taken ? 1 : 0;
    }
    case op::leave_slot:
        now.slot_taken[a.location] = 0;
        now.processes[p].deaths = now.deaths;
        return 0;
    case op::await_death:
        now.processes[p].deaths = now.deaths;
        return 0;
    case op::anyone_dead: {
        const bool is_due = dead_slot_used() && may_try_again(now.processes[p]);
        if (repairs_wait)
            now.processes[p].deaths = now.deaths;
        return is_due ? 1 : 0;
    }
    case op::wake:
        for (unsigned q = 0; q != process_count; ++q) {
            process& sleeper = now.processes[q];
            if (sleeper.state != condition::asleep || sleeper.block != a.location)
                continue;
            if (!change.wake_one || way-- == 0)
                wake_up(q, 1);
        }
        return 0;
    case op::sleep:
        if (now.shared.value[a.location] == a.expected) {
            now.processes[p].state = condition::asleep;
            now.processes[p].block = a.location;
            if (!repairs_wait)
                now.processes[p].deaths = now.deaths;
        }
        return 0;
    case op::choice:
        return way;
    default:
        return 0;
    }
}

void machine::remember(unsigned p, std::uint64_t found) {
    process& me = now.processes[p];
    me.found[me.found_count] = found;
    ++me.found_count;
}

void machine::wake_up(unsigned p, std::uint64_t found) {
    now.processes[p].state = condition::running;
    now.processes[p].block = 0;
    if (!repairs_wait)
        now.processes[p].deaths = 0;
    remember(p, found);
    run(p);
}

} // namespace model
