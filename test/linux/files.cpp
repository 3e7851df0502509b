// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Segments as files of /dev/shm: other things of that name, other users, closed descriptors, locks.
//
// Not on Windows: is about segments as files.

#include "peer.hpp"
#include "segment_ways.hpp"
#include "users.hpp"

#include <boost/interprocess/managed_shared_memory.hpp>

#include <grp.h>
#include <sys/socket.h>
#include <sys/un.h>

using namespace test_support;
using sm::errc;

namespace {

template <class Call>
double seconds_of(Call&& call) {
    auto const start = std::chrono::steady_clock::now();
    call();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

BOOST_AUTO_TEST_CASE(somebody_elses_managed_shared_memory) {
    prompt();
    namespace bi = boost::interprocess;
    std::string const name = unique_name("boost");
    {
        bi::managed_shared_memory theirs(bi::create_only, name.c_str(), 65536);
        theirs.construct<int>("answer")(42);
        check_refused("in use", name, errc::not_our_segment, {"expected a header, found none"});
    }
    check_refused("not in use", name, errc::not_our_segment, {"expected a header, found none"});
    {
        bi::managed_shared_memory theirs(bi::open_only, name.c_str());
        auto const found = theirs.find<int>("answer");
        BOOST_REQUIRE(found.first != nullptr);
        BOOST_TEST(*found.first == 42);
    }
    bi::shared_memory_object::remove(name.c_str());
}

BOOST_AUTO_TEST_CASE(no_file_at_all) {
    prompt();
    std::string const name = unique_name("node");
    std::string const path = path_of(name);
    BOOST_TEST_REQUIRE(mkdir(path.c_str(), 0700) == 0);
    check_refused("directory", name, errc::not_our_segment, {});
    BOOST_TEST(S_ISDIR(stat_of(name).st_mode));
    BOOST_TEST_REQUIRE(rmdir(path.c_str()) == 0);

    BOOST_TEST_REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    check_refused("fifo", name, errc::not_our_segment, {});
    BOOST_TEST(S_ISFIFO(stat_of(name).st_mode));
    remove_object(name);

    int const fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    BOOST_TEST_REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    check_refused("socket", name, errc::not_our_segment, {});
    BOOST_TEST(S_ISSOCK(stat_of(name).st_mode));
    remove_object(name);
    close(fd);
}

// Also one that leads to a segment: who may make links here could lead us anywhere.
BOOST_AUTO_TEST_CASE(symbolic_link) {
    prompt();
    std::string const name = unique_name("link");
    std::string const target = unique_name("target");
    std::string const image = ring_image();
    for (bool const dangling : {false, true}) {
        if (!dangling)
            write_object(target, image);
        BOOST_TEST_REQUIRE(symlink(path_of(target).c_str(), path_of(name).c_str()) == 0);
        check_refused(dangling ? "dangling link" : "link", name, errc::not_our_segment, {});
        BOOST_TEST(S_ISLNK(stat_of(name).st_mode));
        BOOST_TEST(exists(target) == !dangling);
        if (!dangling)
            BOOST_TEST((read_object(target) == image), "the target has changed");
        remove_object(name);
        remove_object(target);
    }
}

// The owner has closed all descriptors: its close still takes the name away.
SHARED_MEMORY_TEST_ROLE(closes_its_ring) {
    sm::circular_buffer ring(sm::create_only, args.at(0), 4, 8);
    for (int fd = 3; fd != 1024; ++fd)
        close(fd);
    ring.close();
    say("closed");
    hear();
    return 0;
}

BOOST_AUTO_TEST_CASE(owners_close_without_descriptors) {
    std::string const name = unique_name("ring");
    child owner("closes_its_ring", {name});
    BOOST_TEST(owner.read_line() == "closed");
    BOOST_TEST(!exists(name));
    remove_object(name);
}

// A user may use a segment, and so own it when its owner is dead, but not remove its name: after
// its close, what is unread can be read, and the segment can be begun anew.
SHARED_MEMORY_TEST_ROLE(as_nobody) {
    if (!become(nobody))
        return 1;
    std::string const& name = args.at(0);
    if (args.at(1) == "close") {
        sm::circular_buffer ring(sm::open_or_create, name, 4, 8);
        return ring.is_owner() ? 0 : 2;
    }
    double const took = seconds_of([&] {
        outcome const o = outcome_of([&] { sm::circular_buffer(sm::open_only, name); });
        say(std::to_string(o.code.value()) + ' ' + o.text);
    });
    return took < 5 ? 0 : 3;
}

BOOST_AUTO_TEST_CASE(a_name_that_cannot_be_removed, *needs("root, to be another user", is_root)) {
    std::string const name = unique_name("ring");
    std::string const image = ring_image(4, 8, 2, sm::options().permissions(sm::permissions(0666)));
    write_object(name, image);
    BOOST_TEST(chmod(path_of(name).c_str(), 0666) == 0);
    BOOST_TEST(child("as_nobody", {name, "close"}).wait() == 0);
    BOOST_TEST(exists(name));
    child opener("as_nobody", {name, "open"});
    BOOST_TEST(opener.read_line() == "0 ");
    BOOST_TEST(opener.wait() == 0, "opening did not end within seconds");
    BOOST_TEST(child("as_nobody", {name, "close"}).wait() == 0, "it cannot be begun anew");
    (void)sm::shared_buffer::remove(name);
}

// A process holds the name lock of a dead segment and does not go on: stopped in close(), say.
BOOST_AUTO_TEST_CASE(a_gate_that_stays_closed) {
    std::string const name = unique_name("ring");
    write_object(name, ring_image());
    int const fd = open(path_of(name).c_str(), O_RDWR | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_start = sm::detail::max_slots;
    lock.l_len = 1;
    BOOST_TEST(fcntl(fd, F_OFD_SETLK, &lock) == 0);
    outcome o;
    double const took = seconds_of(
        [&] { o = outcome_of([&] { sm::circular_buffer(sm::create_only, name, 4, 8); }); });
    BOOST_TEST(took < 5.0, "took " << took << " s: " << o.text);
    close(fd);
    remove_object(name);
}

// What a living process of another version of this library uses is neither replaced nor removed: it
// holds a slot, or the name.
BOOST_AUTO_TEST_CASE(another_version_in_use) {
    std::string const name = unique_name("ring");
    std::string image = ring_image();
    auto id = identity_of(image);
    id.version = 3;
    image = with_identity(image, id);
    for (off_t const byte : {0, 1, 500, 1022, 1023}) {
        write_object(name, image);
        int const fd = open(path_of(name).c_str(), O_RDWR | O_CLOEXEC);
        struct flock lock {};
        lock.l_type = F_WRLCK;
        lock.l_start = byte;
        lock.l_len = 1;
        BOOST_TEST_REQUIRE(fcntl(fd, F_OFD_SETLK, &lock) == 0);
        bool const is_name = byte == 1023; // somebody is at work on it: both wait, for a second
        BOOST_TEST_CONTEXT("byte " << byte) {
            check_fails("create_only", is_name ? errc::in_use : errc::already_exists,
                        [&] { sm::circular_buffer(sm::create_only, name, 4, 8); }, {name});
            check_fails("remove", errc::in_use, [&] { (void)sm::shared_buffer::remove(name); },
                        {name});
            check_fails("open_or_create", errc::wrong_version,
                        [&] { sm::circular_buffer(sm::open_or_create, name, 4, 8); }, {name});
            BOOST_TEST(read_object(name) == image);
            close(fd);
            BOOST_TEST(sm::circular_buffer(sm::create_only, name, 4, 8).is_owner());
        }
    }
}
