// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Whether the model finds what it should: with pieces left out, and with weaker memory orders.

#include "cases.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

namespace model {
namespace {

// Small enough to be run for each fault, and together touching every line.
std::vector<named_case> cases_named(const std::vector<const char*>& names) {
    std::vector<named_case> found;
    for (const char* name : names) {
        const auto& all = all_cases();
        const auto it = std::find_if(all.begin(), all.end(),
                                     [&](const named_case& c) { return c.name == name; });
        if (it != all.end())
            found.push_back(*it);
    }
    return found;
}

template <class Make>
bool try_cases(const std::vector<named_case>& cases, double seconds, const weakening& w, Make make,
               finding& f) {
    for (const named_case& c : cases) {
        bounds b = c.within;
        b.seconds = seconds;
        f.details = explore(make(c), b, w);
        if (!f.details.violation.empty()) {
            f.found = f.details.violation;
            f.where = c.name;
            return true;
        }
    }
    return false;
}

std::string base_name(const char* file) {
    const char* slash = std::strrchr(file, '/');
    return slash == nullptr ? file : slash + 1;
}

struct site {
    std::string file;
    unsigned line;
    op what;
    bool failure;
    order from;
    const char* path;

    bool operator<(const site& other) const {
        return std::tie(file, line, what, failure) <
               std::tie(other.file, other.line, other.what, other.failure);
    }
};

// One step weaker, each in its own way.
std::vector<order> weaker(const site& s) {
    const bool loads = s.what == op::load || s.failure;
    const bool stores = s.what == op::store;
    switch (s.from) {
    case order::seq_cst:
        return {loads ? order::acquire : stores ? order::release : order::acq_rel};
    case order::acq_rel:
        return {order::acquire, order::release};
    case order::acquire:
    case order::release:
        return {order::relaxed};
    default:
        return {};
    }
}

// Each with the cases that come by.
std::map<site, std::vector<named_case>> sites_of(const std::vector<named_case>& cases) {
    std::map<site, std::vector<named_case>> found;
    for (const named_case& c : cases) {
        std::set<site> here;
        bounds b = c.within;
        b.seconds = 2;
        visit(scene_of(c), b, [&](const access& a) {
            if (a.file == nullptr || std::strstr(a.file, "/test/") != nullptr)
                return;
            const std::string file = base_name(a.file);
            here.insert({file, a.line, a.what, false, a.success, a.file});
            if (a.what == op::cas)
                here.insert({file, a.line, a.what, true, a.failure, a.file});
        });
        for (const site& s : here)
            found[s].push_back(c);
    }
    return found;
}

} // namespace

const std::vector<named_fault>& all_faults() {
    static const std::vector<named_fault> faults = [] {
        // Where it is found; that case is tried first, and all others if it should not be there.
        const char* const ring_cases[] = {"ring_next_reader",    "ring_repairers_next_writer",
                                          "ring_repairers",      "ring_end_gives_back",
                                          "ring_1w2r_repairer",  "ring_end_gives_back",
                                          "ring_aborts",         "ring_end_gives_back",
                                          "ring_end_read_one",   "ring_aborts_alone",
                                          "ring_end_2w",         "ring_2w1r",
                                          "ring_end_2w",         "ring_end_2w",
                                          "ring_end_gives_back", "ring_end_read_one",
                                          "ring_no_timer",       "ring_2w1r",
                                          "ring_2w1r",           "ra_single_death",
                                          "ring_2w1r_death",     "ring_2w1r_death",
                                          "ring_1w2r_death",     "ring_next_writer",
                                          "ring_1w1r_death",     "ra_peeks_2r",
                                          "ring_end_2w"};
        const char* const lock_cases[] = {
            "lock_next_writer",  "lock_next_writer", "lock_2w1r",          "lock_1w1r",
            "lock_no_timer",     "lock_1w1r",        "lock_1w1r",          "lock_1w1r",
            "lock_threads_read", "lock_nested",      "lock_threads_apart", "lock_no_timer",
            "lock_2w1r",         "lock_2w1r"};
        static_assert(std::size(ring_cases) + 1 == static_cast<unsigned>(ring_fault::count));
        static_assert(std::size(lock_cases) + 1 == static_cast<unsigned>(lock_fault::count));
        std::vector<named_fault> all;
        for (unsigned i = 1; i != static_cast<unsigned>(ring_fault::count); ++i) {
            const auto fault = static_cast<ring_fault>(i);
            all.push_back({std::string("ring: ") + name_of(fault), fault, ring_cases[i - 1]});
        }
        for (unsigned i = 1; i != static_cast<unsigned>(lock_fault::count); ++i) {
            const auto fault = static_cast<lock_fault>(i);
            all.push_back({std::string("lock: ") + name_of(fault), fault, lock_cases[i - 1]});
        }
        add_spsc_faults(all);
        add_room_faults(all);
        add_latest_faults(all);
        return all;
    }();
    return faults;
}

finding try_fault(const named_fault& one, double seconds) {
    finding f{one.name, {}, {}, {}};
    const auto* of_ring = std::get_if<ring_fault>(&one.fault);
    std::vector<const char*> names = {one.likely};
    if (of_ring != nullptr)
        names.insert(names.end(),
                     {"ring_2w1r", "ring_aborts_alone", "ring_end_2w", "ring_end_read_one",
                      "ring_end_gives_back", "ring_next_reader", "ring_repairers", "ring_repairer",
                      "ring_1w2r_death", "ring_1w2r_repairer", "ring_2w2r_read_one",
                      "ring_no_timer", "ring_repairers_next_writer", "ra_single_death",
                      "ra_single_closer"});
    else if (std::holds_alternative<latest_fault>(one.fault))
        names.insert(names.end(),
                     {"latest", "latest_2w1r", "latest_full", "latest_2w1r_death", "latest_updates",
                      "latest_next_writer", "latest_repairers", "latest_pin", "latest_pin_2w",
                      "latest_pin_full", "latest_pin_next_reader", "latest_single_other",
                      "ra_latest", "ra_latest_pin", "ra_latest_single"});
    else if (std::holds_alternative<spsc_fault>(one.fault))
        names.insert(names.end(),
                     {"spsc", "spsc_death", "spsc_closer", "spsc_aborts", "spsc_gives_back",
                      "spsc_no_timer", "spsc_both_next", "spsc_other_writer", "spsc_gives_up_later",
                      "spsc_late", "spsc_late_next_reader", "spsc_late_aborts_both",
                      "spsc_late_no_reader", "spsc_batch", "ra_spsc", "ra_spsc_closer"});
    else if (std::holds_alternative<room_fault>(one.fault))
        names.insert(names.end(), {"ra_room", "ra_room_2w", "ra_room_2s", "ra_room_2w2s"});
    else
        names.insert(names.end(), {"lock_1w1r", "lock_2w1r", "lock_nested", "lock_threads_read",
                                   "lock_no_timer", "lock_next_writer", "lock_repairers"});
    const auto make = [&](const named_case& c) {
        if (of_ring != nullptr)
            return ring_scene(std::get<ring_options>(c.options), *of_ring);
        if (const auto* of_spsc = std::get_if<spsc_fault>(&one.fault))
            return spsc_scene(std::get<spsc_options>(c.options), *of_spsc);
        if (const auto* of_room = std::get_if<room_fault>(&one.fault))
            return room_scene(std::get<room_options>(c.options), *of_room);
        if (const auto* of_latest = std::get_if<latest_fault>(&one.fault))
            return latest_scene(std::get<latest_options>(c.options), *of_latest);
        return lock_scene(std::get<lock_options>(c.options), std::get<lock_fault>(one.fault));
    };
    try_cases(cases_named(names), seconds, {}, make, f);
    return f;
}

std::vector<finding> try_weakening(double seconds_each, const std::string& filter,
                                   const std::function<void(const finding&)>& say) {
    const auto cases = cases_named({"ra_lock_2w",
                                    "ra_lock_observed",
                                    "ra_lock_1w1r",
                                    "ra_lock_nested",
                                    "ra_lock_next_writer",
                                    "ra_end",
                                    "ra_next_reader",
                                    "ra_1w1r_death",
                                    "ra_end_cas",
                                    "ra_next_reader_kept",
                                    "ra_1w1r_death_cas",
                                    "ra_batch",
                                    "ra_2w_repairer",
                                    "ra_end_2w_cas",
                                    "ra_repairer",
                                    "ra_aborts",
                                    "ra_1w1r",
                                    "ra_1w2r",
                                    "ra_2w1r",
                                    "ra_end_2w",
                                    "ra_gives_back",
                                    "ra_peeks",
                                    "ra_peeks_2r",
                                    "ra_aborts_alone",
                                    "ra_1w2r_death",
                                    "ra_1w2r_repairer",
                                    "ra_repairers_few",
                                    "ra_end_2w_2_messages",
                                    "ra_spsc",
                                    "ra_spsc_death",
                                    "ra_spsc_full_fences",
                                    "ra_spsc_closer",
                                    "ra_spsc_aborts",
                                    "ra_spsc_gives_back",
                                    "ra_spsc_late",
                                    "ra_spsc_next_writer",
                                    "ra_spsc_late_next_writer",
                                    "ra_spsc_next_reader",
                                    "ra_spsc_late_repairer",
                                    "ra_spsc_batch",
                                    "ra_room",
                                    "ra_room_2w",
                                    "ra_room_2s",
                                    "ra_latest",
                                    "ra_latest_death",
                                    "ra_latest_2w1r",
                                    "ra_latest_1w2r",
                                    "ra_latest_repairer",
                                    "ra_latest_next_writer",
                                    "ra_latest_updates",
                                    "ra_latest_pin",
                                    "ra_latest_pin_full",
                                    "ra_latest_single",
                                    "ra_latest_single_next"});
    std::vector<finding> all;
    for (const auto& [s, passing] : sites_of(cases)) {
        const std::string where = s.file + ":" + std::to_string(s.line);
        if (!filter.empty() && where.find(filter) == std::string::npos)
            continue;
        // Down until something is found.
        std::vector<order> next = weaker(s);
        for (std::size_t i = 0; i != next.size(); ++i) {
            const weakening w{s.path, s.line, s.what, s.failure, s.from, next[i]};
            finding f{where + " " + name_of(s.what) + (s.failure ? " (failure) " : " ") +
                          name_of(s.from) + " -> " + name_of(next[i]),
                      {},
                      {},
                      {}};
            if (!try_cases(passing, seconds_each, w, scene_of, f)) {
                for (const order further : weaker({{}, 0, s.what, s.failure, next[i], nullptr})) {
                    if (std::find(next.begin(), next.end(), further) == next.end())
                        next.push_back(further);
                }
            }
            say(f);
            all.push_back(f);
        }
    }
    return all;
}

} // namespace model
