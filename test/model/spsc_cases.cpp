// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The configurations of spsc_model.hpp, and where each of its faults is found.

#include "cases.hpp"

#include <iterator>

namespace model {
namespace {

template <class... Set>
spsc_options spsc(unsigned nodes, unsigned messages, Set... set) {
    spsc_options o;
    o.nodes = nodes;
    o.messages = messages;
    (set(o), ...);
    return o;
}

// What the options are named in the table below.
constexpr auto ends = [](auto& o) { o.end = true; };
constexpr auto aborts = [](auto& o) { o.abort_first = true; };
constexpr auto aborts_often = [](auto& o) { o.abort_often = true; };
constexpr auto aborts_second = [](auto& o) { o.abort_second = true; };
constexpr auto gives_back = [](auto& o) { o.give_back = true; };
constexpr auto gives_back_second = [](auto& o) { o.give_back_second = true; };
constexpr auto late_writes = [](auto& o) { o.late_writes = true; };
constexpr auto late_reads = [](auto& o) { o.late_reads = true; };
constexpr auto peeks = [](auto& o) { o.peek = true; };
constexpr auto copies = [](auto& o) { o.copies = true; };
constexpr auto no_reader = [](auto& o) { o.no_reader = true; };
constexpr auto next_writer = [](auto& o) { o.next_writer = true; };
constexpr auto next_reader = [](auto& o) { o.next_reader = true; };
constexpr auto other_writer = [](auto& o) { o.other_writer = true; };
constexpr auto repairer = [](auto& o) { ++o.repairers; };
constexpr auto closer = [](auto& o) { ++o.closers; };
constexpr auto batches = [](auto& o) { o.write_batch = o.read_batch = 2; };
constexpr auto gives_up_at_1 = [](auto& o) { o.max_deliveries = 1; };
constexpr auto gives_up_at_2 = [](auto& o) { o.max_deliveries = 2; };
constexpr auto last_lap = [](auto& o) { o.last_lap = true; };
constexpr auto full_fences = [](auto& o) { o.full_fences = true; };
constexpr auto strict = [](auto& o) { o.strict_timer = true; };
constexpr auto may_not_spin = [](auto& o) { o.may_not_spin = true; };

bounds sc(unsigned deaths = 0, int preemptions = -1) {
    bounds b;
    b.deaths = deaths;
    b.preemptions = preemptions;
    return b;
}
bounds ra(unsigned deaths = 0, int weak_steps = -1, int preemptions = -1) {
    bounds b = sc(deaths, preemptions);
    b.weak = true;
    b.weak_steps = weak_steps;
    return b;
}

constexpr auto quick = case_set::quick;
constexpr auto slow = case_set::slow;

} // namespace

void add_spsc_cases(std::vector<named_case>& to) {
    const named_case cases[] = {
        // Nodes, messages of each writer.
        {"spsc", spsc(2, 4), sc(), quick},
        {"spsc_death", spsc(2, 4), sc(2), quick},
        {"spsc_3_nodes", spsc(3, 5), sc(1), quick},
        {"spsc_wraps", spsc(2, 4, last_lap), sc(1), quick},
        {"spsc_end", spsc(2, 3, ends), sc(1), quick},
        {"spsc_closer", spsc(2, 2, closer), sc(1, 3), quick},
        {"spsc_peeks", spsc(2, 3, peeks), sc(1), quick},
        {"spsc_aborts", spsc(2, 3, aborts), sc(1), quick},
        {"spsc_aborts_often", spsc(2, 2, aborts_often), sc(1), quick},
        {"spsc_aborts_alone", spsc(2, 2, aborts_often, no_reader, next_reader), sc(1), quick},
        {"spsc_aborts_next", spsc(2, 2, aborts_often, next_writer, next_reader), sc(2, 0), quick},
        {"spsc_aborts_next_all", spsc(2, 2, aborts_often, next_writer, next_reader), sc(2, 1),
         slow},
        {"spsc_gives_back", spsc(2, 3, gives_back), sc(1), quick},
        {"spsc_no_timer", spsc(2, 3, repairer, strict), sc(1), quick},
        {"spsc_next_writer", spsc(2, 2, next_writer), sc(2, 3), quick},
        {"spsc_next_reader", spsc(2, 2, next_reader), sc(2), quick},
        {"spsc_both_next", spsc(2, 2, next_writer, next_reader), sc(2, 2), quick},
        {"spsc_other_writer", spsc(2, 2, other_writer), sc(2, 3), quick},
        {"spsc_other_writer_all", spsc(2, 2, other_writer), sc(2), slow},
        {"spsc_repairer", spsc(2, 2, repairer, next_reader), sc(2, 2), quick},
        {"spsc_repairers", spsc(2, 1, repairer, repairer, next_writer), sc(2, 1), quick},
        {"spsc_gives_up", spsc(2, 2, gives_up_at_1, next_reader), sc(1), quick},
        {"spsc_gives_up_later", spsc(2, 2, gives_up_at_2, gives_back, next_reader), sc(1), quick},
        // Messages that are copied.
        {"spsc_copies", spsc(2, 4, copies), sc(2), quick},
        {"spsc_copies_3_nodes", spsc(3, 5, copies), sc(1), quick},
        {"spsc_copies_wraps", spsc(2, 4, copies, last_lap), sc(1), quick},
        {"spsc_copies_end", spsc(2, 3, copies, ends), sc(1), quick},
        {"spsc_copies_closer", spsc(2, 2, copies, closer), sc(1, 4), quick},
        {"spsc_copies_no_timer", spsc(2, 3, copies, repairer, strict), sc(1), quick},
        {"spsc_copies_next_writer", spsc(2, 2, copies, next_writer), sc(2, 3), quick},
        {"spsc_copies_next_reader", spsc(2, 2, copies, next_reader), sc(2), quick},
        {"spsc_copies_other_writer", spsc(2, 2, copies, other_writer), sc(2, 4), quick},
        // Ends out of order.
        {"spsc_late", spsc(3, 4, late_writes, late_reads), sc(1), quick},
        {"spsc_late_wraps", spsc(3, 4, late_writes, late_reads, last_lap), sc(1), quick},
        {"spsc_late_next_writer", spsc(3, 2, late_writes, next_writer), sc(2, 3), quick},
        {"spsc_late_next_reader", spsc(3, 3, late_writes, late_reads, next_reader), sc(2, 3),
         quick},
        {"spsc_late_next_reader_all", spsc(3, 3, late_writes, late_reads, next_reader), sc(2),
         slow},
        {"spsc_late_repairer", spsc(3, 2, late_writes, repairer), sc(2), quick},
        {"spsc_late_other_writer", spsc(3, 2, late_writes, other_writer), sc(2, 2), quick},
        {"spsc_late_other_writer_all", spsc(3, 2, late_writes, other_writer), sc(2, 3), slow},
        {"spsc_late_aborts", spsc(3, 4, late_writes, aborts), sc(1), quick},
        {"spsc_late_aborts_second", spsc(3, 4, late_writes, aborts_second), sc(1), quick},
        {"spsc_late_aborts_both", spsc(2, 3, late_writes, aborts, aborts_second, next_reader),
         sc(1, 4), quick},
        {"spsc_late_gives_back", spsc(3, 3, late_reads, gives_back, next_reader), sc(1), quick},
        {"spsc_late_gives_back_second", spsc(3, 3, late_reads, gives_back_second, next_reader),
         sc(1), quick},
        {"spsc_late_closer", spsc(2, 2, late_writes, closer), sc(1, 4), quick},
        {"spsc_late_no_reader", spsc(2, 2, late_writes, aborts, no_reader, next_reader), sc(2),
         quick},
        // Batches of two.
        {"spsc_batch", spsc(3, 4, batches), sc(2), quick},
        {"spsc_batch_wraps", spsc(3, 4, batches, last_lap), sc(1), quick},
        {"spsc_batch_partly", spsc(3, 3, batches, aborts, gives_back, may_not_spin), sc(1), quick},
        {"spsc_batch_next_writer", spsc(2, 2, batches, next_writer), sc(2), quick},
        {"spsc_batch_next_reader", spsc(2, 2, batches, next_reader), sc(2), quick},
        {"spsc_batch_closer", spsc(2, 2, batches, closer), sc(1, 3), quick},
        {"spsc_batch_closer_all", spsc(2, 2, batches, closer), sc(1), slow},
        // Longer ones.
        {"spsc_closer_all", spsc(2, 2, closer), sc(1), slow},
        {"spsc_next_writer_all", spsc(2, 2, next_writer), sc(2), slow},
        {"spsc_both_next_all", spsc(2, 2, next_writer, next_reader), sc(2), slow},
        {"spsc_repairer_all", spsc(2, 2, repairer, next_reader), sc(2), slow},
        {"spsc_late_next_writer_all", spsc(3, 2, late_writes, next_writer), sc(2), slow},
        {"spsc_late_closer_all", spsc(2, 2, late_writes, closer), sc(1), slow},
        {"spsc_3_nodes_both_next", spsc(3, 4, next_writer, next_reader), sc(2), slow},
        {"spsc_late_both_next", spsc(3, 4, late_writes, late_reads, next_writer, next_reader),
         sc(2), slow},
        {"spsc_late_all",
         spsc(3, 4, late_writes, late_reads, aborts, gives_back_second, next_writer, next_reader),
         sc(2, 6), slow},
        {"spsc_repairers_all", spsc(2, 1, repairer, repairer, next_writer), sc(2), slow},
        {"spsc_repairers_more", spsc(2, 1, repairer, repairer, next_writer), sc(2, 3), slow},
        // With C++ release/acquire views.
        {"ra_spsc", spsc(2, 3), ra(0, -1, 2), quick},
        {"ra_spsc_all", spsc(2, 3), ra(), slow},
        {"ra_spsc_death", spsc(2, 2), ra(1), quick},
        {"ra_spsc_full_fences", spsc(2, 2, full_fences, may_not_spin), ra(), quick},
        {"ra_spsc_end", spsc(2, 2, ends), ra(), quick},
        {"ra_spsc_closer", spsc(2, 2, closer), ra(0, 2, 3), quick},
        {"ra_spsc_closer_full_fences", spsc(2, 2, closer, full_fences), ra(0, 2, 3), quick},
        {"ra_spsc_copies", spsc(2, 3, copies), ra(0, -1, 2), quick},
        {"ra_spsc_copies_all", spsc(2, 3, copies), ra(), slow},
        {"ra_spsc_copies_death", spsc(2, 2, copies), ra(1), quick},
        {"ra_spsc_copies_closer", spsc(2, 2, copies, closer), ra(0, 2, 3), quick},
        {"ra_spsc_copies_next_writer", spsc(2, 2, copies, next_writer), ra(1, 1, 2), quick},
        {"ra_spsc_copies_next_reader", spsc(2, 2, copies, next_reader), ra(1, 2), quick},
        {"ra_spsc_aborts", spsc(2, 3, aborts), ra(), quick},
        {"ra_spsc_aborts_often", spsc(2, 2, aborts_often), ra(0, 1), quick},
        {"ra_spsc_gives_back", spsc(2, 2, gives_back), ra(), quick},
        {"ra_spsc_late", spsc(3, 3, late_writes, late_reads), ra(0, 2), quick},
        {"ra_spsc_next_writer", spsc(2, 2, next_writer), ra(1, 1, 2), quick},
        {"ra_spsc_late_next_writer", spsc(3, 2, late_writes, next_writer), ra(1, 1, 2), quick},
        {"ra_spsc_next_reader", spsc(2, 2, next_reader), ra(1, 2), quick},
        {"ra_spsc_late_repairer", spsc(3, 2, late_writes, repairer), ra(1, 1), quick},
        {"ra_spsc_closer_all", spsc(2, 2, closer), ra(0, 2), slow},
        {"ra_spsc_next_writer_all", spsc(2, 2, next_writer), ra(1, 2), slow},
        {"ra_spsc_batch", spsc(2, 4, batches), ra(1, 2), quick},
    };
    to.insert(to.end(), std::begin(cases), std::end(cases));
}

// doc/proof.md says so, and what notices them.
static bool is_noticed_by_no_case(spsc_fault fault) {
    return fault == spsc_fault::no_release_note || fault == spsc_fault::skip_tells_nobody;
}

void add_spsc_faults(std::vector<named_fault>& to) {
    // Where it is found; that case is tried first, and all others if it should not be there.
    const char* const likely[] = {"spsc_late_repairer",
                                  "spsc_late",
                                  "spsc_aborts",
                                  "spsc_aborts",
                                  "spsc_late_aborts_both",
                                  "spsc_gives_up_later",
                                  "spsc_next_reader",
                                  "spsc_gives_back",
                                  "spsc_late_repairer",
                                  "spsc_both_next",
                                  "spsc_repairers",
                                  "spsc_other_writer",
                                  "spsc_no_timer",
                                  "spsc_late_no_reader",
                                  "spsc_aborts",
                                  "spsc",
                                  "spsc_closer",
                                  "spsc_closer",
                                  "spsc_closer",
                                  "ra_spsc",
                                  "ra_spsc"};
    static_assert(std::size(likely) + 1 == static_cast<unsigned>(spsc_fault::count));
    for (unsigned i = 1; i != static_cast<unsigned>(spsc_fault::count); ++i) {
        const auto fault = static_cast<spsc_fault>(i);
        if (is_noticed_by_no_case(fault))
            continue;
        to.push_back({std::string("spsc: ") + name_of(fault), fault, likely[i - 1]});
    }
}

} // namespace model
