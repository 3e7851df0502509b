// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What the tests of the array, the buffer and their lock share.

#ifndef SHARED_MEMORY_TEST_LOCKS_SUPPORT_HPP
#define SHARED_MEMORY_TEST_LOCKS_SUPPORT_HPP

#include "support.hpp"

#include <shared_memory/error.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace locks_test {

using namespace std::chrono_literals;

// How often hammers strike: everything is slower in the sanitizers.
constexpr int slowness = test_support::sanitized ? 10 : 1;
constexpr int times(int count) {
    return count / slowness;
}

// Whether a call throws shared_memory::error with that code, and all of those words in its text.
template <class F>
boost::test_tools::assertion_result fails_with(shared_memory::errc expected, F&& call,
                                               std::initializer_list<const char*> words = {}) {
    boost::test_tools::assertion_result answer(false);
    try {
        std::forward<F>(call)();
        answer.message() << "nothing was thrown";
    } catch (const shared_memory::error& failure) {
        answer = failure.code() == expected;
        for (const char* word : words)
            answer = bool(answer) && std::string(failure.what()).find(word) != std::string::npos;
        answer.message() << failure.code() << ": " << failure.what();
    }
    return answer;
}

class stopwatch {
public:
    std::chrono::nanoseconds elapsed() const { return std::chrono::steady_clock::now() - start_; }
    bool at_least(std::chrono::nanoseconds time) const { return elapsed() >= time; }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

} // namespace locks_test

#endif
