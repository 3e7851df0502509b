// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Two processes, started by hand in any order, meet on a ring: one creates it and writes, the
//! other reads. What a killed run has left under the same name does not mislead them.

#ifndef SHARED_MEMORY_EXAMPLE_RENDEZVOUS_HPP
#define SHARED_MEMORY_EXAMPLE_RENDEZVOUS_HPP

#include <shared_memory/circular_buffer.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace example {

namespace sm = shared_memory;
using clock = std::chrono::steady_clock;

inline clock::time_point in_seconds(double seconds) {
    return clock::now() +
           std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
}

//! Takes the ring's name away, if nobody uses it any more, and with it what nobody has read: this run
//! is over. It is made before the ring's handle, and so ends after it.
class dropped_at_the_end {
public:
    explicit dropped_at_the_end(std::string name) : name_(std::move(name)) {}
    dropped_at_the_end(const dropped_at_the_end&) = delete;
    dropped_at_the_end& operator=(const dropped_at_the_end&) = delete;
    ~dropped_at_the_end() {
        std::error_code ec;
        (void)sm::circular_buffer::remove(name_, ec);
    }

private:
    std::string name_;
};

//! Somebody living writes to the ring, which this handle does not; nobody does to one that a killed
//! run has left.
inline bool has_writer(const sm::circular_buffer& ring) {
    return ring.writers_alive() != 0;
}

//! One that was just killed is not quite dead yet: so long it may look as if it were alive.
constexpr std::chrono::seconds time_to_die(1);
//! So long a reader may take for what its writer has left.
constexpr std::chrono::seconds time_to_read(10);

inline bool name_has_writer(const std::string& name) {
    try {
        return has_writer(sm::circular_buffer(sm::open_read_only, name));
    } catch (const sm::error& e) {
        if (e.code() != sm::errc::not_found)
            throw;
        return false;
    }
}

//! Creates the ring for its only writer; replaces what a killed run has left.
inline sm::circular_buffer create_ring(const std::string& name, std::uint32_t node_count,
                                       std::uint32_t node_size, const sm::options& how,
                                       clock::time_point until) {
    const auto patience = std::min(until, clock::now() + time_to_die);
    for (;;) {
        try {
            return sm::circular_buffer(sm::create_only, name, node_count, node_size, how);
        } catch (const sm::error& e) {
            if (e.code() != sm::errc::already_exists || clock::now() >= until)
                throw;
        }
        if (clock::now() >= patience && name_has_writer(name))
            throw std::runtime_error("another process writes to \"" + name + "\" already");
        // Or there is a reader whose writer was killed; it will notice and go.
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

//! Opens the ring for a reader, as soon as there is one that it wants. It looks first without
//! attaching: a process that is attached to a dead run's ring is in the next one's way.
template <class Wanted>
sm::circular_buffer open_ring(const std::string& name, const sm::options& how,
                              clock::time_point until, Wanted wanted) {
    for (;;) {
        try {
            if (wanted(sm::circular_buffer(sm::open_read_only, name))) {
                sm::circular_buffer ring(sm::open_only, name, how);
                if (wanted(ring))
                    return ring;
            }
        } catch (const sm::error& e) {
            if (e.code() != sm::errc::not_found)
                throw;
        }
        if (clock::now() >= until)
            throw std::runtime_error("nobody came to write to \"" + name + '"');
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

} // namespace example

#endif
