// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Operations on a ring whose victim is the only one that does anything.

#include "ring_claims.hpp"
#include "all.hpp"

namespace every {
namespace {

void nothing(ring_victim&) {}
void claims_write(ring_victim& v) {
    v.writing = v.ring->try_claim_write();
    require(v.writing.has_value(), "nothing to claim");
    const message m = make_message(victims_message);
    std::memcpy(v.writing->data(), m.data(), sizeof m);
}
void claims_read(ring_victim& v) {
    v.reading = v.ring->try_claim_read();
    require(v.reading.has_value(), "nothing to claim");
}

void claim_write(ring_victim& v) {
    v.writing = v.ring->try_claim_write();
}
void claim_read(ring_victim& v) {
    v.reading = v.ring->try_claim_read();
}
void write(ring_victim& v) {
    v.ring->write(make_message(victims_message));
}
void try_write(ring_victim& v) {
    (void)v.ring->try_write(make_message(victims_message));
}
void read(ring_victim& v) {
    v.ring->read<message>();
}
void try_read(ring_victim& v) {
    (void)v.ring->try_read<message>();
}
void commit(ring_victim& v) {
    v.writing->commit(sizeof(message));
}
void abort(ring_victim& v) {
    v.writing->abort();
}
void release(ring_victim& v) {
    v.reading->release();
}
void give_back(ring_victim& v) {
    v.reading->give_back();
}

constexpr std::uint64_t mine = victims_message;
constexpr std::uint64_t oldest = 1;

// What the survivors find: how far the operation had come if the special message does not come,
// comes, or comes marked; -1: that must not be.
constexpr ring_plan::ranks absent{0, -1, -1, -1}, written{0, 1, -1, -1}, taken{-1, 0, 1, -1},
    was_read{2, 0, 1, -1}, released{1, -1, 0, -1}, marked{-1, -1, 0, -1};

constexpr ring_plan plans[] = {
    {"claim_write", "empty", true, 0, nothing, claim_write, mine, absent},
    {"claim_write", "half full", true, 2, nothing, claim_write, mine, absent},
    {"claim_write", "full", true, 4, nothing, claim_write, mine, absent},
    {"write", "empty", true, 0, nothing, write, mine, written},
    {"write", "half full", true, 2, nothing, write, mine, written},
    {"write", "full", true, 4, nothing, try_write, mine, absent},
    {"commit", "empty", true, 0, claims_write, commit, mine, written},
    {"commit", "half full", true, 2, claims_write, commit, mine, written},
    {"commit", "full", true, 3, claims_write, commit, mine, written},
    {"abort", "empty", true, 0, claims_write, abort, mine, absent},
    {"abort", "half full", true, 2, claims_write, abort, mine, absent},
    {"abort", "full", true, 3, claims_write, abort, mine, absent},
    {"claim_read", "empty", true, 0, nothing, claim_read, 0, absent},
    {"claim_read", "half full", true, 2, nothing, claim_read, oldest, taken},
    {"claim_read", "full", true, 4, nothing, claim_read, oldest, taken},
    {"read", "empty", true, 0, nothing, try_read, 0, absent},
    {"read", "half full", true, 2, nothing, read, oldest, was_read},
    {"read", "full", true, 4, nothing, read, oldest, was_read},
    {"release", "empty", true, 1, claims_read, release, oldest, released},
    {"release", "half full", true, 3, claims_read, release, oldest, released},
    {"release", "full", true, 4, claims_read, release, oldest, released},
    {"give_back", "empty", true, 1, claims_read, give_back, oldest, marked},
    {"give_back", "half full", true, 3, claims_read, give_back, oldest, marked},
    {"give_back", "full", true, 4, claims_read, give_back, oldest, marked},
};

} // namespace

void add_ring_claims(std::vector<scenario_entry>& to) {
    add_plans<ring_scenario, plans>(to);
}

// ---- ring_scenario

void ring_scenario::prepare(tracee*) {
    open_old();
    fill();
}

void ring_scenario::open_old() {
    old_.emplace(sm::create_only, name(), node_count, std::uint32_t{sizeof(message)},
                 options_of_ring());
}

void ring_scenario::fill() {
    // Not from the first node on: what is half full goes over the end.
    for (std::uint64_t i = 0; i != 3; ++i) {
        old_->write(make_message(500 + i));
        old_->read<message>();
    }
    accounts_.special(plan_.special);
    for (std::uint64_t i = 1; i <= plan_.messages; ++i)
        writes(i);
}

void ring_scenario::writes(std::uint64_t number) {
    require(old_->try_write_for(make_message(number), patience), "no room for what is set up");
    if (!accounts_.is_special(number))
        accounts_.written(number);
}

void ring_scenario::victim_prepares() {
    victim_.ring.emplace(sm::open_only, name(), opening_options());
    plan_.ready(victim_);
}

void ring_scenario::operation() {
    plan_.run(victim_);
}

void ring_scenario::is_alive(const segment_watch&) {
    require(old_->recover().participants_reaped() == 0,
            "a process that is only stopped was declared dead");
}

void ring_scenario::attach() {
    fresh_.emplace(sm::open_only, name(), opening_options());
}

int ring_scenario::survive(bool fresh_first) {
    return go_on(fresh_first);
}

int ring_scenario::go_on(bool fresh_first) {
    before_draining();
    if (fresh_first)
        attach();
    drain(fresh_first ? *fresh_ : *old_, accounts_);
    if (!fresh_first)
        attach();
    drain(fresh_first ? *old_ : *fresh_, accounts_);
    after_draining();
    accounts_.balance();
    const std::uint32_t count = accounts_.special_count();
    const int rank = this->rank();
    if (rank == -1)
        throw failure(count == 0   ? "the dead one's message is lost"
                      : count == 1 ? "the dead one's message came, and is not marked"
                                   : "the dead one's message came marked");
    // A handle that comes anew repairs the dead, and then looks for what they had before it goes on.
    require(!fresh_first || count < 2 || accounts_.special_first(),
            "a redelivered message came after newer ones");
    // Else the second may have been put back by a repairer that died before it put the first back.
    require(!fresh_first || !accounts_.second_first(), "a batch came in another order");
    use_every_node(*old_, *fresh_, 2);
    fresh_.reset();
    old_.reset();
    require(!exists(name()), "all have left, and the name is still there");
    return rank;
}

int ring_scenario::rank() const {
    const std::uint32_t count = accounts_.special_count();
    return count > 3 ? -1 : plan_.rank_of[count];
}

int ring_scenario::last_rank() const {
    return *std::max_element(plan_.rank_of.begin(), plan_.rank_of.end());
}

} // namespace every
