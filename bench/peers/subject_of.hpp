// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A subject made of a channel.

#ifndef SHARED_MEMORY_BENCH_PEERS_SUBJECT_OF_HPP
#define SHARED_MEMORY_BENCH_PEERS_SUBJECT_OF_HPP

#include "round_trip.hpp"
#include "subject.hpp"
#include "throughput.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace comparison {

template <class Channel>
void write_and_read_alone(const channel_spec& spec, std::uint64_t count) {
    Channel channel(spec);
    typename Channel::writer writer(channel);
    typename Channel::reader reader(channel);
    std::uint64_t number = 0;
    auto fill_next = [&](std::byte* to) { fill(to, spec.payload, number); };
    auto check_this = [&](const std::byte* from) {
        if (check(from, spec.payload) != number)
            throw std::runtime_error("another message came than the one sent");
    };
    for (; number != count; ++number) {
        if (!writer.try_write(fill_next) || !reader.try_read(check_this))
            throw std::runtime_error("a message did not go through");
    }
}

template <class Channel>
subject throughput_of(std::string name, std::function<bool(const channel_spec&, waiting)> offers) {
    subject result;
    result.name = std::move(name);
    result.offers = std::move(offers);
    result.throughput = [](const channel_spec& spec, waiting how) -> std::unique_ptr<session> {
        return std::make_unique<throughput_session<Channel>>(spec, how);
    };
    return result;
}

template <class Channel>
subject round_trip_of(std::string name, std::function<bool(const channel_spec&, waiting)> offers) {
    subject result;
    result.name = std::move(name);
    result.offers = std::move(offers);
    result.round_trip = [](const channel_spec& spec, waiting how) -> std::unique_ptr<session> {
        return std::make_unique<round_trip_session<Channel>>(spec, how);
    };
    return result;
}

//! Both.
template <class Channel>
subject subject_of(std::string name, std::function<bool(const channel_spec&, waiting)> offers) {
    subject result = throughput_of<Channel>(std::move(name), std::move(offers));
    result.round_trip = round_trip_of<Channel>({}, {}).round_trip;
    return result;
}

//! The same with a count of its cost.
template <class Channel>
subject counted_subject_of(std::string name,
                           std::function<bool(const channel_spec&, waiting)> offers) {
    subject result = subject_of<Channel>(std::move(name), std::move(offers));
    result.alone = write_and_read_alone<Channel>;
    return result;
}

// ---- What subjects offer ------------------------------------------------------------------------

inline bool one_to_one(const channel_spec& spec, waiting) {
    return spec.writers == 1 && spec.readers == 1;
}
inline bool anything(const channel_spec&, waiting) {
    return true;
}

} // namespace comparison

#endif
