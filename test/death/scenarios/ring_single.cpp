// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Rings with a single writer and a single reader: the victim is both, and a survivor follows it.

#include "all.hpp"
#include "ring_actions.hpp"
#include "ring_batches.hpp"
#include "ring_claims.hpp"

namespace every {
namespace {

constexpr std::uint64_t mine = victims_message;
constexpr std::uint64_t oldest = 1;
constexpr ring_plan::ranks absent{0, -1, -1, -1}, written{0, 1, -1, -1}, taken{-1, 0, 1, -1},
    was_read{2, 0, 1, -1}, released{1, -1, 0, -1}, marked{-1, -1, 0, -1};

void nothing(ring_victim&) {}
void writes(ring_victim& v) {
    v.ring->write(make_message(mine));
}
void reads(ring_victim& v) {
    (void)v.ring->try_read<message>();
}
void looks(ring_victim& v) {
    v.ring->next_size();
}
void leaves(ring_victim& v) {
    v.ring.reset();
}

// An older claim is open, and ends with the victim.
void claims_write_behind(ring_victim& v) {
    v.writing_two = v.ring->try_claim_write(1);
    claims_write(v);
}

// All nodes have been aborted, and one of them is claimed again.
void aborts_all_and_writes(ring_victim& v) {
    for (std::uint32_t i = 0; i != node_count; ++i)
        v.ring->claim_write().abort();
    writes(v);
}

constexpr ring_plan plans[] = {
    {"write", "single, the first", true, 0, nothing, writes, mine, written},
    {"write", "single, half full", true, 2, nothing, writes, mine, written},
    {"commit", "single", true, 2, claims_write, commits, mine, written},
    {"abort", "single", true, 2, claims_write, aborts, mine, absent},
    {"commit", "single, behind an open claim", true, 2, claims_write_behind, commits, mine,
     written},
    {"abort", "single, behind an open claim", true, 1, claims_write_behind, aborts, mine, absent},
    {"claim_read", "single", true, 2, nothing, claims_read, oldest, taken},
    {"read", "single", true, 4, nothing, reads, oldest, was_read},
    {"read", "single, the size only", true, 2, nothing, looks, oldest, {-1, 0, -1, -1}},
    {"read", "single, past what was aborted", true, 0, aborts_all_and_writes, reads, mine,
     was_read},
    {"release", "single", true, 2, claims_read, releases, oldest, released},
    {"give_back", "single", true, 2, claims_read, gives_back, oldest, marked},
    {"close", "single", true, 2, nothing, leaves, 0, absent},
};

// Batches of two.
constexpr ring_plan batch_plans[] = {
    {"write", "single, a batch", true, 0, nothing, writes_two, mine, between(0, 2)},
    {"write", "single, a batch, half full", true, 2, nothing, writes_two, mine, between(0, 2)},
    {"claim_write", "single, a batch", true, 1, nothing, claims_write_two, mine, between(0, 0)},
    {"commit", "single, a batch", true, 2, claims_write_two, commits_two, mine, between(0, 2)},
    {"commit", "single, a batch, in part", true, 1, claims_write_two, commits_one_of_two, mine,
     between(0, 1)},
    {"abort", "single, a batch", true, 2, claims_write_two, aborts_two, mine, between(0, 0)},
    {"claim_read", "single, a batch", true, 4, nothing, claims_read_two, oldest, between(0, 2)},
    {"read", "single, a batch", true, 3, nothing, reads_two, oldest, between(0, 4)},
    {"release", "single, a batch", true, 4, claims_read_two, releases_two, oldest, between(2, 4)},
    {"release", "single, a batch, in part", true, 3, claims_read_two, releases_one_of_two, oldest,
     between(2, 3)},
    {"give_back", "single, a batch", true, 3, claims_read_two, gives_two_back, oldest,
     between(2, 2)},
};

class single : public ring_scenario {
public:
    using ring_scenario::ring_scenario;

    void prepare(tracee*) override {
        open_old();
        accounts_.special(plan_.special);
        for (std::uint64_t i = 1; i <= plan_.messages; ++i) {
            if (!accounts_.is_special(i))
                accounts_.written(i);
        }
    }
    void victim_prepares() override {
        victim_.ring.emplace(sm::open_only, name(), opening_options());
        for (std::uint64_t i = 1; i <= plan_.messages; ++i)
            victim_.ring->write(make_message(i));
        plan_.ready(victim_);
    }
    int survive(bool fresh_first) override {
        if (fresh_first)
            attach();
        sm::circular_buffer& heir = fresh_first ? *fresh_ : *old_;
        drain(heir, accounts_);
        accounts_.balance();
        const int rank = this->rank();
        require(rank != -1, accounts_.special_count() == 0 ? "the dead one's message is lost"
                                                           : "the dead one's message came");
        require(!fresh_first || !accounts_.second_first(), "a batch came in another order");
        use(heir);
        require(heir.recover().participants_reaped() == 0,
                "a dead participant was not repaired by the one that followed it");
        require(heir.participants().size() == (fresh_first ? 2U : 1U),
                "a dead process is still attached");
        fresh_.reset();
        old_.reset();
        require(!exists(name()), "all have left, and the name is still there");
        return rank;
    }

protected:
    sm::options options_of_ring() const override {
        return strict_options().single_writer().single_reader();
    }

private:
    static void use(sm::circular_buffer& ring) {
        std::uint64_t next = 1000;
        for (int round = 0; round != 3; ++round) {
            const std::uint64_t first = next;
            while (next != first + node_count)
                require(ring.try_write_for(make_message(next++), patience),
                        "a node is lost: no room for a message");
            require(ring.full(), "more room than nodes");
            for (std::uint64_t i = first; i != next; ++i) {
                const auto m = ring.try_read_for<message>(patience);
                require(m && *m == make_message(i), "messages in another order, or lost");
            }
        }
    }
};

// Each message may be delivered once.
constexpr ring_plan once_plans[] = {
    {"give_back", "single, given up", true, 2, claims_read, gives_back, oldest, {0, -1, -1, -1}},
};
class single_once : public single {
public:
    using single::single;

protected:
    sm::options options_of_ring() const override {
        return single::options_of_ring().max_deliveries(1);
    }
};

// ---- One of the sides has several participants: the other side's counter is still moved by stores.

constexpr ring_plan writer_plans[] = {
    {"write", "single writer, several readers", true, 2, nothing, writes, mine, written},
    {"commit", "single writer, several readers", true, 2, claims_write, commits, mine, written},
    {"write", "single writer, several readers, a batch", true, 2, nothing, writes_two, mine,
     between(0, 2)},
};
constexpr ring_plan reader_plans[] = {
    {"read", "single reader, several writers", true, 4, nothing, reads, oldest, was_read},
    {"release", "single reader, several writers", true, 2, claims_read, releases, oldest, released},
    {"read", "single reader, several writers, a batch", true, 3, nothing, reads_two, oldest,
     between(0, 4)},
};
template <bool writer>
class single_side : public single {
public:
    using single::single;

protected:
    sm::options options_of_ring() const override {
        return strict_options().single_writer(writer).single_reader(!writer);
    }
};
// The batch comes last.
template <bool writer, const auto& all>
void add_sides(std::vector<scenario_entry>& to) {
    std::vector<scenario_entry> plain;
    add_plans<single_side<writer>, all>(plain);
    std::vector<scenario_entry> batches;
    add_plans<batch_of<single_side<writer>>, all>(batches);
    plain.back() = batches.back();
    to.insert(to.end(), plain.begin(), plain.end());
}

// ---- The victim repairs a dead single writer and reader, and may follow it.

void recovers(ring_victim& v) {
    v.ring->recover();
}
// Where nothing is left to read, the reader looks at what the dead writer claimed.
void reads_all(ring_victim& v) {
    while (v.ring->try_read<message>()) {
    }
}
constexpr ring_plan repairs_plans[] = {
    {"recover", "single", true, 2, nothing, recovers, oldest, marked},
    {"recover", "single, by reading", true, 2, nothing, reads, oldest, {2, -1, 0, 1}},
    {"recover", "single, by reading all", true, 1, nothing, reads_all, oldest, {2, -1, 0, 1}},
};

constexpr ring_plan repairs_writer_plans[] = {
    {"recover", "single writer, several readers", true, 2, nothing, recovers, oldest, marked},
};

template <class Base>
class repairs_single : public Base {
public:
    using Base::Base;

    bool has_other() const override { return true; }
    void other_runs() override {
        Base::victim_prepares();
        this->victim_.reading = this->victim_.ring->claim_read();
        this->victim_.writing = this->victim_.ring->claim_write();
        mark();
    }
    void prepare(tracee* other) override {
        Base::prepare(other);
        other->run_to_mark();
        other_ = other;
    }
    void begins(const segment_watch&) override { other_->kill(); }
    void victim_prepares() override {
        this->victim_.ring.emplace(sm::open_only, this->name(), opening_options());
    }
    void is_alive(const segment_watch&) override {} // the survivors would repair

private:
    tracee* other_ = nullptr;
};

} // namespace

void add_ring_single(std::vector<scenario_entry>& to) {
    add_plans<single, plans>(to);
    add_plans<batch_of<single>, batch_plans>(to);
    add_plans<single_once, once_plans>(to);
    add_plans<repairs_single<single>, repairs_plans>(to);
    add_plans<repairs_single<single_side<true>>, repairs_writer_plans>(to);
    add_sides<true, writer_plans>(to);
    add_sides<false, reader_plans>(to);
}

} // namespace every
