// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! How long a message takes there and an answer back.

#ifndef SHARED_MEMORY_BENCH_PEERS_ROUND_TRIP_HPP
#define SHARED_MEMORY_BENCH_PEERS_ROUND_TRIP_HPP

#include "throughput.hpp"
#include "ticks.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace comparison {

inline constexpr std::uint64_t most_round_trips = 1U << 20U;
inline constexpr auto idle_time = std::chrono::milliseconds(20);

//! The value that this part of them does not exceed.
inline double percentile(std::vector<std::uint32_t>& values, double part) {
    const auto last = static_cast<double>(values.size() - 1);
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(part * last + 0.5);
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

//! The numbers of what it asked, once answered, in ticks; and what they are in nanoseconds.
struct trip_times {
    std::atomic<double> nanoseconds_a_tick;
    std::uint32_t samples[most_round_trips];
};

template <class Channel>
class asker : public worker {
public:
    asker(Channel& there, Channel& back, std::size_t size, waiting how, trip_times& times)
        : size_(size), how_(how), times_(times), reader_(back), writer_(there) {}

    void run(std::uint64_t count) override {
        const tick_scale scale;
        std::uint64_t number = 0;
        auto ask = [&](std::byte* to) { fill(to, size_, number); };
        auto hear = [&](const std::byte* from) {
            if (check(from, size_) != number)
                throw std::runtime_error("another message than the one sent came back");
        };
        std::uint64_t before = scale.start();
        for (; number != count; ++number) {
            if (how_ == waiting::sleeping) {
                std::this_thread::sleep_for(idle_time);
                before = ticks();
            }
            write_by(how_, writer_, ask);
            read_by(how_, reader_, hear);
            const std::uint64_t after = ticks();
            times_.samples[number] = static_cast<std::uint32_t>(
                std::min<std::uint64_t>(after - before, ~std::uint32_t{0}));
            before = after;
        }
        times_.nanoseconds_a_tick = scale.nanoseconds_a_tick();
    }

private:
    std::size_t size_;
    waiting how_;
    trip_times& times_;
    typename Channel::reader reader_; // first: a writer may wait for a reader to be there
    typename Channel::writer writer_;
};

template <class Channel>
class answerer : public worker {
public:
    answerer(Channel& there, Channel& back, std::size_t size, waiting how)
        : size_(size), how_(how), reader_(there), writer_(back) {}

    void run(std::uint64_t count) override {
        std::uint64_t number = 0;
        auto hear = [&](const std::byte* from) { number = check(from, size_); };
        auto answer = [&](std::byte* to) { fill(to, size_, number); };
        for (std::uint64_t i = 0; i != count; ++i) {
            read_by(how_, reader_, hear);
            write_by(how_, writer_, answer);
        }
    }

private:
    std::size_t size_;
    waiting how_;
    typename Channel::reader reader_; // first: a writer may wait for a reader to be there
    typename Channel::writer writer_;
};

//! Two processes and two channels.
template <class Channel>
class round_trip_session : public session {
public:
    round_trip_session(const channel_spec& spec, waiting how)
        : there_(named(spec, "-there")), back_(named(spec, "-back")) {
        const std::size_t size = spec.payload;
        crew_.add(place_of(0, 2, 0), [this, how, size] {
            return std::make_unique<asker<Channel>>(there_, back_, size, how, *times_);
        });
        crew_.add(place_of(1, 2, 1), [this, how, size] {
            return std::make_unique<answerer<Channel>>(there_, back_, size, how);
        });
    }

    outcome run(std::uint64_t count) override {
        count = std::min(count, most_round_trips);
        outcome result;
        result.seconds = crew_.run(count);
        result.presence = crew_.presence();
        std::vector<std::uint32_t> samples(times_->samples, times_->samples + count);
        const double unit = times_->nanoseconds_a_tick;
        result.p50 = unit * percentile(samples, 0.5);
        result.p99 = unit * percentile(samples, 0.99);
        result.p999 = unit * percentile(samples, 0.999);
        return result;
    }

private:
    static channel_spec named(channel_spec spec, const char* suffix) {
        spec.name += suffix;
        return spec;
    }

    Channel there_;
    Channel back_;
    shared_object<trip_times> times_;
    crew crew_; // goes first
};

} // namespace comparison

#endif
