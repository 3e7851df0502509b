// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "cases.hpp"

#include "crew.hpp"
#include "results.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace comparison {
namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;

constexpr auto spinning = waiting::spinning;
constexpr auto yielding = waiting::yielding;
constexpr auto adaptive = waiting::adaptive;
constexpr auto sleeping = waiting::sleeping;

const std::vector<entry> limits = {{"bare ring", spinning},
                                   {"bare ring copying", spinning},
                                   {"bare ring keeping indices", spinning},
                                   {"bare ring in batches of 64", spinning},
                                   {"bare N:M ring", spinning},
                                   {"memcpy", spinning}};
const std::vector<entry> ours = {
    {"circular_buffer copying", spinning},       {"circular_buffer copying", adaptive},
    {"circular_buffer in place", spinning},      {"circular_buffer in place", adaptive},
    {"circular_buffer claims", spinning},        {"single ring copying", spinning},
    {"single ring in place", spinning},          {"single ring claims", spinning},
    {"circular_buffer batches of 64", spinning}, {"single ring batches of 64", spinning}};
const std::vector<entry> quick_peers = {{"lockfree::spsc_queue", spinning},
                                        {"lockfree::queue", spinning},
                                        {"atomic_queue", spinning},
                                        {"message_queue", spinning},
                                        {"message_queue", adaptive}};
const std::vector<entry> slow_peers = {{"ZeroMQ ipc", adaptive},
                                       {"iceoryx", spinning},
                                       {"iceoryx", adaptive},
                                       {"pipe", adaptive},
                                       {"socketpair", adaptive}};

std::vector<entry> together(std::initializer_list<std::vector<entry>> lists) {
    std::vector<entry> result;
    for (const auto& list : lists)
        result.insert(result.end(), list.begin(), list.end());
    return result;
}

//! As many as fit in 4 MiB, from 4 to 1024.
std::uint32_t nodes_for(std::size_t payload) {
    return static_cast<std::uint32_t>(std::clamp<std::size_t>(4 * mib / payload, 4, 1024));
}

channel_spec spec_of(std::size_t payload, unsigned writers = 1, unsigned readers = 1) {
    channel_spec result;
    result.payload = payload;
    result.nodes = nodes_for(payload);
    result.writers = writers;
    result.readers = readers;
    return result;
}

class list {
public:
    explicit list(extent wanted) : wanted_(wanted) {}

    void throughput(std::size_t payload) {
        if (wanted_ == extent::quick && payload > mib) {
            add("throughput", false, spec_of(payload),
                {{"bare ring", spinning},
                 {"bare ring copying", spinning},
                 {"circular_buffer copying", spinning},
                 {"circular_buffer copying", adaptive},
                 {"circular_buffer in place", adaptive}});
            return;
        }
        // A quick run leaves out those that are slow with messages so long, and far behind.
        const bool all = wanted_ == extent::full || payload <= kib;
        add("throughput", false, spec_of(payload),
            together({limits, ours, quick_peers, all ? slow_peers : std::vector<entry>()}));
    }
    void many(unsigned writers, unsigned readers) {
        std::vector<entry> entries = {{"circular_buffer copying", adaptive},
                                      {"circular_buffer in place", adaptive},
                                      {"message_queue", adaptive}};
        for (const char* subject : {"bare N:M ring", "atomic_queue", "circular_buffer copying",
                                    "circular_buffer in place", "circular_buffer batches of 64",
                                    "lockfree::queue", "message_queue"}) {
            entries.push_back({subject, yielding});
            // Processes that share a core would spin while the others wait for it.
            if (writers + readers <= cores().size())
                entries.push_back({subject, spinning});
        }
        add("throughput", false, spec_of(64, writers, readers), std::move(entries));
    }
    //! The same for many_cores, which looks only at processes that have a core each. More processes
    //! than cores yield: see `many_cores --smoke`.
    void a_core_each(unsigned writers, unsigned readers) {
        const waiting how = writers + readers <= cores().size() ? spinning : yielding;
        std::vector<const char*> names;
        if (writers + readers == 2)
            names = {"bare ring", "bare ring keeping indices", "bare ring in batches of 64",
                     "single ring in place", "single ring batches of 64"};
        names.insert(names.end(), {"bare N:M ring", "atomic_queue", "lockfree::queue",
                                   "circular_buffer copying", "circular_buffer in place",
                                   "circular_buffer claims", "circular_buffer batches of 64"});
        std::vector<entry> entries;
        for (const char* subject : names)
            entries.push_back({subject, how});
        add("throughput", false, spec_of(64, writers, readers), std::move(entries));
    }
    void nodes(std::uint32_t count) {
        channel_spec spec = spec_of(64);
        spec.nodes = count;
        add("throughput_nodes_" + std::to_string(count), false, spec,
            {{"bare ring", spinning},
             {"circular_buffer copying", spinning},
             {"circular_buffer copying", adaptive},
             {"message_queue", spinning}});
    }
    void round_trip(std::size_t payload, waiting how) {
        std::vector<entry> entries;
        const auto all = {"two atomics",
                          "futex",
                          "bare ring",
                          "circular_buffer copying",
                          "circular_buffer in place",
                          "circular_buffer claims",
                          "single ring copying",
                          "single ring in place",
                          "lockfree::spsc_queue",
                          "lockfree::queue",
                          "message_queue",
                          "iceoryx",
                          "ZeroMQ ipc",
                          "pipe",
                          "socketpair"};
        for (const char* subject : all) {
            // It would show how the bare ring's naps are tuned, which it has none of.
            if (how == spinning || std::string(subject) != "bare ring")
                entries.push_back({subject, how});
        }
        add("round_trip", true, spec_of(payload), std::move(entries));
        result_.back().spec.nodes = 64;
    }

    std::vector<bench_case> take() { return std::move(result_); }

private:
    void add(std::string name, bool round_trip, channel_spec spec, std::vector<entry> entries) {
        result_.push_back({std::move(name), round_trip, std::move(spec), std::move(entries)});
    }

    extent wanted_;
    std::vector<bench_case> result_;
};

} // namespace

settings settings_for(extent wanted) {
    settings s;
    s.wanted = wanted;
    switch (wanted) {
    case extent::smoke:
        s.rounds = 1;
        s.run_seconds = 0.001;
        s.idle_trips = 1;
        s.idle_seconds = 0.1;
        s.patience = 0;
        s.counted = 100;
        break;
    case extent::quick:
        s.rounds = 9;
        s.run_seconds = 0.006;
        s.idle_trips = 6;
        s.idle_seconds = 10;
        s.patience = 75;
        s.counted = 20000;
        break;
    case extent::full:
        s.rounds = 21;
        s.run_seconds = 0.02;
        s.idle_trips = 50;
        s.idle_seconds = 10;
        s.patience = 1500;
        s.counted = 100000;
        break;
    }
    return s;
}

std::vector<bench_case> cases_for(extent wanted) {
    list l(wanted);
    if (wanted == extent::smoke) {
        l.throughput(64);
        l.throughput(64 * kib);
        l.many(2, 2);
        l.nodes(2);
        l.round_trip(48, spinning);
        l.round_trip(64, spinning);
        l.round_trip(64, adaptive);
        l.round_trip(64, sleeping);
        return l.take();
    }
    const bool all = wanted == extent::full;
    for (const std::size_t payload :
         {std::size_t{8}, std::size_t{48}, std::size_t{64}, std::size_t{256}, kib, 4 * kib,
          16 * kib, 64 * kib, 256 * kib, mib, 4 * mib, 16 * mib, 64 * mib}) {
        if (all || payload == 64 || payload == kib || payload == 64 * kib || payload == mib ||
            payload == 64 * mib)
            l.throughput(payload);
    }
    using pair = std::pair<unsigned, unsigned>;
    for (const auto& [writers, readers] :
         {pair(1, 2), pair(1, 4), pair(1, 8), pair(1, 32), pair(2, 1), pair(4, 1), pair(8, 1),
          pair(32, 1), pair(2, 2), pair(4, 4), pair(8, 8), pair(32, 32)}) {
        if (all || (writers == readers && (writers == 2 || writers == 32)))
            l.many(writers, readers);
    }
    for (const std::uint32_t count : {2U, 3U, 4U, 16U, 64U, 1000U, 16384U, 1U << 20U}) {
        if (all || count == 2 || count == 1U << 20U)
            l.nodes(count);
    }
    for (const std::size_t payload : {std::size_t{8}, std::size_t{48}, std::size_t{64},
                                      std::size_t{256}, kib, 4 * kib, 16 * kib, 64 * kib}) {
        if (all || (payload >= 48 && payload <= 64))
            l.round_trip(payload, spinning);
        if (all || payload == 64)
            l.round_trip(payload, adaptive);
    }
    l.round_trip(64, sleeping);
    return l.take();
}

std::vector<bench_case> cases_of_many_cores() {
    list l(extent::full);
    using pair = std::pair<unsigned, unsigned>;
    for (const auto& [writers, readers] : {pair(1, 1), pair(2, 2), pair(4, 4), pair(8, 8),
                                           pair(1, 4), pair(4, 1), pair(1, 8), pair(8, 1)})
        l.a_core_each(writers, readers);
    return l.take();
}

std::string title_of(const bench_case& c) {
    std::string result = c.name + ", " + name_of_size(c.spec.payload);
    if (c.round_trip)
        return result + ", " + name_of(c.entries.front().how);
    return result + ", " + std::to_string(c.spec.writers) + " to " + std::to_string(c.spec.readers);
}

} // namespace comparison
