// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A latest value: stored into, loaded from and held in place.

#include "all.hpp"
#include "ring_survivors.hpp"

#include <shared_memory/latest_buffer.hpp>
#include <shared_memory/latest_value.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace every {
namespace {

using value = std::array<std::uint64_t, 8>;
using cell = sm::latest_value<value>;

value of(std::uint64_t number) {
    value v;
    v.fill(number);
    return v;
}
constexpr std::uint64_t old_number = 1;
constexpr std::uint64_t new_number = 2;

void nothing(cell&) {}
void stores(cell& c) {
    c.store(of(new_number));
}
void leaves(cell& c) {
    c.store(of(new_number));
    c = cell();
}
void commits(cell& c) {
    auto claim = c.claim_store();
    claim.emplace<value>(of(new_number));
    claim.commit();
}
void aborts(cell& c) {
    auto claim = c.claim_store();
    claim.emplace<value>(of(new_number));
    claim.abort();
}
void updates(cell& c) {
    c.update([](value& v) { v = of(v[0] + 1); });
}
void loads(cell& c) {
    require(c.load() == of(old_number), "another value was loaded");
}
void recovers(cell& c) {
    c.recover();
}
void looks(cell& c) {
    const auto claim = c.claim_load();
    require(claim.as<value>() == of(old_number), "another value is in place");
}

struct latest_plan {
    const char* operation;
    const char* situation;
    bool every;
    void (*run)(cell&);
    int rank; // in the end
    bool single;
    std::uint32_t pins;
    bool opens; // that is the operation
};
constexpr latest_plan plans[] = {
    {"store", "latest value", true, stores, 1, false, 0, false},
    {"store", "latest value, in place", true, commits, 1, false, 0, false},
    {"store", "latest value, aborted", true, aborts, 0, false, 0, false},
    {"store", "latest value, updated", true, updates, 1, false, 0, false},
    {"store", "latest value with pins", true, stores, 1, false, 1, false},
    {"store", "latest value, single writer", true, stores, 1, true, 0, false},
    {"store", "latest value, single writer, updated", true, updates, 1, true, 0, false},
    {"store", "latest value with pins, single writer", true, stores, 1, true, 1, false},
    {"load", "latest value", true, loads, 0, false, 0, false},
    {"load", "latest value, in place", true, looks, 0, false, 1, false},
    {"close", "latest value, single writer", true, leaves, 1, true, 0, false},
    {"open", "latest value", true, nothing, 0, false, 1, true},
    {"open", "latest value, single writer", true, stores, 1, true, 0, true},
};

constexpr latest_plan recoveries[] = {
    {"recover", "latest value", true, recovers, 0, true, 1, false},
};

class latest_scenario : public scenario {
public:
    explicit latest_scenario(const latest_plan& plan) : plan_(plan) {}

    void prepare(tracee*) override {
        auto how = strict_options();
        old_.emplace(sm::create_only, name(),
                     how.buffers(2 + plan_.pins).pins(plan_.pins).single_writer(plan_.single));
        cell first(sm::open_only, name(), strict_options());
        first.store(of(old_number)); // and gives the role back
    }
    void victim_prepares() override {
        if (!plan_.opens)
            opens();
    }
    void operation() override {
        if (plan_.opens)
            opens();
        plan_.run(*mine_);
    }
    void is_alive(const segment_watch&) override {
        require(old_->recover().participants_reaped() == 0,
                "a process that is only stopped was declared dead");
        const value now = old_->load(); // waits for nobody
        require(is_whole(now), "half of a value is there");
    }
    int survive(bool fresh_first) override {
        std::optional<cell> fresh;
        const auto attach = [&] { fresh.emplace(sm::open_only, name(), strict_options()); };
        if (fresh_first)
            attach();
        cell& by = fresh_first ? *fresh : *old_;
        sm::version seen;
        const value found = by.load(seen);
        require(is_whole(found), "half of a value is there");
        const bool is_new = found[0] == new_number;
        require(is_new || found[0] == old_number, "a value that nobody stored");
        require(seen.number() == (is_new ? 2U : 1U), "the version is another value's");
        // Every buffer is to be had, and every pin.
        for (std::uint64_t n = 3; n != 8; ++n) {
            require(by.try_store_for(of(n), patience), "a buffer was lost");
            require(old_->load_newer(seen) == of(n), "what was stored is not loaded");
            require(seen.number() == n - (is_new ? 0U : 1U), "a version is missing");
        }
        std::vector<sm::load_claim> pinned;
        for (std::uint32_t i = 0; i != plan_.pins; ++i) {
            auto pin = by.try_claim_load_for(patience);
            require(pin.has_value(), "a pin was lost");
            pinned.push_back(std::move(*pin));
        }
        pinned.clear();
        if (!fresh_first)
            attach();
        old_->recover();
        require(old_->participants().size() == 2, "a dead participant was not repaired");
        fresh.reset();
        old_.reset();
        require(!exists(name()), "all have left, and the name is still there");
        return is_new ? 1 : 0;
    }
    int last_rank() const override { return plan_.rank; }

protected:
    static bool is_whole(const value& v) {
        return std::count(v.begin(), v.end(), v[0]) == std::ptrdiff_t{8};
    }
    void opens() { mine_.emplace(sm::open_only, name(), strict_options()); }

    std::optional<cell> mine_; // the victim's
    std::optional<cell> old_;

private:
    const latest_plan& plan_;
};

// The single writer has died, with a buffer and a pin in its hands.
class latest_recovery : public latest_scenario {
public:
    using latest_scenario::latest_scenario;
    bool has_other() const override { return true; }
    void other_runs() override {
        cell dead(sm::open_only, name(), strict_options());
        const auto claim = dead.claim_store();
        const auto pin = dead.claim_load();
        mark();
    }
    void prepare(tracee* other) override {
        latest_scenario::prepare(other);
        other->run_to_mark();
        other_ = other;
    }
    void begins(const segment_watch&) override { other_->kill(); }
    void is_alive(const segment_watch&) override {
        require(old_->load() == of(old_number), "another value was loaded");
    }

private:
    tracee* other_ = nullptr;
};

constexpr latest_plan of_bytes[] = {
    {"store", "latest value, of bytes", true, nothing, 1, false, 0, false},
};

class bytes_scenario : public scenario {
public:
    explicit bytes_scenario(const latest_plan&) {}

    void prepare(tracee*) override {
        old_.emplace(sm::create_only, name(), sizeof(value), strict_options());
        old_->store(of(old_number));
    }
    void victim_prepares() override { mine_.emplace(sm::open_only, name(), strict_options()); }
    void operation() override { mine_->store(of(new_number)); }
    int survive(bool) override {
        value found{};
        old_->load(found);
        require(found == of(old_number) || found == of(new_number), "half of a value is there");
        for (std::uint64_t n = 3; n != 20; ++n)
            require(old_->try_store_for(of(n), patience), "a buffer was lost");
        old_->recover();
        require(old_->participants().size() == 1, "a dead participant was not repaired");
        old_.reset();
        require(!exists(name()), "all have left, and the name is still there");
        return found == of(new_number) ? 1 : 0;
    }
    int last_rank() const override { return 1; }

private:
    std::optional<sm::latest_buffer> mine_; // the victim's
    std::optional<sm::latest_buffer> old_;
};

} // namespace

void add_latest(std::vector<scenario_entry>& to) {
    add_plans<latest_scenario, plans>(to);
    add_plans<latest_recovery, recoveries>(to);
    add_plans<bytes_scenario, of_bytes>(to);
}

} // namespace every
