// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Whether the mistakes of test/mutants can still be made. That tests notice them, test/mutants/run
// shows, which compiles for each of them.
//
// Not on Windows: is the same however the library is built.

#include "support.hpp"

BOOST_AUTO_TEST_CASE(every_mutant_can_be_made) {
    const auto result = test_support::run_command(
        test_support::shell_word(TEST_SOURCE_DIR "/test/mutants/run") + " --check 2>&1");
    BOOST_TEST(result.status == 0, result.output);
}
