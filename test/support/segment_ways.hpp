// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// All ways to open a segment, refused alike.

#ifndef SHARED_MEMORY_TEST_SEGMENT_WAYS_HPP
#define SHARED_MEMORY_TEST_SEGMENT_WAYS_HPP

#include "segment_files.hpp"

#include <functional>

namespace test_support {

struct way {
    char const* name;
    // Refuses with not_our_segment whatever is wrong with the object, but for another version: then
    // two of these succeed (versions.cpp).
    bool may_remove;
    bool replaces; // or removes what the name holds
    std::function<void(std::string const&)> open;
};

inline way const ways[] = {
    {"circular_buffer open_only", false, false,
     [](std::string const& n) { sm::circular_buffer(sm::open_only, n); }},
    {"circular_buffer open_read_only", false, false,
     [](std::string const& n) { sm::circular_buffer(sm::open_read_only, n); }},
    {"circular_buffer open_or_create", true, false,
     [](std::string const& n) { sm::circular_buffer(sm::open_or_create, n, 4, 8); }},
    {"circular_buffer create_only", true, true,
     [](std::string const& n) { sm::circular_buffer(sm::create_only, n, 4, 8); }},
    {"shared_buffer open_only", false, false,
     [](std::string const& n) { sm::shared_buffer(sm::open_only, n); }},
    {"shared_buffer open_read_only", false, false,
     [](std::string const& n) { sm::shared_buffer(sm::open_read_only, n); }},
    {"open_only, wait_for_creator", false, false,
     [](std::string const& n) {
         sm::shared_buffer(sm::open_only, n,
                           sm::options().wait_for_creator(std::chrono::minutes(10)));
     }},
    {"remove", true, true, [](std::string const& n) { (void)sm::shared_buffer::remove(n); }},
};

// Every way refuses what the name holds, and says why.
inline void check_refused(std::string const& what, std::string const& name, sm::errc expected,
                          std::vector<std::string> words) {
    words.push_back('"' + name + '"');
    bool const other_version = expected == sm::errc::wrong_version;
    for (way const& w : ways) {
        if (other_version && w.replaces)
            continue;
        check_fails(
            what + ", " + w.name,
            w.may_remove && !other_version ? sm::errc::not_our_segment : expected,
            [&] { w.open(name); }, words);
    }
}

inline void prompt() {
    watchdog(std::chrono::seconds(30)); // a case makes dozens of calls; they take milliseconds
}

} // namespace test_support

#endif
