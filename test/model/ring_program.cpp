// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What the processes do: the library's algorithms as they ship. What a part does around them, such as
// to whom it tells what (ring_part.cpp), is said here in its phases.

#include "ring_program.hpp"

namespace model {
namespace ring_parts {

void ring_program::changed(unsigned p, unsigned location, std::uint64_t from, std::uint64_t to) {
    const unsigned head = block_.head.location();
    const unsigned bits = index_bits(o_.nodes);
    if (location == block_.redelivery_epoch.location()) {
        checks_.epoch_raised(controls_.data());
    } else if (location == head && from == to) {
        checks_.peeked(p, static_cast<unsigned>(to & ((1U << bits) - 1)));
    } else if (location == head || location == block_.tail.location()) {
        checks_.counted(p, location == head, from, to, bits, controls_.data());
    } else {
        for (unsigned i = 0; i != o_.nodes; ++i) {
            if (location == controls_[i])
                checks_.changed(p, i, static_cast<unsigned>(m_.value(payloads_[i])), from, to,
                                controls_.data());
        }
    }
}

// ---- Dead participants, and their successors

// ring_part::repair
void ring_program::repair(slot_set& dead, ask_alive alive) {
    if (fault_ == ring_fault::mark_first)
        mark_first(slots_.data(), dead);
    if (fault_ == ring_fault::look_before)
        block_.redelivery_epoch.fetch_add(1, boost::memory_order_seq_cst);
    const slot_set asked = dead;
    const auto ask = [&](std::uint32_t slot) {
        if (fault_ == ring_fault::alive_once && asked.contains(slot))
            return false;
        if (fault_ == ring_fault::rob_living && !asked.contains(slot))
            return false;
        return alive(slot);
    };
    ring_repair done;
    ring_.repair(dead, ask, done);
    if (fault_ == ring_fault::unsettled_free)
        dead = asked;
}

template <class Use>
auto ring_program::with_reaper(unsigned p, Use use) {
    auto repair_part = [this](slot_set& dead, ask_alive alive) { repair(dead, alive); };
    auto wake = [this] { wake_everybody(); };
    model_system system(m_.now.processes[p].slot);
    reaper<model_system> all(system, slots_.data(), slots_used_, slot_count_, repair_part, wake);
    return use(all);
}

ring_program::claimant ring_program::claimant_of(unsigned p) {
    const unsigned slot = m_.now.processes[p].slot;
    const unsigned entry = entries_[p];
    const bool reads = jobs_[p] == job::read;
    const bool keeps = o_.keep || (reads && o_.first_reader_keeps && p == o_.writers);
    if (!reads)
        return {slot, ring_.writes_of(slot) + entry, nullptr, entry == 0 && !keeps};
    return {slot, ring_.reads_of(slot) + entry, &scan_, entry == 0 && !keeps};
}

// ring_part::attach
void ring_program::forget_said(unsigned p) {
    const unsigned slot = m_.now.processes[p].slot;
    for (auto* const side : {ring_.writes_of(slot), ring_.reads_of(slot)}) {
        for (std::uint32_t e = 0; e != entries_per_side; ++e) {
            side[e].end.store(no_position, boost::memory_order_release);
            side[e].position.store(no_position, boost::memory_order_release);
        }
    }
}

// segment::occupy_slot. Where the slot cannot be settled yet, the library takes another one; here the
// successor waits for this one.
void ring_program::take_slot(unsigned p, locals& l) {
    const unsigned slot = m_.now.processes[p].slot;
    auto prepare = [&](std::uint64_t) {
        forget_said(p);
        if (jobs_[p] == job::read) {
            const std::uint64_t epoch = block_.redelivery_epoch.load(boost::memory_order_relaxed);
            scan_.seen.store(epoch - 1, std::memory_order_relaxed);
            moved_epoch_.store(0, std::memory_order_relaxed);
        }
    };
    if (fault_ == ring_fault::clear_before_repair)
        forget_said(p);
    std::uint32_t kept_by = 0;
    const std::uint64_t generation = with_reaper(
        p, [&](reaper<model_system>& all) { return all.occupy(slot, prepare, kept_by); });
    if (generation == 0)
        kernel(op::leave_slot, slot);
    l.flag2 = generation == 0 ? 1 : 0;
    l.phase = generation == 0 ? arrive : attempt;
}

// ---- Claims

unsigned ring_program::most(unsigned p, const locals& l) const {
    return jobs_[p] == job::write ? std::min(o_.write_batch, o_.messages - l.done) : o_.read_batch;
}

static node_run run_of(const locals& l) {
    return {{nullptr, l.word, l.index, l.size}, l.back};
}

// ring_part::claim_write_at_once, claim_write_run, throw_too_late
ring_result ring_program::write_at_once(unsigned p, const locals& l, node_run& run) {
    const claimant who = claimant_of(p);
    using attempt = ring_type::attempt;
    const attempt made = in_batches(p) ? ring_.claim_write_run_at_once(who, run, most(p, l))
                                       : ring_.claim_write_at_once(who, run.first);
    if (made != attempt::too_late)
        return made == attempt::claimed ? ring_result::claimed : ring_result::full;
    ring_.end_write(run, 0);
    if (in_batches(p))
        ring_type::end_brief_run(who);
    return ring_result::ended;
}

// ring_part::claim_read_at_once, claim_read_run
ring_result ring_program::read_at_once(unsigned p, const locals& l, node_run& run) {
    const claimant who = claimant_of(p);
    const auto any = [](std::uint32_t) { return true; };
    const bool claimed = in_batches(p) ? ring_.claim_read_run_at_once(who, run, most(p, l), any)
                                       : ring_.claim_read_at_once(who, run.first, any);
    return claimed ? ring_result::claimed : ring_result::empty;
}

// ring_part::move_dead_letters. What the mover does with a dead letter is what a reader does.
bool ring_program::claim_dead_letter(unsigned p, node_run& run) {
    const std::uint64_t epoch = block_.redelivery_epoch.load(boost::memory_order_acquire);
    if (moved_epoch_.load(std::memory_order_relaxed) == epoch + 1)
        return false;
    if (ring_.claim_dead_letter(m_.now.processes[p].slot, run.first) == ring_result::claimed)
        return true;
    moved_epoch_.store(epoch + 1, std::memory_order_relaxed);
    return false;
}

// ring_part::wait_to_write, wait_to_write_run; and to read
ring_result ring_program::claim(unsigned p, locals& l, bool at_once) {
    node_run run;
    run.count = 1;
    ring_result r = ring_result::empty;
    if (!at_once && is_mover(p) && claim_dead_letter(p, run))
        r = ring_result::claimed;
    else if (at_once || in_batches(p))
        r = jobs_[p] == job::write ? write_at_once(p, l, run) : read_at_once(p, l, run);
    if (!at_once && r != ring_result::claimed) {
        if (in_batches(p)) { // what ended the wait's sleep, if it slept just now, matters still
            std::uint64_t ended_by = 0;
            m_.latest([](const access& a, std::uint64_t) { return a.what == op::sleep; },
                      &ended_by);
            model_system::checkpoint(found_nothing_at_once, ended_by);
        }
        const auto any = [](std::uint32_t) { return true; };
        const claimant who = claimant_of(p);
        run.count = 1;
        r = jobs_[p] == job::write ? ring_.search_for_write(who, run.first)
            : in_batches(p)        ? ring_.search_for_read(who, run, most(p, l), any)
                                   : ring_.search_for_read(who, run.first, any);
    }
    if (r == ring_result::claimed) {
        l.word = run.first.word;
        l.index = static_cast<std::uint8_t>(run.first.index);
        l.size = run.first.size;
        l.back = static_cast<std::uint8_t>(run.count);
    }
    if (r == ring_result::corrupted || r == ring_result::refused)
        m_.fail("corrupted");
    return r;
}

void ring_program::peek(unsigned p) {
    node_claim c;
    claimant who = claimant_of(p);
    who.brief = false;
    const ring_result r = ring_.search_for_read(who, c, [](std::uint32_t) { return false; });
    if (r == ring_result::refused && m_.live() && c.size != m_.ghost<ring_ghost>().peeked[p])
        m_.fail("the size of another message was told");
}

void ring_program::use_room(unsigned p, locals& l) {
    const node_run run = run_of(l);
    unsigned count = run.count;
    if (o_.abort_first && l.flag == 0) {
        l.flag = 1;
        --count;
    }
    const unsigned message = first_message_[p] + l.done;
    for (unsigned i = 0; i != count; ++i) {
        const auto index = static_cast<unsigned>(ring_.index_of(run, i));
        kernel(op::own, payloads_[index], message + i, 1);
        if (in_batches(p))
            ring_.set_size(index, message + i);
    }
    if (!in_batches(p) && count == 1) {
        ring_.commit(run.first, message);
    } else if (!in_batches(p)) {
        ring_.abort(run.first);
    } else {
        ring_.end_write(run, count);
        if (control_word{l.word}.phase() == node_phase::free)
            ring_type::end_brief_run(claimant_of(p));
    }
    l.done = static_cast<std::uint8_t>(l.done + count);
    const bool tells_both = count != run.count && fault_ != ring_fault::abort_tells_readers;
    l.phase = tells_both ? tell_both : tell;
}

void ring_program::check_message(unsigned p, const node_run& run, unsigned i, std::uint64_t found,
                                 std::uint32_t size) {
    const auto index = static_cast<unsigned>(ring_.index_of(run, i));
    const ring_ghost& g = m_.ghost<ring_ghost>();
    if (o_.most_counted != 0 && !checks_.is_held(p, index))
        return; // robbed by a late repairer [R5]
    if (found != g.message[index])
        m_.fail("torn: the payload is not what was committed");
    if (size != found)
        m_.fail("the size is another message's");
    if (checks_.deliveries_count &&
        run.first.deliveries_before() != checks_.deliveries_before(g.claims[found]))
        m_.fail("the wrong count of deliveries");
}

void ring_program::use_messages(unsigned p, locals& l) {
    const node_run run = run_of(l);
    unsigned count = run.count;
    for (unsigned i = 0; i != count; ++i) {
        const auto index = static_cast<unsigned>(ring_.index_of(run, i));
        const std::uint64_t found = kernel(op::own, payloads_[index]);
        const std::uint32_t size = i == 0 ? l.size : ring_.size_of(run, i);
        if (m_.live())
            check_message(p, run, i, found, size);
    }
    if (o_.give_back && l.flag == 0) {
        l.flag = 1;
        --count;
    }
    if (!in_batches(p) && count == 1) {
        ring_.release(run.first);
    } else if (!in_batches(p)) {
        ring_.give_back(run.first);
    } else {
        ring_.end_read(run, count);
        if (control_word{l.word}.phase() == node_phase::ready)
            ring_type::end_brief_run(claimant_of(p));
    }
    l.phase = count == run.count ? tell : tell_both;
}

// ring_part::progress_or_throw
step ring_program::after(unsigned p, ring_result r) {
    bool ended = r == ring_result::ended;
    if (ended && jobs_[p] == job::read) {
        ended = fault_ == ring_fault::end_while_held ||
                !ring_.left_with_others(m_.now.processes[p].slot);
        if (ended && m_.live())
            checks_.told_of_end(controls_.data());
    }
    const bool stops = r == ring_result::full && o_.impatient;
    return r == ring_result::claimed ? use : ended ? settle : stops ? leave : waiting;
}

// segment::wait
void ring_program::wait_for_it(unsigned p, locals& l) {
    step next = waiting;
    auto done = [&] {
        if (fault_ == ring_fault::no_second_claim && m_.at_checkpoint() == wait_announced)
            return progress::blocked;
        next = after(p, claim(p, l, false));
        return next == waiting ? progress::blocked : progress::done;
    };
    auto look = [&](bool) {
        return with_reaper(p, [](reaper<model_system>& all) { return all.look_if_due(); });
    };
    auto never_in_vain = [] { return false; };
    model_system system(m_.now.processes[p].slot);
    model_system::ticket in{&room_of(p), 0, heavy_};
    spin_budget spins;
    wait(system, &in, 1, done,
         {shared_memory::deadline::never(), shared_memory::deadline::clock::duration::zero()},
         spins, look, never_in_vain);
    l.phase = next;
}

bool ring_program::phase(unsigned p, locals& l) {
    const bool writes = jobs_[p] == job::write;
    switch (static_cast<step>(l.phase)) {
    case glance: // next_size()
        if (!writes && o_.peek)
            peek(p);
        l.phase = attempt;
        return true;
    case attempt:
        switch (claim(p, l, true)) {
        case ring_result::claimed:
            l.phase = use;
            break;
        case ring_result::ended:
            l.phase = settle;
            break;
        default:
            l.phase = search;
        }
        return true;
    case search:
        l.phase = after(p, claim(p, l, false));
        return true;
    case waiting:
        wait_for_it(p, l);
        return true;
    case use:
        if (writes)
            use_room(p, l);
        else
            use_messages(p, l);
        l.word = 0;
        l.size = l.index = l.back = 0;
        return true;
    case tell:
        tell_all_in(writes ? readers_sleep_ : writers_sleep_);
        if (!writes && fault_ != ring_fault::release_tells_writers &&
            state_.load(boost::memory_order_seq_cst) != 0)
            tell_all_in(readers_sleep_);
        l.phase = writes && l.done == o_.messages ? leave : glance;
        return writes || o_.reads == 0 || ++l.done != o_.reads;
    case tell_both:
        tell_all_in(readers_sleep_);
        tell_all_in(writers_sleep_);
        l.phase = attempt;
        return true;
    case settle:
        wake_everybody();
        return false;
    case leave: // ring_part::end_stream, by the first writer
        if (jobs_[p] != job::close && (!o_.end || p != 0))
            return false;
        state_.fetch_or(state_stream_ended, boost::memory_order_seq_cst);
        wake_everybody();
        return false;
    case arrive: // segment::take_slot; again, if it was in vain
        kernel(op::take_slot, m_.now.processes[p].slot, l.flag2);
        l.phase = occupy;
        return true;
    case occupy:
        take_slot(p, l);
        return true;
    case await: // a participant that has nothing to do but recover()
        kernel(op::await_death);
        l.phase = reap;
        return true;
    case reap:
        with_reaper(p, [](reaper<model_system>& all) { return all.reap_dead(); });
        l.phase = await;
        return true;
    }
    return false;
}

} // namespace ring_parts
} // namespace model
