// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Opening a ring, taking it over and closing it.

#include "all.hpp"
#include "ring_company.hpp"

namespace every {
namespace {

constexpr ring_plan::ranks absent{0, -1, -1, -1}, marked{-1, -1, 0, -1};
void nothing(ring_victim&) {}

sm::circular_buffer create(const std::string& name) {
    return {sm::create_only, name, node_count, std::uint32_t{sizeof(message)}, strict_options()};
}

// ---- Others are attached, the owner among them

constexpr ring_plan opens[] = {
    {"open", "empty", false, 0, nothing, nothing, 0, absent},
    {"open", "half full", false, 2, nothing, nothing, 0, absent},
    {"open", "full", false, 4, nothing, nothing, 0, absent},
};
class opening : public ring_scenario {
public:
    using ring_scenario::ring_scenario;
    void victim_prepares() override {}
    void operation() override { ring_scenario::victim_prepares(); }
};

// A fork's child: its first use of the handle that it inherited attaches it anew.
constexpr ring_plan attaches[] = {
    {"attach", "anew, empty", false, 0, nothing, nothing, 0, absent},
    {"attach", "anew, half full", false, 2, nothing, nothing, 0, absent},
    {"attach", "anew, full", false, 4, nothing, nothing, 0, absent},
};
class attaching : public ring_scenario {
public:
    using ring_scenario::ring_scenario;
    void before_others() override { ring_scenario::prepare(nullptr); }
    void prepare(tracee*) override {}
    void victim_prepares() override {}
    void operation() override { old_->recover(); }
};

void leaves(ring_victim& v) {
    v.ring.reset();
}
void closes(ring_victim& v) {
    v.ring->close();
}
void attaches_and_claims(ring_victim& v) {
    v.reading = v.ring->try_claim_read();
}
constexpr ring_plan closings[] = {
    {"close", "not the owner, empty", false, 0, nothing, leaves, 0, absent},
    {"close", "not the owner, half full", false, 2, nothing, leaves, 0, absent},
    {"close", "not the owner, full", false, 4, nothing, leaves, 0, absent},
    {"close", "while it reads", false, 2, attaches_and_claims, closes, 1, marked},
};
using closing = ring_scenario;

// ---- The victim made it

class closing_owner : public ring_scenario {
public:
    using ring_scenario::ring_scenario;

    void prepare(tracee*) override {}
    void victim_prepares() override { victim_.ring.emplace(create(name())); }
    void begins(const segment_watch&) override {
        attach_old();
        fill();
    }
    void is_alive(const segment_watch& watch) override {
        if (!old_->is_shutting_down())
            ring_scenario::is_alive(watch);
    }
    int survive(bool fresh_first) override {
        if (!old_->is_shutting_down()) {
            require(exists(name()), "the name went before the ring was shut down");
            return go_on(fresh_first); // without an owner; the last one to leave removes the name
        }
        shut_down(fresh_first);
        return 1;
    }
    int last_rank() const override { return 1; }

private:
    void attach_old() { old_.emplace(sm::open_only, name(), opening_options()); }

    // Where nothing is unread, a handle that opens comes to another ring of that name; else to this one,
    // and reads what is left, as the handle that was there.
    void shut_down(bool fresh_first) {
        if (fresh_first && plan_.messages == 0)
            create_anew();
        else if (fresh_first)
            look_in();
        try {
            drain(*old_, accounts_);
            throw failure("a reader is not told that the ring was shut down");
        } catch (const sm::error& e) {
            require(e.code() == sm::errc::shut_down, e.what());
        }
        accounts_.balance();
        try {
            (void)old_->try_write(make_message(1));
            throw failure("a writer is not told that the ring was shut down");
        } catch (const sm::error& e) {
            require(e.code() == sm::errc::shut_down, e.what());
        }
        old_.reset();
        require(!exists(name()), "all have left, and the name is still there");
        create_anew();
    }
    void look_in() {
        const sm::circular_buffer look(sm::open_only, name(), strict_options());
        require(look.is_shutting_down() && look.left_unread() == plan_.messages,
                "what is unread is not there for a late reader");
        std::error_code ec;
        { const sm::circular_buffer other(sm::create_only, name(), node_count, 8U, ec); }
        require(ec == sm::errc::already_exists, "what is unread was replaced under its reader");
    }
    void create_anew() {
        std::error_code ec;
        const sm::circular_buffer nobody(sm::open_only, name(), ec);
        require(ec == sm::errc::not_found, "what was shut down can be opened");
        auto anew = create(name());
        sm::circular_buffer other(sm::open_only, name(), opening_options());
        use_every_node(anew, other, 2);
    }
};
constexpr ring_plan owners[] = {
    {"close", "owner, empty", false, 0, nothing, leaves, 0, absent},
    {"close", "owner, half full", false, 2, nothing, leaves, 0, absent},
    {"close", "owner, full", false, 4, nothing, leaves, 0, absent},
    {"close", "owner, by close()", false, 2, nothing, closes, 0, absent},
};

// ---- The owner is dead

// Others use it: `open_or_create` takes the ownership.
class taking_over : public ring_scenario {
public:
    using ring_scenario::ring_scenario;

    bool has_other() const override { return true; }
    void other_runs() override {
        const auto ring = create(name());
        mark();
    }
    void prepare(tracee* other) override {
        other->run_to_mark();
        old_.emplace(sm::open_only, name(), opening_options());
        fill();
        other->kill();
    }
    void victim_prepares() override {}
    void operation() override { take_over(victim_.ring); }
    // The survivors would repair.
    void is_alive(const segment_watch&) override {}
    void attach() override {
        take_over(fresh_);
        require(fresh_->is_owner(), "the owner is dead, and has no successor");
    }

private:
    void take_over(std::optional<sm::circular_buffer>& ring) const {
        ring.emplace(sm::open_or_create, name(), node_count, std::uint32_t{sizeof(message)},
                     strict_options());
    }
};
constexpr ring_plan takings_over[] = {
    {"open", "in a dead owner's place", false, 2, nothing, nothing, 0, absent},
};

} // namespace

void add_segment_life(std::vector<scenario_entry>& to) {
    add_plans<opening, opens>(to);
    add_plans<attaching, attaches>(to);
    add_plans<taking_over, takings_over>(to);
    add_plans<closing, closings>(to);
    add_plans<closing_owner, owners>(to);
}

} // namespace every
