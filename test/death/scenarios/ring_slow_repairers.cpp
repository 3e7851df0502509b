// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The victim repairs, and is slow: meanwhile another one has repaired the dead one too, sits in its
// slot, and holds what it held. That must not be taken away from it.

#include "all.hpp"
#include "lock.hpp"

namespace every {
namespace {

void nothing(ring_victim&) {}
void recovers(ring_victim& v) {
    v.ring->recover();
}
constexpr ring_plan::ranks absent{0, -1, -1, -1}, marked{-1, -1, 0, -1};
constexpr ring_plan ring_plans[] = {
    {"recover", "slow, a reader", true, 2, nothing, recovers, 1, marked},
    {"recover", "slow, a writer", true, 2, nothing, recovers, victims_message, absent},
};
constexpr std::uint64_t successors_message = 60;

class slow_on_ring : public ring_scenario {
public:
    using ring_scenario::ring_scenario;

    bool has_other() const override { return true; }
    void other_runs() override {
        ring_victim dead;
        dead.ring.emplace(sm::open_only, name(), opening_options());
        claim(dead);
        mark();
    }
    void prepare(tracee* other) override {
        ring_scenario::prepare(other);
        other->run_to_mark();
        other_ = other;
    }
    void begins(const segment_watch&) override { other_->kill(); }

    bool is_slow() const override { return true; }
    void meanwhile() override {
        ring_scenario::attach();
        claim(successor_);
    }
    void before_draining() override {
        if (successor_.reading) {
            accounts_.delivered(successor_.reading->as<message>(),
                                successor_.reading->delivery_count());
            successor_.reading->release(); // throws if it was taken away
        }
        if (successor_.writing) {
            const message m = make_message(successors_message);
            std::memcpy(successor_.writing->data(), m.data(), sizeof m);
            successor_.writing->commit(sizeof m); // throws if it was taken away
            accounts_.written(successors_message);
        }
        if (fresh_)
            require(old_->participants().size() == 3, "a living participant is marked as gone");
    }

protected:
    sm::options options_of_ring() const override { return strict_options().max_participants(3); }
    void attach() override {
        if (!fresh_)
            ring_scenario::attach();
    }

private:
    void claim(ring_victim& by) {
        auto& ring = by.ring ? *by.ring : *fresh_;
        if (plan_.special == 1)
            by.reading = ring.try_claim_read();
        else
            by.writing = ring.try_claim_write();
        require(by.reading || by.writing, "nothing to claim");
    }

    ring_victim successor_; // through fresh_
    tracee* other_ = nullptr;
};

// ---- A lock

struct slow_lock_plan {
    const char* operation;
    const char* situation;
    bool every;
    bool shared;
};
constexpr slow_lock_plan lock_plans[] = {
    {"recover", "slow, a lock", true, false},
    {"recover", "slow, a shared lock", true, true},
};

class slow_on_lock : public scenario {
public:
    explicit slow_on_lock(const slow_lock_plan& plan) : plan_(plan) {}

    bool has_other() const override { return true; }
    void other_runs() override {
        buffer b;
        b.emplace(sm::open_only, name(), opening_options());
        lock(*b);
        mark();
    }
    void prepare(tracee* other) override {
        old_.emplace(sm::create_only, name(), sizeof(content),
                     strict_options().max_participants(3));
        other->run_to_mark();
        other_ = other;
    }
    void begins(const segment_watch&) override { other_->kill(); }
    void victim_prepares() override { mine_.emplace(sm::open_only, name(), opening_options()); }
    void operation() override { mine_->recover(); }

    bool is_slow() const override { return true; }
    void meanwhile() override {
        fresh_.emplace(sm::open_only, name(), opening_options());
        lock(*fresh_);
    }
    int survive(bool) override {
        if (fresh_) {
            require(!old_->try_lock(), "a living one's lock was taken away");
            plan_.shared ? fresh_->unlock_shared() : fresh_->unlock();
            require(old_->participants().size() == 3 || !old_->recover().participants_reaped(),
                    "a living participant is marked as gone");
        } else {
            fresh_.emplace(sm::open_only, name(), opening_options());
        }
        require(old_->acquire_write_lock(patience) ==
                    (plan_.shared ? sm::acquired::ok : sm::acquired::inconsistent),
                "it is not said whether a writer died half way through");
        old_->mark_consistent();
        old_->release_write_lock();
        require(fresh_->try_lock(), "the lock is not to be had");
        fresh_->unlock();
        old_->recover();
        require(old_->participants().size() == 2, "a dead process is still attached");
        fresh_.reset();
        old_.reset();
        require(!exists(name()), "all have left, and the name is still there");
        return 0;
    }

private:
    void lock(sm::buffer_read_write& b) const {
        require(plan_.shared ? b.try_lock_shared_for(patience) : b.try_lock_for(patience),
                "the lock is not to be had");
    }

    const slow_lock_plan& plan_;
    buffer mine_;
    buffer old_;
    buffer fresh_; // in the dead one's slot
    tracee* other_ = nullptr;
};

} // namespace

void add_ring_slow_repairers(std::vector<scenario_entry>& to) {
    add_plans<slow_on_ring, ring_plans>(to);
    add_plans<slow_on_lock, lock_plans>(to);
}

} // namespace every
