// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What one uses of its processor that waits for a message which does not come.

#include "crew.hpp"
#include "others.hpp"
#include "runner.hpp"

#include <shared_memory/circular_buffer.hpp>

#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <thread>
#include <vector>

namespace comparison {
namespace {

namespace sm = shared_memory;

constexpr unsigned participants = 64;

double seconds_of(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct usage {
    std::atomic<double> part_of_a_core{0};
};

class idle_waiter : public worker {
public:
    idle_waiter(const std::string& name, usage& used) : ring_(sm::open_only, name), used_(used) {}
    void run(std::uint64_t) override {
        const double start = seconds_of(CLOCK_MONOTONIC);
        const double used_before = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
        ring_.read<int>();
        used_.part_of_a_core = (seconds_of(CLOCK_PROCESS_CPUTIME_ID) - used_before) /
                               (seconds_of(CLOCK_MONOTONIC) - start);
    }

private:
    sm::circular_buffer ring_;
    usage& used_;
};

//! All others, and the one that writes at last.
class company : public worker {
public:
    company(const std::string& name, std::size_t others, double seconds) : seconds_(seconds) {
        for (std::size_t i = 0; i != others; ++i)
            rings_.emplace_back(sm::open_only, name);
    }
    void run(std::uint64_t) override {
        std::this_thread::sleep_for(std::chrono::duration<double>(seconds_));
        rings_.front().write(1);
    }

private:
    double seconds_;
    std::vector<sm::circular_buffer> rings_;
};

} // namespace

void measure_idle_waiter(const settings& wanted, results& found) {
    const std::string name = unique_name();
    sm::circular_buffer owner(sm::create_only, name, 64, sizeof(int),
                              sm::options().max_participants(participants));
    const shared_object<usage> used;
    {
        crew processes;
        processes.add(0, [&] { return std::make_unique<idle_waiter>(name, *used); });
        processes.add(1, [&] {
            return std::make_unique<company>(name, participants - 2, wanted.idle_seconds);
        });
        processes.run(1);
    }
    series s;
    s.what = {"idle_waiter_beside_63", "circular_buffer", 0, 0, 0, name_of(waiting::sleeping)};
    s.unit = "% core";
    s.values = {100 * used->part_of_a_core};
    found.add(std::move(s));
}

} // namespace comparison
