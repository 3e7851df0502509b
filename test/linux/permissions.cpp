// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who may open a segment, and what another user can do to it.
//
// A program of its own: changes its user.
// Not on Windows: is about users and permission bits.

#include "peer.hpp"
#include "users.hpp"

#include <grp.h>
#include <sys/wait.h>

using namespace test_support;
using sm::errc;

namespace {

constexpr uid_t daemon_user = 1;

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
    if (!become(id))
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
            } else if (words[0] == "create_larger") {
                ring = sm::circular_buffer(sm::create_only, words[1], 8, 16, open_to(0666));
                say("ok");
            } else if (words[0] == "open_or_create_open_to_all") {
                ring = sm::circular_buffer(sm::open_or_create, words[1], 4, 8, open_to(0666));
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

SHARED_MEMORY_TEST_ROLE(makes_an_array_as) {
    auto const id = static_cast<uid_t>(std::stoul(args.at(0)));
    if (setgroups(0, nullptr) != 0 || setgid(id) != 0 || setuid(id) != 0)
        return 1;
    sm::shared_array<std::uint64_t> array(sm::create_only, args.at(1), 5000, open_to(0666));
    for (std::uint64_t const one : array)
        if (one != 0)
            return 2;
    array.fill(7);
    die_at_once();
}

// A program that has changed its user is not dumpable, and /proc/self is root's then: its fork's
// handle must be reopened nevertheless.
SHARED_MEMORY_TEST_ROLE(forks_as_user) {
    if (!become(nobody))
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
        other.is_refused("create_larger", name);
        other.is_refused("remove", name);
    }
    std::string const reply = other.ask("create_larger " + name);
    for (char const* const word :
         {"user 1 ", "mode 0666", "node_count 4", "node_size 8", "node_count 8", "node_size 16"})
        BOOST_TEST(reply.find(word) != std::string::npos, word << " is not in: " << reply);
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

// create_only of the same geometry empties what it may not replace, and begins it anew.
BOOST_AUTO_TEST_CASE(creates_in_place) {
    std::string const name = unique_name("ring");
    sm::segment_id id;
    {
        user creator(daemon_user);
        BOOST_TEST(creator.ask("create_open_to_all " + name) == "ok");
        for (char const* const command : {"write 1", "write 2", "write 3"})
            BOOST_TEST(creator.ask(command) == "yes");
        BOOST_TEST(creator.ask("end_of_stream") == "ok");
        BOOST_TEST(creator.ask("close") == "ok");
        id = sm::shared_buffer(sm::open_read_only, name).id();
    }
    user other(nobody);
    BOOST_TEST(other.ask("create_only " + name) == "ok");
    BOOST_TEST((sm::shared_buffer(sm::open_read_only, name).id() == id), "its identity changed");
    BOOST_TEST(other.ask("is_owner") == "yes");
    BOOST_TEST(other.ask("try_read") == "-1", "what was unread is discarded");
    for (char const* const command : {"write 4", "write 5", "write 6", "write 7"})
        BOOST_TEST(other.ask(command) == "yes");
    BOOST_TEST(other.ask("read") == "4");
    BOOST_TEST(other.ask("keep") == "ok");
    other.kill();
    user again(nobody);
    std::string const kept = again.ask("create_only " + name);
    BOOST_TEST(is_error(kept, errc::already_exists), kept);
    BOOST_TEST(kept.find("remove()") != std::string::npos, kept);
    BOOST_TEST(sm::shared_buffer::remove(name)); // by root
}

// The same of an array: as a new one, it is all zero.
BOOST_AUTO_TEST_CASE(creates_an_array_in_place) {
    std::string const name = unique_name("array");
    BOOST_TEST_REQUIRE(child("makes_an_array_as", {std::to_string(daemon_user), name}).wait() ==
                       137);
    BOOST_TEST(sm::shared_array<std::uint64_t>(sm::open_only, name)[4999] == 7U);
    BOOST_TEST_REQUIRE(child("makes_an_array_as", {std::to_string(nobody), name}).wait() == 137);
    BOOST_TEST(sm::shared_array<std::uint64_t>(sm::open_only, name)[4999] == 7U);
    BOOST_TEST(stat_of(name).st_uid == daemon_user);
    BOOST_TEST(sm::shared_buffer::remove(name)); // by root
}

// The last owner may use the segment, and not remove its name: its close ends nothing for ever.
BOOST_AUTO_TEST_CASE(closes_what_it_may_not_remove) {
    std::string const name = unique_name("ring");
    {
        user creator(daemon_user);
        BOOST_TEST(creator.ask("create_open_to_all " + name) == "ok");
        BOOST_TEST(creator.ask("write 1") == "yes");
    } // is killed
    user other(nobody);
    for (char const* const how : {"open_only", "open_or_create", "open_or_create"}) {
        BOOST_TEST(other.ask(how + (' ' + name)) == "ok", how);
        BOOST_TEST(other.ask("is_owner") == (how == std::string("open_only") ? "no" : "yes"));
        BOOST_TEST(other.ask("destroy") == "ok");
        BOOST_TEST(exists(name));
    }
    other.is_refused("remove", name);
    BOOST_TEST(other.ask("open_or_create " + name) == "ok");
    BOOST_TEST(other.ask("read") == "1", "what is unread stays");
    BOOST_TEST(other.ask("write 2") == "yes");
    // The participants that are there are told, and until they leave nobody begins it anew.
    user guest(daemon_user);
    BOOST_TEST(guest.ask("open_only " + name) == "ok");
    BOOST_TEST(other.ask("close") == "ok");
    std::string const reply = guest.ask("write 3");
    BOOST_TEST(is_error(reply, errc::shut_down), reply);
    user third(nobody);
    std::string told = third.ask("open_or_create " + name);
    BOOST_TEST(is_error(told, errc::in_use), told);
    BOOST_TEST(told.find(std::to_string(guest.pid())) != std::string::npos, told);
    told = third.ask("create_only " + name);
    BOOST_TEST(is_error(told, errc::already_exists), told);
    BOOST_TEST(told.find(std::to_string(guest.pid())) != std::string::npos, told);
    BOOST_TEST(third.ask("open_only " + name) == "ok", "it may read on");
    BOOST_TEST(third.ask("read") == "2");
    BOOST_TEST(third.ask("destroy") == "ok");
    told = third.ask("open_only " + name); // all is read, and the name cannot go
    BOOST_TEST(is_error(told, errc::shut_down), told);
    for (std::string const& word : {std::to_string(guest.pid()), std::string("user 1 ")})
        BOOST_TEST(told.find(word) != std::string::npos, told);
    guest.kill();
    other.kill();
    BOOST_TEST(third.ask("open_or_create " + name) == "ok");
    BOOST_TEST(third.ask("write 4") == "yes");
    BOOST_TEST(third.ask("read") == "4");
    BOOST_TEST(third.ask("destroy") == "ok");
    user again(daemon_user);
    BOOST_TEST(again.ask("open_or_create " + name) == "ok");
    BOOST_TEST(again.ask("destroy") == "ok");
    BOOST_TEST(!exists(name), "it may remove it");
}

// The end of a stream is no end for ever, either: it was said by an owner that closed, or was killed.
BOOST_AUTO_TEST_CASE(ends_a_stream_of_what_it_may_not_remove) {
    for (bool const killed : {false, true}) {
        std::string const name = unique_name("ring");
        {
            user creator(daemon_user);
            BOOST_TEST(creator.ask("create_open_to_all " + name) == "ok");
        }
        {
            user other(nobody);
            BOOST_TEST(other.ask("open_only " + name) == "ok");
            BOOST_TEST(other.ask("write 1") == "yes");
            BOOST_TEST(other.ask("end_of_stream") == "ok");
            if (!killed)
                BOOST_TEST(other.ask("destroy") == "ok");
        }
        user other(nobody);
        BOOST_TEST(other.ask("open_only " + name) == "ok");
        BOOST_TEST(other.ask("read") == "1", "what is unread stays");
        std::string const end = other.ask("read");
        BOOST_TEST(is_error(end, errc::end_of_stream), "a reader still sees the end: " << end);
        other.kill();
        user next(nobody);
        BOOST_TEST(next.ask("open_or_create " + name) == "ok");
        BOOST_TEST(next.ask("write 2") == "yes", "the stream begins anew");
        BOOST_TEST(next.ask("read") == "2");
        next.kill();
        BOOST_TEST(sm::shared_buffer::remove(name)); // by root
    }
}

namespace {

// Two users, and what one of them does with a name that both may use.
class two_users {
public:
    explicit two_users(std::string name) : name_(std::move(name)) {}
    void act(std::size_t who, std::string const& what) {
        done_ += "; user " + std::to_string(ids[who]) + ' ' + what;
        if (what == "is killed") {
            users_[who] = user(ids[who]);
            attached_[who] = false;
            return;
        }
        if (what == "write_one") { // a handle that has none, or whose owner has closed, cannot
            users_[who].ask("write 1");
            return;
        }
        bool const of_handle = what == "destroy" || what == "leave";
        if (what == "leave")
            users_[who].ask(what);
        std::string const reply = users_[who].ask(of_handle ? "destroy" : what + ' ' + name_);
        if (reply == "ok") {
            attached_[who] = !of_handle;
        }
        bool const others = attached_[0] || attached_[1];
        bool const is_right =
            reply == "ok" || (what == "remove" && (reply == "yes" || reply == "no")) ||
            (is_error(reply, errc::not_found) && what == "open_only") ||
            (others && (is_error(reply, errc::in_use) || is_error(reply, errc::already_exists) ||
                        is_error(reply, errc::shut_down))) ||
            (is_error(reply, errc::shut_down) && what == "open_only") ||
            (is_error(reply, errc::permission_denied) && what == "remove" &&
             reply.find("user " + std::to_string(ids[1 - who])) != std::string::npos &&
             reply.find("mode 0666") != std::string::npos);
        BOOST_TEST(is_right, done_ << ": " << reply);
    }
    // Nobody is there: either of them can use it.
    void check_usable() {
        for (std::size_t const who : {1U, 0U})
            act(who, "is killed");
        for (std::size_t const who : {1U, 0U, 1U}) {
            for (char const* const how : {"open_or_create_open_to_all", "create_open_to_all"}) {
                act(who, how);
                BOOST_TEST(attached_[who], done_);
                BOOST_TEST(users_[who].ask("write 7") == "yes", done_);
                act(who, "destroy");
            }
            act(who, "remove");
        }
    }

private:
    static constexpr uid_t ids[] = {daemon_user, nobody};
    std::string name_;
    user users_[2] = {user(ids[0]), user(ids[1])};
    bool attached_[2] = {false, false};
    std::string done_;
};

} // namespace

BOOST_AUTO_TEST_CASE(every_order_of_two_users) {
    watchdog(std::chrono::minutes(5));
    char const* const acts[] = {"create_open_to_all",
                                "open_or_create_open_to_all",
                                "open_only",
                                "destroy",
                                "remove",
                                "is killed",
                                "leave",
                                "write_one"};
    for (char const* const first : {acts[0], acts[1]}) {
        for (std::size_t second = 0; second != 2 * std::size(acts); ++second) {
            for (std::size_t third = 0; third != 2 * std::size(acts); ++third) {
                std::string const name = unique_name("ring");
                two_users both(name);
                both.act(0, first);
                both.act(second % 2, acts[second / 2]);
                both.act(third % 2, acts[third / 2]);
                both.check_usable();
                remove_object(name);
            }
        }
    }
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
    other.is_refused("create_larger", name);
    BOOST_TEST(nobodys() == before);
    BOOST_TEST(sm::shared_buffer::remove(name));
}

// Where the segment is another user's, but was left in our name's place: files that we may not read
// are no segments of ours, and looking for temporaries does not stumble over them.
BOOST_AUTO_TEST_CASE(others_temporaries_do_not_disturb) {
    std::string const temporary = unique_name("another") + ".00000000" +
                                  std::to_string(getpid() % 100000000 + 100000000).substr(1) +
                                  "~sm";
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
