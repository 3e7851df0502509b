// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A process died in a call that copies: its entry alone says what it had. The victim repairs that, or
// takes its slot; it is killed at that, or is slow. Or a living process says the same position: then
// nobody can tell which of the two has the node, and all of them wait until the living process goes on.

#include "interruption.hpp"
#include "ring_entries.hpp"

#include "../scenarios/all.hpp"
#include "../scenarios/ring_claims.hpp"

#include <chrono>
#include <optional>
#include <thread>

namespace every {
namespace {

constexpr std::uint64_t mine = victims_message;
constexpr std::uint64_t others = 200;
constexpr std::uint64_t oldest = 1;
constexpr ring_plan::ranks absent{0, -1, -1, -1}, marked{-1, -1, 0, -1}, written{-1, 0, -1, -1};

void nothing(ring_victim&) {}
void recovers(ring_victim& v) {
    v.ring->recover();
}

// What the dead process did, up to its death.
void writes_one(sm::circular_buffer& ring) {
    trapped_messages trap([] { mark(); }, others, others + 1);
    ring.write(trap.first());
}
void writes_two(sm::circular_buffer& ring) {
    trapped_messages trap([] { mark(); }, others, others + 1);
    ring.write_each(trap.all());
}
void reads_one(sm::circular_buffer& ring) {
    trapped_messages trap([] { mark(); });
    ring.read(trap.first());
}
void reads_two(sm::circular_buffer& ring) {
    trapped_messages trap([] { mark(); });
    (void)ring.try_read_each(trap.all());
}
// Before it moves the counter over what it has said.
void says_one(sm::circular_buffer& ring, bool to_write) {
    const stop_at point("move", killing::moment::before, 2);
    if (to_write)
        ring.write(make_message(others));
    else
        ring.read<message>();
}
void says_two(sm::circular_buffer& ring, bool to_write) {
    const stop_at point("move", killing::moment::before, 2);
    if (to_write)
        (void)ring.try_claim_write(2);
    else
        (void)ring.try_claim_read(2);
}
void claims_two_and_marks_one(sm::circular_buffer& ring, bool to_write) {
    const stop_at point("operator()", killing::moment::after, 1);
    if (to_write)
        (void)ring.try_claim_write(2);
    else
        (void)ring.try_claim_read(2);
}
void says_to_write(sm::circular_buffer& r) {
    says_one(r, true);
}
void says_to_read(sm::circular_buffer& r) {
    says_one(r, false);
}
void says_to_write_two(sm::circular_buffer& r) {
    says_two(r, true);
}
void says_to_read_two(sm::circular_buffer& r) {
    says_two(r, false);
}
void half_marked_to_write(sm::circular_buffer& r) {
    claims_two_and_marks_one(r, true);
}
void half_marked_to_read(sm::circular_buffer& r) {
    claims_two_and_marks_one(r, false);
}

struct dead_plan {
    ring_plan ring;
    void (*dies)(sm::circular_buffer& ring);
    bool is_slow;
};
constexpr dead_plan dead_plans[] = {
    {{"recover", "in a copying write", true, 2, nothing, recovers, mine, absent},
     writes_one,
     false},
    {{"recover", "in a copied batch, written", true, 2, nothing, recovers, mine, absent},
     writes_two,
     false},
    {{"recover", "in a copying read", true, 2, nothing, recovers, oldest, marked},
     reads_one,
     false},
    {{"recover", "in a copied batch, read", true, 3, nothing, recovers, oldest, marked},
     reads_two,
     false},
    {{"recover", "a position said to write", true, 2, nothing, recovers, mine, absent},
     says_to_write,
     false},
    {{"recover", "a position said to read", true, 2, nothing, recovers, mine, absent},
     says_to_read,
     false},
    {{"recover", "a row said to write", true, 1, nothing, recovers, mine, absent},
     says_to_write_two,
     false},
    {{"recover", "a row said to read", true, 3, nothing, recovers, mine, absent},
     says_to_read_two,
     false},
    {{"recover", "a row half marked, written", true, 1, nothing, recovers, mine, absent},
     half_marked_to_write,
     false},
    {{"recover", "a row half marked, read", true, 3, nothing, recovers, oldest, marked},
     half_marked_to_read,
     false},
    {{"recover", "slow, in a copying write", true, 1, nothing, recovers, mine, absent},
     writes_one,
     true},
    {{"recover", "slow, in a copying read", true, 2, nothing, recovers, oldest, marked},
     reads_one,
     true},
    {{"recover", "slow, a position said to write", true, 1, nothing, recovers, mine, absent},
     says_to_write,
     true},
    {{"recover", "slow, a position said to read", true, 2, nothing, recovers, mine, absent},
     says_to_read,
     true},
};
bool has_two(const dead_plan& plan) {
    return plan.dies == reads_two || plan.dies == half_marked_to_read;
}

class dead_in_a_copy : public ring_scenario {
public:
    explicit dead_in_a_copy(const dead_plan& plan) : ring_scenario(plan.ring), dead_(plan) {}

    bool has_other() const override { return true; }
    void other_runs() override {
        sm::circular_buffer ring(sm::open_only, name(), opening_options());
        dead_.dies(ring);
    }
    void prepare(tracee* other) override {
        if (has_two(dead_))
            accounts_.second(oldest + 1);
        ring_scenario::prepare(other);
        other->run_to_mark();
        other_ = other;
    }
    // The victim is attached: it has not repaired it when it came.
    void begins(const segment_watch&) override { other_->kill(); }
    void is_alive(const segment_watch&) override {} // the survivors would repair
    bool is_slow() const override { return dead_.is_slow; }
    //! Another one repairs, sits in the dead one's slot, and goes on with the same nodes.
    void meanwhile() override {
        ring_scenario::attach();
        for (std::uint64_t i = 1; i <= plan_.messages; ++i) {
            auto claim = fresh_->claim_read();
            accounts_.delivered(claim.as<message>(), claim.delivery_count());
            claim.release();
        }
        for (std::uint64_t i = 1; i <= node_count; ++i) {
            require(fresh_->try_write_for(make_message(others + 10 + i), patience), "no room");
            accounts_.written(others + 10 + i);
        }
    }

protected:
    sm::options options_of_ring() const override {
        return strict_options().max_participants(dead_.is_slow ? 3 : 6);
    }
    void attach() override {
        if (!fresh_)
            ring_scenario::attach();
    }
    int rank() const override {
        if (has_two(dead_) && accounts_.second_count() != 2)
            return -1;
        return ring_scenario::rank();
    }

private:
    const dead_plan& dead_;
    tracee* other_ = nullptr;
};

// ---- A living process says the same position

struct living_plan {
    enum how : unsigned {
        writer = 1,
        row = 2,       // the dead process was about to take one
        attaching = 4, // the victim finds no slot but those of two dead processes
        slow = 8       // the living process goes on while the victim does not
    };
    ring_plan ring;
    unsigned how;

    bool is(unsigned what) const noexcept { return (how & what) != 0; }
};
constexpr living_plan living_plans[] = {
    {{"recover", "a living writer says it too", true, 1, nothing, recovers, mine, written},
     living_plan::writer},
    {{"recover", "a living reader says it too", true, 2, nothing, recovers, oldest, absent}, 0},
    {{"recover", "a living writer says some of a row", true, 1, nothing, recovers, mine, written},
     living_plan::writer | living_plan::row},
    {{"recover", "a living reader says some of a row", true, 3, nothing, recovers, oldest, absent},
     living_plan::row},
    {{"recover", "slow, a living writer says it too", true, 1, nothing, recovers, mine, written},
     living_plan::writer | living_plan::slow},
    {{"recover", "slow, a living reader says it too", true, 2, nothing, recovers, oldest, absent},
     living_plan::slow},
    {{"open", "a slot that is not settled", true, 1, nothing, nothing, mine, written},
     living_plan::writer | living_plan::attaching},
};

class said_by_the_living : public ring_scenario {
public:
    explicit said_by_the_living(const living_plan& plan)
        : ring_scenario(plan.ring), living_(plan) {}

    // The process that dies says its position first, but has to be there when the ring is made.
    void before_others() override {
        dead_.emplace([this] {
            sm::circular_buffer ring(sm::open_only, name(), opening_options());
            const bool writes = living_.is(living_plan::writer);
            living_.is(living_plan::row) ? says_two(ring, writes) : says_one(ring, writes);
        });
        if (living_.is(living_plan::attaching))
            idle_.emplace([this] {
                sm::circular_buffer ring(sm::open_only, name(), opening_options());
                mark();
            });
    }
    bool has_other() const override { return true; }
    void other_runs() override {
        {
            sm::circular_buffer ring(sm::open_only, name(), opening_options());
            trapped_messages trap([] { mark(); }, mine, mine + 1);
            if (living_.is(living_plan::writer))
                ring.write(trap.first());
            else
                ring.read(trap.first());
        }
        mark();
    }
    void prepare(tracee* other) override {
        ring_scenario::prepare(other);
        dead_->run_to_mark();
        other->run_to_mark();
        other_ = other;
        if (living_.is(living_plan::attaching)) {
            idle_->run_to_mark();
            idle_->kill();
            dead_->kill();
        }
    }
    void victim_prepares() override {
        if (!living_.is(living_plan::attaching))
            ring_scenario::victim_prepares();
    }
    void begins(const segment_watch&) override {
        if (!living_.is(living_plan::attaching))
            dead_->kill();
    }
    void operation() override {
        if (living_.is(living_plan::attaching))
            ring_scenario::victim_prepares();
        else
            ring_scenario::operation();
    }
    void is_alive(const segment_watch&) override {} // the survivors would repair
    bool is_slow() const override { return living_.is(living_plan::slow); }
    //! The living process has its node, and the node goes on to the next lap.
    void meanwhile() override {
        other_->run_to_mark();
        ring_scenario::attach();
        for (std::uint64_t i = 0; i != node_count; ++i) {
            if (auto claim = fresh_->try_claim_read()) {
                accounts_.delivered(claim->as<message>(), claim->delivery_count());
                claim->release();
            }
            require(fresh_->try_write_for(make_message(others + 10 + i), patience), "no room");
            accounts_.written(others + 10 + i);
        }
    }

protected:
    sm::options options_of_ring() const override {
        return strict_options().max_participants(living_.is(living_plan::attaching) ? 4 : 6);
    }
    void attach() override {}
    void before_draining() override {
        if (!fresh_) {
            ring_scenario::attach(); // takes another slot
            require(recovers_to(4),
                    "a dead participant's slot was marked free while a living one has the node");
            other_->run_to_mark();
        }
        require(recovers_to(2),
                "the living process has gone on, and the dead one's slot is not settled");
    }

private:
    // A process that was just killed looks alive for some milliseconds yet, on a busy machine.
    bool recovers_to(std::size_t participants) {
        const sm::deadline end = sm::deadline::in(patience);
        do {
            old_->recover();
            if (old_->participants().size() <= participants)
                break;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        } while (!end.passed());
        return old_->participants().size() == participants;
    }

    const living_plan& living_;
    std::optional<tracee> dead_;
    std::optional<tracee> idle_;
    tracee* other_ = nullptr;
};

template <class Scenario, const auto& all>
void add(std::vector<scenario_entry>& to) {
    for (std::size_t i = 0; i != std::size(all); ++i)
        to.push_back({all[i].ring.operation, all[i].ring.situation, all[i].ring.every,
                      [](std::size_t which) -> std::unique_ptr<scenario> {
                          return std::make_unique<Scenario>(all[which]);
                      },
                      i});
}

} // namespace

void add_ring_unsettled(std::vector<scenario_entry>& to) {
    add<dead_in_a_copy, dead_plans>(to);
    add<said_by_the_living, living_plans>(to);
}

} // namespace every
