// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "targets.hpp"

#include <initializer_list>
#include <iomanip>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

namespace comparison {
namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;
constexpr double far_processors = 200; // two atomics take more nanoseconds

//! Two kinds of rings: the second is created for a single writer and a single reader.
struct kind {
    const char* title;
    const char* copying;
    const char* in_place;
    const char* claims;
    const char* batches;
};
constexpr kind general = {"general ring", "circular_buffer copying", "circular_buffer in place",
                          "circular_buffer claims", "circular_buffer batches of 64"};
constexpr kind single = {"single 1:1 ring", "single ring copying", "single ring in place",
                         "single ring claims", "single ring batches of 64"};

enum class goal { proper, stretch };
enum class bound { at_least, above, at_most, below };

bool holds(double figure, bound b, double target) {
    switch (b) {
    case bound::at_least:
        return figure >= target;
    case bound::above:
        return figure > target;
    case bound::at_most:
        return figure <= target;
    case bound::below:
        return figure < target;
    }
    return false;
}

const char* words_of(bound b) {
    switch (b) {
    case bound::at_least:
        return "at least ";
    case bound::above:
        return "over ";
    case bound::at_most:
        return "at most ";
    case bound::below:
        return "under ";
    }
    return "";
}

class judge {
public:
    judge(std::ostream& out, const results& found, bool measured_only, bool yardstick_counts)
        : out_(out), found_(found), measured_only_(measured_only),
          yardstick_counts_(yardstick_counts) {}

    //! The quickest of these subjects, each by spinning and by its own waiting (or yielding).
    const series* quickest(const std::string& name, std::size_t payload,
                           std::initializer_list<const char*> subjects, unsigned writers = 1,
                           unsigned readers = 1) const {
        const series* best = nullptr;
        for (const char* subject : subjects) {
            for (const char* how : {"spinning", "adaptive", "yielding"}) {
                const series* s = found_.find({name, subject, payload, writers, readers, how});
                if (s != nullptr && !s->values.empty() &&
                    (best == nullptr || figure_of(s).value->median > figure_of(best).value->median))
                    best = s;
            }
        }
        return best;
    }
    //! The round trip that takes least.
    const series* shortest(std::size_t payload, std::initializer_list<const char*> subjects,
                           const char* how) const {
        const series* best = nullptr;
        for (const char* subject : subjects) {
            const series* s = found_.find({"round_trip_p50", subject, payload, 1, 1, how});
            if (s != nullptr && !s->values.empty() &&
                (best == nullptr || figure_of(s).value->median < figure_of(best).value->median))
                best = s;
        }
        return best;
    }
    const series* one(const measured& what) const { return found_.find(what); }

    void say(goal g, const std::string& what, const figure& f, bound b, double target,
             const std::string& unit, bool by_yardstick = true) {
        if (!f.value && measured_only_)
            return;
        const bool reached = f.value && holds(f.value->median, b, target);
        const bool noisy = f.value && (f.noisy || (by_yardstick && !yardstick_counts_));
        const char* word = noisy               ? "NOISY"
                           : g == goal::proper ? (reached ? "MET" : "MISSED")
                           : reached           ? "STRETCH reached"
                                               : "STRETCH open";
        out_ << std::left << std::setw(15) << word << "  " << std::setw(68) << what << "  ";
        std::string text;
        if (!f.value)
            text = "not measured";
        else if (f.value->min == f.value->max)
            text = digits(f.value->median) + unit;
        else
            text = digits(f.value->median) + unit + " [" + digits(f.value->min) + " to " +
                   digits(f.value->max) + "]";
        out_ << std::setw(30) << text << "  " << words_of(b) << digits(target) << unit << '\n';
    }

private:
    std::ostream& out_;
    const results& found_;
    bool measured_only_;
    bool yardstick_counts_;
};

const series* bare(const judge& j, std::size_t payload, const char* subject = "bare ring") {
    return j.quickest("throughput", payload, {subject});
}
const series* queue(const judge& j, std::size_t payload) {
    return j.quickest("throughput", payload, {"message_queue"});
}
const series* ring(const judge& j, const kind& k, std::size_t payload) {
    return j.quickest("throughput", payload, {k.copying, k.in_place});
}

void judge_small_messages(judge& j) {
    const series* spsc = j.quickest("throughput", 64, {"lockfree::spsc_queue"});
    const series* theirs = bare(j, 64);
    const series* our_single = ring(j, single, 64);
    const series* our_general = ring(j, general, 64);
    j.say(goal::proper, "64 B, single 1:1 ring, to lockfree::spsc_queue", ratio(our_single, spsc),
          bound::above, 1, "x");
    j.say(goal::proper, "64 B, single 1:1 ring, to the bare ring", ratio(our_single, theirs),
          bound::above, 1, "x");
    for (const auto& [g, target] : {std::pair(goal::proper, 0.7), std::pair(goal::stretch, 0.9)})
        j.say(g, "64 B, single 1:1 ring, to the bare ring keeping indices",
              ratio(our_single, bare(j, 64, "bare ring keeping indices")), bound::at_least, target,
              "x");
    j.say(goal::proper, "64 B, single 1:1 ring in batches of 64, to the bare ring in them",
          ratio(j.quickest("throughput", 64, {single.batches}),
                bare(j, 64, "bare ring in batches of 64")),
          bound::at_least, 0.75, "x");
    for (const kind& k : {general, single})
        j.say(goal::proper, std::string("64 B, ") + k.title + " by claims, to in place",
              ratio(j.quickest("throughput", 64, {k.claims}),
                    j.quickest("throughput", 64, {k.in_place})),
              bound::at_least, 0.9, "x");
    j.say(goal::proper, "64 B, general ring, 1 to 1, to message_queue",
          ratio(our_general, queue(j, 64)), bound::at_least, 3, "x");
    // A write and a read do two locked instructions each, which weigh less the longer a line takes from
    // one processor to the other.
    const figure between = figure_of(j.shortest(64, {"two atomics"}, "spinning"));
    const bool near = between.value && between.value->median < far_processors;
    j.say(goal::proper,
          std::string("64 B, general ring, 1 to 1, to the bare ring, ") +
              (near ? "near processors" : "far processors"),
          ratio(our_general, theirs), bound::at_least, near ? 0.6 : 1.2, "x");
    for (const auto& [g, target] : {std::pair(goal::proper, 1.5), std::pair(goal::stretch, 2.5)})
        j.say(g, "64 B, general ring in batches of 64, to the bare ring",
              ratio(j.quickest("throughput", 64, {general.batches}), theirs), bound::at_least,
              target, "x");
    j.say(goal::stretch, "64 B, general ring, 1 to 1, to lockfree::spsc_queue",
          ratio(our_general, spsc), bound::above, 1, "x");
    j.say(goal::proper, "64 B, general ring, 2 to 2, to message_queue at its best",
          ratio(j.quickest("throughput", 64, {general.copying, general.in_place}, 2, 2),
                j.quickest("throughput", 64, {"message_queue"}, 2, 2)),
          bound::above, 1, "x");
    for (const kind& k : {general, single}) {
        const std::string what = std::string("1 KiB, ") + k.title;
        j.say(goal::proper, what + ", to the bare ring", ratio(ring(j, k, kib), bare(j, kib)),
              bound::at_least, 0.95, "x");
        j.say(goal::proper, what + ", to message_queue", ratio(ring(j, k, kib), queue(j, kib)),
              bound::at_least, 4, "x");
    }
}

void judge_long_messages(judge& j) {
    for (const std::size_t size : {64 * kib, mib, 64 * mib})
        j.say(goal::proper, name_of_size(size) + ", copying, to the bare ring copying",
              ratio(j.quickest("throughput", size, {general.copying, single.copying}),
                    bare(j, size, "bare ring copying")),
              bound::at_least, 0.97, "x");
    j.say(goal::proper, "64 KiB, in place, to the bare ring copying",
          ratio(j.quickest("throughput", 64 * kib, {general.in_place, single.in_place}),
                bare(j, 64 * kib, "bare ring copying")),
          bound::above, 1, "x");
}

void judge_round_trips(judge& j) {
    const auto limit = [&](std::size_t payload) {
        return j.shortest(payload, {"two atomics"}, "spinning");
    };
    const auto ours = [&](const kind& k, std::size_t payload) {
        return ratio(j.shortest(payload, {k.copying, k.in_place}, "spinning"), limit(payload));
    };
    const std::string spinning = "round trip spinning, ";
    j.say(goal::proper, spinning + "48 B, general ring, to two atomics", ours(general, 48),
          bound::at_most, 1.5, "x");
    j.say(goal::proper, spinning + "48 B, single 1:1 ring, to two atomics", ours(single, 48),
          bound::at_most, 1.5, "x");
    j.say(goal::proper, spinning + "64 B, general ring, to two atomics", ours(general, 64),
          bound::at_most, 1.9, "x");
    j.say(goal::stretch, spinning + "48 B, single 1:1 ring, to two atomics", ours(single, 48),
          bound::at_most, 1.2, "x");
    j.say(goal::stretch, spinning + "64 B, general ring, to two atomics", ours(general, 64),
          bound::at_most, 1.6, "x");

    // The plain write and read, which everybody uses first.
    const series* busy = j.shortest(64, {general.copying}, "adaptive");
    j.say(goal::proper, "round trip adaptive, 64 B, both busy, median", figure_of(busy),
          bound::below, 2000, " ns", false);
    j.say(
        goal::proper, "round trip adaptive, 64 B, after 20 ms idle, to futex",
        ratio(j.shortest(64, {general.copying}, "sleeping"), j.shortest(64, {"futex"}, "sleeping")),
        bound::at_most, 1.2, "x", false);
}

void judge_costs(judge& j) {
    j.say(goal::proper, "idle waiter, 64 participants attached",
          figure_of(j.one({"idle_waiter_beside_63", "circular_buffer", 0, 0, 0, "sleeping"})),
          bound::below, 0.15, " % of a core", false);
    // Less what writing and reading the payload takes, which is not the ring's.
    const auto instructions = [&](const char* subject) {
        return figure_of(j.one({"instructions", subject, 64, 1, 1, ""}));
    };
    figure cost = instructions(general.copying);
    const figure loops = instructions("fill and sum alone");
    if (cost.value && loops.value) {
        const double net = cost.value->median - loops.value->median;
        cost.value = range{net, net, net};
    }
    for (const auto& [g, target] : {std::pair(goal::proper, 200), std::pair(goal::stretch, 150)})
        j.say(g, "instructions of a write and a read of 64 B, general ring", cost, bound::below,
              target, "", false);
}

} // namespace

void print_verdicts(std::ostream& out, const results& found, bool some_cases_only) {
    const judge without(out, found, some_cases_only, true);
    const figure bare_speed = figure_of(bare(without, 64));
    const figure atomics = figure_of(without.shortest(64, {"two atomics"}, "spinning"));
    double yardstick = 0;
    if (bare_speed.value && atomics.value)
        yardstick = bare_speed.value->median * atomics.value->median / 1000;
    const bool counts = yardstick >= least_yardstick;
    out << "\nyardstick: the bare ring's million/s times the two atomics' microseconds: "
        << std::setprecision(3) << yardstick << "; the run "
        << (counts ? "counts" : "does not count") << " (at least " << least_yardstick << ")\n";

    judge j(out, found, some_cases_only, counts);
    judge_small_messages(j);
    judge_long_messages(j);
    judge_round_trips(j);
    judge_costs(j);
}

} // namespace comparison
