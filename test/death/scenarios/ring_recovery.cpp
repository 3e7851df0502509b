// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The victim is repairing what a dead one held in a ring.

#include "all.hpp"
#include "ring_company.hpp"

namespace every {
namespace {

constexpr std::uint64_t mine = victims_message;
constexpr std::uint64_t oldest = 1;
constexpr ring_plan::ranks absent{0, -1, -1, -1}, marked{-1, -1, 0, -1}, read_again{2, -1, 0, 1},
    claimed_again{-1, -1, 0, 1};

void nothing(ring_victim&) {}
void recovers(ring_victim& v) {
    v.ring->recover();
}
void reads(ring_victim& v) {
    (void)v.ring->try_read<message>();
}
void claims(ring_victim& v) {
    v.reading = v.ring->try_claim_read();
}
void writes(ring_victim& v) { // what a dead writer had fails to be read
    (void)v.ring->try_write(make_message(mine));
}

struct recovery_plan {
    ring_plan ring;
    bool held_write; // by the dead one
    bool held_read;
    bool is_attaching; // the victim comes while it is dead, and repairs it then
    std::uint32_t max_deliveries;
    std::uint32_t max_participants;
};

constexpr recovery_plan plans[] = {
    {{"recover", "writer", true, 2, nothing, recovers, mine, absent}, true, false, false, 0, 6},
    {{"recover", "writer, empty", true, 0, nothing, recovers, mine, absent},
     true,
     false,
     false,
     0,
     6},
    {{"recover", "writer, full", true, 3, nothing, recovers, mine, absent},
     true,
     false,
     false,
     0,
     6},
    {{"recover", "reader, empty", true, 1, nothing, recovers, oldest, marked},
     false,
     true,
     false,
     0,
     6},
    {{"recover", "reader", true, 2, nothing, recovers, oldest, marked}, false, true, false, 0, 6},
    {{"recover", "reader, full", true, 4, nothing, recovers, oldest, marked},
     false,
     true,
     false,
     0,
     6},
    {{"recover", "reader and writer", true, 3, nothing, recovers, oldest, marked},
     true,
     true,
     false,
     0,
     6},
    {{"recover", "reader, for the last time", true, 2, nothing, recovers, oldest, absent},
     false,
     true,
     false,
     1,
     6},
    {{"recover", "reader, by reading", true, 1, nothing, reads, oldest, read_again},
     false,
     true,
     false,
     0,
     6},
    {{"recover", "reader, by claiming", true, 1, nothing, claims, oldest, claimed_again},
     false,
     true,
     false,
     0,
     6},
    {{"recover", "writer, by writing", true, 3, nothing, writes, oldest, {-1, 0, -1, -1}},
     true,
     false,
     false,
     0,
     6},
    {{"open", "a reader is dead", false, 2, nothing, nothing, oldest, marked},
     false,
     true,
     true,
     0,
     6},
    {{"open", "in a dead reader's slot", false, 2, nothing, nothing, oldest, marked},
     false,
     true,
     true,
     0,
     2},
    {{"open", "in a dead writer's slot", false, 2, nothing, nothing, mine, absent},
     true,
     false,
     true,
     0,
     2},
};

class recovery : public ring_scenario {
public:
    explicit recovery(const recovery_plan& plan) : ring_scenario(plan.ring), recovery_(plan) {}

    bool has_other() const override { return true; }
    void other_runs() override {
        ring_victim dead;
        dead.ring.emplace(sm::open_only, name(), opening_options());
        if (recovery_.held_read)
            dead.reading = dead.ring->claim_read();
        if (recovery_.held_write) {
            dead.writing = dead.ring->claim_write();
            const message m = make_message(mine + 1);
            std::memcpy(dead.writing->data(), m.data(), sizeof m);
        }
        mark();
    }
    void prepare(tracee* other) override {
        ring_scenario::prepare(other);
        other->run_to_mark();
        other_ = other;
        if (recovery_.is_attaching)
            other->kill();
    }
    void victim_prepares() override {
        if (!recovery_.is_attaching)
            ring_scenario::victim_prepares();
    }
    void begins(const segment_watch&) override {
        if (!recovery_.is_attaching)
            other_->kill(); // the victim is attached: it has not repaired it when it came
    }
    void operation() override {
        if (recovery_.is_attaching)
            ring_scenario::victim_prepares();
        else
            ring_scenario::operation();
    }
    // The survivors would repair.
    void is_alive(const segment_watch&) override {}

protected:
    sm::options options_of_ring() const override {
        return strict_options()
            .max_deliveries(recovery_.max_deliveries)
            .max_participants(recovery_.max_participants);
    }

private:
    const recovery_plan& recovery_;
    tracee* other_ = nullptr;
};

std::unique_ptr<scenario> make(std::size_t which) {
    return std::make_unique<recovery>(plans[which]);
}

} // namespace

void add_ring_recovery(std::vector<scenario_entry>& to) {
    for (std::size_t i = 0; i != std::size(plans); ++i)
        to.push_back(
            {plans[i].ring.operation, plans[i].ring.situation, plans[i].ring.every, make, i});
}

} // namespace every
