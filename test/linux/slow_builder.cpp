// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A builder that is stopped, or busy reserving memory, for longer than a temporary may be old: it is not
// swept once it has locked what it builds, and starts again if it was swept before.
//
// A program of its own: it replaces the C library's posix_fallocate and fcntl.
// Not on Windows: is about what dead creators leave behind, which is nothing there.

#include "support.hpp"
#include "sweeping.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

SHARED_MEMORY_TEST_CLOCK

using namespace test_support;
using namespace std::chrono_literals;
using sm::errc;

namespace {

std::atomic<int> reservations{0};
std::atomic<int> stops_before{0}; // which reservation; 0: none
std::atomic<int> stops_behind{0};
std::atomic<bool> stops_before_lock{false};

} // namespace

// The library asks this function to reserve memory, instead of the C library's.
extern "C" int posix_fallocate(int file, off_t offset, off_t bytes) {
    int const number = ++reservations;
    if (number == stops_before)
        raise(SIGSTOP);
    long const result = syscall(SYS_fallocate, file, 0, offset, bytes);
    int const why = result == 0 ? 0 : errno;
    if (number == stops_behind)
        raise(SIGSTOP);
    return why;
}

// Or to set a lock: the first one that keeps others out is the builder's.
extern "C" int fcntl(int file, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    void* const argument = va_arg(arguments, void*);
    va_end(arguments);
    if (command == F_OFD_SETLK && static_cast<struct flock const*>(argument)->l_type == F_WRLCK &&
        stops_before_lock.exchange(false))
        raise(SIGSTOP);
    return static_cast<int>(syscall(SYS_fcntl, file, command, argument));
}

// Creates a large ring, and stops where it is told to.
SHARED_MEMORY_TEST_ROLE(slow_builder) {
    stops_before = std::stoi(args.at(1));
    stops_behind = std::stoi(args.at(2));
    stops_before_lock = args.at(3) == "lock";
    say("ready");
    hear();
    try {
        sm::circular_buffer const ring(sm::create_only, args.at(0), 256, 4096);
        say("created by " + std::to_string(reservations) + " reservations");
        hear();
    } catch (sm::error const& e) {
        say(e.what());
    }
    return 0;
}

namespace {

bool is_stopped(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/stat");
    std::string const text{std::istreambuf_iterator<char>(status), {}};
    auto const state = text.rfind(')');
    return state != text.npos && text.compare(state, 3, ") T") == 0;
}

struct building {
    std::string const name = unique_name("ring");
    child builder;

    building(int before, int behind, char const* lock = "")
        : builder("slow_builder", {name, std::to_string(before), std::to_string(behind), lock}) {
        BOOST_TEST(builder.read_line() == "ready");
        builder.send_line("go");
        BOOST_TEST_REQUIRE(becomes_true([&] { return is_stopped(builder.pid()); }));
    }
    std::size_t left() const {
        std::size_t count = 0;
        for (std::string const& one : temporaries())
            count += one.rfind(name, 0) == 0 ? 1 : 0;
        return count;
    }
    std::string goes_on() {
        builder.cont();
        std::string const said = builder.read_line();
        BOOST_TEST(exists(name));
        BOOST_TEST(left() == 0U);
        builder.send_line("enough");
        BOOST_TEST(builder.wait() == 0);
        return said;
    }
};

} // namespace

// The second reservation is that of the whole segment, however long it takes.
BOOST_AUTO_TEST_CASE(a_builder_that_reserves_is_not_swept) {
    for (int const stop : {1, 2}) {
        building b(stop == 1 ? 2 : 0, stop == 2 ? 2 : 0);
        {
            later const in(90s);
            sweep();
        }
        BOOST_TEST(b.left() == 1U, "it is locked");
        BOOST_TEST(b.goes_on() == "created by 2 reservations");
    }
}

// Before it has locked its object, it may be swept; that is no error, however long it was stopped.
BOOST_AUTO_TEST_CASE(a_builder_that_was_swept_starts_again) {
    for (int const stop : {1, 2}) {
        building b(stop == 1 ? 1 : 0, stop == 2 ? 1 : 0);
        {
            later const in(90s);
            sweep();
        }
        BOOST_TEST(b.left() == 0U, "nobody has locked it");
        std::this_thread::sleep_for(1100ms); // longer than a call is patient with others
        BOOST_TEST(b.goes_on() == "created by 3 reservations");
    }
}

// The object was there when it was opened, and has no name any more when it is locked.
BOOST_AUTO_TEST_CASE(a_builder_that_was_swept_in_between_starts_again) {
    building b(0, 0, "lock");
    BOOST_TEST(b.left() == 1U);
    {
        later const in(90s);
        sweep();
    }
    BOOST_TEST(b.left() == 0U);
    BOOST_TEST(b.goes_on() == "created by 3 reservations");
}

// Another process is at work on the name, and the creator is stopped while it waits for that process to
// finish: then it has as much patience as before.
BOOST_AUTO_TEST_CASE(a_stopped_creator_does_not_lose_its_patience) {
    constexpr off_t name_byte = 1023;
    std::string const name = unique_name("ring");
    write_object(name, ring_image());
    int const file = open(path_of(name).c_str(), O_RDWR | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_start = name_byte;
    lock.l_len = 1;
    BOOST_TEST_REQUIRE(fcntl(file, F_OFD_SETLK, &lock) == 0);
    child creator("slow_builder", {name, "0", "0", ""});
    BOOST_TEST(creator.read_line() == "ready");
    creator.send_line("go");
    std::this_thread::sleep_for(50ms);
    creator.stop();
    std::this_thread::sleep_for(1200ms);
    creator.cont();
    std::this_thread::sleep_for(50ms);
    close(file);
    BOOST_TEST(creator.read_line() == "created by 2 reservations");
    creator.send_line("enough");
    BOOST_TEST(creator.wait() == 0);
}

// A builder that is killed when it has locked its object leaves it to be swept.
BOOST_AUTO_TEST_CASE(a_killed_builder_is_swept) {
    building b(2, 0);
    b.builder.kill();
    check_temporaries_are_swept();
    BOOST_TEST(b.left() == 0U);
}
