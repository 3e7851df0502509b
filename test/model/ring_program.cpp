// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What the processes do: the library's algorithms as they are, and in the phases around them what
// lib/ does.

#include "ring_program.hpp"

namespace model {
namespace ring_parts {

// segment::reap
bool ring_program::reap_slot(unsigned p, unsigned slot) {
    const std::uint64_t word = slots_[slot].load(boost::memory_order_acquire);
    if (!is_used(word) || is_alive(p, slot))
        return false;
    if (fault_ == ring_fault::mark_first && !mark_free<model_system>(slots_[slot], word))
        return false;
    if (fault_ == ring_fault::look_before)
        block_.redelivery_epoch.fetch_add(1, boost::memory_order_seq_cst);
    ring_repair done;
    const bool ask_again = fault_ != ring_fault::alive_once;
    if (!ring_.repair(
            slot, [&] { return ask_again && is_alive(p, slot); }, done))
        return false;
    wake_everybody();
    if (fault_ == ring_fault::mark_any_generation)
        return mark_free<model_system>(slots_[slot],
                                       slots_[slot].load(boost::memory_order_acquire));
    return mark_free<model_system>(slots_[slot], word);
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
void ring_program::settle_wait(unsigned p, locals& l, ring_result r) {
    bool ended = r == ring_result::ended;
    if (ended && jobs_[p] == job::read) {
        ended = fault_ == ring_fault::end_while_held ||
                !ring_.left_with_others(m_.now.processes[p].slot);
        if (ended && m_.live())
            checks_.told_of_end(controls_.data());
    }
    l.phase = r == ring_result::claimed ? most(p, l) > 1 ? extend : use
              : ended                   ? settle
              : l.phase == search       ? announce
                                        : look;
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
    case search: // segment::wait
    case again:
        settle_wait(p, l, claim(p, l, false));
        return true;
    case announce:
        l.ticket = sleep_.announce(sleep_word(p));
        if (heavy_)
            model_system::heavy_fence();
        l.phase = fault_ == ring_fault::no_second_claim ? look : again;
        return true;
    case look:
        l.slot = l.count = 0;
        l.phase = kernel(op::anyone_dead) != 0 ? reap : rest;
        return true;
    case reap:
        if (l.slot == slot_count_) {
            l.phase = jobs_[p] == job::repair ? await : l.count != 0 ? attempt : rest;
            return true;
        }
        if (l.slot != slot && reap_slot(p, l.slot))
            l.count = 1;
        ++l.slot;
        return true;
    case rest:
        l.slot = l.count = 0;
        kernel(op::sleep, sleep_word(p).location(), 0, l.ticket);
        l.ticket = 0;
        l.phase = attempt;
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
        notify(writes ? readers_sleep_ : writers_sleep_);
        if (!writes && fault_ != ring_fault::release_tells_writers &&
            state_.load(boost::memory_order_seq_cst) != 0)
            notify(readers_sleep_);
        l.phase = writes && l.done == o_.messages ? leave : glance;
        return writes || o_.reads == 0 || ++l.done != o_.reads;
    case tell_both:
        notify(readers_sleep_);
        notify(writers_sleep_);
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
    case arrive: // segment::occupy_slot
        kernel(op::take_slot, slot);
        l.phase = is_used(slots_[slot].load(boost::memory_order_acquire)) ? repair_own : mark;
        return true;
    case repair_own: {
        ring_repair done;
        ring_.repair(
            slot, [] { return false; }, done);
        wake_everybody();
        l.phase = mark;
        return true;
    }
    case mark: {
        const std::uint64_t epoch = block_.redelivery_epoch.load(boost::memory_order_relaxed);
        m_.seen.store(epoch - 1, std::memory_order_relaxed); // ring_part::slot_taken
        mark_used<model_system>(slots_[slot]);
        l.phase = attempt;
        return true;
    }
    case await: // a participant that has nothing to do but recover()
        kernel(op::await_death);
        l.slot = l.count = 0;
        l.phase = reap;
        return true;
    }
    return false;
}

} // namespace ring_parts
} // namespace model
