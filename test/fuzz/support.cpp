// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "support.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string_view>
#include <unistd.h>

namespace fuzz {
namespace {
settings& mutable_options() {
    static settings one;
    return one;
}
} // namespace

const settings& options() {
    return mutable_options();
}

void read_options(int count, char** arguments) {
    for (int i = 1; i < count; ++i) {
        const std::string_view argument(arguments[i]);
        if (argument == "--describe")
            mutable_options().describe = true;
        else if (argument == "--concurrent")
            mutable_options().concurrent = true;
        else if (argument.substr(0, 2) == "--") {
            std::fprintf(stderr,
                         "%s: unknown option %s; there are --describe and --concurrent, and "
                         "libFuzzer's own: -help=1\n",
                         arguments[0], arguments[i]);
            std::exit(2);
        }
    }
}

void tell(const char* format, ...) {
    if (!options().describe)
        return;
    std::va_list arguments;
    va_start(arguments, format);
    std::vfprintf(stderr, format, arguments);
    va_end(arguments);
    std::fputc('\n', stderr);
}

void found(const std::string& what) {
    std::fprintf(stderr, "==%d== ERROR: finding: %s\n", getpid(), what.c_str());
    std::abort();
}

const std::string& name() {
    static const std::string one = [] {
        const char* const prefix = std::getenv("SHARED_MEMORY_FUZZ_NAME");
        return std::string(prefix == nullptr ? "fuzz" : prefix) + "-" + std::to_string(getpid());
    }();
    return one;
}

std::string path() {
    return "/dev/shm/" + name();
}

void remove_object() {
    ::unlink(path().c_str());
}

std::chrono::nanoseconds worked() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

namespace {
std::chrono::nanoseconds begun_at{0};
}
void begin_input() {
    begun_at = worked();
}
bool worked_enough() {
    return worked() - begun_at > std::chrono::milliseconds(20);
}

void judge_error(const char* doing, const sm::error& failure) {
    tell("  %s: %s", doing, failure.what());
    using sm::errc;
    for (const char c : std::string_view(failure.what())) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f)
            found(std::string(doing) + " failed with a control character in its text");
    }
    for (const errc impossible : {errc::system_error, errc::permission_denied, errc::bad_name,
                                  errc::forked, errc::no_space}) {
        if (failure.code() == impossible)
            found(std::string(doing) +
                  " failed as nothing in a segment can make it: " + failure.what());
    }
}

void judge_work(const char* doing, std::chrono::nanoseconds work) {
    if (work > most_work)
        found(std::string(doing) + " worked for " + std::to_string(work.count() / 1000000) + " ms");
}

void touch(boost::span<const std::byte> bytes) {
    unsigned char sum = 0;
    for (const std::byte b : bytes)
        sum = static_cast<unsigned char>(sum + static_cast<unsigned char>(b));
    __asm__ volatile("" : : "r"(sum)); // it is needed
}

void check_bools(const void* value, std::size_t first, std::size_t end) {
    for (std::size_t i = first; i != end; ++i) {
        unsigned char byte = 0;
        std::memcpy(&byte, static_cast<const char*>(value) + i, 1);
        if (byte > 1)
            found("a bool that was read is " + std::to_string(byte));
    }
}

} // namespace fuzz

// An input is a program, and most of libFuzzer's own changes repeat what is there: new steps come of
// random bytes.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
    std::minstd_rand random(seed);
    const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random()) % end; };
    if (below(3) != 0)
        return LLVMFuzzerMutate(data, size, most);
    const std::size_t count = 1 + below(std::min<std::size_t>(most, 80));
    std::size_t at = below(size + 1);
    if (below(2) == 0 && size + count <= most) {
        std::memmove(data + at + count, data + at, size - at); // inserted; else written over
        size += count;
    } else {
        at = std::min(at, most - count);
        size = std::max(size, at + count);
    }
    std::generate_n(data + at, count, [&] { return static_cast<std::uint8_t>(random() >> 8U); });
    return size;
}
