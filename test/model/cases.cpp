// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "cases.hpp"

#include <cstdio>

namespace model {
namespace {

ring_options ring(unsigned writers, unsigned readers, unsigned nodes, unsigned messages) {
    ring_options o;
    o.writers = writers;
    o.readers = readers;
    o.nodes = nodes;
    o.messages = messages;
    return o;
}
lock_options lock(unsigned writers, unsigned readers, unsigned rounds) {
    lock_options o;
    o.writers = writers;
    o.readers = readers;
    o.rounds = rounds;
    return o;
}
template <class Options, class... Set>
Options with(Options o, Set... set) {
    (set(o), ...);
    return o;
}

// What the options are named in the table below.
constexpr auto ends = [](auto& o) { o.end = true; };
constexpr auto aborts = [](auto& o) { o.abort_first = true; };
constexpr auto gives_back = [](auto& o) { o.give_back = true; };
constexpr auto peeks = [](auto& o) { o.peek = true; };
constexpr auto reads_one = [](auto& o) { o.reads = 1; };
constexpr auto gives_up = [](auto& o) { o.max_deliveries = 1; };
constexpr auto dead_letters = [](auto& o) { o.max_deliveries = 1, o.dead_letters = true; };
// Deliveries go 1, 2, 1, ...; or are all the first.
constexpr auto wrapping = [](auto& o) { o.most_counted = 2; };
constexpr auto wrapping_at_once = [](auto& o) { o.most_counted = 1; };
constexpr auto first_reader_keeps = [](auto& o) { o.first_reader_keeps = true; };
constexpr auto last_lap = [](auto& o) { o.last_lap = true; };
constexpr auto one_writer_handle = [](auto& o) { o.one_writer_handle = true; };
constexpr auto one_reader_handle = [](auto& o) { o.one_reader_handle = true; };
constexpr auto told_apart = [](auto& o) { o.told_apart = true; };
constexpr auto successor = [](auto& o) { ++o.successors; };
constexpr auto next_reader = [](auto& o) { ++o.successors, o.reader_first = true; };
constexpr auto repairer = [](auto& o) { ++o.repairers; };
constexpr auto single_writer = [](auto& o) { o.single_writer = true; };
constexpr auto single_reader = [](auto& o) { o.single_reader = true; };
constexpr auto batches = [](auto& o) { o.write_batch = o.read_batch = 2; };
constexpr auto write_batches = [](auto& o) { o.write_batch = 2; };
constexpr auto read_batches = [](auto& o) { o.read_batch = 2; };
constexpr auto closer = [](auto& o) { ++o.closers; };
constexpr auto may_not_spin = [](auto& o) { o.may_not_spin = true; };
constexpr auto strict = [](auto& o) { o.strict_timer = true; };
constexpr auto nested = [](auto& o) { o.nested = true; };
constexpr auto observer = [](auto& o) { ++o.observers; };
constexpr auto impatient = [](auto& o) { o.impatient = true; };

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

constexpr bool quick = true;
constexpr bool each_form = true;

struct table_row {
    const char* name;
    any_options options;
    bounds within;
    bool quick;
    bool each_form = false; // if it is quick, the other forms are too
};

// Each case of the ring in three forms: claims are brief, or kept, and both end by plain stores; kept
// claims end by compare-and-exchange.
void add_forms(std::vector<named_case>& to, const table_row& row) {
    to.push_back({row.name, row.options, row.within, row.quick ? case_set::quick : case_set::slow});
    if (!std::holds_alternative<ring_options>(row.options))
        return;
    named_case other = to.back();
    other.set = row.quick && row.each_form ? case_set::quick : case_set::forms;
    std::get<ring_options>(other.options).keep = true;
    other.name = row.name + std::string("_kept");
    to.push_back(other);
    std::get<ring_options>(other.options).cas_ends = true;
    other.name = row.name + std::string("_cas");
    to.push_back(other);
}

} // namespace

const std::vector<named_case>& all_cases() {
    static const std::vector<table_row> cases = {
        // The ring: writers, readers, nodes, messages of each writer.
        {"ring_1w1r", ring(1, 1, 2, 3), sc(), quick, each_form},
        {"ring_1w1r_death", ring(1, 1, 2, 3), sc(2), quick, each_form},
        {"ring_1w1r_3_nodes", ring(1, 1, 3, 4), sc(1), quick, each_form},
        {"ring_2w1r", ring(2, 1, 2, 1), sc(), quick, each_form},
        {"ring_2w1r_death", ring(2, 1, 2, 1), sc(1), quick, each_form},
        {"ring_2w1r_full", ring(2, 1, 2, 2), sc(1, 2), quick},
        {"ring_impatient", with(ring(2, 1, 2, 2), impatient), sc(1, 2), quick},
        {"ring_1w2r_death", ring(1, 2, 2, 1), sc(1), quick},
        {"ring_end", with(ring(1, 1, 2, 1), ends), sc(1), quick, each_form},
        {"ring_end_2w", with(ring(2, 1, 2, 1), ends), sc(0, 4), quick},
        {"ring_end_2r", with(ring(1, 2, 2, 1), ends), sc(0, 5), quick},
        {"ring_end_2w2r", with(ring(2, 2, 2, 1), ends), sc(0, 3), false},
        {"ring_aborts", with(ring(2, 1, 2, 1), aborts), sc(0, 3), quick},
        {"ring_aborts_alone", with(ring(2, 0, 2, 1), aborts), sc(), quick, each_form},
        {"ring_dead_letters", with(ring(1, 2, 2, 1), gives_back, dead_letters), sc(0, 3), quick},
        {"ring_dead_letters_death", with(ring(1, 2, 2, 1), dead_letters), sc(1, 2), quick},
        {"ring_dead_letters_deep", with(ring(1, 2, 2, 1), dead_letters), sc(1, 3), false},
        {"ring_dead_letters_two", with(ring(1, 2, 2, 1), dead_letters), sc(2, 2), quick},
        {"ring_dead_letters_end", with(ring(1, 2, 2, 1), dead_letters, ends), sc(1, 2), quick},
        {"ring_gives_back", with(ring(1, 2, 2, 1), gives_back), sc(0, 4), quick},
        {"ring_oldest_first", with(ring(1, 2, 3, 3), gives_back), sc(0, 2), quick, each_form},
        {"ring_oldest_first_death", with(ring(1, 2, 3, 3), gives_back), sc(1, 2), false},
        {"ring_peeks", with(ring(1, 1, 2, 3), peeks), sc(1), quick, each_form},
        {"ring_gives_up", with(ring(1, 1, 2, 2), gives_up, next_reader), sc(1), quick, each_form},
        {"ring_wraps", with(ring(1, 1, 2, 4), last_lap), sc(1), quick, each_form},
        {"ring_next_writer", with(ring(1, 1, 2, 1), successor), sc(2), quick},
        {"ring_next_reader", with(ring(1, 1, 2, 1), next_reader), sc(2), quick, each_form},
        {"ring_repairer", with(ring(1, 1, 2, 1), repairer), sc(2), quick, each_form},
        {"ring_repairers", with(ring(1, 1, 2, 1), repairer, next_reader), sc(1, 5), quick},
        {"ring_repairers_all", with(ring(1, 1, 2, 1), repairer, next_reader), sc(1), false},
        {"ring_repairers_2", with(ring(1, 1, 2, 1), repairer, next_reader), sc(2), false},
        {"ring_repairers_next_writer", with(ring(1, 1, 2, 1), repairer, successor), sc(2, 4),
         false},
        {"ring_1w2r_repairer", with(ring(1, 2, 2, 1), repairer), sc(2, 1), quick},
        {"ring_1w2r_repairer_all", with(ring(1, 2, 2, 1), repairer), sc(2, 2), false},
        {"ring_2w2r_read_one", with(ring(2, 2, 2, 1), reads_one), sc(0, 4), quick},
        {"ring_threads_write", with(ring(2, 1, 2, 1), one_writer_handle), sc(1), quick, each_form},
        {"ring_threads_read", with(ring(1, 2, 2, 1), one_reader_handle), sc(1), quick},
        {"ring_threads_give_back", with(ring(1, 2, 2, 1), one_reader_handle, gives_back), sc(0, 4),
         quick},
        {"ring_no_timer", with(ring(1, 1, 2, 2), repairer, strict), sc(1), quick},
        {"ring_no_timer_2r", with(ring(1, 2, 2, 1), repairer, strict), sc(1, 2), quick},
        {"ring_end_gives_back", with(ring(1, 2, 2, 1), ends, gives_back), sc(0, 4), quick},
        {"ring_end_read_one", with(ring(1, 2, 2, 1), ends, reads_one), sc(0, 4), quick, each_form},
        {"ring_end_2r_death", with(ring(1, 2, 2, 1), ends), sc(1, 3), quick},
        {"ring_2w2r", ring(2, 2, 2, 1), sc(), false},
        {"ring_2w2r_death", ring(2, 2, 2, 1), sc(1, 4), false},
        {"ring_2w2r_2_deaths", ring(2, 2, 2, 1), sc(2, 4), false},
        {"ring_2w2r_3_nodes", ring(2, 2, 3, 1), sc(2, 4), false},
        {"ring_2w1r_3_nodes", ring(2, 1, 3, 2), sc(0, 6), false},
        {"ring_2w1r_2_messages", ring(2, 1, 2, 2), sc(), false},
        {"ring_2w1r_2_deaths", ring(2, 1, 2, 1), sc(2), quick, each_form},
        {"ring_3w1r", ring(3, 1, 2, 1), sc(0, 4), false},
        {"ring_1w3r", ring(1, 3, 2, 1), sc(0, 4), false},
        {"ring_both_next", with(ring(1, 1, 2, 1), successor, successor), sc(2), false},
        // Deliveries wrap while a repairer is stalled [R5].
        {"ring_deliveries_wrap",
         with(ring(1, 1, 2, 1), gives_back, next_reader, repairer, wrapping_at_once), sc(1, 3),
         quick},
        {"ring_deliveries_wrap_at_2",
         with(ring(1, 1, 2, 1), gives_back, next_reader, repairer, wrapping), sc(1, 3), false},
        {"ring_deliveries_wrap_2_deaths",
         with(ring(1, 1, 2, 1), gives_back, next_reader, repairer, wrapping_at_once), sc(2, 3),
         false},
        // One reader's claims are brief, and the other's are kept.
        {"ring_one_keeps", with(ring(1, 2, 2, 1), first_reader_keeps), sc(1), quick},
        {"ring_one_keeps_repairer",
         with(ring(1, 2, 2, 1), first_reader_keeps, gives_back, repairer), sc(1, 2), quick},
        // A single writer, a single reader, or both.
        {"ring_single", with(ring(1, 1, 2, 3), single_writer, single_reader), sc(2), quick,
         each_form},
        {"ring_single_next_writer", with(ring(1, 1, 2, 1), single_writer, single_reader, successor),
         sc(2), quick},
        {"ring_single_next_reader",
         with(ring(1, 1, 2, 2), single_writer, single_reader, next_reader), sc(2), quick,
         each_form},
        {"ring_single_closer", with(ring(1, 1, 2, 2), single_writer, single_reader, closer),
         sc(1, 3), quick},
        {"ring_single_closer_all", with(ring(1, 1, 2, 2), single_writer, single_reader, closer),
         sc(1), false},
        {"ring_single_gives_back",
         with(ring(1, 1, 2, 2), single_writer, single_reader, gives_back, aborts), sc(1), quick,
         each_form},
        {"ring_single_writer", with(ring(1, 2, 2, 1), single_writer, aborts), sc(1, 3), quick},
        {"ring_single_writer_all", with(ring(1, 2, 2, 1), single_writer, aborts), sc(1), false},
        {"ring_single_reader", with(ring(2, 1, 2, 1), single_reader, gives_back), sc(0), quick},
        {"ra_single", with(ring(1, 1, 2, 2), single_writer, single_reader), ra(), quick, each_form},
        {"ra_single_death", with(ring(1, 1, 2, 1), single_writer, single_reader), ra(1), quick,
         each_form},
        {"ra_single_closer", with(ring(1, 1, 2, 1), single_writer, single_reader, closer),
         ra(0, 2, 2), quick},
        {"ra_single_closer_all", with(ring(1, 1, 2, 1), single_writer, single_reader, closer),
         ra(0, 2), false},
        {"ra_single_next_writer", with(ring(1, 1, 2, 1), single_writer, single_reader, successor),
         ra(1, 1, 2), quick},
        {"ra_single_next_writer_all",
         with(ring(1, 1, 2, 1), single_writer, single_reader, successor), ra(1, 1), false},
        {"ra_single_next_reader", with(ring(1, 1, 2, 1), single_writer, single_reader, next_reader),
         ra(1, 1), quick, each_form},
        {"ra_single_writer", with(ring(1, 2, 2, 1), single_writer), ra(0, 1, 2), quick},
        {"ra_single_writer_all", with(ring(1, 2, 2, 1), single_writer), ra(0, 1), false},
        {"ra_single_reader", with(ring(2, 1, 2, 1), single_reader), ra(0, 1, 3), quick},
        // Batches of two.
        {"ring_batch", with(ring(1, 1, 2, 3), batches), sc(2), quick, each_form},
        {"ring_batch_3_nodes", with(ring(1, 1, 3, 4), batches), sc(1), quick, each_form},
        {"ring_batch_wraps", with(ring(1, 1, 3, 4), batches, last_lap), sc(1), quick, each_form},
        {"ring_batch_partly", with(ring(1, 1, 3, 3), batches, aborts, gives_back, may_not_spin),
         sc(1), quick},
        {"ring_batch_2w", with(ring(2, 1, 2, 2), write_batches), sc(1, 2), quick},
        {"ring_batch_2w_3_nodes", with(ring(2, 1, 3, 2), batches), sc(1, 1), quick},
        {"ring_batch_2w_3_nodes_all", with(ring(2, 1, 3, 2), batches), sc(1, 2), false},
        {"ring_batch_2r", with(ring(1, 2, 2, 2), batches), sc(1, 2), quick},
        {"ring_batch_2r_3_nodes", with(ring(1, 2, 3, 3), read_batches, gives_back), sc(1, 1),
         quick},
        {"ring_batch_2r_3_nodes_all", with(ring(1, 2, 3, 3), read_batches, gives_back), sc(1, 2),
         false},
        {"ring_batch_end", with(ring(1, 1, 2, 2), batches, closer), sc(1, 3), quick},
        {"ring_batch_end_all", with(ring(1, 1, 2, 2), batches, closer), sc(1), false},
        {"ring_batch_next_writer", with(ring(1, 1, 2, 2), batches, successor), sc(2, 3), quick},
        {"ring_batch_next_writer_all", with(ring(1, 1, 2, 2), batches, successor), sc(2), false},
        {"ring_batch_next_reader", with(ring(1, 1, 2, 2), batches, next_reader), sc(2), quick,
         each_form},
        {"ring_batch_gives_up", with(ring(1, 1, 2, 2), batches, gives_up, next_reader), sc(1),
         quick, each_form},
        {"ring_batch_no_timer", with(ring(1, 1, 2, 2), batches, repairer, strict), sc(1), quick,
         each_form},
        {"ring_batch_single", with(ring(1, 1, 2, 3), batches, single_writer, single_reader), sc(2),
         quick, each_form},
        {"ring_batch_single_3_nodes",
         with(ring(1, 1, 3, 3), batches, single_writer, single_reader, aborts, gives_back,
              may_not_spin),
         sc(1), quick},
        {"ring_batch_single_closer",
         with(ring(1, 1, 2, 2), batches, single_writer, single_reader, closer), sc(1, 3), quick},
        {"ring_batch_single_closer_all",
         with(ring(1, 1, 2, 2), batches, single_writer, single_reader, closer), sc(1), false},
        {"ring_batch_2w2r", with(ring(2, 2, 2, 2), batches), sc(1, 3), false},
        {"ring_batch_2w_more", with(ring(2, 1, 2, 2), write_batches), sc(1, 3), false},
        {"ring_batch_2r_more", with(ring(1, 2, 3, 3), read_batches, gives_back), sc(1, 3), false},
        {"ring_batch_2w2r_3_nodes", with(ring(2, 2, 3, 2), batches), sc(1, 3), false},
        {"ring_batch_2w_all", with(ring(2, 1, 2, 2), batches), sc(1), false},
        {"ring_batch_2r_all", with(ring(1, 2, 2, 2), batches), sc(1), false},
        {"ra_batch", with(ring(1, 1, 2, 2), batches), ra(1), quick, each_form},
        {"ra_batch_3_nodes", with(ring(1, 1, 3, 4), batches), ra(0, 1), quick},
        {"ra_batch_end", with(ring(1, 1, 2, 2), batches, closer), ra(0, 1, 2), quick},
        {"ra_batch_end_all", with(ring(1, 1, 2, 2), batches, closer), ra(0, 1), false},
        {"ra_batch_2w", with(ring(2, 1, 2, 2), batches, may_not_spin), ra(0, 1, 2), quick},
        {"ra_batch_2r", with(ring(1, 2, 2, 2), batches), ra(0, 1, 2), quick},
        {"ra_batch_single", with(ring(1, 1, 2, 2), batches, single_writer, single_reader), ra(1, 1),
         quick, each_form},
        {"ra_batch_single_closer",
         with(ring(1, 1, 2, 2), batches, single_writer, single_reader, closer), ra(0, 1, 2), quick},
        {"ra_batch_single_closer_all",
         with(ring(1, 1, 2, 2), batches, single_writer, single_reader, closer), ra(0, 1), false},
        // With C++ release/acquire views.
        {"ra_1w1r", ring(1, 1, 2, 3), ra(0, -1, 2), quick},
        {"ra_1w1r_all", ring(1, 1, 2, 3), ra(), false},
        {"ra_1w1r_4_messages", ring(1, 1, 2, 4), ra(), false},
        {"ra_1w1r_death", ring(1, 1, 2, 2), ra(2), quick},
        {"ra_1w1r_3_nodes", ring(1, 1, 3, 4), ra(1, 1, 2), quick},
        {"ra_1w1r_3_nodes_all", ring(1, 1, 3, 4), ra(1, 1), false},
        {"ra_2w1r", ring(2, 1, 2, 1), ra(0, 1, 3), quick},
        {"ra_2w1r_all", ring(2, 1, 2, 1), ra(), false},
        {"ra_2w1r_death", ring(2, 1, 2, 1), ra(1, 2), false},
        {"ra_1w2r", ring(1, 2, 2, 1), ra(0, 2, 2), quick},
        {"ra_2w_repairer", with(ring(2, 0, 2, 2), repairer), ra(1, 1, 2), quick},
        {"ra_2w_repairer_all", with(ring(2, 0, 2, 2), repairer), ra(1, 1), false},
        {"ra_1w2r_all", ring(1, 2, 2, 2), ra(), false},
        {"ra_end", with(ring(1, 1, 2, 1), ends), ra(), quick, each_form},
        {"ra_end_2w", with(ring(2, 1, 2, 1), ends, may_not_spin), ra(0, 2, 3), quick},
        {"ra_end_2w_2_messages", with(ring(2, 1, 2, 2), ends), ra(0, 1, 2), false},
        {"ra_repairers_few", with(ring(1, 1, 2, 1), repairer, next_reader), ra(1, 1, 2), false},
        {"ra_1w2r_death", ring(1, 2, 2, 1), ra(1, 1, 3), false},
        {"ra_1w2r_repairer", with(ring(1, 2, 2, 1), repairer), ra(1, 1, 2), false},
        {"ra_aborts_alone", with(ring(2, 0, 2, 1), aborts), ra(0, 2), false},
        // Not any number of weak steps: a search that sees the same old word each time goes on for
        // all of its budget, which no hardware makes it do.
        {"ra_end_2w_all", with(ring(2, 1, 2, 1), ends), ra(0, 6), false},
        {"ra_end_2w_again", with(ring(2, 1, 2, 2), ends), ra(0, 2, 3), false},
        {"ra_end_2r", with(ring(1, 2, 2, 1), ends), ra(0, 2), false},
        {"ra_aborts", with(ring(1, 1, 2, 2), aborts), ra(), quick},
        {"ra_gives_back", with(ring(1, 2, 2, 1), gives_back), ra(0, 1, 2), quick},
        {"ra_peeks", with(ring(1, 1, 2, 3), peeks), ra(0, -1, 2), quick},
        {"ra_peeks_all", with(ring(1, 1, 2, 3), peeks), ra(), false},
        {"ra_peeks_2r", with(ring(1, 2, 2, 2), peeks, reads_one), ra(0, 1, 3), false},
        {"ra_next_writer", with(ring(1, 1, 2, 1), successor), ra(1, 2, 2), quick},
        {"ra_next_writer_all", with(ring(1, 1, 2, 1), successor), ra(1, 2), false},
        {"ra_next_reader", with(ring(1, 1, 2, 1), next_reader), ra(1, 2), quick, each_form},
        {"ra_repairer", with(ring(1, 1, 2, 1), repairer), ra(1, -1, 2), quick},
        {"ra_repairer_all", with(ring(1, 1, 2, 1), repairer), ra(1), false},
        {"ra_repairers", with(ring(1, 1, 2, 1), repairer, next_reader), ra(1, 1, 4), false},
        {"ra_wraps", with(ring(1, 1, 2, 4), last_lap, may_not_spin), ra(0, 1, 2), quick},
        {"ra_wraps_all", with(ring(1, 1, 2, 4), last_lap, may_not_spin), ra(0, 1), false},
        // The lock: writers, readers, rounds of each.
        {"lock_1w1r", lock(1, 1, 2), sc(1), quick},
        {"lock_2w", lock(2, 0, 3), sc(2), quick},
        {"lock_2w_2_rounds", lock(2, 0, 2), sc(2), quick},
        {"lock_2w1r", lock(2, 1, 1), sc(0, 4), quick},
        {"lock_2w1r_all", lock(2, 1, 1), sc(), false},
        {"lock_2w1r_death", lock(2, 1, 1), sc(1), false},
        {"lock_1w2r_death", lock(1, 2, 1), sc(1, 3), quick},
        {"lock_2w2r_death", lock(2, 2, 1), sc(1, 1), quick},
        {"lock_2w2r_2_deaths", lock(2, 2, 1), sc(2, 3), false},
        {"lock_2w2r", lock(2, 2, 1), sc(), false},
        {"lock_next_writer", with(lock(1, 1, 1), successor), sc(1, 4), quick},
        {"lock_next_reader", with(lock(1, 1, 1), next_reader), sc(2), quick},
        {"lock_repairers", with(lock(1, 1, 1), repairer, successor), sc(1, 2), quick},
        {"lock_repairers_all", with(lock(1, 1, 1), repairer, successor), sc(2), false},
        {"lock_impatient", with(lock(2, 1, 1), impatient), sc(0, 5), quick},
        {"lock_nested", with(lock(1, 1, 2), nested), sc(1), quick},
        {"lock_nested_2r", with(lock(1, 2, 1), nested), sc(0, 4), quick},
        {"lock_nested_2w", with(lock(2, 1, 1), nested), sc(0, 4), quick},
        {"lock_threads_read", with(lock(1, 2, 1), one_reader_handle), sc(0, 5), quick},
        {"lock_threads_read_all", with(lock(1, 2, 1), one_reader_handle), sc(), false},
        {"lock_threads_read_death", with(lock(1, 2, 1), one_reader_handle), sc(1, 3), quick},
        {"lock_threads_apart", with(lock(1, 2, 1), one_reader_handle, told_apart), sc(0, 5), quick},
        {"lock_threads_write", with(lock(2, 1, 1), one_writer_handle), sc(1, 3), quick},
        {"lock_observed", with(lock(1, 0, 2), observer), sc(1), quick},
        {"lock_no_timer", with(lock(1, 1, 1), repairer, strict), sc(1), quick},
        {"lock_no_timer_2w", with(lock(2, 0, 1), repairer, strict), sc(1), quick},
        {"ra_lock_1w1r", lock(1, 1, 1), ra(1), quick},
        {"ra_lock_1w1r_again", lock(1, 1, 2), ra(0, 3), false},
        {"ra_lock_nested", with(lock(1, 1, 1), nested), ra(0, 1), false},
        {"ra_lock_2w", lock(2, 0, 1), ra(1), quick},
        {"ra_lock_2w1r", lock(2, 1, 1), ra(0, 1), false},
        {"ra_lock_1w2r", lock(1, 2, 1), ra(0, 1), false},
        {"ra_lock_observed", with(lock(1, 0, 2), observer), ra(1), quick},
        {"ra_lock_observed_2w", with(lock(2, 0, 1), observer), ra(1, 2), false},
        {"ra_lock_next_writer", with(lock(1, 1, 1), successor), ra(1, 1), false},
        {"ra_lock_repairer", with(lock(1, 1, 1), repairer), ra(1, 1), false},
    };
    static const std::vector<named_case> all = [] {
        std::vector<named_case> with_forms;
        for (const table_row& row : cases)
            add_forms(with_forms, row);
        add_spsc_cases(with_forms);
        add_room_cases(with_forms);
        add_latest_cases(with_forms);
        return with_forms;
    }();
    return all;
}

make_scene scene_of(const named_case& c) {
    if (const auto* ring = std::get_if<ring_options>(&c.options))
        return ring_scene(*ring);
    if (const auto* spsc = std::get_if<spsc_options>(&c.options))
        return spsc_scene(*spsc);
    if (const auto* room = std::get_if<room_options>(&c.options))
        return room_scene(*room);
    if (const auto* latest = std::get_if<latest_options>(&c.options))
        return latest_scene(*latest);
    return lock_scene(std::get<lock_options>(c.options));
}

std::string describe(const bounds& b) {
    std::string text = b.weak ? "ra" : "sc";
    text += ", deaths " + std::to_string(b.deaths);
    if (b.preemptions >= 0)
        text += ", preemptions " + std::to_string(b.preemptions);
    if (b.weak && b.weak_steps >= 0)
        text += ", weak steps " + std::to_string(b.weak_steps);
    return text;
}

std::string describe(const verdict& v) {
    char text[200];
    std::snprintf(text, sizeof text,
                  "%llu states, %llu steps, %llu ends, depth %u, %.1f s, %llu final states%s",
                  static_cast<unsigned long long>(v.states),
                  static_cast<unsigned long long>(v.steps), static_cast<unsigned long long>(v.ends),
                  v.depth, v.seconds, static_cast<unsigned long long>(v.finals),
                  v.violation.empty() && !v.complete ? ", NOT COMPLETE" : "");
    return text;
}

} // namespace model
