// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Corners that were wrong once.

#include "peer.hpp"

#include <shared_memory/detail/deadline.hpp>

#include <algorithm>
#include <grp.h>

using namespace test_support;
using namespace std::chrono_literals;
using sm::errc;

namespace {

bool is_root() {
    return geteuid() == 0;
}

bool become(uid_t id) {
    return setgroups(0, nullptr) == 0 && setgid(id) == 0 && setuid(id) == 0;
}

template <class Call>
double seconds_of(Call&& call) {
    auto const start = std::chrono::steady_clock::now();
    call();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

template <class Integer>
Integer swapped(Integer value) {
    auto* const bytes = reinterpret_cast<unsigned char*>(&value);
    std::reverse(bytes, bytes + sizeof value);
    return value;
}

} // namespace

// The text must not end at the zero, before it says what is wrong.
BOOST_AUTO_TEST_CASE(bad_name_with_a_zero) {
    std::string const name = unique_name("a") + std::string(1, '\0') + "b";
    check_fails("open_only", errc::bad_name, [&] { sm::shared_buffer(sm::open_only, name); },
                {"expected 1 to 200 bytes"});
}

// A machine of another byte order writes all numbers in that order, the magic and version too.
BOOST_AUTO_TEST_CASE(another_byte_order) {
    std::string const image = ring_image();
    sm::detail::segment_identity id = identity_of(image);
    id.magic = swapped(id.magic);
    id.version = swapped(id.version);
    id.byte_order = swapped(id.byte_order);
    id.total_size = swapped(id.total_size);
    id.block_offset = swapped(id.block_offset);
    std::string const name = unique_name("swapped");
    write_object(name, with_identity(image, id));
    check_fails("open_only", errc::wrong_version, [&] { sm::shared_buffer(sm::open_only, name); },
                {"byte order"});
    remove_object(name);
}

// (This case must not be named after the words that it looks for: they would be in the name.)
BOOST_AUTO_TEST_CASE(texts_of_refusals) {
    std::string const name = unique_name("node");
    auto const tells = [&](char const* what) {
        outcome const o = outcome_of([&] { sm::shared_buffer(sm::open_only, name); });
        BOOST_TEST((o.text.find("expected") != std::string::npos &&
                    o.text.find("found") != std::string::npos),
                   what << ": " << o.text);
    };
    mkdir(path_of(name).c_str(), 0700);
    tells("directory");
    rmdir(path_of(name).c_str());
    write_object(name, std::string(8192, 'x'));
    tells("foreign file");
    std::string const image = ring_image();
    sm::detail::segment_identity id = identity_of(image);
    id.byte_order = swapped(id.byte_order);
    write_object(name, with_identity(image, id));
    tells("byte order");
    remove_object(name);
}

// Many join a leftover at once by open_only: each sees another living participant, so none of them
// takes the ownership, unless one of them comes first.
BOOST_AUTO_TEST_CASE(joining_a_leftover_at_once) {
    std::vector<peer> crowd(20);
    for (int round = 0; round != 20; ++round) {
        std::string const name = dead_leftover("ring");
        std::string const command =
            "at " + std::to_string(steady_now() + 3'000'000) + " open_only " + name;
        for (peer& p : crowd)
            p.send_line(command);
        for (peer& p : crowd)
            BOOST_TEST(p.read_line() == "ok");
        int owners = 0;
        for (peer& p : crowd)
            owners += p.ask("is_owner") == "yes" ? 1 : 0;
        BOOST_TEST(owners == 1, "round " << round << ": " << owners << " owners");
        for (peer& p : crowd)
            p.ask("destroy");
        remove_object(name);
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
// its close, opening says so.
SHARED_MEMORY_TEST_ROLE(as_nobody) {
    if (!become(65534))
        return 1;
    std::string const& name = args.at(0);
    if (args.at(1) == "close") {
        sm::circular_buffer ring(sm::open_only, name);
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
    BOOST_TEST_MESSAGE(opener.read_line());
    BOOST_TEST(opener.wait() == 0, "opening did not end within seconds");
    sm::shared_buffer::remove(name);
}

// Somebody holds the gate of a dead segment and does not go on: stopped in close(), say.
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

// In nanoseconds these overflow; what is too far away must not be taken as over.
BOOST_AUTO_TEST_CASE(times_too_far_away) {
    using sm::detail::deadline;
    using seconds = std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>;
    using hours = std::chrono::time_point<std::chrono::system_clock, std::chrono::hours>;
    BOOST_TEST(deadline::at(seconds(std::chrono::seconds::max() - 1s)).is_never());
    BOOST_TEST(deadline::at(seconds(std::chrono::seconds(20'000'000'000))).is_never());
    BOOST_TEST(deadline::at(hours(std::chrono::hours(5'000'000))).is_never());
    using days = std::chrono::duration<std::int64_t, std::ratio<86400>>;
    sm::options const o = sm::options().wait_for_creator(days::max());
    BOOST_TEST(o.wait_for_creator().count() > 0);
}
