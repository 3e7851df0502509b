// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "runner.hpp"

#include "crew.hpp"
#include "two_atomics.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <unistd.h>

namespace comparison {
namespace {

constexpr int most_repeats = 5;
constexpr int least_rounds = 3;
constexpr double gate_seconds = 0.002;
constexpr double two_atomics_seconds = 0.001;
// The bare ring's own speed wanders; phases in which the machine is slow are twice as slow and more.
constexpr double slow = 0.6;
// Processes that have a processor each, and waited for it for more of the time, shared it with others.
constexpr double present = 0.95;

//! So many that a run takes about that long, when nothing disturbs it: the quickest of some tells.
std::uint64_t count_for(session& s, std::uint64_t least, double seconds) {
    constexpr int tries = 3;
    constexpr double near_enough = 1.5;
    constexpr double most_at_once = 16;
    for (std::uint64_t count = least;;) {
        double taken = s.run(count).seconds;
        for (int i = 1; i != tries; ++i)
            taken = std::min(taken, s.run(count).seconds);
        const double times = seconds / std::max(taken, 1e-7);
        if (times < near_enough)
            return std::max(least, static_cast<std::uint64_t>(static_cast<double>(count) * times));
        count =
            static_cast<std::uint64_t>(static_cast<double>(count) * std::min(times, most_at_once));
    }
}

} // namespace

std::string unique_name() {
    static unsigned number = 0;
    return "compare_peers-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
}

// ---- The gate -----------------------------------------------------------------------------------

gate::gate(const subjects& all, extent wanted) : wanted_(wanted) {
    channel_spec spec;
    spec.name = unique_name();
    bare_ = all.find("bare ring")->throughput(spec, waiting::spinning);
    count_ = count_for(*bare_, 10000, gate_seconds);
    for (int i = 0; i != 10; ++i)
        open();
}

bool gate::open() {
    const outcome o = bare_->run(count_);
    if (wanted_ == extent::smoke)
        return true;
    if (o.presence < present)
        return false;
    speeds_.push_back(static_cast<double>(count_) / o.seconds / 1e6);
    std::vector<double> before = speeds_;
    const auto reference = before.begin() + static_cast<std::ptrdiff_t>(before.size() / 2);
    std::nth_element(before.begin(), reference, before.end());
    return speeds_.back() >= slow * *reference;
}

// ---- The rounds ---------------------------------------------------------------------------------

runner::runner(const subjects& all, const settings& wanted, results& found)
    : all_(all), wanted_(wanted), found_(found), gate_(all, wanted.wanted),
      two_atomics_(start_two_atomics()),
      two_atomics_count_(count_for(*two_atomics_, 100, two_atomics_seconds)) {}

void runner::run(const bench_case& c) {
    std::vector<contestant> contestants = start(c);
    std::vector<double> two_atomics;
    for (int round = 0; round != wanted_.rounds; ++round) {
        if (round >= least_rounds && !is_patient())
            break;
        two_atomics.push_back(two_atomics_->run(two_atomics_count_).seconds * 1e9 /
                              static_cast<double>(two_atomics_count_));
        bool open = gate_.open();
        for (std::size_t i = 0; i != contestants.size();) {
            try {
                run_once_quiet(contestants[i], c, open);
                ++i;
            } catch (const interrupted&) {
                throw;
            } catch (const std::exception& e) {
                note_failure(c, contestants[i].who, e.what());
                contestants.erase(contestants.begin() + static_cast<std::ptrdiff_t>(i));
            }
        }
    }
    const auto note_all = [&](const char* suffix, const char* unit, auto value) {
        const int together = found_.next_together();
        for (const contestant& one : contestants) {
            series s;
            s.what = {c.name + suffix, one.who.subject, c.spec.payload,
                      c.spec.writers,  c.spec.readers,  name_of(one.who.how)};
            s.unit = unit;
            s.noisy = one.noisy;
            s.together = together;
            s.two_atomics = two_atomics;
            for (const outcome& o : one.outcomes) {
                s.values.push_back(value(one, o));
                if (o.longest_write != 0)
                    s.longest_writes.push_back(o.longest_write / 1000);
                if (o.longest_write != 0 && c.spec.writers > 1)
                    s.shares.push_back(o.share);
            }
            found_.add(std::move(s));
        }
    };
    if (c.round_trip) {
        note_all("_p50", "ns", [](const contestant&, const outcome& o) { return o.p50; });
        note_all("_p99", "ns", [](const contestant&, const outcome& o) { return o.p99; });
        note_all("_p99.9", "ns", [](const contestant&, const outcome& o) { return o.p999; });
    } else {
        note_all("", million_a_second, [&c](const contestant& one, const outcome& o) {
            const std::uint64_t messages = one.count / c.spec.writers * c.spec.writers;
            return static_cast<double>(messages) / o.seconds / 1e6;
        });
    }
}

std::vector<runner::contestant> runner::start(const bench_case& c) {
    std::vector<contestant> result;
    for (const entry& who : c.entries) {
        throw_if_interrupted();
        const subject* s = all_.find(who.subject);
        const start_session* start_it =
            s == nullptr ? nullptr : &(c.round_trip ? s->round_trip : s->throughput);
        if (start_it == nullptr || !*start_it || !s->offers(c.spec, who.how))
            continue;
        try {
            channel_spec spec = c.spec;
            spec.name = unique_name();
            contestant one{who, (*start_it)(spec, who.how), 0, {}, {}};
            one.count = calibrate(*one.runs, c, who.how);
            result.push_back(std::move(one));
        } catch (const interrupted&) {
            throw;
        } catch (const std::exception& e) {
            note_failure(c, who, e.what());
        }
    }
    return result;
}

std::uint64_t runner::calibrate(session& s, const bench_case& c, waiting how) const {
    if (c.round_trip)
        s.run(2); // those that must find each other have done it
    if (how == waiting::sleeping)
        return wanted_.idle_trips;
    // Each node is written at least once before it counts.
    const std::uint64_t least = c.round_trip ? 10 : 2 * c.spec.writers * std::uint64_t{4};
    if (wanted_.wanted == extent::smoke)
        return least;
    if (!c.round_trip)
        s.run(2 * std::max(c.spec.nodes, c.spec.writers));
    return count_for(s, least, wanted_.run_seconds);
}

bool runner::is_patient() const {
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - began_;
    return since.count() < wanted_.patience;
}

// Between two looks at the gate that find it open, if that can be had.
void runner::run_once_quiet(contestant& one, const bench_case& c, bool& open) {
    const bool uncrowded =
        c.spec.writers + c.spec.readers <= processors().size() && wanted_.wanted != extent::smoke;
    for (int repeat = 1;; ++repeat) {
        const bool open_before = open;
        const outcome result = one.runs->run(one.count);
        open = gate_.open();
        const bool quiet = open_before && open && (!uncrowded || result.presence >= present);
        if (quiet || repeat == most_repeats || !is_patient()) {
            one.outcomes.push_back(result);
            one.noisy.push_back(!quiet);
            return;
        }
    }
}

// ---- What came of it ----------------------------------------------------------------------------

void runner::note_failure(const bench_case& c, const entry& who, const char* why) {
    found_.failures.push_back(
        c.name + " " + name_of_size(c.spec.payload) + ", " + std::to_string(c.spec.writers) + ":" +
        std::to_string(c.spec.readers) + ", " + who.subject + " " + name_of(who.how) + ": " + why);
}

} // namespace comparison
