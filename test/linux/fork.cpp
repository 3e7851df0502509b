// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// fork(), vfork() and posix_spawn(): a child owns nothing of what it inherits, and does not keep
// its parent's slot.
//
// Not on Windows: is about fork().

#include "segment_files.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>

using namespace test_support;
using namespace std::chrono_literals;
using sm::errc;

namespace {

// In a forked child: its exit status tells whether all that it checked was so.
class checks {
public:
    explicit checks(char const* who) : who_(who) {}
    void that(bool good, char const* what) {
        if (!good)
            fail(what);
    }
    template <class Call>
    void throws(errc code, char const* what, Call&& call) {
        outcome const o = outcome_of(call);
        if (o.code != code)
            fail((std::string(what) + ": " + o.text).c_str());
    }
    int status() const { return failed_ ? 1 : 0; }

private:
    void fail(char const* what) {
        std::fprintf(stderr, "%s: not so: %s\n", who_, what);
        failed_ = true;
    }
    char const* who_;
    bool failed_ = false;
};

template <class Child>
pid_t fork_child(Child&& run) {
    pid_t const pid = fork();
    if (pid == 0) {
        int status = 90;
        try {
            status = run();
        } catch (std::exception const& e) {
            std::fprintf(stderr, "forked child: %s\n", e.what());
        }
        _exit(status);
    }
    return pid;
}

int wait_for(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void pause_for_ever() {
    for (;;)
        pause();
}

bool is_running(pid_t pid) {
    return ::kill(pid, 0) == 0;
}

} // namespace

// ---- A child that never calls us

SHARED_MEMORY_TEST_ROLE(parent) {
    sm::circular_buffer const ring(sm::create_only, args.at(0), 4, 8);
    std::string const& how = args.at(1);
    pid_t pid = -1;
    if (how == "fork" || how == "fork of a fork") {
        pid = fork();
        if (pid == 0 && how == "fork of a fork") {
            if (fork() == 0)
                say(std::to_string(getpid()));
            else
                _exit(0); // the grandchild alone is left
        }
        if (pid == 0)
            pause_for_ever();
        if (how == "fork of a fork") {
            hear();
            return 0;
        }
    } else {
        std::string program = how == "posix_spawn" ? "/bin/sleep" : "/usr/bin/env";
        std::string words[] = {"env", "sleep", "600"};
        char* const spawned[] = {words[1].data(), words[2].data(), nullptr};
        char* const executed[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
        if (how == "posix_spawn") {
            if (posix_spawn(&pid, program.c_str(), nullptr, nullptr, spawned, environ) != 0)
                return 1;
        } else {
            pid = how == "vfork" ? vfork() : fork();
            if (pid == 0) {
                execv(program.c_str(), executed);
                _exit(1);
            }
        }
    }
    say(std::to_string(pid));
    hear();
    return 0;
}

BOOST_AUTO_TEST_CASE(an_idle_child_does_not_keep_its_parent_alive) {
    for (std::string const how :
         {"fork", "fork of a fork", "fork and exec", "vfork", "posix_spawn"}) {
        BOOST_TEST_CONTEXT(how) {
            std::string const name = unique_name("ring");
            child parent("parent", {name, how});
            auto const forked = static_cast<pid_t>(std::stoi(parent.read_line()));
            sm::circular_buffer ring(sm::open_only, name);
            BOOST_TEST(ring.owner_alive());
            BOOST_TEST(ring.participants().size() == 2U);
            parent.kill();
            BOOST_TEST(is_running(forked));
            // The child may still be on its way to letting go of what it inherited.
            BOOST_TEST(becomes_true([&] { return !ring.owner_alive(); }));
            BOOST_TEST(ring.readers_alive() == 1U);
            BOOST_TEST(ring.recover().participants_reaped() == 1U);
            (void)ring.try_read<int>(); // takes part, and so may end it
            ring = sm::circular_buffer();
            BOOST_TEST(!exists(name), "somebody seems to be attached");
            ::kill(forked, SIGKILL);
        }
    }
}

// ---- A child that ends

BOOST_AUTO_TEST_CASE(a_childs_end_leaves_the_parents_segment_alone) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    sm::circular_buffer other(sm::open_only, name);
    ring.write(1);
    for (int round = 0; round != 4; ++round) {
        pid_t const pid = fork_child([&] {
            checks check("child");
            check.that(!ring.is_owner(), "it does not own the segment");
            if (round == 1)
                ring.close();
            if (round >= 2)
                ring = sm::circular_buffer(); // destroyed
            if (round == 3)
                other.participants(); // attached anew, and destroyed
            other = sm::circular_buffer();
            return check.status();
        });
        BOOST_TEST(wait_for(pid) == 0);
        BOOST_TEST_CONTEXT("round " << round) {
            BOOST_TEST(exists(name));
            BOOST_TEST((ring.is_owner() && !ring.is_shutting_down()));
            BOOST_TEST(other.owner_alive());
            BOOST_TEST(other.participants().size() == 2U);
            BOOST_TEST(ring.recover().participants_reaped() == 0U);
            BOOST_TEST(ring.size() == 1U);
        }
    }
    BOOST_TEST(other.read<int>() == 1);
}

// An idle child's exit() runs the destructors of static objects.
SHARED_MEMORY_TEST_ROLE(exiting_child) {
    static sm::circular_buffer ring(sm::create_only, args.at(0), 4, 8);
    ring.write(5);
    pid_t const pid = fork();
    if (pid == 0)
        std::exit(0);
    bool const good = wait_for(pid) == 0 && exists(args.at(0)) && ring.is_owner() &&
                      !ring.is_shutting_down() && ring.participants().size() == 1 &&
                      ring.read<int>() == 5;
    return good ? 0 : 1;
}

BOOST_AUTO_TEST_CASE(a_childs_exit_leaves_the_parents_segment_alone) {
    std::string const name = unique_name("ring");
    BOOST_TEST(child("exiting_child", {name}).wait() == 0);
    BOOST_TEST(!exists(name)); // the parent's exit() did that
}

// ---- A child that goes on with the handle

BOOST_AUTO_TEST_CASE(a_handle_attaches_anew_in_the_child) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8, sm::options().role(sm::role::both));
    auto const parent = static_cast<std::uint64_t>(getpid());
    ring.write(1);
    pid_t const pid = fork_child([&] {
        checks check("child");
        check.that(ring.is_open(), "open");
        check.that(ring.read<int>() == 1, "it reads what the parent wrote");
        auto const all = ring.participants();
        check.that(all.size() == 2, "two participants");
        for (sm::participant const& p : all) {
            bool const mine = p.process_id != parent;
            check.that(p.self == mine, "self is the child");
            check.that(p.owner == !mine, "the owner is the parent");
            check.that(p.alive, "both live");
            check.that(!mine || p.process_id == static_cast<std::uint64_t>(getpid()), "its id");
        }
        check.that(!ring.is_owner() && ring.owner_alive(), "the parent owns it");
        ring.write(2);
        ring = sm::circular_buffer();
        return check.status();
    });
    BOOST_TEST(wait_for(pid) == 0);
    BOOST_TEST(ring.read<int>() == 2);
    BOOST_TEST(ring.is_owner());
    BOOST_TEST(ring.participants().size() == 1U);

    // One that was killed then is repaired as any other.
    pid_t const killed = fork_child([&] {
        ring.write(3);
        raise(SIGKILL);
        return 0;
    });
    BOOST_TEST(wait_for(killed) == 128 + SIGKILL);
    BOOST_TEST(ring.participants().size() == 2U);
    BOOST_TEST(ring.recover().participants_reaped() == 1U);
    BOOST_TEST(ring.read<int>() == 3);
}

BOOST_AUTO_TEST_CASE(a_child_of_a_child) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    pid_t const pid = fork_child([&] {
        checks check("child");
        ring.write(1);
        pid_t const grandchild = fork_child([&] {
            checks inner("grandchild");
            inner.that(ring.participants().size() == 3, "three generations");
            ring.write(2);
            return inner.status();
        });
        check.that(wait_for(grandchild) == 0, "the grandchild");
        check.that(ring.recover().participants_reaped() == 1, "it left without a word");
        ring = sm::circular_buffer();
        return check.status();
    });
    BOOST_TEST(wait_for(pid) == 0);
    BOOST_TEST(ring.read<int>() == 1);
    BOOST_TEST(ring.read<int>() == 2);
    BOOST_TEST(ring.participants().size() == 1U);
}

BOOST_AUTO_TEST_CASE(claims_are_the_parents) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    ring.write(1);
    std::optional<sm::read_claim> reading(ring.claim_read());
    std::optional<sm::write_claim> writing(ring.claim_write());
    pid_t const pid = fork_child([&] {
        checks check("child");
        check.throws(errc::forked, "release", [&] { reading->release(); });
        check.throws(errc::forked, "commit", [&] { writing->commit(4); });
        ring.recover(); // attached anew
        check.throws(errc::forked, "release", [&] { reading->release(); });
        check.throws(errc::forked, "commit", [&] { writing->commit(4); });
        reading.reset();
        writing.reset();
        ring = sm::circular_buffer();
        return check.status();
    });
    BOOST_TEST(wait_for(pid) == 0);
    BOOST_TEST(reading->as<int>() == 1);
    reading->release();
    int const value = 2;
    std::memcpy(writing->data(), &value, sizeof value);
    writing->commit(sizeof value);
    BOOST_TEST(ring.read<int>() == 2);
    BOOST_TEST(ring.redelivered() == 0U);
}

BOOST_AUTO_TEST_CASE(no_slot_for_the_child) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8, sm::options().max_participants(1));
    pid_t const pid = fork_child([&] {
        checks check("child");
        for (int i = 0; i != 2; ++i) {
            check.throws(errc::forked, "write", [&] { ring.write(1); });
            check.throws(errc::forked, "participants", [&] { ring.participants(); });
        }
        return check.status();
    });
    BOOST_TEST(wait_for(pid) == 0);
    ring.write(2);
    BOOST_TEST(ring.read<int>() == 2);
}

BOOST_AUTO_TEST_CASE(read_only_handles_go_on_in_the_child) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    ring.write(1);
    sm::circular_buffer look(sm::open_read_only, name);
    pid_t const pid = fork_child([&] {
        checks check("child");
        check.that(look.size() == 1, "size");
        check.that(look.owner_alive(), "the owner lives");
        check.that(look.participants().size() == 1, "participants");
        check.throws(errc::read_only, "write", [&] { look.write(1); });
        look = sm::circular_buffer();
        return check.status();
    });
    BOOST_TEST(wait_for(pid) == 0);
    BOOST_TEST(exists(name));
}

// The object can be reopened without a name.
BOOST_AUTO_TEST_CASE(the_name_has_gone_before_the_fork) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    sm::circular_buffer other(sm::open_only, name);
    remove_object(name);
    pid_t const pid = fork_child([&] {
        checks check("child");
        check.that(ring.read<int>() == 1, "from the parent");
        check.that(ring.participants().size() == 3, "parent's two and its own");
        ring.write(2);
        return check.status();
    });
    ring.write(1);
    BOOST_TEST(wait_for(pid) == 0);
    BOOST_TEST(other.read<int>() == 2);
    BOOST_TEST(other.owner_alive());
    BOOST_TEST(other.recover().participants_reaped() == 1U);
    BOOST_TEST(ring.is_owner());
    ring.write(3);
    BOOST_TEST(other.read<int>() == 3);
}

// ---- A parent with threads

// It is not dead, for the others, before its child has executed a program; then it is, and nothing is
// lost. See doc/surroundings.md.
SHARED_MEMORY_TEST_ROLE(spawns_holding_a_message) {
    sm::circular_buffer r(sm::open_only, args.at(0));
    sm::read_claim const claim = r.claim_read();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, args.at(1).c_str(), O_RDONLY, 0);
    char program[] = "true";
    char* words[] = {program, nullptr};
    say("spawns");
    pid_t pid = 0;
    posix_spawn(&pid, "/bin/true", &actions, nullptr, words, environ); // waits for a writer
    return 0;
}

BOOST_AUTO_TEST_CASE(a_spawned_child_on_its_way_keeps_its_parent_for_so_long) {
    std::string const name = unique_name("fork");
    std::string const fifo = "/tmp/" + name;
    BOOST_TEST(::mkfifo(fifo.c_str(), 0600) == 0);
    sm::circular_buffer r(sm::create_only, name, 2, 8);
    r.write(7);
    child parent("spawns_holding_a_message", {name, fifo});
    BOOST_TEST(parent.read_line() == "spawns");
    std::this_thread::sleep_for(200ms);
    parent.kill();
    BOOST_TEST(!r.try_read_for<int>(300ms));
    int fd = -1;
    for (int i = 0; i != 1000 && fd < 0; ++i) { // somebody waits there
        fd = ::open(fifo.c_str(), O_WRONLY | O_NONBLOCK);
        std::this_thread::sleep_for(1ms);
    }
    BOOST_TEST(fd >= 0);
    BOOST_TEST(bool(r.try_read_for<int>(10s) == 7));
    ::close(fd);
    ::unlink(fifo.c_str());
}

BOOST_AUTO_TEST_CASE(forks_while_threads_open_and_close) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    std::atomic<bool> done{false};
    std::atomic<int> opened{0};
    std::vector<std::thread> threads;
    for (int i = 0; i != 3; ++i)
        threads.emplace_back([&, i] {
            while (!done) {
                if (i == 0) {
                    sm::shared_buffer const look(sm::open_read_only, name);
                } else {
                    sm::circular_buffer const handle(sm::open_only, name);
                }
                ++opened;
            }
        });
    for (int round = 0; round != 60; ++round) {
        pid_t const pid = fork_child([&] {
            alarm(30); // it has one thread: what another one had locked stays locked
            checks check("child");
            check.that(ring.try_write_for(1, 10s), "write");
            { sm::circular_buffer const own(sm::open_only, name); }
            ring = sm::circular_buffer();
            return check.status();
        });
        BOOST_TEST(wait_for(pid) == 0, "round " << round);
        BOOST_TEST(ring.try_read_for<int>(10s).value_or(-1) == 1);
    }
    done = true;
    for (std::thread& t : threads)
        t.join();
    BOOST_TEST(opened > 0);
    BOOST_TEST(ring.recover().participants_reaped() == 0U);
    BOOST_TEST(ring.participants().size() == 1U);
    BOOST_TEST(ring.is_owner());
}
