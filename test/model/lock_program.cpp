// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What the processes do: the library's algorithms as they are, and in the phases around them what
// lib/ does.

#include "lock_program.hpp"

namespace model {
namespace lock_parts {

// segment::reap
bool lock_program::reap_slot(unsigned p, unsigned slot) {
    const std::uint64_t word = slots_[slot].slot_word.load(boost::memory_order_acquire);
    if (!is_used(word) || is_alive(p, slot))
        return false;
    if (fault_ == lock_fault::mark_first && !mark_free<model_system>(slots_[slot].slot_word, word))
        return false;
    std::uint32_t given_back = 0;
    const bool ask_again = fault_ != lock_fault::alive_once;
    if (!lock_.repair(
            slot, [&] { return ask_again && is_alive(p, slot); }, given_back))
        return false;
    wake_after_repair();
    return mark_free<model_system>(slots_[slot].slot_word, word);
}

void lock_program::write_in(unsigned p) {
    if (fault_ != lock_fault::begin_without_mark)
        lock_.begin_writing();
    if (m_.live())
        checks_.writer_in(p);
    const bool was = lock_.inconsistent();
    if (m_.live())
        checks_.told(was);
    for (unsigned q = 0; q != m_.process_count; ++q)
        kernel(op::own, reads_[q]);
    kernel(op::own, written_);
    const std::uint64_t mine = data_[0].load(boost::memory_order_relaxed) + 1;
    data_[0].store(mine, boost::memory_order_relaxed);
    data_[1].store(mine, boost::memory_order_relaxed);
    if (was)
        lock_.mark_consistent();
    if (m_.live())
        checks_.writer_out();
}

void lock_program::read_in(unsigned p, bool says_inconsistent) {
    if (m_.live())
        checks_.reader_in(p);
    const bool was = lock_.inconsistent();
    if (m_.live() && says_inconsistent)
        checks_.told(was);
    kernel(op::look, written_);
    kernel(op::own, reads_[p]);
    const std::uint64_t a = data_[0].load(boost::memory_order_relaxed);
    const std::uint64_t b = data_[1].load(boost::memory_order_relaxed);
    if (m_.live()) {
        checks_.reader_out(p);
        if (a != b && !was)
            m_.fail("torn: a reader saw half of what was written");
    }
}

// lock_part::read_validated; gives up instead of waiting for a writer.
bool lock_program::observe_once(locals& l) {
    const std::uint64_t before = lock_.sequence();
    if ((before & 3U) == 0) {
        const std::uint64_t a = data_[0].load(boost::memory_order_relaxed);
        const std::uint64_t b = data_[1].load(boost::memory_order_relaxed);
        if (lock_.unchanged(before) && a != b)
            m_.fail("torn: a read without lock saw half of what was written");
    }
    return ++l.done != o_.rounds + 1;
}

bool lock_program::reader_phase(unsigned p, locals& l) {
    const unsigned slot = m_.now.processes[p].slot;
    const bool explicitly = o_.one_reader_handle ? !plain_[p] : o_.nested && l.flag == 0;
    const lock_use use = explicitly ? lock_use::explicitly : lock_use::plain;
    switch (static_cast<step>(l.phase)) {
    case first: // lock_shared
        l.phase = lock_.try_enter_shared(slot, use) ? in : attempt;
        return true;
    case attempt: // wait_shared
    case again:
        if (lock_.try_enter_shared(slot, use)) {
            l.phase = in;
            return true;
        }
        if (fault_ != lock_fault::enter_tells_nobody)
            notify(block_.drain_sleep);
        l.phase = l.phase == attempt ? announce : look;
        return true;
    case in:
        read_in(p, explicitly || !o_.nested);
        if (o_.nested && l.flag == 0) {
            l.flag = 1; // read() through the handle that holds the lock
            l.phase = first;
        } else {
            l.phase = leave;
        }
        return true;
    case leave: // unlock_shared
        lock_.leave_shared(slot, use);
        if (fault_ != lock_fault::leave_tells_nobody)
            notify(block_.drain_sleep);
        if (l.flag != 0) {
            l.flag = 0;
            return true; // the explicit one
        }
        l.phase = first;
        return ++l.done != o_.rounds;
    default:
        return false;
    }
}

bool lock_program::writer_phase(unsigned p, locals& l) {
    const std::uint64_t me = owner_word(m_.now.processes[p].slot, l.generation);
    switch (static_cast<step>(l.phase)) {
    case first: // lock_exclusive
        l.phase = lock_.try_enter_exclusive(me) ? in : first_over;
        return true;
    case first_over:
        if (fault_ != lock_fault::failed_try_tells_nobody)
            notify(block_.free_sleep);
        l.phase = attempt;
        return true;
    case give_up:
        lock_.unclaim();
        notify(block_.free_sleep);
        return false;
    case attempt: // wait_exclusive
    case again:
        l.flag = lock_.try_wait_open(me) ? 1 : 0;
        l.phase = l.flag != 0 ? close : l.phase == attempt ? announce : look;
        return true;
    case close: // wait_drained
    case close_again:
        l.phase = lock_.try_close(me) ? in
                  : l.phase == close  ? close_announce
                  : o_.impatient      ? give_up
                                      : look;
        return true;
    case close_announce:
        l.ticket = sleep_.announce(block_.drain_sleep.word);
        l.phase = close_again;
        return true;
    case in: // entered, and what the user does
        l.flag = 0;
        write_in(p);
        l.phase = leave;
        return true;
    case leave: // unlock_exclusive
        if (fault_ != lock_fault::begin_without_mark)
            lock_.end_writing();
        lock_.unclaim();
        notify(block_.free_sleep);
        l.phase = first;
        return ++l.done != o_.rounds;
    default:
        return false;
    }
}

bool lock_program::phase(unsigned p, locals& l) {
    const unsigned slot = m_.now.processes[p].slot;
    // A writer that has its claim sleeps until the readers are gone.
    const bool drains = jobs_[p] == job::write && l.flag != 0;
    switch (static_cast<step>(l.phase)) {
    case announce:
        l.ticket = sleep_.announce(block_.free_sleep.word);
        l.phase = again;
        return true;
    case look:
        l.slot = l.count = 0;
        l.phase = kernel(op::anyone_dead) != 0 ? reap : rest;
        return true;
    case reap:
        if (l.slot == slot_count_) {
            l.phase = jobs_[p] == job::repair ? await
                      : l.count == 0          ? rest
                      : drains                ? close
                                              : attempt;
            return true;
        }
        if (l.slot != slot && reap_slot(p, l.slot))
            l.count = 1;
        ++l.slot;
        return true;
    case rest:
        l.slot = l.count = 0;
        kernel(op::sleep, (drains ? block_.drain_sleep : block_.free_sleep).word.location(), 0,
               l.ticket);
        l.ticket = 0;
        l.phase = drains ? close : attempt;
        return true;
    case observe:
        return observe_once(l);
    case arrive: // segment::occupy_slot
        kernel(op::take_slot, slot);
        l.phase =
            is_used(slots_[slot].slot_word.load(boost::memory_order_acquire)) ? repair_own : mark;
        return true;
    case repair_own: {
        std::uint32_t given_back = 0;
        lock_.repair(
            slot, [] { return false; }, given_back);
        wake_after_repair();
        l.phase = mark;
        return true;
    }
    case mark: {
        const std::uint64_t w = slots_[slot].slot_word.load(boost::memory_order_relaxed);
        lock_.occupy(slot, generation_of(w) + 1);
        l.generation = mark_used<model_system>(slots_[slot].slot_word);
        l.phase = first;
        return true;
    }
    case await:
        kernel(op::await_death);
        l.slot = l.count = 0;
        l.phase = reap;
        return true;
    default:
        return jobs_[p] == job::write ? writer_phase(p, l) : reader_phase(p, l);
    }
}

} // namespace lock_parts
} // namespace model
