// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Journals of a ring whose holders leave, or die. Nothing in the library takes one yet: here a holder
// writes its word by itself.

#include "all.hpp"
#include "ring_claims.hpp"

#include <shared_memory/detail/core/participants.hpp>

#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/shared_memory_object.hpp>

#include <cstring>
#include <initializer_list>

namespace every {
namespace {

namespace ipc = boost::interprocess;

constexpr std::uint32_t survivors_journal = 2;

//! The ring's memory behind the library's back. What is written here is no place to die.
class journals_view {
public:
    explicit journals_view(const std::string& name)
        : region_(ipc::shared_memory_object(ipc::open_only, name.c_str(), ipc::read_write),
                  ipc::read_write) {}

    //! The handle's word, as a holder's.
    std::uint64_t word_of(const sm::circular_buffer& ring) const {
        for (const sm::participant& one : ring.participants()) {
            if (one.self) {
                const std::uint64_t mark = object().slot(one.slot).slot_word.load();
                return smd::owner_word(one.slot, smd::generation_of(mark));
            }
        }
        throw failure("a handle is no participant");
    }
    void takes(const sm::circular_buffer& ring, std::initializer_list<std::uint32_t> which) const {
        const std::uint64_t word = word_of(ring);
        for (const std::uint32_t i : which)
            std::memcpy(static_cast<void*>(&object().journals()[i].holder), &word, sizeof word);
    }
    std::uint64_t holder(std::uint32_t i) const { return object().journals()[i].holder.load(); }

private:
    object_view object() const { return object_view(region_.get_address()); }

    ipc::mapped_region region_;
};

class journals : public ring_scenario {
public:
    using ring_scenario::ring_scenario;

    void prepare(tracee* other) override {
        ring_scenario::prepare(other);
        journals_view(name()).takes(*old_, {survivors_journal});
    }
    void victim_prepares() override {
        ring_scenario::victim_prepares();
        journals_view(name()).takes(*victim_.ring, {0, 5});
    }
    void after_draining() override {
        const journals_view view(name());
        for (std::uint32_t i = 0; i != old_->max_journals(); ++i) {
            const std::uint64_t holder = view.holder(i);
            if (holder == view.word_of(*old_) || holder == view.word_of(*fresh_))
                ++held_;
            else
                require(holder == 0, "a journal is still that of a handle that left, or died");
        }
        require(held_ == to_hold(), "a living holder's journal was taken away");
    }

protected:
    virtual std::uint32_t to_hold() const { return 1; }

private:
    std::uint32_t held_ = 0;
};

void nothing(ring_victim&) {}
void recovers(ring_victim& v) {
    v.ring->recover();
}
void leaves(ring_victim& v) {
    v.ring.reset();
}
constexpr ring_plan::ranks absent{0, -1, -1, -1};
constexpr ring_plan plans[] = {
    {"close", "holds journals", true, 2, nothing, leaves, victims_message, absent},
};

// ---- The victim repairs a dead holder, which had nodes too.

constexpr ring_plan::ranks marked{-1, -1, 0, -1};
constexpr ring_plan dead_plans[] = {
    {"recover", "journals", true, 2, nothing, recovers, 1, marked},
};

class dead_holder : public journals {
public:
    using journals::journals;

    bool has_other() const override { return true; }
    void other_runs() override {
        ring_victim dead;
        dead.ring.emplace(sm::open_only, name(), opening_options());
        dead.reading = dead.ring->claim_read();
        dead.writing = dead.ring->claim_write();
        journals_view(name()).takes(*dead.ring, {1, 7, 11});
        mark();
    }
    void prepare(tracee* other) override {
        journals::prepare(other);
        other->run_to_mark();
        other_ = other;
    }
    void begins(const segment_watch&) override { other_->kill(); }
    // The survivors would repair. Nodes are put right before the first journal is given back.
    void is_alive(const segment_watch& watch) override {
        const object_view object = watch.object();
        if (object.journals()[1].holder.load() != 0)
            return;
        for (std::uint32_t i = 0; i != node_count; ++i) {
            const smd::node_phase phase =
                smd::control_word{object.nodes()[i].control.load()}.phase();
            require(phase != smd::node_phase::writing && phase != smd::node_phase::reading,
                    "a dead holder's journal is given back before its nodes");
        }
    }

private:
    tracee* other_ = nullptr;
};

// ---- It is slow: meanwhile a successor sits in the dead holder's slot, and has taken the journals.

constexpr ring_plan slow_plans[] = {
    {"recover", "slow, journals", true, 2, nothing, recovers, 1, marked},
};

class slow_at_journals : public dead_holder {
public:
    using dead_holder::dead_holder;

    bool is_slow() const override { return true; }
    void meanwhile() override {
        ring_scenario::attach();
        journals_view(name()).takes(*fresh_, {1, 7});
        is_held_ = true;
    }

protected:
    sm::options options_of_ring() const override { return strict_options().max_participants(3); }
    std::uint32_t to_hold() const override { return is_held_ ? 3 : 1; }
    void attach() override {
        if (!fresh_)
            ring_scenario::attach();
    }

private:
    bool is_held_ = false;
};

} // namespace

void add_ring_journals(std::vector<scenario_entry>& to) {
    add_plans<journals, plans>(to);
    add_plans<dead_holder, dead_plans>(to);
    add_plans<slow_at_journals, slow_plans>(to);
}

} // namespace every
