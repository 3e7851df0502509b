// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A program that opens, and forks then, as daemon(3) does: with options().inherit_on_fork() its child is
// attached at once, and owns the segment when the parent has ended.
//
// Not on Windows: has no fork().

#include "peer.hpp"

#include <sys/wait.h>

using namespace test_support;
using namespace std::chrono_literals;
using sm::errc;

namespace {

sm::options inheriting() {
    return sm::options().inherit_on_fork();
}

// Ends this process, and goes on in a child: what daemon(3) does.
void become_daemon() {
    if (fork() != 0)
        _exit(0);
}

} // namespace

SHARED_MEMORY_TEST_ROLE(daemonises) {
    int const forks = std::stoi(args.at(1));
    sm::circular_buffer ring(sm::create_only, args.at(0), 16, 64,
                             sm::options().inherit_on_fork(args.at(2) == "inherits"));
    for (int i = 0; i != forks; ++i)
        become_daemon();
    say("daemon"); // and has not used the ring yet
    hear();
    for (int i = 0; i != 3; ++i)
        ring.write(i);
    say(ring.is_owner() ? "owner" : "no owner");
    hear();
    return 0;
}

// A passer-by comes before the daemon's first use of the ring.
BOOST_AUTO_TEST_CASE(a_daemon_that_has_opened_before) {
    for (int const forks : {1, 2}) {
        BOOST_TEST_CONTEXT(forks << " forks") {
            std::string const name = unique_name("ring");
            child daemon("daemonises", {name, std::to_string(forks), "inherits"});
            BOOST_TEST_REQUIRE(daemon.read_line() == "daemon");
            std::this_thread::sleep_for(20ms); // its parents are dead
            {
                sm::circular_buffer const passer_by(sm::open_only, name);
                BOOST_TEST(!passer_by.is_owner());
                BOOST_TEST(passer_by.owner_alive());
            }
            check_fails("create_only", errc::already_exists,
                        [&] { sm::circular_buffer(sm::create_only, name, 16, 64); }, {name});
            sm::circular_buffer reader(sm::open_or_create, name, 16, 64);
            BOOST_TEST(!reader.is_owner(), "the daemon is robbed of its ring");
            daemon.send_line("go on");
            BOOST_TEST(daemon.read_line() == "owner");
            for (int i = 0; i != 3; ++i)
                BOOST_TEST(reader.read<int>() == i);
            daemon.send_line("end"); // its destructor closes, as the owner's
            check_fails("read", errc::shut_down, [&] { reader.read<int>(); });
        }
    }
}

// Without the option nobody is attached before the daemon's first call; but a passer-by that only
// looks ends nothing, and takes nothing.
BOOST_AUTO_TEST_CASE(a_daemon_without_the_option) {
    std::string const name = unique_name("ring");
    child daemon("daemonises", {name, "1", "does not"});
    BOOST_TEST_REQUIRE(daemon.read_line() == "daemon");
    std::this_thread::sleep_for(20ms);
    {
        sm::circular_buffer const passer_by(sm::open_only, name);
        BOOST_TEST(!passer_by.is_owner());
        BOOST_TEST(!passer_by.owner_alive());
    }
    BOOST_TEST(exists(name));
    daemon.send_line("go on");
    BOOST_TEST(daemon.read_line() == "no owner");
    {
        sm::circular_buffer reader(sm::open_only, name);
        for (int i = 0; i != 3; ++i)
            BOOST_TEST(reader.read<int>() == i);
    }
    daemon.send_line("end");
}

namespace {

struct forked {
    pid_t pid;
    int to;
    int from;
    char ask(char what) const {
        char reply = '?';
        BOOST_TEST(::write(to, &what, 1) == 1);
        BOOST_TEST(::read(from, &reply, 1) == 1);
        return reply;
    }
    void end() const {
        ::close(to);
        ::waitpid(pid, nullptr, 0);
        ::close(from);
    }
};

// A child that tells whether it owns the ring, each time that it is asked.
forked fork_an_heir(sm::circular_buffer& ring) {
    int to[2];
    int from[2];
    BOOST_TEST_REQUIRE((::pipe(to) == 0 && ::pipe(from) == 0));
    pid_t const pid = ::fork();
    if (pid == 0) {
        ::close(to[1]);
        char what = 0;
        while (::read(to[0], &what, 1) == 1) {
            char const owns = ring.is_owner() ? 'y' : 'n';
            if (::write(from[1], &owns, 1) != 1)
                break;
        }
        _exit(0);
    }
    ::close(to[0]);
    ::close(from[1]);
    return {pid, to[1], from[0]};
}

} // namespace

BOOST_AUTO_TEST_CASE(the_child_is_attached_when_fork_returns) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8, inheriting());
    forked const heir = fork_an_heir(ring);
    BOOST_TEST(ring.participants().size() == 2U);
    BOOST_TEST(heir.ask('?') == 'n', "its parent lives");
    BOOST_TEST(ring.is_owner());
    heir.end();
    BOOST_TEST(ring.is_owner());
    BOOST_TEST(ring.recover().participants_reaped() == 1U);
}

// The parent's handle goes: by its destructor the ownership passes on; close() shuts down.
BOOST_AUTO_TEST_CASE(the_parent_goes_on_without_the_handle) {
    for (bool const closed : {false, true}) {
        std::string const name = unique_name("ring");
        sm::circular_buffer reader;
        forked heir{};
        {
            sm::circular_buffer ring(sm::create_only, name, 4, 8, inheriting());
            reader = sm::circular_buffer(sm::open_only, name);
            heir = fork_an_heir(ring);
            if (closed)
                ring.close();
        }
        BOOST_TEST(reader.is_shutting_down() == closed);
        if (!closed) {
            BOOST_TEST(heir.ask('?') == 'y');
            BOOST_TEST(reader.owner_alive());
            BOOST_TEST(!sm::circular_buffer(sm::open_or_create, name, 4, 8).is_owner());
        }
        heir.end();
        reader = sm::circular_buffer();
        (void)sm::shared_buffer::remove(name);
    }
}

// Every slot is taken: the child says so by its first call, and fork() goes on.
BOOST_AUTO_TEST_CASE(no_slot_is_left_for_the_child) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8, inheriting().max_participants(1));
    pid_t const pid = ::fork();
    if (pid == 0)
        _exit(outcome_of([&] { (void)ring.try_read<int>(); }).code == errc::forked ? 0 : 1);
    int status = -1;
    ::waitpid(pid, &status, 0);
    BOOST_TEST(status == 0);
    BOOST_TEST(ring.is_owner());
}
