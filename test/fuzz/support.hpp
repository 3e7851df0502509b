// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What all the fuzzers share: their input, how a call may end, and telling what an input does.

#ifndef SHARED_MEMORY_TEST_FUZZ_SUPPORT_HPP
#define SHARED_MEMORY_TEST_FUZZ_SUPPORT_HPP

#include "interleave.hpp"

#include <shared_memory/error.hpp>

#include <boost/core/span.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fuzzer/FuzzedDataProvider.h>
#include <string>
#include <system_error>

namespace fuzz {

namespace sm = shared_memory;

using input = FuzzedDataProvider;
// 0 to most; 0 when the input is used up.
inline std::uint32_t up_to(input& in, std::uint32_t most) {
    return in.ConsumeIntegralInRange<std::uint32_t>(0, most);
}

// The program's options that are not libFuzzer's. Its own begin with one dash.
//     --describe      says on stderr what each input does
//     --concurrent    scribble_fuzzer: edits come from a second thread, all the time
struct settings {
    bool describe = false;
    bool concurrent = false;
};
const settings& options();
void read_options(int count, char** arguments);

// With --describe.
void tell(const char* format, ...) __attribute__((format(printf, 1, 2)));

// A finding that no sanitizer sees.
[[noreturn]] void found(const std::string& what);

// The name of the segment: one a process. $SHARED_MEMORY_FUZZ_NAME, by which test/fuzz/run cleans up
// after a crash, comes before the process id.
const std::string& name();
std::string path();
void remove_object();

// Time that this thread has worked. Calls that do not wait, or not for long, take little of it,
// however loaded the machine is.
std::chrono::nanoseconds worked();
constexpr auto most_work = std::chrono::seconds(8);
// How long bounded waits of the fuzzers last.
constexpr auto short_wait = std::chrono::microseconds(200);

// An input that makes ring after ring search itself to the end of its patience is cut short.
void begin_input();
bool worked_enough();

void judge_error(const char* doing, const sm::error& failure);
void judge_work(const char* doing, std::chrono::nanoseconds work);

// What a call on a damaged segment may do: return, or throw an error that can come of damage.
// Returns what it threw.
template <class Call>
std::error_code may_fail(const char* doing, Call&& call) {
    const auto before = worked();
    std::error_code code;
    try {
        const library_call inside;
        call();
        tell("  %s", doing);
    } catch (const sm::error& failure) {
        judge_error(doing, failure);
        code = failure.code();
    }
    judge_work(doing, worked() - before);
    return code;
}

// Looks at each byte, so that the sanitizer does.
void touch(boost::span<const std::byte> bytes);

// A user's type with bools in it.
struct flags {
    std::uint16_t number;
    bool one;
    std::array<bool, 3> more;
    friend bool operator==(const flags& a, const flags& b) {
        return a.number == b.number && a.one == b.one && a.more == b.more;
    }
};
static_assert(sizeof(flags) == 6);

// What was copied out holds no bool that is neither.
void check_bools(const void* value, std::size_t first, std::size_t end);
inline void check(const flags& value) {
    check_bools(&value, offsetof(flags, one), sizeof(flags));
}
inline void check(const bool& value) {
    check_bools(&value, 0, sizeof value);
}
template <class T>
void check(const T&) {}

} // namespace fuzz

#endif
