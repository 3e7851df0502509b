// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A new class adds files and two rows: doc/design.md's worked example is a patch that applies, builds and
// runs.
//
// Not on Windows: is the same however the library is built.

#include "support.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static constexpr bool sanitized = true;
#else
static constexpr bool sanitized = false;
#endif

static bool have_tools() {
    return !sanitized &&
           test_support::run_command("command -v cmake && command -v git").status == 0;
}

BOOST_AUTO_TEST_CASE(a_mailbox,
                     *test_support::needs(sanitized ? "a build without sanitizers" : "cmake, git",
                                          have_tools)) {
    test_support::watchdog(std::chrono::minutes(8));
    auto const result = test_support::run_command(
        test_support::shell_word(TEST_SOURCE_DIR "/test/build/add_a_class/run"));
    BOOST_TEST(result.status == 0, result.output);
}
