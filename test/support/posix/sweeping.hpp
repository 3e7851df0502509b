// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Sweeping up temporaries, which are swept when they are a minute old. One source of the program has
// SHARED_MEMORY_TEST_CLOCK.

#ifndef SHARED_MEMORY_TEST_SWEEPING_HPP
#define SHARED_MEMORY_TEST_SWEEPING_HPP

#include "../segment_files.hpp"
#include "later.hpp"

namespace test_support {

// Any create sweeps.
inline void sweep() {
    sm::circular_buffer const ring(sm::create_only, unique_name("sweeper"), 4, 8);
}

// What killed builders have left goes when it is old enough.
inline void check_temporaries_are_swept() {
    auto const left = temporaries();
    BOOST_TEST_MESSAGE(left.size() << " temporaries are left");
    later const in(std::chrono::seconds(90));
    for (std::string const& one : left) {
        bool const gone = becomes_true([&] { // somebody else may just be sweeping it, and hold it
            sweep();
            return !exists(one);
        });
        BOOST_TEST(gone, one << " is still there");
    }
}

} // namespace test_support

#endif
