// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What the processes do: the library's algorithms as they ship. What a part does around them
// (latest_part.cpp) is said here in the phases.

#include "latest_program.hpp"

namespace model {
namespace latest_parts {

// latest_part::repair
void latest_program::repair(slot_set& dead, ask_alive alive) {
    if (fault_ == latest_fault::mark_first)
        mark_first(slots_.data(), dead);
    const auto never = [](std::uint32_t) { return false; };
    latest_repair done;
    cell_type& cell = cells_[m_.running()];
    repairs_ = true;
    if (fault_ == latest_fault::alive_once)
        cell.repair(dead, never, done);
    else
        cell.repair(dead, alive, done);
    repairs_ = false;
}

template <class Use>
auto latest_program::with_reaper(unsigned p, Use use) {
    auto repair_part = [this](slot_set& dead, ask_alive alive) { repair(dead, alive); };
    auto wake = [this] { wake_everybody(); };
    model_system system(m_.now.processes[p].slot);
    reaper<model_system> all(system, slots_.data(), slots_used_, slot_count_, repair_part, wake);
    return use(all);
}

// latest_part::try_load: the halves of the value must be equal.
latest_result latest_program::load_value(unsigned p, latest_view& view, std::uint64_t& value) {
    if (m_.live())
        checks_.begins_to_load(p);
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    const auto copy = [&](std::uint32_t i, std::uint64_t) {
        a = data_[i][0].load(boost::memory_order_relaxed);
        b = data_[i][1].load(boost::memory_order_relaxed);
    };
    const latest_result r = cells_[p].load(view, copy);
    if (r == latest_result::corrupted || r == latest_result::overtaken)
        m_.fail("corrupted, or overtaken for ever");
    if (m_.live() && r == latest_result::done)
        checks_.loads(p, view.version, a, b);
    if (m_.live() && r == latest_result::none)
        checks_.finds_none(p);
    value = a;
    return r;
}

// latest_part::update
void latest_program::start_store(unsigned p, locals& l) {
    latest_view view;
    std::uint64_t value = 0;
    if (o_.updates && load_value(p, view, value) != latest_result::none)
        l.size = static_cast<std::uint32_t>(value);
    l.mark = view.mark;
    l.phase = claim;
}

bool latest_program::try_claim(unsigned p, locals& l) {
    latest_claim c{};
    if (!cells_[p].begin(c))
        return false;
    l.index = static_cast<std::uint8_t>(c.index);
    l.word = c.word;
    return true;
}

bool latest_program::try_hold(unsigned p, locals& l) {
    latest_view view;
    if (m_.live())
        checks_.begins_to_load(p);
    const latest_result r = cells_[p].hold(view);
    if (r == latest_result::corrupted || r == latest_result::overtaken)
        m_.fail("corrupted, or overtaken for ever");
    if (r == latest_result::none && m_.live())
        checks_.finds_none(p);
    if (r != latest_result::done)
        return false;
    l.word = view.mark;
    l.size = static_cast<std::uint32_t>(view.version);
    l.slot = static_cast<std::uint8_t>(view.pin);
    if (m_.live())
        checks_.looks(p, latest_mark{view.mark}.index());
    return true;
}

// segment::wait, as latest_part calls it.
void latest_program::wait_for_it(unsigned p, locals& l) {
    step next = waiting;
    room* in = writes(p) || l.flag == 1 ? &block_.free_sleep : &block_.newer_sleep;
    auto done = [&] {
        if (writes(p))
            next = try_claim(p, l) ? fill : waiting;
        else if (l.flag == 1) // for a pin word
            next = cells_[p].has_free_pin() ? hold : waiting;
        else
            next = cells_[p].newest() != l.mark ? in_place() ? hold : load : waiting;
        return next == waiting ? progress::blocked : progress::done;
    };
    auto look_for_dead = [&](bool) {
        return with_reaper(p, [](reaper<model_system>& all) { return all.look_if_due(); });
    };
    auto never_in_vain = [] { return false; };
    model_system system(m_.now.processes[p].slot);
    model_system::ticket ticket{in, 0, heavy_};
    spin_budget spins;
    wait(system, &ticket, 1, done,
         {shared_memory::deadline::never(), shared_memory::deadline::clock::duration::zero()},
         spins, look_for_dead, never_in_vain);
    l.phase = next;
}

void latest_program::fill_buffer(unsigned p, locals& l) {
    const std::uint64_t value = o_.updates ? l.size + 1 : first_value_[p] + l.done;
    for (auto& half : data_[l.index])
        half.store(value, boost::memory_order_relaxed);
    l.phase = finish;
}

// latest_part::commit, abort, store_if
bool latest_program::finish_store(unsigned p, locals& l) {
    const bool aborts = o_.abort_first && l.flag == 0;
    bool stored = false;
    latest_view made;
    if (aborts) {
        cells_[p].end(claim_of(l));
    } else if (o_.updates) {
        stored = cells_[p].publish_if(claim_of(l), 16, l.mark, made);
    } else {
        stored = cells_[p].publish(claim_of(l), 16, made);
        if (!stored)
            m_.fail("corrupted");
    }
    l.flag = o_.abort_first ? 1 : 0;
    l.word = l.mark = 0;
    l.size = 0;
    l.index = 0;
    l.phase = start;
    return !stored || ++l.done != o_.stores;
}

bool latest_program::note_loaded(unsigned p, locals& l, const latest_view& view, std::uint64_t a,
                                 std::uint64_t b) {
    if (m_.live() && in_place())
        checks_.loads(p, view.version, a, b);
    l.mark = view.mark;
    return ++l.done != o_.loads;
}

void latest_program::load_newest(unsigned p, locals& l) {
    latest_view view;
    std::uint64_t value = 0;
    const latest_result r = load_value(p, view, value);
    l.phase = waiting;
    if (r == latest_result::done && view.mark != l.mark)
        l.flag2 = note_loaded(p, l, view, value, value) ? 0 : 1;
}

void latest_program::look_in_place(unsigned p, locals& l) {
    const unsigned buffer = latest_mark{l.word}.index();
    const std::uint64_t a = data_[buffer][0].load(boost::memory_order_relaxed);
    const std::uint64_t b = data_[buffer][1].load(boost::memory_order_relaxed);
    latest_view view;
    view.mark = l.word;
    view.version = l.size;
    l.flag2 = note_loaded(p, l, view, a, b) ? 0 : 1;
    l.phase = unpin;
}

// latest_part::take_single_role
bool latest_program::take(unsigned p, locals& l) {
    std::uint64_t holder = 0;
    const bool taken = block_.writer_role.compare_exchange_strong(
        holder, own_word(p), boost::memory_order_acq_rel, boost::memory_order_acquire);
    if (!taken && fault_ == latest_fault::role_unasked) {
        block_.writer_role.store(own_word(p), boost::memory_order_release);
    } else if (!taken) {
        with_reaper(p, [](reaper<model_system>& all) { return all.reap_dead(); });
        return ++l.count != 3; // in_use
    }
    l.count = 0;
    l.phase = start;
    return true;
}

bool latest_program::phase(unsigned p, locals& l) {
    const unsigned slot = m_.now.processes[p].slot;
    repairs_ = false;
    switch (static_cast<step>(l.phase)) {
    case start:
        start_store(p, l);
        return true;
    case claim:
        l.phase = try_claim(p, l) ? fill : waiting;
        return p != 0 || !(l.phase == fill ? o_.stopped : o_.impatient);
    case waiting:
        wait_for_it(p, l);
        return true;
    case fill:
        fill_buffer(p, l);
        return true;
    case finish:
        return finish_store(p, l);
    case load:
        load_newest(p, l);
        return l.flag2 == 0;
    case hold:
        l.flag = 0;
        if (cells_[p].newest() == l.mark)
            l.phase = waiting;
        else if (try_hold(p, l))
            l.phase = look;
        else
            l.flag = 1, l.phase = waiting; // for a pin word
        return true;
    case look:
        look_in_place(p, l);
        return true;
    case unpin:
        if (m_.live())
            checks_.looks_no_more(p);
        cells_[p].unpin(l.slot);
        l.word = 0;
        l.size = l.slot = 0;
        l.phase = waiting;
        return l.flag2 == 0;
    case arrive: // segment::take_slot
        kernel(op::take_slot, slot);
        l.phase = occupy;
        return true;
    case occupy: { // segment::occupy_slot
        const auto prepare = [](std::uint64_t) {};
        std::uint32_t kept_by = 0; // by nobody
        with_reaper(p,
                    [&](reaper<model_system>& all) { return all.occupy(slot, prepare, kept_by); });
        l.phase = !writes(p) ? in_place() ? hold : load : o_.single_writer ? take_role : start;
        return true;
    }
    case take_role:
        return take(p, l);
    case await: // a participant that has nothing to do but recover(), or to come afterwards
        kernel(op::await_death);
        l.phase = jobs_[p] == job::repair ? reap : arrive;
        return true;
    case reap:
        with_reaper(p, [](reaper<model_system>& all) { return all.reap_dead(); });
        l.phase = await;
        return true;
    }
    return false;
}

} // namespace latest_parts
} // namespace model
