// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A participant that cannot ask the kernel any more who is alive: its descriptor is closed and the
// name is gone, or a sandbox refuses the question. It does not wait for the dead for ever: it is told.
//
// Not on Windows: is about descriptors and seccomp.

#include "peer.hpp"

#include <shared_memory/buffer_read_write.hpp>
#include <shared_memory/wait_any.hpp>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

using namespace test_support;
using namespace std::chrono_literals;
using sm::errc;

namespace {

void close_all_descriptors() {
    for (int fd = 3; fd != 1024; ++fd)
        close(fd);
}

bool refuse_questions() {
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_OFD_GETLK, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog program{sizeof filter / sizeof filter[0], filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

} // namespace

// NAME, HOW: becomes unable to ask, and tells how each call ends.
SHARED_MEMORY_TEST_ROLE(unknown_waits) {
    std::string const& how = args.at(1);
    sm::circular_buffer ring(sm::open_only, args.at(0));
    sm::buffer_read_write buffer(sm::open_only, args.at(0) + "-buffer");
    say("open");
    hear();
    if (how.find("closed") != std::string::npos)
        close_all_descriptors();
    if (how == "refused" && !refuse_questions())
        return 3;
    say("ready");
    hear();
    auto const tell = [](auto call) {
        auto const begin = std::chrono::steady_clock::now();
        outcome const o = outcome_of(call);
        bool const is_late = std::chrono::steady_clock::now() - begin > 5s;
        say(std::to_string(o.code.value()) + (is_late ? " late: " : ": ") + o.text);
    };
    tell([&] { ring.write(1); }); // nothing to wait for
    tell([&] { (void)ring.read<int>(); });
    tell([&] { (void)ring.read<int>(); });
    tell([&] { (void)ring.try_read_for<int>(50s); });
    tell([&] {
        sm::circular_buffer* const one[] = {&ring};
        (void)sm::wait_any(one, 50s);
    });
    tell([&] { buffer.lock(); });
    tell([&] { (void)buffer.try_lock_for(50s); });
    tell([&] { ring.recover(); });
    tell([&] { (void)ring.participants(); });
    tell([&] { (void)ring.owner_alive(); });
    tell([&] { (void)ring.readers_alive(); });
    hear();
    return 0;
}

namespace {

void check(std::string const& how, bool is_known, std::vector<std::string> const& words) {
    BOOST_TEST_CONTEXT(how) {
        std::string const name = unique_name("ring");
        sm::circular_buffer ring(sm::create_only, name, 4, 8);
        sm::buffer_read_write buffer(sm::create_only, name + "-buffer", 64);
        child one("unknown_waits", {name, how});
        BOOST_TEST(one.read_line() == "open");
        if (how.find("unlinked") != std::string::npos) {
            remove_object(name);
            remove_object(name + "-buffer");
        }
        one.send_line("become");
        BOOST_TEST(one.read_line() == "ready");
        buffer.lock();
        one.send_line("go");
        BOOST_TEST(one.read_line() == "0: "); // write
        BOOST_TEST(one.read_line() == "0: "); // read
        if (is_known) {
            ring.write(2);
            BOOST_TEST(one.read_line() == "0: ");
            one.kill();
            return;
        }
        for (int call = 0; call != 9; ++call) {
            std::string const line = one.read_line();
            BOOST_TEST(line.find(std::to_string(static_cast<int>(errc::system_error)) + ": ") == 0U,
                       "call " << call << ": " << line);
            for (std::string const& word : words)
                BOOST_TEST(line.find(word) != std::string::npos, '"' + word + "\" in: " + line);
        }
        BOOST_TEST(ring.readers_alive() == 2U, "the others can ask, and it is alive");
        one.kill();
        BOOST_TEST(becomes_true([&] { return ring.readers_alive() == 1U; }));
        buffer.unlock();
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(descriptor_and_name_are_gone) {
    check("closed, unlinked", false, {"who is alive", "closefrom", "name"});
}

BOOST_AUTO_TEST_CASE(questions_are_refused) {
    check("refused", false, {"who is alive", "Operation not permitted", "seccomp"});
}

// With either of them it can ask.
BOOST_AUTO_TEST_CASE(one_of_them_is_there) {
    check("closed", true, {});
    check("unlinked", true, {});
}
