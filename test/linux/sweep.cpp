// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Sweeping up what creators that were killed left behind.
//
// Not on Windows: is about what dead creators leave behind, which is nothing there.

#include "peer.hpp"
#include "sweeping.hpp"

#include <random>

SHARED_MEMORY_TEST_CLOCK

using namespace test_support;
using namespace std::chrono_literals;
using sm::errc;

namespace {

void make_temporary(std::string const& name, std::string const& bytes) {
    remove_object(name);
    write_object(name, bytes);
}

std::string temporary(char const* digits) {
    std::string id = std::to_string(getpid()) + digits;
    id.insert(0, 16 - id.size(), 'f');
    return "sweep." + id + "~sm";
}

} // namespace

SHARED_MEMORY_TEST_ROLE(builder) {
    say("ready");
    for (;;) {
        std::error_code ec;
        sm::circular_buffer const ring(sm::create_only, args.at(0), 64, 4096, ec);
    }
}

BOOST_AUTO_TEST_CASE(old_temporaries_are_swept) {
    std::string const image = ring_image();
    std::string const names[] = {temporary("01"), temporary("02"), temporary("03"),
                                 temporary("04")};
    make_temporary(names[0], image);                   // built, not published
    make_temporary(names[1], "");                      // just created
    make_temporary(names[2], "x");                     // as Boost leaves it
    make_temporary(names[3], std::string(9000, '\0')); // reserved
    sweep();
    for (std::string const& name : names)
        BOOST_TEST(exists(name), "a fresh temporary may be in the making");
    {
        later const in(58s);
        sweep();
        for (std::string const& name : names)
            BOOST_TEST(exists(name), "it is not a minute old");
    }
    later const in(90s);
    sweep();
    for (std::string const& name : names)
        BOOST_TEST(!exists(name));
}

BOOST_AUTO_TEST_CASE(only_temporaries_without_a_builder_are_swept) {
    std::string const held = temporary("11");
    make_temporary(held, ring_image());
    int const fd = open(path_of(held).c_str(), O_RDWR | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_len = 1;
    BOOST_TEST_REQUIRE(fcntl(fd, F_OFD_SETLK, &lock) == 0);

    std::string const others[] = {
        temporary("12") + "0", temporary("13") + ".bak", temporary("16").substr(6), temporary("AB"),
        "sweep.~sm",           unique_name("not_one")};
    for (std::string const& name : others)
        write_object(name, "mine");
    std::string const folder = temporary("14");
    BOOST_TEST(mkdir(path_of(folder).c_str(), 0700) == 0);
    std::string const link = temporary("15");
    BOOST_TEST(symlink(path_of(others[0]).c_str(), path_of(link).c_str()) == 0);

    {
        later const in(90s);
        sweep();
    }
    BOOST_TEST(exists(held), "its builder is alive");
    for (std::string const& name : others)
        BOOST_TEST(read_object(name) == "mine");
    BOOST_TEST(exists(folder));
    BOOST_TEST(exists(link));
    close(fd);
    {
        later const in(90s);
        sweep();
    }
    BOOST_TEST(!exists(held), "its builder has gone");
    rmdir(path_of(folder).c_str());
    remove_object(link);
    for (std::string const& name : others)
        remove_object(name);
}

BOOST_AUTO_TEST_CASE(killed_builders_leave_nothing_for_long) {
    std::string const name = unique_name("ring");
    std::mt19937 random(6);
    std::size_t left = 0;
    for (int round = 0; round != 300 && left < 3; ++round) {
        child builder("builder", {name});
        builder.read_line();
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 1500));
        builder.kill();
        left = temporaries().size();
    }
    (void)sm::shared_buffer::remove(name);
    check_temporaries_are_swept();
}

// Who was stopped for a minute while building finds its temporary gone, and starts again.
BOOST_AUTO_TEST_CASE(builders_survive_being_swept) {
    std::string const name = unique_name("ring");
    std::vector<child> builders;
    for (int i = 0; i != 3; ++i) {
        builders.emplace_back("peer_role");
        BOOST_TEST(builders.back().read_line() == "ready");
    }
    later const in(90s); // for us every temporary is old
    int created = 0;
    for (int round = 0; round != 60; ++round) {
        for (child& b : builders)
            b.send_line("create_only " + name);
        for (int i = 0; i != 10; ++i)
            sweep();
        for (child& b : builders) {
            std::string const reply = b.read_line();
            BOOST_TEST((reply == "ok" || is_error(reply, errc::already_exists)), reply);
            created += reply == "ok" ? 1 : 0;
        }
        for (child& b : builders) {
            b.send_line("destroy");
            BOOST_TEST(b.read_line() == "ok");
        }
    }
    BOOST_TEST(created == 60);
    BOOST_TEST(!exists(name));
}
