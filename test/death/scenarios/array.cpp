// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// An array, written to with and without its lock in one's hands.

#include "all.hpp"
#include "ring_survivors.hpp"

#include <shared_memory/shared_array.hpp>

#include <algorithm>
#include <mutex>
#include <optional>
#include <shared_mutex>

namespace every {
namespace {

using array = sm::shared_array<std::uint64_t>;
constexpr std::uint64_t length = 8;
constexpr std::uint64_t old_number = 1;
constexpr std::uint64_t new_number = 2;

void nothing(array&) {}
void fills(array& a) {
    a.fill(new_number);
}
void writes(array& a) {
    std::array<std::uint64_t, length> all{};
    all.fill(new_number);
    a.write(all);
}
void locks_and_fills(array& a) {
    const std::unique_lock<array> lock(a);
    a.fill(new_number);
}
void reads(array& a) {
    std::array<std::uint64_t, length> all{};
    a.read(all);
}
void locks_shared_and_reads(array& a) {
    const std::shared_lock<array> lock(a);
    reads(a);
}

struct array_plan {
    const char* operation;
    const char* situation;
    bool every;
    void (*run)(array&);
    bool writes;
    bool opens; // that is the operation
};
constexpr array_plan plans[] = {
    {"write", "array", true, writes, true, false},
    {"write", "array, filled", true, fills, true, false},
    {"write", "array, under its lock", true, locks_and_fills, true, false},
    {"read", "array", true, reads, false, false},
    {"read", "array, under its lock", true, locks_shared_and_reads, false, false},
    {"open", "array", true, nothing, false, true},
};
constexpr array_plan looks[] = {
    {"open", "array, to look at it", true, nothing, false, true},
};

class array_scenario : public scenario {
public:
    explicit array_scenario(const array_plan& plan) : plan_(plan) {}

    void prepare(tracee*) override {
        old_.emplace(sm::create_only, name(), length, strict_options());
        old_->fill(old_number);
        old_->read_write_timeout(patience);
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
    }
    int survive(bool fresh_first) override {
        std::optional<array> fresh;
        const auto attach = [&] { fresh.emplace(sm::open_only, name(), opening_options()); };
        if (fresh_first)
            attach();
        const int rank = take(fresh_first ? *fresh : *old_);
        if (!fresh_first)
            attach();
        require(old_->try_lock_shared() && fresh->try_lock_shared(), "two cannot share the lock");
        old_->unlock_shared();
        fresh->unlock_shared();
        fresh->fill(3);
        require(old_->read(length - 1) == 3, "what was written is not read");
        old_->recover();
        require(old_->participants().size() == 2, "a dead participant was not repaired");
        fresh.reset();
        old_.reset();
        require(!exists(name()), "all have left, and the name is still there");
        return rank;
    }
    int last_rank() const override { return plan_.writes ? 2 : 0; }

private:
    void opens() { mine_.emplace(sm::open_only, name(), opening_options()); }

    // 0: as before; 1: half way, and all are told; 2: written
    int take(array& a) const {
        const sm::acquired got = a.acquire_write_lock(patience);
        require(static_cast<bool>(got), "the lock is not to be had");
        const bool told = got == sm::acquired::inconsistent;
        require(!told || plan_.writes, "told inconsistent, and nobody wrote");
        const bool whole = std::count(a.begin(), a.end(), a[0]) == std::ptrdiff_t{length};
        require(whole || told, "half of what was written is there, and nobody is told");
        const int rank = told ? 1 : a[0] == new_number ? 2 : 0;
        if (told) {
            a.fill(old_number);
            a.mark_consistent();
        }
        a.release_write_lock();
        return rank;
    }

    const array_plan& plan_;
    std::optional<array> mine_; // the victim's
    std::optional<array> old_;
};

// A handle that only looks is no participant.
class array_spectator : public array_scenario {
public:
    using array_scenario::array_scenario;
    void operation() override { mine_.emplace(sm::open_read_only, name()); }

private:
    std::optional<sm::shared_array<const std::uint64_t>> mine_;
};

} // namespace

void add_array(std::vector<scenario_entry>& to) {
    add_plans<array_scenario, plans>(to);
    add_plans<array_spectator, looks>(to);
}

} // namespace every
