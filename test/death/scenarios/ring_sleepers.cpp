// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Waiting on a ring and ending others' waits: the victim sleeps, or somebody else does.

#include "all.hpp"
#include "ring_actions.hpp"
#include "ring_company.hpp"

namespace every {
namespace {

constexpr std::uint64_t mine = victims_message;
constexpr ring_plan::ranks written{0, 1, -1, -1}, was_read{2, 0, 1, -1}, absent{0, -1, -1, -1},
    released{1, -1, 0, -1}, marked{-1, -1, 0, -1};

// A handle that has spun in vain often spins less: there are not so many steps then.
template <class Try>
void tire(Try&& attempt) {
    for (int i = 0; i != 15; ++i)
        attempt(std::chrono::microseconds(50));
}
void tire_reader(ring_victim& v) {
    tire([&](auto wait) { (void)v.ring->try_read_for<message>(wait); });
}
// And since then nobody slept for so long that the fence is forgotten: it sleeps as the first one does.
void tire_and_forget(ring_victim& v) {
    tire_reader(v);
    writes_and_reads(v, smd::idle_fences::most + 1);
}
void tire_writer(ring_victim& v) {
    tire([&](auto wait) { (void)v.ring->try_write_for(make_message(mine), wait); });
}
void tire_drainer(ring_victim& v) {
    tire([&](auto wait) { (void)v.ring->wait_drained_for(wait); });
}
void waits_drained(ring_victim& v) {
    (void)v.ring->wait_drained_for(std::chrono::hours(1));
}
void reads(ring_victim& v) {
    v.ring->read<message>();
}
void writes(ring_victim& v) {
    v.ring->write(make_message(mine));
}

// ---- The victim sleeps

constexpr ring_plan waits[] = {
    {"wait", "reader", false, 0, tire_reader, reads, 1, was_read},
    {"wait", "reader, after idle fences", false, 0, tire_and_forget, reads, 1, was_read},
    {"wait", "writer", false, 4, tire_writer, writes, mine, written},
};

class waiting : public ring_scenario {
public:
    using ring_scenario::ring_scenario;

    void wake() override {
        woken_ = true;
        if (plan_.messages == 0)
            ring_scenario::writes(1);
        else
            accounts_.delivered(old_->read<message>(), 1);
    }
    void before_draining() override {
        if (!woken_)
            wake();
    }

private:
    bool woken_ = false;
};

// The next message is being written, and others are ready behind it.
constexpr ring_plan waits_behind[] = {
    {"wait", "reader, half full", false, 0, tire_reader, reads, 1, was_read},
};
constexpr ring_plan waits_behind_all[] = {
    {"wait", "reader, full", false, 0, tire_reader, reads, 1, was_read},
};

template <std::uint64_t behind>
class waiting_behind : public ring_scenario {
public:
    using ring_scenario::ring_scenario;

    void prepare(tracee* other) override {
        ring_scenario::prepare(other);
        claim_ = old_->try_claim_write();
        for (std::uint64_t i = 2; i != 2 + behind; ++i)
            writes(i);
    }
    void wake() override {
        const message m = make_message(plan_.special);
        std::memcpy(claim_->data(), m.data(), sizeof m);
        claim_->commit(sizeof m);
        claim_.reset();
    }
    void before_draining() override {
        if (claim_)
            wake();
    }

private:
    std::optional<sm::write_claim> claim_;
};

// All messages are read, and that is what it waits for.
constexpr ring_plan waits_drain[] = {
    {"wait", "drained, half full", false, 2, tire_drainer, waits_drained, 0, absent},
    {"wait", "drained, full", false, 4, tire_drainer, waits_drained, 0, absent},
};

class waiting_drained : public ring_scenario {
public:
    using ring_scenario::ring_scenario;
    void wake() override {
        for (std::uint64_t i = 0; i != plan_.messages; ++i)
            accounts_.delivered(old_->read<message>(), 1);
    }
};

// ---- The victim and another reader sleep

constexpr ring_plan wait_together[] = {
    {"wait", "reader, and another one", false, 0, tire_reader, reads, 1, was_read},
};

// What the sleeper waits for is there, if this is false: it must go on by itself.
bool nothing_left(sm::circular_buffer& ring) {
    const sm::ring_snapshot s = ring.snapshot();
    return s.read_end == s.write_start;
}

class with_sleeper : public ring_scenario {
public:
    using ring_scenario::ring_scenario;

    bool has_other() const override { return true; }
    void other_runs() override { company_.opens_and_reads(name()); }
    void prepare(tracee* other) override {
        ring_scenario::prepare(other);
        other_ = other;
        other->run_to_mark();
    }
    void begins(const segment_watch&) override { company_.goes_to_sleep(*other_); }
    void before_draining() override {
        company_.is_done([&] {
            if (!helped_ && nothing_left(*old_)) {
                helped_ = true;
                ring_scenario::writes(helping_message);
            }
        });
        company_.enter(accounts_);
    }

protected:
    sleeping_company company_;
    tracee* other_ = nullptr;
    bool helped_ = false;
};

class waiting_together : public with_sleeper {
public:
    using with_sleeper::with_sleeper;

    void begins(const segment_watch& watch) override {
        with_sleeper::begins(watch);
        company_.pauses();
    }
    void wake() override {
        woken_ = true;
        ring_scenario::writes(1);
    }
    void before_draining() override {
        if (!woken_)
            wake();
        with_sleeper::before_draining();
    }

private:
    bool woken_ = false;
};

// ---- Another one sleeps, and the victim does what ends that

constexpr ring_plan wakes[] = {
    {"wake", "commit", true, 0, claims_write, commits, mine, written},
    {"wake", "abort", true, 0, claims_write, aborts, mine, absent},
    {"wake", "give_back", true, 1, claims_read, gives_back, 1, marked},
};

class waking : public with_sleeper {
public:
    using with_sleeper::with_sleeper;

    void begins(const segment_watch& watch) override {
        // what is readable only when the victim has given its node up
        if (plan_.run == aborts)
            ring_scenario::writes(2);
        with_sleeper::begins(watch);
    }
};

// Others have committed behind it: its one wake serves them, too.
constexpr ring_plan wakes_behind[] = {
    {"wake", "commit, half full", true, 0, claims_write, commits, mine, written},
    {"wake", "abort, half full", true, 0, claims_write, aborts, mine, absent},
};
constexpr ring_plan wakes_behind_all[] = {
    {"wake", "commit, full", true, 0, claims_write, commits, mine, written},
    {"wake", "abort, full", true, 0, claims_write, aborts, mine, absent},
};

template <std::uint64_t behind>
class waking_behind : public with_sleeper {
public:
    using with_sleeper::with_sleeper;

    void begins(const segment_watch& watch) override {
        for (std::uint64_t i = 1; i <= behind; ++i)
            ring_scenario::writes(i);
        with_sleeper::begins(watch);
    }
};

constexpr ring_plan wakes_writers[] = {
    {"wake", "release", true, 4, claims_read, releases, 1, released},
};

class waking_writer : public with_sleeper {
public:
    using with_sleeper::with_sleeper;

    void other_runs() override { company_.opens_and_writes(name()); }
    void before_draining() override {
        company_.is_done([&] {
            // Nobody will make room, and its own look has found that the victim is dead.
            if (old_->full() && old_->participants().size() == 2) {
                auto claim = old_->try_claim_read();
                if (claim) {
                    accounts_.delivered(claim->as<message>(), claim->delivery_count());
                    claim->release();
                }
            }
        });
        company_.enter(accounts_);
    }
};

} // namespace

void add_ring_sleepers(std::vector<scenario_entry>& to) {
    add_plans<waiting, waits>(to);
    add_plans<waiting_behind<2>, waits_behind>(to);
    add_plans<waiting_behind<3>, waits_behind_all>(to);
    add_plans<waiting_drained, waits_drain>(to);
    add_plans<waiting_together, wait_together>(to);
    add_plans<waking, wakes>(to);
    add_plans<waking_behind<2>, wakes_behind>(to);
    add_plans<waking_behind<3>, wakes_behind_all>(to);
    add_plans<waking_writer, wakes_writers>(to);
}

} // namespace every
