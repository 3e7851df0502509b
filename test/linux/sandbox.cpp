// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A sandbox (seccomp) that refuses calls which the library needs, and a kernel that does not know them:
// the error says so at once, and nothing is left behind.
//
// Not on Windows: is about seccomp.

#include "segment_files.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstddef>

using namespace test_support;
using namespace std::chrono_literals;
using sm::errc;

namespace {

sock_filter load(std::size_t offset) {
    return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
sock_filter skip_unless(std::uint32_t value, std::uint8_t skipped) {
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skipped);
}
sock_filter give_back(std::uint32_t what) {
    return BPF_STMT(BPF_RET | BPF_K, what);
}

// From here on, the call fails with that error; of fcntl, the one with that second argument.
bool refuse(long call, int error, int command = 0) {
    std::vector<sock_filter> filter = {load(offsetof(seccomp_data, nr))};
    std::uint32_t const refused = SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
    if (command == 0) {
        filter.push_back(skip_unless(static_cast<std::uint32_t>(call), 1));
    } else {
        filter.push_back(skip_unless(static_cast<std::uint32_t>(call), 3));
        filter.push_back(load(offsetof(seccomp_data, args[1])));
        filter.push_back(skip_unless(static_cast<std::uint32_t>(command), 1));
    }
    filter.push_back(give_back(refused));
    filter.push_back(give_back(SECCOMP_RET_ALLOW));
    sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

bool may_filter() {
    return child("sandbox_filters").wait() == 0;
}

std::string text(long number) {
    return std::to_string(number);
}

} // namespace

SHARED_MEMORY_TEST_ROLE(sandbox_filters) {
    return refuse(SYS_getpgid, EPERM) && getpgid(0) == -1 && errno == EPERM ? 0 : 1;
}

// NAME, CALL, ERROR, COMMAND: says how each way to a segment ends. NAME-there is a segment.
SHARED_MEMORY_TEST_ROLE(sandboxed) {
    std::string const& name = args.at(0);
    if (!refuse(std::stol(args.at(1)), std::stoi(args.at(2)), std::stoi(args.at(3))))
        return 3;
    auto const tell = [](auto call) {
        auto const begin = std::chrono::steady_clock::now();
        outcome const o = outcome_of(call);
        bool const is_late = std::chrono::steady_clock::now() - begin > 900ms; // in_use after 1 s
        say(std::to_string(o.code.value()) + (is_late ? " late: " : ": ") + o.text);
    };
    tell([&] { sm::circular_buffer(sm::create_only, name, 4, 8); });
    tell([&] { sm::circular_buffer(sm::open_or_create, name, 4, 8); });
    tell([&] { sm::circular_buffer(sm::open_only, name + "-there"); });
    tell([&] { sm::circular_buffer(sm::open_read_only, name + "-there"); });
    tell([&] { sm::circular_buffer(sm::create_only, name + "-there", 4, 8); });
    tell([&] { sm::circular_buffer(sm::open_or_create, name + "-there", 4, 8); });
    tell([&] { (void)sm::circular_buffer::remove(name + "-there"); });
    return 0;
}

namespace {

void is_error(std::string const& line, errc code, std::vector<std::string> const& words) {
    BOOST_TEST(line.find(std::to_string(static_cast<int>(code)) + ": ") == 0U, line);
    for (std::string const& word : words)
        BOOST_TEST(line.find(word) != std::string::npos, '"' + word + "\" in: " + line);
}

void nothing_left(std::string const& name) {
    BOOST_TEST(!exists(name));
    for (std::string const& one : temporaries())
        BOOST_TEST(one.compare(0, name.size(), name) != 0, one);
}

} // namespace

BOOST_AUTO_TEST_SUITE(sandboxes, *needs("seccomp", may_filter))

// The locks, or one of the calls for them, are not to be had at all, as before Linux 3.15 (EINVAL).
BOOST_AUTO_TEST_CASE(locks_refused) {
    for (int const command : {F_OFD_SETLK, F_OFD_GETLK}) {
        // EAGAIN and EACCES say of a lock that another process has it: not so here.
        for (int const error : {EPERM, EACCES, EAGAIN, EINVAL, ENOSYS, ENOLCK}) {
            std::string const name = unique_name("ring");
            sm::circular_buffer ring(sm::create_only, name + "-there", 4, 8);
            child one("sandboxed", {name, text(SYS_fcntl), text(error), text(command)});
            BOOST_TEST_CONTEXT("command " << command << ", error " << error) {
                for (int call = 0; call != 7; ++call)
                    is_error(one.read_line(), errc::system_error,
                             {call < 2 ? '"' + name + '"' : '"' + name + "-there\"", "locks",
                              std::generic_category().message(error)});
                BOOST_TEST(one.wait() == 0);
                nothing_left(name);
                ring.write(1);
                BOOST_TEST(ring.read<int>() == 1);
            }
        }
    }
}

// What is refused is told; what does not need it works.
BOOST_AUTO_TEST_CASE(calls_of_a_creator_refused) {
    struct refused {
        long call;
        int error;
        errc code;
        char const* word;
    };
    for (refused const& r : {refused{SYS_getrandom, EPERM, errc::system_error, "random bytes"},
                             refused{SYS_getrandom, ENOSYS, errc::system_error, "random bytes"},
                             refused{SYS_renameat2, ENOSYS, errc::system_error, "Linux 3.17"},
                             refused{SYS_renameat2, EPERM, errc::permission_denied, "sandbox"},
                             refused{SYS_fallocate, EPERM, errc::permission_denied, "sandbox"}}) {
        std::string const name = unique_name("ring");
        sm::circular_buffer ring(sm::create_only, name + "-there", 4, 8);
        child one("sandboxed", {name, text(r.call), text(r.error), "0"});
        BOOST_TEST_CONTEXT("call " << r.call << ", error " << r.error) {
            is_error(one.read_line(), r.code, {r.word});
            is_error(one.read_line(), r.code, {r.word});
            BOOST_TEST(one.read_line() == "0: "); // open_only
            BOOST_TEST(one.read_line() == "0: ");
            // A segment's header has a random id: it is made before anything is looked for.
            bool const is_random = r.call == SYS_getrandom;
            is_error(one.read_line(), is_random ? r.code : errc::already_exists, {});
            std::string const opened = one.read_line();
            BOOST_TEST((is_random || opened == "0: "), opened);
            is_error(one.read_line(), errc::in_use, {});
            BOOST_TEST(one.wait() == 0);
            nothing_left(name);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
