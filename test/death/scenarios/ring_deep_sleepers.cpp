// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A process sleeps and never looks for the dead by itself: a repairer must wake it.

#include "all.hpp"
#include "ring_actions.hpp"
#include "ring_company.hpp"

namespace every {
namespace {

constexpr ring_plan::ranks written{0, 1, -1, -1}, marked{-1, -1, 0, -1};

struct deep_plan {
    const char* operation;
    const char* situation;
    bool every;
    ring_plan ring;
    std::uint32_t max_participants; // 3: the next process sits in the dead one's slot
};
constexpr deep_plan plans[] = {
    {"wake",
     "commit, one that does not look",
     true,
     {"", "", true, 0, claims_write, commits, victims_message, written},
     6},
    {"wake",
     "give_back, one that does not look",
     true,
     {"", "", true, 1, claims_read, gives_back, 1, marked},
     6},
    {"wake",
     "by who sits in the slot",
     true,
     {"", "", true, 1, claims_read, gives_back, 1, marked},
     3},
};

class deep_sleeper : public ring_scenario {
public:
    explicit deep_sleeper(const deep_plan& plan) : ring_scenario(plan.ring), deep_(plan) {}

    bool has_other() const override { return true; }
    void other_runs() override { company_.opens_and_reads(name(), opening_options()); }
    void prepare(tracee* other) override {
        ring_scenario::prepare(other);
        other_ = other;
        other->run_to_mark();
    }
    void begins(const segment_watch&) override { company_.goes_to_sleep(*other_); }

    void before_draining() override {
        if (deep_.max_participants == 3)
            ring_scenario::attach();
        else
            old_->recover();
        // The dead one had a message: it comes. Else there is none, until one is written.
        bool helped = false;
        company_.is_done([&] {
            const sm::ring_snapshot s = old_->snapshot();
            if (!helped && s.read_end == s.write_start) {
                helped = true;
                writes(helping_message);
            }
        });
        company_.enter(accounts_);
    }

protected:
    sm::options options_of_ring() const override {
        return strict_options().max_participants(deep_.max_participants);
    }
    void attach() override {
        if (!fresh_)
            ring_scenario::attach();
    }

private:
    const deep_plan& deep_;
    sleeping_company company_;
    tracee* other_ = nullptr;
};

} // namespace

void add_ring_deep_sleepers(std::vector<scenario_entry>& to) {
    add_plans<deep_sleeper, plans>(to);
}

} // namespace every
