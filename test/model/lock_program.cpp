// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What the processes do: the library's algorithms as they ship. What a part does around them, such as
// to whom it tells what (lock_part.cpp), is said here in its phases.

#include "lock_program.hpp"

namespace model {
namespace lock_parts {

// lock_part::repair
void lock_program::repair(slot_set& dead, ask_alive alive) {
    if (fault_ == lock_fault::mark_first)
        mark_first(slots_.data(), dead);
    const auto never = [](std::uint32_t) { return false; };
    std::uint32_t given_back = 0;
    if (fault_ == lock_fault::alive_once)
        lock_.repair(dead, never, given_back);
    else
        lock_.repair(dead, alive, given_back);
}

template <class Use>
auto lock_program::with_reaper(unsigned p, Use use) {
    auto repair_part = [this](slot_set& dead, ask_alive alive) { repair(dead, alive); };
    auto wake = [this] { wake_everybody(); };
    model_system system(m_.now.processes[p].slot);
    reaper<model_system> all(system, slots_.data(), slots_used_, slot_count_, repair_part, wake);
    return use(all);
}

// segment::wait. One that gives up does so instead of sleeping, if nobody is dead: as a wait that is
// in vain.
bool lock_program::wait_in(unsigned p, room& sleepers, function_ref<progress()> done,
                           bool gives_up) {
    auto look = [&](bool) {
        const look_result found =
            with_reaper(p, [](reaper<model_system>& all) { return all.look_if_due(); });
        return gives_up && found == look_result::not_due ? look_result::nobody_died : found;
    };
    bool gave_up = false;
    auto in_vain = [&] { return gave_up = gives_up; };
    model_system system(m_.now.processes[p].slot);
    model_system::ticket ticket{&sleepers, 0};
    spin_budget spins;
    wait(system, &ticket, 1, done,
         {shared_memory::deadline::never(), shared_memory::deadline::clock::duration::zero()},
         spins, look, in_vain);
    return !gave_up;
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

// What lock_part knows by thread_locks.
bool lock_program::may_nest(unsigned p, const locals& l) const {
    return l.flag != 0 || fault_ == lock_fault::anybody_nests || (plain_[p] && !o_.told_apart);
}

// lock_part::try_enter_shared
bool lock_program::enter_shared(unsigned p, const locals& l, lock_use use) {
    const unsigned slot = m_.now.processes[p].slot;
    return lock_.try_enter_shared(slot, use) ||
           (may_nest(p, l) && lock_.try_enter_beside_writer(slot, use));
}

bool lock_program::reader_phase(unsigned p, locals& l) {
    const unsigned slot = m_.now.processes[p].slot;
    const bool explicitly = o_.one_reader_handle ? !plain_[p] : o_.nested && l.flag == 0;
    const lock_use use = explicitly ? lock_use::explicitly : lock_use::plain;
    switch (static_cast<step>(l.phase)) {
    case first: // lock_shared
        if (o_.told_apart) {
            lock_.inconsistent(); // a step: else all calls would begin before the first one's
            if (m_.live())
                checks_.reader_begins(p);
        }
        l.phase = enter_shared(p, l, use) ? in : attempt;
        return true;
    case attempt: // wait_shared
    case waiting: {
        auto entered = [&] {
            if (enter_shared(p, l, use))
                return progress::done;
            if (fault_ != lock_fault::enter_tells_nobody)
                tell_all_in(block_.drain_sleep);
            return progress::blocked;
        };
        l.phase = l.phase == attempt ? entered() == progress::done ? in : waiting
                                     : (wait_in(p, block_.free_sleep, entered), in);
        return true;
    }
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
            tell_all_in(block_.drain_sleep);
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
            tell_all_in(block_.free_sleep);
        l.phase = attempt;
        return true;
    case give_up:
        lock_.unclaim(me);
        tell_all_in(block_.free_sleep);
        return false;
    case attempt: // wait_exclusive
    case waiting: {
        auto claimed = [&] { return lock_.try_wait_open(me) ? progress::done : progress::blocked; };
        l.phase = l.phase == attempt ? claimed() == progress::done ? close : waiting
                                     : (wait_in(p, block_.free_sleep, claimed), close);
        return true;
    }
    case close: // wait_drained
    case close_waiting: {
        auto drained = [&] {
            const closing found = lock_.try_close(me);
            if (found == closing::reopened)
                tell_all_in(block_.free_sleep);
            return found == closing::closed ? progress::done : progress::blocked;
        };
        if (l.phase == close)
            l.phase = drained() == progress::done ? in : close_waiting;
        else
            l.phase = wait_in(p, block_.drain_sleep, drained, o_.impatient) ? in : give_up;
        return true;
    }
    case in: // entered, and what the user does
        write_in(p);
        l.phase = leave;
        return true;
    case leave: // unlock_exclusive
        if (fault_ != lock_fault::begin_without_mark)
            lock_.end_writing();
        lock_.unclaim(me);
        tell_all_in(block_.free_sleep);
        l.phase = first;
        return ++l.done != o_.rounds;
    default:
        return false;
    }
}

bool lock_program::phase(unsigned p, locals& l) {
    const unsigned slot = m_.now.processes[p].slot;
    switch (static_cast<step>(l.phase)) {
    case observe:
        return observe_once(l);
    case arrive: // segment::take_slot
        kernel(op::take_slot, slot);
        l.phase = occupy;
        return true;
    case occupy: { // segment::occupy_slot
        auto prepare = [&](std::uint64_t generation) { lock_.occupy(slot, generation); };
        std::uint32_t kept_by = 0; // by nobody: a lock is always repaired as a whole
        l.generation = with_reaper(
            p, [&](reaper<model_system>& all) { return all.occupy(slot, prepare, kept_by); });
        l.phase = first;
        return true;
    }
    case await: // a participant that has nothing to do but recover()
        kernel(op::await_death);
        l.phase = reap;
        return true;
    case reap:
        with_reaper(p, [](reaper<model_system>& all) { return all.reap_dead(); });
        l.phase = await;
        return true;
    default:
        return jobs_[p] == job::write ? writer_phase(p, l) : reader_phase(p, l);
    }
}

} // namespace lock_parts
} // namespace model
