// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Messages of other kinds, and a ring full of nodes whose writer died.

#include "all.hpp"
#include "ring_actions.hpp"

#include <boost/core/span.hpp>

namespace every {
namespace {

constexpr std::uint64_t mine = victims_message;
constexpr std::uint64_t oldest = 1;
constexpr ring_plan::ranks absent{0, -1, -1, -1}, written{0, 1, -1, -1}, stays{-1, 0, -1, -1},
    was_read{2, 0, 1, -1}, given_back{-1, 0, 1, -1};

struct value {
    message content;
};

void nothing(ring_victim&) {}
void gives_back_before(ring_victim& v) {
    v.ring->claim_read().give_back();
}
void writes_value(ring_victim& v) {
    v.ring->write(value{make_message(mine)});
}
void writes_by_function(ring_victim& v) {
    v.ring->write([](boost::span<std::byte> node) {
        const message m = make_message(mine);
        std::memcpy(node.data(), m.data(), sizeof m);
        return sizeof m;
    });
}
void writes_parts(ring_victim& v) {
    const message m = make_message(mine);
    const auto* const bytes = reinterpret_cast<const std::byte*>(m.data());
    v.ring->write({boost::span<const std::byte>(bytes, 11),
                   boost::span<const std::byte>(bytes + 11, sizeof m - 11)});
}
void asks_for_size(ring_victim& v) {
    v.ring->next_size();
}
void reads_too_short(ring_victim& v) {
    try {
        v.ring->read<std::uint32_t>();
    } catch (const sm::error&) {
        return;
    }
    throw failure("a message of another size was read");
}
void discards(ring_victim& v) {
    v.ring->discard();
}
void aborts_two(ring_victim& v) {
    {
        const auto one = v.ring->try_claim_write();
        const auto two = v.ring->try_claim_write();
    }
    (void)v.ring->try_read<message>(); // passes one of them
}
void throws_while_reading(ring_victim& v) {
    try {
        v.ring->read([](boost::span<const std::byte>) { throw failure("on purpose"); });
    } catch (const failure&) {
    }
}

// The next commit forgets the fence.
void runs_idle_fences(ring_victim& v) {
    (void)v.ring->try_read_for<message>(std::chrono::milliseconds(20));
    writes_and_reads(v, smd::idle_fences::most);
}

constexpr ring_plan plans[] = {
    {"write", "a value", true, 2, nothing, writes_value, mine, written},
    {"write", "a value, and the last of idle fences", true, 0, runs_idle_fences, writes_value, mine,
     written},
    {"write", "by a function", true, 2, nothing, writes_by_function, mine, written},
    {"write", "in parts", true, 2, nothing, writes_parts, mine, written},
    {"read", "too short", true, 2, nothing, reads_too_short, oldest, stays},
    {"read",
     "too short, and given back before",
     true,
     2,
     gives_back_before,
     reads_too_short,
     oldest,
     {-1, -1, 0, -1}},
    {"read", "the size only", true, 2, nothing, asks_for_size, oldest, stays},
    {"read", "discarded", true, 2, nothing, discards, oldest, was_read},
    {"read", "by a function that throws", true, 2, nothing, throws_while_reading, oldest,
     given_back},
    {"abort", "two, and passes them", true, 0, nothing, aborts_two, mine, absent},
};

// ---- Nobody reads: the survivors write first.

void claims_all(ring_victim& v) {
    std::vector<sm::write_claim> all;
    while (auto one = v.ring->try_claim_write())
        all.push_back(std::move(*one));
    all.clear();
}
void claims_one(ring_victim& v) {
    v.writing = v.ring->try_claim_write();
}
constexpr ring_plan writer_plans[] = {
    {"abort", "all nodes, nobody reads", true, 0, nothing, claims_all, mine, absent},
    {"claim_write", "nobody reads", true, 0, nothing, claims_one, mine, absent},
};
class nobody_reads : public ring_scenario {
public:
    using ring_scenario::ring_scenario;
    void before_draining() override {
        for (std::uint64_t i = 1; i <= node_count; ++i)
            writes(i);
    }
};

// ---- What recover() reports.

void reads_and_aborts(ring_victim& v) {
    v.reading = v.ring->try_claim_read();
    v.writing = v.ring->try_claim_write();
    v.writing->abort();
    v.reading->release();
}
constexpr ring_plan told_plans[] = {
    {"recover", "and tells of it", true, 2, nothing, reads_and_aborts, oldest, was_read},
};
class told : public ring_scenario {
public:
    using ring_scenario::ring_scenario;
    void is_alive(const segment_watch& watch) override {
        ring_scenario::is_alive(watch);
        const smd::ring_block& ring = watch.object().ring().ring;
        for (std::uint32_t i = 0; i != node_count; ++i) {
            const smd::control_word c{watch.object().nodes()[i].control.load()};
            // Nobody else does anything: what was taken, and is not marked, is the victim's.
            static_assert(node_count == 4, "a counter is a number, and counts from lap 0 on");
            const auto is_behind = [&](std::uint64_t counter) {
                return c.lap() * node_count + i < counter;
            };
            const bool writes = c.phase() == smd::node_phase::writing ||
                                (c.phase() == smd::node_phase::free && is_behind(ring.tail.load()));
            const bool reads = c.phase() == smd::node_phase::reading ||
                               (c.phase() == smd::node_phase::ready && is_behind(ring.head.load()));
            writing_ += writes ? 1U : 0U;
            reading_ += reads ? 1U : 0U;
        }
    }
    void before_draining() override {
        const sm::recovery_report report = old_->recover();
        require(report.participants_reaped() == 1, "recover() does not tell of the dead one");
        require(report.writes_discarded() == writing_ && report.reads_redelivered() == reading_,
                "recover() does not tell what the dead one had");
    }
    bool may_be_repaired() const override { return false; } // by others

private:
    std::uint64_t writing_ = 0;
    std::uint64_t reading_ = 0;
};

} // namespace

void add_ring_more(std::vector<scenario_entry>& to) {
    add_plans<ring_scenario, plans>(to);
    add_plans<nobody_reads, writer_plans>(to);
    add_plans<told, told_plans>(to);
}

} // namespace every
