// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// File descriptors: a program may run out of them, close them all, or have none of the usual ones.
//
// A program of its own: runs out of descriptors.
// Not on Windows: is about file descriptors and their locks.

#include "peer.hpp"

#include <algorithm>
#include <sys/resource.h>

using namespace test_support;
using namespace std::chrono_literals;
using sm::errc;

namespace {

void close_descriptors_from(int first) {
    for (int fd = first; fd != 1024; ++fd)
        close(fd);
}

bool not_sanitized() {
    return !test_support::sanitized;
}

sm::participant find(sm::segment_handle const& handle, pid_t pid) {
    for (sm::participant const& p : handle.participants())
        if (p.process_id == static_cast<std::uint64_t>(pid))
            return p;
    throw std::runtime_error("process " + std::to_string(pid) + " is no participant");
}

std::size_t open_descriptors() {
    std::size_t count = 0;
    for (int fd = 0; fd != 1024; ++fd)
        count += fcntl(fd, F_GETFD) == -1 ? 0 : 1;
    return count;
}

} // namespace

// Closes what it does not know, as daemons do, and goes on with the ring.
SHARED_MEMORY_TEST_ROLE(closes_all) {
    sm::circular_buffer ring;
    if (args.at(1) == "owner")
        ring = sm::circular_buffer(sm::create_only, args.at(0), 4, 8);
    else
        ring = sm::circular_buffer(sm::open_only, args.at(0));
    close_descriptors_from(3);
    // Something else gets their numbers.
    std::vector<int> unrelated;
    for (int i = 0; i != 8; ++i)
        unrelated.push_back(open("/dev/null", O_WRONLY | O_CLOEXEC));
    say("closed");
    for (std::string line = hear(); line != "destroy"; line = hear()) {
        if (line == "use") {
            int const value = ring.read<int>();
            ring.write(value + 1);
            say(std::to_string(ring.participants().size()));
        }
    }
    ring = sm::circular_buffer();
    for (int const fd : unrelated)
        if (write(fd, "x", 1) != 1)
            return 1; // our destructor has closed it
    say("destroyed");
    hear();
    return 0;
}

BOOST_AUTO_TEST_CASE(all_closed_by_a_participant) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    for (bool const killed : {true, false}) {
        child closer("closes_all", {name, "participant"});
        BOOST_TEST(closer.read_line() == "closed");
        BOOST_TEST(ring.readers_alive() == 2U, "it still is attached");
        BOOST_TEST(ring.recover().participants_reaped() == 0U);
        ring.write(1);
        closer.send_line("use");
        BOOST_TEST(closer.read_line() == "2");
        BOOST_TEST(ring.read<int>() == 2);
        BOOST_TEST(ring.readers_alive() == 2U);
        if (killed) {
            closer.kill();
            BOOST_TEST(ring.readers_alive() == 1U, "its death was not noticed");
            BOOST_TEST(ring.recover().participants_reaped() == 1U);
        } else {
            closer.send_line("destroy");
            BOOST_TEST(closer.read_line() == "destroyed");
            BOOST_TEST(ring.participants().size() == 1U, "it has left");
            closer.send_line("end");
            BOOST_TEST(closer.wait() == 0);
        }
    }
    // Its slot can be had again.
    sm::circular_buffer const next(sm::open_only, name);
    BOOST_TEST(next.participants().size() == 2U);
}

BOOST_AUTO_TEST_CASE(all_closed_by_the_owner) {
    std::string const name = unique_name("ring");
    child closer("closes_all", {name, "owner"});
    BOOST_TEST(closer.read_line() == "closed");
    sm::circular_buffer ring(sm::open_only, name);
    BOOST_TEST(ring.owner_alive());
    check_fails("create_only", errc::already_exists,
                [&] { sm::circular_buffer(sm::create_only, name, 4, 8); });
    check_fails("remove", errc::in_use, [&] { (void)sm::shared_buffer::remove(name); });
    ring.write(1);
    closer.send_line("use");
    BOOST_TEST(closer.read_line() == "2");
    BOOST_TEST(ring.read<int>() == 2);
    closer.kill();
    BOOST_TEST(!ring.owner_alive());
    ring = sm::circular_buffer();
    BOOST_TEST(!exists(name));
}

// An owner that lost its descriptor may leave the name behind; the segment is shut down all the
// same, and nobody finds it any more.
BOOST_AUTO_TEST_CASE(all_closed_by_an_owner_that_closes) {
    std::string const name = unique_name("ring");
    child closer("closes_all", {name, "owner"});
    BOOST_TEST(closer.read_line() == "closed");
    sm::circular_buffer ring(sm::open_only, name);
    closer.send_line("destroy");
    BOOST_TEST(closer.read_line() == "destroyed");
    BOOST_TEST(ring.is_shutting_down());
    BOOST_TEST(ring.participants().size() == 1U);
    check_fails("open_only", errc::not_found, [&] { sm::circular_buffer(sm::open_only, name); });
    BOOST_TEST(!exists(name));
}

SHARED_MEMORY_TEST_ROLE(reuses_numbers) {
    sm::circular_buffer ring(sm::create_only, args.at(0), 4, 8);
    close_descriptors_from(3);
    // Handles again: their descriptors get the numbers of the one that was lost.
    std::vector<sm::circular_buffer> others;
    for (int i = 0; i != 5; ++i)
        others.emplace_back(sm::open_only, args.at(0));
    bool good = ring.participants().size() == 6 && others[0].readers_alive() == 6;
    ring.write(1);
    good = good && others[1].read<int>() == 1;
    others.pop_back();
    good = good && others[0].readers_alive() == 5 && others[3].participants().size() == 5;
    sm::circular_buffer left = std::move(others.back());
    others.clear();
    good = good && left.owner_alive() && left.participants().size() == 2;
    ring = sm::circular_buffer(); // must not close the descriptor of `left`
    return good && left.participants().size() == 1 && left.recover().participants_reaped() == 0 &&
                   left.participants()[0].alive
               ? 0
               : 1;
}

BOOST_AUTO_TEST_CASE(numbers_are_used_again_by_handles) {
    std::string const name = unique_name("ring");
    BOOST_TEST(child("reuses_numbers", {name}).wait() == 0);
    (void)sm::shared_buffer::remove(name);
}

BOOST_AUTO_TEST_CASE(none_is_leaked) {
    std::string const name = unique_name("ring");
    std::string const foreign = unique_name("foreign");
    write_object(foreign, "x");
    auto const try_all = [&] {
        sm::circular_buffer ring(sm::create_only, name, 4, 8);
        std::error_code ec;
        sm::circular_buffer const again(sm::create_only, name, 4, 8, ec);
        sm::circular_buffer const other(sm::open_only, name);
        sm::circular_buffer const look(sm::open_read_only, name);
        sm::circular_buffer const not_ours(sm::open_only, foreign, ec);
        (void)sm::shared_buffer::remove(foreign, ec);
        (void)sm::shared_buffer::remove(name, ec);
        sm::circular_buffer const none(sm::open_only, unique_name("none"), ec);
    };
    try_all();
    std::size_t const before = open_descriptors();
    for (int i = 0; i != 20; ++i)
        try_all();
    BOOST_TEST(open_descriptors() == before);
    remove_object(foreign);
}

SHARED_MEMORY_TEST_ROLE(no_descriptors_left) {
    std::string const& name = args.at(0);
    std::string const fresh = name + "-fresh";
    auto const how_many = static_cast<rlim_t>(std::stoi(args.at(1)));
    std::size_t const used = open_descriptors();
    rlimit const limit{used + how_many, used + how_many};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1;
    auto const tell = [&](char const* what, auto&& call) {
        outcome const o = outcome_of(call);
        say(std::string(what) +
            (o.code ? " error " + std::to_string(o.code.value()) + ' ' + o.text : " ok"));
    };
    tell("open_only", [&] { sm::circular_buffer(sm::open_only, name).recover(); });
    tell("open_read_only", [&] { sm::circular_buffer(sm::open_read_only, name).snapshot(); });
    tell("create_only", [&] { sm::circular_buffer(sm::create_only, fresh, 4, 8); });
    tell("open_or_create", [&] { sm::circular_buffer(sm::open_or_create, fresh, 4, 8); });
    tell("remove", [&] { (void)sm::shared_buffer::remove(fresh); });
    return 0;
}

// The sanitizers need some themselves, and report errors that are none.
BOOST_AUTO_TEST_CASE(descriptor_limit, *needs("a build without sanitizers", not_sanitized)) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    auto const before = temporaries();
    bool succeeded = false;
    for (int left = 0; left != 5; ++left) {
        child limited("no_descriptors_left", {name, std::to_string(left)});
        succeeded = true;
        for (int i = 0; i != 5; ++i) {
            std::string const line = limited.read_line();
            std::string const code = std::to_string(static_cast<int>(errc::system_error));
            bool const clear = line.find(" error " + code) != std::string::npos &&
                               line.find("ulimit -n") != std::string::npos;
            bool const good = line.substr(line.size() - 3) == " ok";
            BOOST_TEST((clear || good), left << " left: " << line);
            succeeded = succeeded && good;
        }
        BOOST_TEST(limited.wait() == 0);
        BOOST_TEST(!exists(name + "-fresh"));
    }
    BOOST_TEST(succeeded, "4 descriptors should do");
    for (std::string const& one : temporaries())
        BOOST_TEST((std::find(before.begin(), before.end(), one) != before.end() ||
                    becomes_true([&] { return !exists(one); })),
                   one << " was left behind");
    BOOST_TEST(ring.participants().size() == 1U);
}

// Attached already, it needs no more descriptors; nor does a child, which gets one by closing what
// it has inherited.
SHARED_MEMORY_TEST_ROLE(attached_at_the_limit) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    sm::circular_buffer other(sm::open_only, args.at(1));
    rlimit const limit{100, 100};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1;
    while (open("/dev/null", O_RDONLY | O_CLOEXEC) != -1) {
    }
    for (;;) {
        std::string const line = hear();
        if (line == "end")
            return 0;
        try {
            if (line == "use") {
                ring.write(other.read<int>() + 1);
                other.write(ring.read<int>() + 1);
                std::string const reaped = std::to_string(ring.recover().participants_reaped());
                say(reaped + ' ' + std::to_string(ring.participants().size()) + ' ' +
                    std::to_string(other.readers_alive()));
            } else if (line == "open") {
                sm::circular_buffer(sm::open_only, args.at(0));
                say("opened");
            } else if (line == "fork") {
                if (fork() != 0) {
                    for (;;)
                        pause(); // to be killed here
                }
                say(std::to_string(getpid()));
            }
        } catch (sm::error const& e) {
            say("error " + std::to_string(e.code().value()) + ' ' + e.what());
        }
    }
}

BOOST_AUTO_TEST_CASE(attached_ones_go_on_at_the_limit,
                     *needs("a build without sanitizers", not_sanitized)) {
    std::string const names[] = {unique_name("ring"), unique_name("other")};
    sm::circular_buffer ring(sm::create_only, names[0], 4, 8);
    sm::circular_buffer other(sm::create_only, names[1], 4, 8);
    child limited("attached_at_the_limit", {names[0], names[1]});
    auto const uses = [&](char const* expected) {
        other.write(1);
        limited.send_line("use");
        BOOST_TEST(limited.read_line() == expected);
        BOOST_TEST(other.read<int>() == 3);
    };
    auto const is_refused = [&] {
        limited.send_line("open");
        std::string const line = limited.read_line();
        BOOST_TEST(is_error(line, errc::system_error), line);
        BOOST_TEST(line.find("ulimit -n") != line.npos, line);
    };
    for (int i = 0; i != 20; ++i) { // nothing is leaked, nothing lost
        uses("0 2 2");
        is_refused();
    }
    {
        peer dead("open_only " + names[0]);
        dead.kill();
        uses("1 2 2"); // it repairs
    }
    limited.send_line("fork");
    pid_t const forked = std::stoi(limited.read_line());
    uses("0 3 3"); // the child: a participant of its own
    is_refused();
    limited.kill(); // the parent: its child does not keep it alive
    BOOST_TEST(!find(ring, limited.pid()).alive);
    BOOST_TEST(find(ring, forked).alive);
    BOOST_TEST(ring.recover().participants_reaped() == 1U);
    BOOST_TEST(other.recover().participants_reaped() == 1U);
    uses("0 2 2");
    limited.send_line("end");
    BOOST_TEST(becomes_true([&] { return ring.participants().size() == 1U; }));
}

// The next descriptor would be standard input, output or error, where a program may put anything.
SHARED_MEMORY_TEST_ROLE(without_standard_descriptors) {
    int const out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
    close_descriptors_from(out + 1);
    for (int fd = 0; fd != out; ++fd)
        close(fd);
    sm::circular_buffer ring(sm::create_only, args.at(0), 4, 8);
    sm::circular_buffer other(sm::open_only, args.at(0));
    sm::circular_buffer const look(sm::open_read_only, args.at(0));
    int used = 0;
    for (int fd = 0; fd != 3; ++fd) {
        used += fcntl(fd, F_GETFD) == -1 ? 0 : 1;
        if (dup2(out, fd) != fd) // closes what has that number
            return 1;
    }
    ring.write(1);
    bool const good = used == 0 && other.read<int>() == 1 && other.participants().size() == 2 &&
                      look.owner_alive() && other.readers_alive() == 2;
    say(good ? "good" : "bad, of 0 to 2 are used: " + std::to_string(used));
    return 0;
}

BOOST_AUTO_TEST_CASE(standard_descriptors_are_closed) {
    std::string const name = unique_name("ring");
    child peer("without_standard_descriptors", {name});
    BOOST_TEST(peer.read_line() == "good");
    BOOST_TEST(peer.wait() == 0);
    BOOST_TEST(!exists(name));
}
