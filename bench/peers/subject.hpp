// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What is measured, whatever it is: limits, peers and this library, behind one interface.

#ifndef SHARED_MEMORY_BENCH_PEERS_SUBJECT_HPP
#define SHARED_MEMORY_BENCH_PEERS_SUBJECT_HPP

#include "channel.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace comparison {

//! What a session measured in one run.
struct outcome {
    double seconds = 0;
    double presence = 0; //!< see crew.hpp
    //! Nanoseconds of a round trip; 0 if none was made.
    double p50 = 0;
    double p99 = 0;
    double p999 = 0;
    //! Of several writers and readers: what the slowest writer had written when the fastest one was
    //! done, as a part of it; and the longest write in nanoseconds. 0 if neither was looked at.
    double share = 0;
    double longest_write = 0;
};

//! A subject, set up and ready, its processes asleep; it runs as often as one likes.
class session {
public:
    session() = default;
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    virtual ~session() = default;
    //! So many messages in all, or so many round trips.
    virtual outcome run(std::uint64_t count) = 0;
};

using start_session = std::function<std::unique_ptr<session>(channel_spec, waiting)>;

//! One thing that can be measured, and in which ways.
struct subject {
    std::string name;
    start_session throughput; //!< empty: not one for that
    start_session round_trip;
    //! So many writes and reads of this process with itself: for counting what they cost.
    std::function<void(const channel_spec&, std::uint64_t)> alone;
    std::function<bool(const channel_spec&, waiting)> offers; //!< whether it can do this
};

//! All that there are here, by name, in the order of the tables.
class subjects {
public:
    void add(subject s) { all_.push_back(std::move(s)); }
    //! Null if there is none of that name here.
    const subject* find(const std::string& name) const {
        for (const subject& s : all_) {
            if (s.name == name)
                return &s;
        }
        return nullptr;
    }

private:
    std::vector<subject> all_;
};

// Each in a file of its own:
void add_limits(subjects& all);
void add_bare_many_ring(subjects& all);
void add_ours(subjects& all);
void add_message_queue(subjects& all);
void add_lock_free(subjects& all);
void add_pipes(subjects& all);
//! Do nothing where the program was built without it.
void add_zeromq(subjects& all);
void add_atomic_queue(subjects& all);
void add_iceoryx(subjects& all);

} // namespace comparison

#endif
