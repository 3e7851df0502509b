// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Calls that copy say who has a node in their entry alone. Here a process dies with several entries in
// use: a signal handler writes or reads in the middle of such a call, or two threads share the handle.

#include "ring_entries.hpp"
#include "interruption.hpp"

#include "../scenarios/ring_claims.hpp"

#include <atomic>
#include <thread>

namespace every {
namespace {

constexpr std::uint64_t outer = victims_message;
constexpr std::uint64_t inner = victims_message + 1;

struct entries_plan {
    ring_plan ring;
    bool threads; // the outer call's thread has stopped; else the inner call is its handler's
    bool writes;
};

void nothing(ring_victim&) {}
constexpr ring_plan::ranks own{-1, -1, -1, -1}; // of both messages together: see rank()
constexpr entries_plan plans[] = {
    {{"write", "in a handler, in a write", true, 0, nothing, nothing, outer, own}, false, true},
    {{"write", "in a handler, in a write, half full", true, 2, nothing, nothing, outer, own},
     false,
     true},
    {{"read", "in a handler, in a read", true, 3, nothing, nothing, 1, own}, false, false},
    {{"write", "by a second thread", true, 1, nothing, nothing, outer, own}, true, true},
    {{"read", "by a second thread", true, 3, nothing, nothing, 1, own}, true, false},
};

class two_entries : public ring_scenario {
public:
    explicit two_entries(const entries_plan& plan) : ring_scenario(plan.ring), entries_(plan) {}
    ~two_entries() override {
        if (thread_.joinable())
            thread_.detach(); // the process ends
    }

    void prepare(tracee* other) override {
        accounts_.second(entries_.writes ? inner : 2);
        ring_scenario::prepare(other);
    }
    void victim_prepares() override {
        ring_scenario::victim_prepares();
        if (!entries_.threads)
            return;
        thread_ = std::thread([this] {
            outer_call([this] {
                stopped_ = true;
                while (!goes_on_)
                    std::this_thread::yield();
            });
        });
        while (!stopped_)
            std::this_thread::yield();
    }
    void operation() override {
        if (!entries_.threads) {
            outer_call([this] { inner_call(); });
            return;
        }
        inner_call();
        goes_on_ = true;
        thread_.join();
    }
    int last_rank() const override { return entries_.writes ? 2 : entries_.threads ? 3 : 4; }

protected:
    // The inner call ends before the outer one does.
    int rank() const override {
        struct found {
            std::uint32_t outer, inner;
            int rank;
        };
        constexpr found written[] = {{0, 0, 0}, {0, 1, 1}, {1, 1, 2}};
        constexpr found read[] = {{1, 1, 0}, {2, 1, 1}, {2, 2, 2}, {2, 0, 3}, {0, 0, 4}};
        constexpr found read_by_two[] = {{2, 1, 0}, {2, 2, 1}, {2, 0, 2}, {0, 0, 3}};
        return entries_.writes    ? rank_in(written)
               : entries_.threads ? rank_in(read_by_two)
                                  : rank_in(read);
    }

private:
    template <class Table>
    int rank_in(const Table& table) const {
        for (const auto& one : table) {
            if (one.outer == accounts_.special_count() && one.inner == accounts_.second_count())
                return one.rank;
        }
        return -1;
    }
    void outer_call(std::function<void()> in_the_middle) {
        trapped_messages trap(std::move(in_the_middle), outer, std::uint64_t{0});
        if (entries_.writes)
            victim_.ring->write(trap.first());
        else
            victim_.ring->read(trap.first());
    }
    void inner_call() {
        if (entries_.writes)
            victim_.ring->write(make_message(inner));
        else
            victim_.ring->read<message>();
    }

    const entries_plan& entries_;
    std::thread thread_;
    std::atomic<bool> stopped_{false};
    std::atomic<bool> goes_on_{false};
};

// ---- The first position of all: what a fresh slot's words say, which nobody has written.

void writes(ring_victim& v) {
    v.ring->write(make_message(outer));
}
void reads(ring_victim& v) {
    v.ring->read<message>();
}
constexpr ring_plan first_plans[] = {
    {"write", "the first of all", true, 0, nothing, writes, outer, {0, 1, -1, -1}},
    {"read", "the first of all", true, 1, nothing, reads, 1, {2, 0, 1, -1}},
};
class first_of_all : public ring_scenario {
public:
    using ring_scenario::ring_scenario;
    void prepare(tracee*) override {
        open_old();
        accounts_.special(plan_.special);
        for (std::uint64_t i = 1; i <= plan_.messages; ++i)
            writes(i);
    }

private:
    using ring_scenario::writes;
};

template <class Scenario, const auto& all>
void add(std::vector<scenario_entry>& to, const ring_plan& plan, std::size_t i) {
    to.push_back({plan.operation, plan.situation, plan.every,
                  [](std::size_t which) -> std::unique_ptr<scenario> {
                      return std::make_unique<Scenario>(all[which]);
                  },
                  i});
}

} // namespace

void add_ring_entries(std::vector<scenario_entry>& to) {
    for (std::size_t i = 0; i != std::size(plans); ++i)
        add<two_entries, plans>(to, plans[i].ring, i);
    for (std::size_t i = 0; i != std::size(first_plans); ++i)
        add<first_of_all, first_plans>(to, first_plans[i], i);
}

} // namespace every
