// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who may open a segment, and what another user can do to it.
//
// A program of its own: changes its user.
// Not on Windows: is about users and permission bits.

#include "peer.hpp"

#include <grp.h>
#include <sys/wait.h>

using namespace test_support;
using sm::errc;

namespace {

constexpr uid_t nobody = 65534;
constexpr uid_t daemon_user = 1;

bool is_root() {
    return geteuid() == 0;
}

unsigned mode_of(std::string const& name) {
    return static_cast<unsigned>(stat_of(name).st_mode & 07777);
}

struct umask_is {
    explicit umask_is(mode_t value) : old(umask(value)) {}
    umask_is(umask_is const&) = delete;
    umask_is& operator=(umask_is const&) = delete;
    ~umask_is() { umask(old); }
    mode_t old;
};

sm::options open_to(mode_t mode) {
    return sm::options().permissions(sm::permissions(mode));
}

} // namespace

BOOST_AUTO_TEST_CASE(as_asked_for_whatever_the_umask) {
    for (mode_t const mask : {0U, 022U, 077U, 0777U}) {
        umask_is const in_effect(mask);
        BOOST_TEST_CONTEXT("umask " << mask) {
            std::string const name = unique_name("ring");
            {
                sm::circular_buffer const ring(sm::create_only, name, 4, 8);
                BOOST_TEST(mode_of(name) == 0600U);
            }
            for (mode_t const mode : {0600U, 0640U, 0660U, 0666U}) {
                sm::circular_buffer const one(sm::create_only, name, 4, 8, open_to(mode));
                BOOST_TEST(mode_of(name) == mode);
            }
            sm::circular_buffer const two(sm::open_or_create, name, 4, 8, open_to(0644));
            BOOST_TEST(mode_of(name) == 0644U);
        }
    }
}

BOOST_AUTO_TEST_CASE(opening_changes_no_permissions) {
    std::string const name = unique_name("ring");
    sm::circular_buffer const ring(sm::create_only, name, 4, 8, open_to(0640));
    sm::circular_buffer const same(sm::open_or_create, name, 4, 8, open_to(0666));
    BOOST_TEST(mode_of(name) == 0640U);
}

BOOST_AUTO_TEST_CASE(a_replacement_has_its_own_permissions) {
    std::string const name = dead_leftover("ring");
    sm::circular_buffer const ring(sm::create_only, name, 4, 8, open_to(0644));
    BOOST_TEST(mode_of(name) == 0644U);
}

// ---- Another user

// As that user, does each of the commands on standard input and tells how it went.
SHARED_MEMORY_TEST_ROLE(as_user) {
    auto const id = static_cast<uid_t>(std::stoul(args.at(0)));
    if (setgroups(0, nullptr) != 0 || setgid(id) != 0 || setuid(id) != 0)
        return 1;
    sm::circular_buffer ring;
    std::vector<std::string> words;
    say("ready");
    for (;;) {
        std::string const line = hear();
        boost::split(words, line, boost::is_any_of(" "));
        try {
            if (words[0] == "create_open_to_all") {
                ring = sm::circular_buffer(sm::create_only, words[1], 4, 8, open_to(0666));
                say("ok");
            } else {
                say(obey(ring, words));
            }
        } catch (sm::error const& e) {
            say("error " + std::to_string(e.code().value()) + ' ' + e.what());
        }
    }
}

namespace {

struct user : child {
    explicit user(uid_t id) : child("as_user", {std::to_string(id)}) {
        if (read_line() != "ready")
            throw std::runtime_error("cannot be another user");
    }
    std::string ask(std::string const& command) {
        send_line(command);
        return read_line();
    }
    void is_refused(std::string const& command, std::string const& name) {
        std::string const reply = ask(command + ' ' + name);
        BOOST_TEST(is_error(reply, errc::permission_denied), command << ": " << reply);
        BOOST_TEST(reply.find(name) != std::string::npos, command << ": " << reply);
    }
};

} // namespace

// A program that has changed its user is not dumpable, and /proc/self is root's then: its fork's
// handle must be reopened nevertheless.
SHARED_MEMORY_TEST_ROLE(forks_as_user) {
    if (setgroups(0, nullptr) != 0 || setgid(nobody) != 0 || setuid(nobody) != 0)
        return 1;
    sm::circular_buffer ring(sm::create_only, args.at(0), 4, 8);
    pid_t const pid = fork();
    if (pid == 0)
        _exit(outcome_of([&] { ring.write(1); }).code ? 1 : 0);
    int status = -1;
    waitpid(pid, &status, 0);
    return status == 0 && ring.read<int>() == 1 ? 0 : 2;
}

BOOST_AUTO_TEST_SUITE(another_user, *needs("root, to be another user", is_root))

BOOST_AUTO_TEST_CASE(is_refused_by_default) {
    std::string const name = unique_name("ring");
    user other(nobody);
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    for (char const* const how :
         {"open_only", "open_read_only", "open_or_create", "create_only", "remove"})
        other.is_refused(how, name);
    ring.write(1);
    ring = sm::circular_buffer();

    std::string const leftover = dead_leftover("leftover");
    std::string const before = read_object(leftover);
    for (char const* const how :
         {"open_only", "open_read_only", "open_or_create", "create_only", "remove"})
        other.is_refused(how, leftover);
    BOOST_TEST((read_object(leftover) == before));
    BOOST_TEST(sm::shared_buffer::remove(leftover));
}

BOOST_AUTO_TEST_CASE(may_look_if_it_may_read) {
    std::string const name = unique_name("ring");
    user other(nobody);
    sm::circular_buffer const ring(sm::create_only, name, 4, 8, open_to(0644));
    other.is_refused("open_only", name);
    other.is_refused("open_or_create", name);
    BOOST_TEST(other.ask("open_read_only " + name) == "ok");
    BOOST_TEST(other.ask("owner_alive") == "yes");
    BOOST_TEST(other.ask("participants") == "1");
}

BOOST_AUTO_TEST_CASE(takes_part_if_it_may) {
    std::string const name = unique_name("ring");
    user other(nobody);
    sm::circular_buffer ring(sm::create_only, name, 4, 8, open_to(0666));
    BOOST_TEST(other.ask("open_only " + name) == "ok");
    BOOST_TEST(other.ask("write 5") == "yes");
    BOOST_TEST(ring.read<int>() == 5);
    BOOST_TEST(ring.participants().size() == 2U);
    BOOST_TEST(ring.readers_alive() == 2U);
    BOOST_TEST(other.ask("owner_alive") == "yes");
    other.kill();
    BOOST_TEST(ring.recover().participants_reaped() == 1U);
}

// /dev/shm lets nobody take away another's name.
BOOST_AUTO_TEST_CASE(may_not_replace_or_remove) {
    std::string const name = unique_name("ring");
    {
        user creator(daemon_user);
        BOOST_TEST(creator.ask("create_open_to_all " + name) == "ok");
        BOOST_TEST(creator.ask("write 1") == "yes");
    }
    auto const inode = stat_of(name).st_ino;
    user other(nobody);
    for (int i = 0; i != 2; ++i) {
        other.is_refused("create_only", name);
        other.is_refused("remove", name);
    }
    BOOST_TEST(stat_of(name).st_ino == inode);
    // It may use it: that much was allowed.
    BOOST_TEST(other.ask("open_or_create " + name) == "ok");
    BOOST_TEST(other.ask("is_owner") == "yes");
    BOOST_TEST(other.ask("read") == "1");
    other.kill();
    // The creating user may remove it, and so may root.
    user again(daemon_user);
    BOOST_TEST(again.ask("remove " + name) == "yes");
    BOOST_TEST(!exists(name));
}

BOOST_AUTO_TEST_CASE(a_failed_replacement_leaves_no_temporary) {
    std::string const name = unique_name("ring");
    {
        user creator(daemon_user);
        BOOST_TEST(creator.ask("create_open_to_all " + name) == "ok");
    }
    auto const nobodys = [] {
        std::size_t count = 0;
        for (std::string const& one : temporaries()) {
            struct stat info {};
            if (lstat(path_of(one).c_str(), &info) == 0 && info.st_uid == nobody)
                ++count;
        }
        return count;
    };
    std::size_t const before = nobodys();
    user other(nobody);
    other.is_refused("create_only", name);
    BOOST_TEST(nobodys() == before);
    BOOST_TEST(sm::shared_buffer::remove(name));
}

// Where the segment is another user's, but was left in our name's place: files that we may not read
// are no segments of ours, and looking for temporaries does not stumble over them.
BOOST_AUTO_TEST_CASE(others_temporaries_do_not_disturb) {
    std::string const temporary =
        unique_name("another") + ".00000000" +
        std::to_string(getpid() % 100000000 + 100000000).substr(1) + "~sm";
    write_object(temporary, "x"); // root's, 0600
    user other(nobody);
    std::string const name = unique_name("ring");
    BOOST_TEST(other.ask("create_only " + name) == "ok");
    BOOST_TEST(other.ask("destroy") == "ok");
    BOOST_TEST(exists(temporary));
    remove_object(temporary);
}

BOOST_AUTO_TEST_CASE(forks_like_any) {
    BOOST_TEST(child("forks_as_user", {unique_name("ring")}).wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
