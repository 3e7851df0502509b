// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What the processes do: the library's algorithms as they ship. What a part does around them, such as
// to whom it tells what (ring_part.cpp), is said here in its phases.

#include "ring_program.hpp"

namespace model {
namespace ring_parts {

// ring_part::repair
void ring_program::repair(slot_set& dead, ask_alive alive) {
    if (fault_ == ring_fault::mark_first)
        mark_first(slots_.data(), dead);
    if (fault_ == ring_fault::look_before)
        block_.redelivery_epoch.fetch_add(1, boost::memory_order_seq_cst);
    const auto never = [] { return false; };
    ring_repair done;
    for (std::uint32_t i = dead.first(); i != slot_set::capacity; i = dead.after(i)) {
        const auto is_alive = [&] { return alive(i); };
        if (fault_ == ring_fault::alive_once ? !ring_.repair(i, never, done)
                                             : !ring_.repair(i, is_alive, done))
            dead.remove(i);
    }
}

template <class Use>
auto ring_program::with_reaper(unsigned p, Use use) {
    auto repair_part = [this](slot_set& dead, ask_alive alive) { repair(dead, alive); };
    auto wake = [this] { wake_everybody(); };
    model_system system(m_.now.processes[p].slot);
    reaper<model_system> all(system, slots_.data(), slots_used_, slot_count_, repair_part, wake);
    return use(all);
}

unsigned ring_program::most(unsigned p, const locals& l) const {
    return jobs_[p] == job::write ? std::min(o_.write_batch, o_.messages - l.done) : o_.read_batch;
}

static node_run run_of(const locals& l) {
    return {{nullptr, l.word, l.index, l.size}, l.back};
}

// ring_part::claim_write_at_once, wait_to_write
ring_result ring_program::claim(unsigned p, locals& l, bool at_hint) {
    node_claim c;
    const unsigned slot = m_.now.processes[p].slot;
    const auto any = [](std::uint32_t) { return true; };
    ring_result r = ring_result::empty;
    if (!at_hint)
        r = jobs_[p] == job::write ? ring_.search_for_write(slot, c)
                                   : ring_.search_for_read(slot, m_.seen, c, any);
    else if (jobs_[p] == job::write ? ring_.claim_write_at_hint(slot, c)
                                    : ring_.claim_read_at_hint(slot, m_.seen, c, any))
        r = ring_result::claimed;
    if (r == ring_result::claimed) {
        l.word = c.word;
        l.index = static_cast<std::uint8_t>(c.index);
        l.size = c.size;
        l.back = 1; // nodes
    }
    if (r == ring_result::corrupted || r == ring_result::refused)
        m_.fail("corrupted");
    return r;
}

// ring_part::claim_write_run, claim_read_run
void ring_program::extend_run(unsigned p, locals& l) {
    const unsigned slot = m_.now.processes[p].slot;
    node_run run = run_of(l);
    if (jobs_[p] == job::write)
        ring_.extend_write(slot, run, most(p, l), [](std::uint64_t) {});
    else
        ring_.extend_read(
            slot, run, most(p, l), [](std::uint32_t) { return true; }, [](std::uint64_t) {});
    l.back = static_cast<std::uint8_t>(run.count);
    l.phase = use;
}

void ring_program::peek(unsigned p) {
    node_claim c;
    const ring_result r = ring_.search_for_read(m_.now.processes[p].slot, m_.seen, c,
                                                [](std::uint32_t) { return false; });
    if (r == ring_result::refused && m_.live() && c.size != m_.ghost<ring_ghost>().peeked[p])
        m_.fail("the size of another message was told");
}

void ring_program::use_room(locals& l) {
    const node_run run = run_of(l);
    unsigned count = run.count;
    if (o_.abort_first && l.flag == 0) {
        l.flag = 1;
        --count;
    }
    const unsigned message = first_message_[m_.running()] + l.done;
    for (unsigned i = 0; i != count; ++i) {
        const auto index = static_cast<unsigned>(ring_.index_of(run, i));
        kernel(op::own, payloads_[index], message + i, 1);
        ring_.set_size(index, message + i);
    }
    ring_.end_write(run, count);
    l.done = static_cast<std::uint8_t>(l.done + count);
    const bool tells_both = count != run.count && fault_ != ring_fault::abort_tells_readers;
    l.phase = tells_both ? tell_both : tell;
}

void ring_program::use_messages(locals& l) {
    const node_run run = run_of(l);
    unsigned count = run.count;
    for (unsigned i = 0; i != count; ++i) {
        const auto index = static_cast<unsigned>(ring_.index_of(run, i));
        const std::uint64_t found = kernel(op::own, payloads_[index]);
        const std::uint32_t size = i == 0 ? l.size : ring_.size_of(run, i);
        if (!m_.live())
            continue;
        const ring_ghost& g = m_.ghost<ring_ghost>();
        if (found != g.message[index])
            m_.fail("torn: the payload is not what was committed");
        if (size != found)
            m_.fail("the size is another message's");
        const unsigned deliveries = i == 0 ? run.first.deliveries_before() + 1U : 1U;
        if (checks_.deliveries_count && deliveries != g.claims[found])
            m_.fail("the wrong count of deliveries");
    }
    if (o_.give_back && l.flag == 0) {
        l.flag = 1;
        --count;
    }
    ring_.end_read(run, count);
    l.phase = count == run.count ? tell : tell_both;
}

// ring_part::progress_or_throw
step ring_program::after(unsigned p, const locals& l, ring_result r) {
    bool ended = r == ring_result::ended;
    if (ended && jobs_[p] == job::read) {
        ended = fault_ == ring_fault::end_while_held ||
                !ring_.left_with_others(m_.now.processes[p].slot);
        if (ended && m_.live())
            checks_.told_of_end(controls_.data());
    }
    return r == ring_result::claimed ? most(p, l) > 1 ? extend : use : ended ? settle : waiting;
}

// segment::wait
void ring_program::wait_for_it(unsigned p, locals& l) {
    step next = waiting;
    auto done = [&] {
        if (fault_ == ring_fault::no_second_claim && m_.at_checkpoint() == wait_announced)
            return progress::blocked;
        next = after(p, l, claim(p, l, false));
        return next == waiting ? progress::blocked : progress::done;
    };
    auto look = [&](bool) {
        return with_reaper(p, [](reaper<model_system>& all) { return all.look_if_due(); });
    };
    auto never_in_vain = [] { return false; };
    model_system system(m_.now.processes[p].slot);
    model_system::ticket in{&room_of(p), 0};
    spin_budget spins;
    wait(system, &in, 1, done,
         {shared_memory::deadline::never(), shared_memory::deadline::clock::duration::zero(),
          heavy_},
         spins, look, never_in_vain);
    l.phase = next;
}

bool ring_program::phase(unsigned p, locals& l) {
    const bool writes = jobs_[p] == job::write;
    const unsigned slot = m_.now.processes[p].slot;
    switch (static_cast<step>(l.phase)) {
    case glance: // next_size()
        if (!writes && o_.peek)
            peek(p);
        l.phase = attempt;
        return true;
    case attempt:
        l.phase = claim(p, l, true) != ring_result::claimed ? search
                  : most(p, l) > 1                          ? extend
                                                            : use;
        return true;
    case extend:
        extend_run(p, l);
        return true;
    case search:
        l.phase = after(p, l, claim(p, l, false));
        return true;
    case waiting:
        wait_for_it(p, l);
        return true;
    case use:
        if (writes)
            use_room(l);
        else
            use_messages(l);
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
    case arrive: // segment::take_slot
        kernel(op::take_slot, slot);
        l.phase = occupy;
        return true;
    case occupy: {                             // segment::occupy_slot
        auto prepare = [this](std::uint64_t) { // ring_part::slot_taken
            const std::uint64_t epoch = block_.redelivery_epoch.load(boost::memory_order_relaxed);
            m_.seen.store(epoch - 1, std::memory_order_relaxed);
        };
        std::uint32_t kept_by = 0;
        with_reaper(p,
                    [&](reaper<model_system>& all) { return all.occupy(slot, prepare, kept_by); });
        l.phase = attempt;
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
    }
    return false;
}

} // namespace ring_parts
} // namespace model
