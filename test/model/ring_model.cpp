// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "ring_model.hpp"

#include "ring_checks.hpp"
#include "words.hpp"

#include <shared_memory/detail/participants.hpp>
#include <shared_memory/detail/wait_point.hpp>

#include <algorithm>
#include <cstring>

namespace model {
namespace {

using namespace shared_memory::detail;

bool of_model(const access& a) {
    return std::strstr(a.file, "ring_model") != nullptr;
}

enum class job : std::uint8_t { write, read, repair };

enum step : std::uint8_t {
    glance,
    attempt,
    announce,
    again,
    look,
    reap,
    rest,
    use,
    tell,
    tell_both,
    settle,
    leave,
    arrive,
    repair_own,
    mark,
    await,
};

class ring_program final : public program {
public:
    ring_program(machine& m, const ring_options& o, ring_fault fault)
        : m_(m), o_(o), fault_(fault), checks_(m, o.nodes, first_lap(), lap_mask(o.nodes)) {
        m.strict_timer = o.strict_timer;
        place_words();
        place_processes();
        plant(fault);
        const ring_geometry geometry{o.nodes, inline_payload_bytes, o.max_deliveries};
        ring_ = node_ring<words>(geometry, block_, state_, lines_.data(), nullptr);
    }

    bool phase(unsigned p, locals& l) override;
    void changed(unsigned p, unsigned location, std::uint64_t from, std::uint64_t to) override {
        for (unsigned i = 0; i != o_.nodes; ++i) {
            if (location == controls_[i])
                checks_.changed(p, i, static_cast<unsigned>(m_.value(payloads_[i])), from, to);
        }
    }
    void died(unsigned) override {}
    void check_end() override {
        bool asleep[2] = {false, false};
        for (unsigned p = 0; p != m_.process_count; ++p) {
            if (m_.now.processes[p].state == condition::asleep)
                asleep[jobs_[p] == job::read ? 0 : 1] = true;
        }
        checks_.check_end(asleep[0], asleep[1], controls_.data());
    }

    static unsigned index_bits(unsigned nodes) { return nodes > 2 ? 2 : 1; }
    static std::uint64_t lap_mask(unsigned) { return (std::uint64_t{1} << 46U) - 1; }

private:
    std::uint64_t first_lap() const {
        return o_.last_lap ? lap_mask(o_.nodes) : o_.stale_hints ? 5 : 0;
    }
    void place_words();
    void place_processes();
    void plant(ring_fault fault);
    bool is_control(unsigned location) const {
        return std::find(controls_.begin(), controls_.begin() + o_.nodes, location) !=
               controls_.begin() + o_.nodes;
    }
    void add(job j, unsigned slot, bool arrives, const std::string& name, unsigned first_message);
    words::word32& sleep_word(unsigned p) {
        return jobs_[p] == job::read ? readers_sleep_ : writers_sleep_;
    }

    static void notify(words::word32& word) {
        if (claim_wake<words>(word))
            kernel(op::wake, word.location());
    }
    void wake_everybody() {
        if (fault_ == ring_fault::repair_tells_nobody)
            return;
        words::full_fence();
        notify(readers_sleep_);
        notify(writers_sleep_);
    }
    void wake_after_repair() {
        if (!o_.repair_wakes_all) {
            wake_everybody();
            return;
        }
        for (words::word32* word : {&readers_sleep_, &writers_sleep_}) {
            word->fetch_add(2, boost::memory_order_seq_cst); // nobody falls asleep on an old ticket
            kernel(op::wake, word->location());
        }
    }
    bool is_alive(unsigned p, unsigned slot) const {
        return slot == m_.now.processes[p].slot || kernel(op::alive, slot) != 0;
    }
    bool reap_slot(unsigned p, unsigned slot);
    ring_result claim(unsigned p, locals& l);
    void peek(unsigned p);
    bool use_message(unsigned p, locals& l);
    void use_room(unsigned p, locals& l);
    void settle_wait(unsigned p, locals& l, ring_result r);

    machine& m_;
    ring_options o_;
    ring_fault fault_;
    ring_checks checks_;
    basic_ring_block<words> block_{};
    words::word32 state_, readers_sleep_, writers_sleep_;
    std::array<basic_node_line<words>, max_nodes> lines_{};
    std::array<words::word64, max_processes> slots_;
    std::array<unsigned, max_nodes> controls_{}, payloads_{};
    std::array<job, max_processes> jobs_{};
    std::array<unsigned, max_processes> first_message_{};
    node_ring<words> ring_;
    unsigned slot_count_ = 0;
};

void ring_program::place_words() {
    const std::uint64_t hint =
        o_.stale_hints ? 0 : first_lap() << index_bits(o_.nodes);
    block_.tail.lies_at(m_.locate("tail", hint));
    block_.head.lies_at(m_.locate("head", hint));
    block_.look.lies_at(m_.locate("look", 16));
    block_.redelivered.lies_at(m_.locate("redelivered", 0));
    block_.given_up.lies_at(m_.locate("given_up", 0));
    m_.silent[block_.redelivered.location()] = m_.silent[block_.given_up.location()] = true;
    state_.lies_at(m_.locate("state", 0));
    readers_sleep_.lies_at(m_.locate("r_sleep", 0));
    writers_sleep_.lies_at(m_.locate("w_sleep", 0));
    for (unsigned i = 0; i != o_.nodes; ++i) {
        const std::string n = std::to_string(i);
        controls_[i] = m_.locate("node" + n, control_word::of(first_lap(), node_phase::free));
        lines_[i].control.lies_at(controls_[i]);
        lines_[i].size.lies_at(m_.locate("size" + n, 0));
        payloads_[i] = m_.locate("payload" + n, 0);
    }
    // The retry loops of claim_write and claim_read; `state` is what the latter remembers.
    m_.loop_head[block_.tail.location()] = m_.loop_head[block_.look.location()] = true;
    m_.sticky = static_cast<int>(state_.location());
}

void ring_program::add(job j, unsigned slot, bool arrives, const std::string& name,
                       unsigned first_message) {
    const unsigned p = m_.process_count++;
    process& one = m_.now.processes.at(p);
    one = process{};
    one.slot = static_cast<std::uint8_t>(slot);
    one.knows.phase = arrives ? arrive : j == job::repair ? await : glance;
    jobs_[p] = j;
    first_message_[p] = first_message;
    m_.process_names.push_back(name);
    if (arrives)
        return;
    m_.now.slot_taken[slot] = 1;
    m_.now.seen[slot] = 16;
    if (m_.slot_word[slot] < 0) {
        slots_[slot].lies_at(m_.locate("slot" + std::to_string(slot), 3));
        m_.slot_word[slot] = static_cast<int>(slots_[slot].location());
    }
    slot_count_ = std::max(slot_count_, slot + 1);
}

void ring_program::place_processes() {
    m_.slot_word.fill(-1);
    unsigned slot = 0;
    for (unsigned i = 0; i != o_.writers; ++i)
        add(job::write, o_.one_writer_handle ? 0 : slot++, false, "writer" + std::to_string(i),
            1 + 4 * i);
    slot = o_.one_writer_handle ? 1 : slot;
    const unsigned reader_slot = slot;
    for (unsigned i = 0; i != o_.readers; ++i)
        add(job::read, o_.one_reader_handle ? reader_slot : slot++, false,
            "reader" + std::to_string(i), 0);
    slot = o_.one_reader_handle ? reader_slot + 1 : slot;
    for (unsigned i = 0; i != o_.repairers; ++i)
        add(job::repair, slot++, false, "repair" + std::to_string(i), 0);
    for (unsigned i = 0; i != o_.successors; ++i) {
        const bool writes = (i % 2 == 0) != o_.reader_first;
        add(writes ? job::write : job::read, writes ? 0 : reader_slot, true,
            writes ? "writer'" : "reader'", 1 + 4 * (o_.writers + i));
    }
}

// Those faults that are not in the code around the ring, but in what its accesses do.
void ring_program::plant(ring_fault fault) {
    const unsigned epoch = block_.look.location();
    const unsigned count = block_.redelivered.location();
    const unsigned state = state_.location();
    const auto none = [](access& a) { a.what = op::load; };
    switch (fault) {
    case ring_fault::look_before: // the one in node_ring.hpp is left out
    case ring_fault::no_look:
        m_.change.before = [=](unsigned, access& a) {
            if (a.what == op::add && a.location == epoch && a.operand == 1 && !of_model(a))
                none(a);
        };
        break;
    case ring_fault::look_if_changed:
        m_.change.before = [=](unsigned, access& a) {
            const auto counts = [&](const access& b, std::uint64_t) {
                return b.what == op::add && b.location == count;
            };
            if (a.what == op::add && a.location == epoch && m_.latest(counts) == nullptr)
                none(a);
        };
        break;
    case ring_fault::no_skip_passing: // a writer takes skip for ready
        m_.change.after = [=](unsigned p, const access& a, std::uint64_t found) {
            const bool skip = a.what == op::load && jobs_[p] == job::write &&
                              is_control(a.location) &&
                              control_word{found}.phase() == node_phase::skip;
            return skip ? control_word::of(control_word{found}.lap(), node_phase::ready) : found;
        };
        break;
    case ring_fault::same_deliveries: // they are not kept while reading
        checks_.deliveries_count = false;
        m_.change.before = [=](unsigned, access& a) {
            const control_word to{a.operand};
            if (a.what == op::cas && is_control(a.location) && to.phase() == node_phase::reading)
                a.operand = control_word::of(to.lap(), to.phase(), to.slot());
        };
        break;
    case ring_fault::wake_one:
        m_.change.wake_one = true;
        break;
    case ring_fault::no_state_after_claim:
        m_.change.after = [=](unsigned, const access& a, std::uint64_t found) {
            const auto claims = [&](const access& b, std::uint64_t was) {
                return b.what == op::cas && is_control(b.location) && was == b.expected;
            };
            const bool after = a.what == op::load && a.location == state;
            return after && m_.latest(claims) != nullptr ? 0 : found;
        };
        break;
    case ring_fault::no_second_look: // it sees what the first one saw
        m_.change.after = [=](unsigned, const access& a, std::uint64_t found) {
            const auto saw_end = [&](const access& b, std::uint64_t was) {
                return b.what == op::load && b.location == state && was != 0;
            };
            const auto same = [&](const access& b, std::uint64_t) {
                return b.what == op::load && b.location == a.location;
            };
            if (a.what == op::load && m_.latest(saw_end) != nullptr)
                m_.latest(same, &found);
            return found;
        };
        break;
    default:
        break;
    }
}

// segment::reap
bool ring_program::reap_slot(unsigned p, unsigned slot) {
    const std::uint64_t word = slots_[slot].load(boost::memory_order_acquire);
    if (!is_used(word) || is_alive(p, slot))
        return false;
    if (fault_ == ring_fault::mark_first && !mark_free<words>(slots_[slot], word))
        return false;
    if (fault_ == ring_fault::look_before)
        block_.look.fetch_add(1, boost::memory_order_seq_cst);
    ring_repair done;
    const bool ask_again = fault_ != ring_fault::alive_once;
    if (!ring_.repair(
            slot, [&] { return ask_again && is_alive(p, slot); }, done))
        return false;
    wake_after_repair();
    if (fault_ == ring_fault::mark_any_generation)
        return mark_free<words>(slots_[slot], slots_[slot].load(boost::memory_order_acquire));
    return mark_free<words>(slots_[slot], word);
}

ring_result ring_program::claim(unsigned p, locals& l) {
    node_claim c;
    const unsigned slot = m_.now.processes[p].slot;
    const ring_result r =
        jobs_[p] == job::write
            ? ring_.claim_write(slot, c)
            : ring_.claim_read(slot, m_.seen, c, [](std::uint32_t) { return true; });
    if (r == ring_result::claimed) {
        l.word = c.word;
        l.index = static_cast<std::uint8_t>(c.index);
        l.size = c.size;
    }
    if (r == ring_result::corrupted || r == ring_result::refused)
        m_.fail("corrupted");
    if (r == ring_result::ended && jobs_[p] == job::read && m_.live())
        checks_.told_of_end();
    return r;
}

void ring_program::peek(unsigned p) {
    node_claim c;
    const ring_result r = ring_.claim_read(m_.now.processes[p].slot, m_.seen, c,
                                           [](std::uint32_t) { return false; });
    if (r == ring_result::refused && m_.live() && c.size != m_.ghost<ring_ghost>().peeked[p])
        m_.fail("the size of another message was told");
}

void ring_program::use_room(unsigned, locals& l) {
    const node_claim c{nullptr, l.word, l.index, l.size};
    if (o_.abort_first && l.flag == 0) {
        l.flag = 1;
        ring_.abort(c);
        l.phase = fault_ == ring_fault::abort_tells_readers ? tell : tell_both;
        return;
    }
    const unsigned message = first_message_[m_.running()] + l.done;
    kernel(op::own, payloads_[l.index], message, 1);
    ring_.commit(c, message);
    ++l.done;
    l.phase = tell;
}

bool ring_program::use_message(unsigned p, locals& l) {
    const node_claim c{nullptr, l.word, l.index, l.size};
    const std::uint64_t found = kernel(op::own, payloads_[l.index]);
    if (m_.live()) {
        const ring_ghost& g = m_.ghost<ring_ghost>();
        if (found != g.message[l.index])
            m_.fail("torn: the payload is not what was committed");
        if (c.size != found)
            m_.fail("the size is another message's");
        if (checks_.deliveries_count && c.deliveries_before() + 1U != g.claims[found])
            m_.fail("the wrong count of deliveries");
    }
    if (o_.give_back && l.flag == 0) {
        l.flag = 1;
        ring_.give_back(c);
        l.phase = tell_both;
    } else {
        ring_.release(c);
        l.phase = tell;
    }
    return jobs_[p] == job::read;
}

// ring_segment::settled
void ring_program::settle_wait(unsigned, locals& l, ring_result r) {
    l.phase = r == ring_result::claimed ? use
              : r == ring_result::ended ? settle
              : l.phase == attempt      ? announce
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
    case attempt: // segment::wait
        settle_wait(p, l, claim(p, l));
        return true;
    case again:
        settle_wait(p, l, claim(p, l));
        return true;
    case announce:
        l.ticket = announce_sleep<words>(sleep_word(p));
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
            use_room(p, l);
        else
            use_message(p, l);
        l.word = 0;
        l.size = l.index = 0;
        return true;
    case tell:
        notify(writes ? readers_sleep_ : writers_sleep_);
        l.phase = writes && l.done == o_.messages ? leave : glance;
        return true;
    case tell_both:
        notify(readers_sleep_);
        notify(writers_sleep_);
        l.phase = attempt;
        return true;
    case settle:
        wake_everybody();
        return false;
    case leave: // ring_segment::end_stream, by the first writer
        if (!o_.end || p != 0)
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
        wake_after_repair();
        l.phase = mark;
        return true;
    }
    case mark: {
        const std::uint64_t epoch = block_.look.load(boost::memory_order_relaxed);
        m_.seen.store(epoch - 1, std::memory_order_relaxed); // ring_segment::slot_taken
        mark_used<words>(slots_[slot]);
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

} // namespace

const char* name_of(ring_fault f) {
    static const char* const names[] = {
        "none", "the mark cleared first", "the mark cleared in any generation",
        "alive() asked before the word is loaded", "look raised before the CASes only",
        "look raised only by who changed something", "look not raised", "writers do not pass skips",
        "deliveries not counted on", "one waiter woken, not all", "abort tells readers only",
        "repair tells nobody", "no claim after the announcement", "state not loaded after the claim",
        "no second look before the end"};
    return names[static_cast<unsigned>(f)];
}

make_scene ring_scene(const ring_options& o, ring_fault fault) {
    return [=] {
        scene s;
        s.m = std::make_unique<machine>();
        s.runs = std::make_unique<ring_program>(*s.m, o, fault);
        return s;
    };
}

} // namespace model
