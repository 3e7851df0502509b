// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What the processes do: the library's algorithms as they ship. What a part does around them
// (ring_part.cpp) is said here in the phases.

#include "spsc_program.hpp"

#include <algorithm>

namespace model {
namespace spsc_parts {

// ring_part::repair
void spsc_program::repair(slot_set& dead, ask_alive alive) {
    if (fault_ == spsc_fault::mark_first)
        mark_first(slots_.data(), dead);
    const auto never = [](std::uint32_t) { return false; };
    ring_repair done;
    if (fault_ == spsc_fault::alive_once)
        ring_of(m_.running()).repair(dead, never, done);
    else
        ring_of(m_.running()).repair(dead, alive, done);
}

template <class Use>
auto spsc_program::with_reaper(unsigned p, Use use) {
    auto repair_part = [this](slot_set& dead, ask_alive alive) { repair(dead, alive); };
    auto wake = [this] { wake_everybody(); };
    model_system system(m_.now.processes[p].slot);
    reaper<model_system> all(system, slots_.data(), slots_used_, slot_count_, repair_part, wake);
    return use(all);
}

void spsc_program::bring_side(unsigned p, const locals& l) {
    ring_type::side& s = side_of(p);
    s.ending.store(0, std::memory_order_relaxed); // an end that the search left in its middle
    private_words words = words_of(s);
    for (std::size_t i = 0; i != words.size(); ++i)
        words[i]->store(l.side[i], std::memory_order_relaxed);
}

void spsc_program::keep_side(unsigned p, locals& l) {
    ring_type::side& s = side_of(p);
    s.busy.store(~std::uint64_t{0},
                 std::memory_order_relaxed); // no call is in the middle of anything
    private_words words = words_of(s);
    for (std::size_t i = 0; i != words.size(); ++i)
        l.side[i] = words[i]->load(std::memory_order_relaxed);
}

unsigned spsc_program::place_of(std::uint64_t counter) const {
    const std::uint64_t lap = (counter >> index_bits()) - first_lap();
    const auto index = static_cast<unsigned>(counter & ((1U << index_bits()) - 1));
    return static_cast<unsigned>(lap & lap_mask()) * o_.nodes + index;
}

// Of an open claim, from what its side has ended.
unsigned spsc_program::place_of_index(unsigned p, std::uint64_t index) {
    unsigned place = place_of(side_of(p).done.load(std::memory_order_relaxed));
    while (place % o_.nodes != index)
        ++place;
    return place;
}

unsigned spsc_program::most(unsigned p, const locals& l) const {
    return writes(p) ? std::min(o_.write_batch, o_.messages - l.done) : o_.read_batch;
}

node_claim spsc_program::first_of(const locals& l) {
    return {nullptr, l.word, l.index, l.size};
}
node_claim spsc_program::second_of(const locals& l) {
    return {nullptr, l.mark, l.slot, l.ticket};
}

// ring_part::claim_write_at_once, wait_to_write, search_to_read
ring_result spsc_program::claim(unsigned p, node_claim& c, bool at_once) {
    ring_type& ring = ring_of(p);
    const auto any = [](std::uint32_t) { return true; };
    ring_result r = ring_result::empty;
    if (at_once) {
        if (writes(p) ? ring.claim_write_at_once(c) : ring.claim_read_at_once(c, any))
            r = ring_result::claimed;
    } else {
        r = writes(p) ? ring.search_for_write(c) : ring.search_for_read(c, any);
        if (!writes(p) && ring.take_freed() != 0 && fault_ != spsc_fault::skip_tells_nobody)
            notify<model_system>(writers_sleep_);
    }
    if (r == ring_result::corrupted || r == ring_result::refused)
        m_.fail("corrupted");
    return r;
}

void spsc_program::remember(locals& l, const node_claim& c) {
    l.word = c.word;
    l.index = static_cast<std::uint8_t>(c.index);
    l.size = c.size;
    l.back = 1; // nodes
}

step spsc_program::after_claim(unsigned p, const locals& l) const {
    if (writes(p) ? o_.late_writes && l.done + 1U < o_.messages : o_.late_reads)
        return claim_second;
    return most(p, l) > 1 ? extend : writes(p) ? fill : use;
}

// ring_part::progress_or_throw
step spsc_program::after(unsigned p, const locals& l, ring_result r) {
    if (r == ring_result::claimed)
        return after_claim(p, l);
    if (r != ring_result::ended)
        return waiting;
    if (!writes(p) && m_.live())
        checks_.told_of_end();
    return settle;
}

// segment::wait. What a handle knows by itself changes in a try that passes over something: then
// the wait begins anew.
void spsc_program::wait_for_it(unsigned p, locals& l) {
    step next = waiting;
    auto done = [&] {
        if (fault_ == spsc_fault::no_second_claim && m_.at_checkpoint() == wait_announced)
            return progress::blocked;
        node_claim c;
        const ring_result r = claim(p, c, false);
        if (r == ring_result::claimed)
            remember(l, c);
        next = after(p, l, r);
        locals then = l;
        keep_side(p, then);
        return next == waiting && then.side == l.side ? progress::blocked : progress::done;
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

// write_sized, read_sized: what can be copied at once, and who is told of it
bool spsc_program::copy(unsigned p, const locals& l) {
    ring_type& ring = ring_of(p);
    const std::uint64_t counter = side_of(p).done.load(std::memory_order_relaxed);
    const unsigned place = place_of(counter);
    if (writes(p)) {
        const unsigned message = first_message_[p] + l.done;
        const auto fill = [&](std::byte*) {
            kernel(op::own, payloads_[place % o_.nodes], message, 1);
            if (m_.live())
                checks_.commits(place, message);
        };
        if (!ring.write_at_once(message, fill))
            return false;
        if (m_.live())
            checks_.has_committed(place);
        notify<model_system>(readers_sleep_);
    } else {
        const auto take = [&](const node_claim& c) {
            read_node(p, c);
            if (m_.live())
                checks_.releases(place);
        };
        if (!ring.read_at_once([](std::uint32_t) { return true; }, take))
            return false;
        if (state_.load(boost::memory_order_seq_cst) != 0)
            notify<model_system>(readers_sleep_);
        notify<model_system>(writers_sleep_);
    }
    return true;
}

void spsc_program::peek(unsigned p) {
    node_claim c;
    const ring_result r = ring_of(p).search_for_read(c, [](std::uint32_t) { return false; });
    if (r != ring_result::refused || !m_.live())
        return;
    checks_.expect(c.size == checks_.ghost().message[place_of_index(p, c.index)],
                   "the size of another message was told");
}

// ring_part::claim_write_run, claim_read_run
void spsc_program::extend_run(unsigned p, locals& l) {
    node_run run{first_of(l), l.back};
    if (writes(p))
        ring_of(p).extend_write(run, most(p, l));
    else
        ring_of(p).extend_read(run, most(p, l), [](std::uint32_t) { return true; });
    l.back = static_cast<std::uint8_t>(run.count);
    l.phase = writes(p) ? fill : use;
}

void spsc_program::fill_node(unsigned p, std::uint64_t index, unsigned message) {
    kernel(op::own, payloads_[index], message, 1);
    ring_of(p).set_size(index, message);
}

void spsc_program::read_node(unsigned p, const node_claim& c) {
    const std::uint64_t found = kernel(op::own, payloads_[c.index]);
    if (m_.live())
        checks_.reads(p, place_of_index(p, c.index), found, c.size, c.deliveries_before());
}

void spsc_program::fill_nodes(unsigned p, locals& l) {
    const node_run run{first_of(l), l.back};
    const unsigned message = first_message_[p] + l.done;
    for (unsigned i = 0; i != run.count; ++i)
        fill_node(p, ring_of(p).index_of(run, i), message + i);
    if (l.count != 0)
        fill_node(p, l.slot, message + 1);
    l.phase = l.count != 0 ? end_second : end_first;
}

void spsc_program::use_messages(unsigned p, locals& l) {
    const node_run run{first_of(l), l.back};
    for (unsigned i = 0; i != run.count; ++i) {
        const auto index = ring_of(p).index_of(run, i);
        node_claim c = run.first;
        if (i != 0)
            c = {nullptr,
                 control_word::of(0, node_phase::reading, 0, run.first.deliveries_before()), index,
                 ring_of(p).size_of(run, i)};
        read_node(p, c);
    }
    if (l.count != 0)
        read_node(p, second_of(l));
    l.phase = l.count != 0 ? end_second : end_first;
}

// The first `count` nodes of a run are committed, or released.
void spsc_program::end_run(unsigned p, const node_run& run, unsigned count, unsigned message) {
    ring_type& ring = ring_of(p);
    const unsigned place = place_of_index(p, run.first.index);
    const auto at_each = [&](auto each) {
        for (unsigned i = 0; m_.live() && i != run.count; ++i)
            each(place + i, i);
    };
    if (writes(p)) {
        at_each([&](unsigned at, unsigned i) {
            return i < count ? checks_.commits(at, message + i) : checks_.aborts(at);
        });
        if (!(run.count != 1 ? ring.end_write(run, count)
              : count == 1   ? ring.publish(run.first)
                             : ring.abort(run.first)))
            m_.fail("an open claim is said to have ended");
        at_each([&](unsigned at, unsigned i) {
            if (i < count)
                checks_.has_committed(at);
        });
    } else {
        at_each([&](unsigned at, unsigned i) {
            return i < count ? checks_.releases(at) : checks_.gives_back(at);
        });
        if (run.count == 1 && count == 0)
            ring.give_back(run.first);
        else if (!(run.count != 1 ? ring.end_read(run, count) : ring.release(run.first)))
            m_.fail("an open claim is said to have ended");
    }
    // ring_part::commit, abort, release, give_back
    const bool all = count == run.count;
    if (writes(p) ? all || fault_ != spsc_fault::abort_tells_nobody
                  : !all || state_.load(boost::memory_order_seq_cst) != 0)
        notify<model_system>(readers_sleep_);
    if (writes(p) ? !all : true)
        notify<model_system>(writers_sleep_);
}

bool spsc_program::go_on(unsigned p, locals& l) {
    l.word = l.mark = 0;
    l.size = l.ticket = 0;
    l.index = l.back = l.slot = l.count = 0;
    l.phase = writes(p) && l.done == o_.messages ? leave : glance;
    return writes(p) || o_.reads == 0 || ++l.done != o_.reads;
}

// ring_part::take_single_role
bool spsc_program::take(unsigned p, locals& l) {
    model_system::word64& role = writes(p) ? writer_role_ : reader_role_;
    std::uint64_t holder = 0;
    const bool taken = role.compare_exchange_strong(
        holder, own_word(p), boost::memory_order_acq_rel, boost::memory_order_acquire);
    if (!taken && fault_ == spsc_fault::role_unasked)
        role.store(own_word(p), boost::memory_order_release);
    else if (!taken) {
        with_reaper(p, [](reaper<model_system>& all) { return all.reap_dead(); });
        return ++l.flag2 != 3; // in_use
    }
    l.flag2 = 0;
    l.phase = begin;
    return true;
}

bool spsc_program::phase(unsigned p, locals& l) {
    bring_side(p, l);
    const bool goes_on = step_of(p, l);
    keep_side(p, l);
    return goes_on;
}

bool spsc_program::step_of(unsigned p, locals& l) {
    const unsigned slot = m_.now.processes[p].slot;
    node_claim c;
    switch (static_cast<step>(l.phase)) {
    case glance: // next_size()
        if (!writes(p) && o_.peek)
            peek(p);
        l.phase = attempt;
        return true;
    case attempt:
        if (o_.copies && copy(p, l)) {
            if (writes(p))
                ++l.done;
            return go_on(p, l);
        }
        l.phase = search;
        if (claim(p, c, true) == ring_result::claimed) {
            remember(l, c);
            l.phase = after_claim(p, l);
        }
        return true;
    case search: {
        const ring_result r = claim(p, c, false);
        if (r == ring_result::claimed)
            remember(l, c);
        l.phase = after(p, l, r);
        return true;
    }
    case waiting:
        wait_for_it(p, l);
        return true;
    case claim_second:
        if (claim(p, c, true) == ring_result::claimed ||
            claim(p, c, false) == ring_result::claimed) {
            l.mark = c.word;
            l.slot = static_cast<std::uint8_t>(c.index);
            l.ticket = c.size;
            l.count = 1;
        }
        l.phase = writes(p) ? fill : use;
        return true;
    case extend:
        extend_run(p, l);
        return true;
    case fill:
        fill_nodes(p, l);
        return true;
    case use:
        use_messages(p, l);
        return true;
    case end_second: {
        const bool all = l.flag != 0 || !(writes(p) ? o_.abort_second : o_.give_back_second);
        end_run(p, {second_of(l), 1}, all ? 1 : 0, first_message_[p] + l.done + 1U);
        l.phase = end_first;
        return true;
    }
    case end_first: {
        const unsigned in_vain = writes(p)      ? o_.abort_often   ? 3U
                                                  : o_.abort_first ? 1U
                                                                   : 0U
                                 : o_.give_back ? 1U
                                                : 0U;
        const bool all = l.flag >= in_vain;
        const unsigned count = all ? l.back : l.back - 1U;
        end_run(p, {first_of(l), l.back}, count, first_message_[p] + l.done);
        l.flag = static_cast<std::uint8_t>(std::max(l.flag + 1, 1));
        if (writes(p) && (all || !o_.abort_often))
            l.done = static_cast<std::uint8_t>(l.done + std::max(1U, count) + l.count);
        if (l.flag > 3)
            l.flag = 3; // the same from here on
        return go_on(p, l);
    }
    case settle:
        wake_everybody();
        return false;
    case leave: // ring_part::end_stream
        if (jobs_[p] != job::close && !o_.end)
            return false;
        state_.fetch_or(state_stream_ended, boost::memory_order_seq_cst);
        wake_everybody();
        return false;
    case arrive: // segment::take_slot
        kernel(op::take_slot, slot);
        l.phase = occupy;
        return true;
    case occupy: { // segment::occupy_slot
        const auto prepare = [](std::uint64_t) {};
        std::uint32_t kept_by = 0; // by nobody: a role is always ended
        with_reaper(p,
                    [&](reaper<model_system>& all) { return all.occupy(slot, prepare, kept_by); });
        l.phase = take_role;
        return true;
    }
    case take_role:
        return take(p, l);
    case begin:
        if (!(writes(p) ? ring_of(p).begin_writing() : ring_of(p).begin_reading()))
            m_.fail("corrupted");
        wake_everybody();
        l.phase = glance;
        return true;
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

} // namespace spsc_parts
} // namespace model
