// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "lock_model.hpp"

#include "lock_checks.hpp"
#include "words.hpp"

#include <shared_memory/detail/participants.hpp>
#include <shared_memory/detail/shared_lock.hpp>
#include <shared_memory/detail/wait_point.hpp>

#include <algorithm>

namespace model {
namespace {

using namespace shared_memory::detail;

enum class job : std::uint8_t { write, read, observe, repair };

enum step : std::uint8_t {
    first,       // a reader's or writer's first attempt
    first_over,  // a writer's that found readers
    attempt,     // wait_shared, wait_claim
    announce,
    again,
    drain,       // wait_drained
    close,
    close_announce,
    close_again,
    give_up,
    look,
    reap,
    rest,
    in,
    leave,
    observe,
    arrive,
    repair_own,
    mark,
    await,
};

class lock_program final : public program {
public:
    lock_program(machine& m, const lock_options& o, lock_fault fault)
        : m_(m), o_(o), fault_(fault), checks_(m) {
        m.strict_timer = o.strict_timer;
        m.change.wake_one = fault == lock_fault::wake_one;
        block_.writer.lies_at(m.locate("writer", 0));
        block_.sequence.lies_at(m.locate("sequence", 0));
        block_.free_sleep.word.lies_at(m.locate("free", 0));
        block_.drain_sleep.word.lies_at(m.locate("drain", 0));
        data_[0].lies_at(m.locate("data0", 0));
        data_[1].lies_at(m.locate("data1", 0));
        written_ = m.locate("contents", 0);
        place_processes();
        slots_used_.lies_at(m.locate("used", slot_count_));
        lock_ = shared_lock<words>(block_, slots_.data(), slots_used_, slot_count_);
    }

    bool phase(unsigned p, locals& l) override;
    void changed(unsigned p, unsigned location, std::uint64_t from, std::uint64_t to) override {
        if (location == block_.sequence.location())
            checks_.sequence_changed(p, from, to);
        if (location == block_.writer.location())
            checks_.writer_changed(p, from, to);
        for (unsigned s = 0; s != slot_count_; ++s) {
            if (location == slots_[s].shared_lock.location())
                checks_.count_changed(p, s, from);
        }
    }
    void died(unsigned p) override { checks_.died(p); }
    void check_end() override {
        for (unsigned p = 0; p != m_.process_count; ++p) {
            if (m_.now.processes[p].state == condition::asleep)
                m_.report("stuck: " + m_.process_names[p] + " sleeps, and nobody will wake it");
        }
    }

private:
    void place_processes();
    void add(job j, unsigned slot, bool arrives, const std::string& name);

    static void notify(basic_sleep_block<words>& b) {
        if (claim_wake<words>(b.word))
            kernel(op::wake, b.word.location());
    }
    void wake_after_repair() {
        if (fault_ == lock_fault::repair_tells_nobody)
            return;
        if (!o_.repair_wakes_all) {
            words::full_fence();
            notify(block_.free_sleep);
            notify(block_.drain_sleep);
            return;
        }
        for (basic_sleep_block<words>* b : {&block_.free_sleep, &block_.drain_sleep}) {
            b->word.fetch_add(2, boost::memory_order_seq_cst);
            kernel(op::wake, b->word.location());
        }
    }
    bool is_alive(unsigned p, unsigned slot) const {
        return slot == m_.now.processes[p].slot || kernel(op::alive, slot) != 0;
    }
    bool reap_slot(unsigned p, unsigned slot);
    bool reader_phase(unsigned p, locals& l);
    bool writer_phase(unsigned p, locals& l);
    void write_in(unsigned p);
    void read_in(unsigned p, bool says_inconsistent);
    bool observe_once(locals& l);
    bool is_drained() { return fault_ == lock_fault::drained_before_claim || lock_.drained(); }

    machine& m_;
    lock_options o_;
    lock_fault fault_;
    lock_checks checks_;
    basic_lock_block<words> block_{};
    words::word32 slots_used_;
    std::array<words::word64, 2> data_;
    unsigned written_ = 0;
    std::array<basic_participant_block<words>, max_processes> slots_{};
    std::array<job, max_processes> jobs_{};
    std::array<unsigned, max_processes> reads_{}; // a location each: for races
    shared_lock<words> lock_;
    unsigned slot_count_ = 0;
};

void lock_program::add(job j, unsigned slot, bool arrives, const std::string& name) {
    const unsigned p = m_.process_count++;
    process& one = m_.now.processes.at(p);
    one = process{};
    one.slot = static_cast<std::uint8_t>(slot);
    one.knows.phase = arrives             ? arrive
                      : j == job::repair  ? await
                      : j == job::observe ? observe
                                          : first;
    jobs_[p] = j;
    m_.process_names.push_back(name);
    reads_[p] = m_.locate("reads" + std::to_string(p), 0);
    if (arrives || j == job::observe)
        return;
    one.knows.generation = 1;
    m_.now.slot_taken[slot] = 1;
    const std::string n = std::to_string(slot);
    slots_[slot].slot_word.lies_at(m_.locate("slot" + n, 3));
    slots_[slot].shared_lock.lies_at(m_.locate("count" + n, std::uint64_t{1} << 32U));
    m_.slot_word[slot] = static_cast<int>(slots_[slot].slot_word.location());
    slot_count_ = std::max(slot_count_, slot + 1);
}

void lock_program::place_processes() {
    m_.slot_word.fill(-1);
    unsigned slot = 0;
    for (unsigned i = 0; i != o_.writers; ++i)
        add(job::write, slot++, false, "writer" + std::to_string(i));
    for (unsigned i = 0; i != o_.readers; ++i)
        add(job::read, slot++, false, "reader" + std::to_string(i));
    for (unsigned i = 0; i != o_.repairers; ++i)
        add(job::repair, slot++, false, "repair" + std::to_string(i));
    for (unsigned i = 0; i != o_.observers; ++i)
        add(job::observe, max_processes - 1, false, "observer");
    for (unsigned i = 0; i != o_.successors; ++i) {
        const bool writes = (i % 2 == 0) != o_.reader_first;
        add(writes ? job::write : job::read, writes ? 0 : o_.writers, true,
            writes ? "writer'" : "reader'");
    }
}

// segment::reap
bool lock_program::reap_slot(unsigned p, unsigned slot) {
    const std::uint64_t word = slots_[slot].slot_word.load(boost::memory_order_acquire);
    if (!is_used(word) || is_alive(p, slot))
        return false;
    if (fault_ == lock_fault::mark_first && !mark_free<words>(slots_[slot].slot_word, word))
        return false;
    std::uint32_t given_back = 0;
    const bool ask_again = fault_ != lock_fault::alive_once;
    if (!lock_.repair(
            slot, [&] { return ask_again && is_alive(p, slot); }, given_back))
        return false;
    wake_after_repair();
    return mark_free<words>(slots_[slot].slot_word, word);
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

// locked_segment::read_validated; gives up instead of waiting for a writer.
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
    const lock_use use = o_.nested && l.flag == 0 ? lock_use::explicitly : lock_use::plain;
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
        read_in(p, use == lock_use::explicitly || !o_.nested);
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
    case first: // try_lock_exclusive
        l.phase = !lock_.try_claim(me) ? attempt : is_drained() ? in : first_over;
        return true;
    case first_over:
    case give_up:
        lock_.unclaim();
        notify(block_.free_sleep);
        l.flag = 0;
        if (l.phase == give_up)
            return false;
        l.phase = attempt;
        return true;
    case attempt: // wait_claim
    case again:
        l.phase = lock_.try_claim(me) ? drain : l.phase == attempt ? announce : look;
        return true;
    case drain: // wait_drained
        if (lock_.drained()) {
            l.phase = in;
            return true;
        }
        lock_.wait_open(me);
        if (o_.open_notifies)
            notify(block_.free_sleep);
        l.flag = 1;
        l.phase = close;
        return true;
    case close:
    case close_again: {
        const bool closed = fault_ == lock_fault::not_closed_again ? lock_.drained()
                                                                   : lock_.try_close(me);
        if (!closed && o_.open_notifies)
            notify(block_.free_sleep);
        l.phase = closed                              ? in
                  : l.phase == close                  ? close_announce
                  : o_.impatient                      ? give_up
                                                      : look;
        return true;
    }
    case close_announce:
        l.ticket = announce_sleep<words>(block_.drain_sleep.word);
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
        l.ticket = announce_sleep<words>(block_.free_sleep.word);
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
        l.generation = mark_used<words>(slots_[slot].slot_word);
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

} // namespace

const char* name_of(lock_fault f) {
    static const char* const names[] = {
        "none", "the mark cleared first", "alive() asked before the word is loaded",
        "one waiter woken, not all", "a reader in vain tells nobody", "repair tells nobody",
        "who leaves tells nobody", "the writer's word not closed again",
        "slots not looked at after the claim", "the sequence not made odd"};
    return names[static_cast<unsigned>(f)];
}

make_scene lock_scene(const lock_options& o, lock_fault fault) {
    return [=] {
        scene s;
        s.m = std::make_unique<machine>();
        s.runs = std::make_unique<lock_program>(*s.m, o, fault);
        return s;
    };
}

} // namespace model
