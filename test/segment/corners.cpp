// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Corners that were wrong once.

#include "peer.hpp"

#include <shared_memory/deadline.hpp>

#include <algorithm>

using namespace test_support;
using namespace std::chrono_literals;
using sm::errc;

namespace {

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
                {"contains a control character"});
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
    write_object(name, std::string(8192, 'x'));
    tells("foreign file");
    std::string const image = ring_image();
    sm::detail::segment_identity id = identity_of(image);
    id.byte_order = swapped(id.byte_order);
    write_object(name, with_identity(image, id));
    tells("byte order");
    remove_object(name);
}

// Many join a leftover at once: one of those that come by open_or_create takes the ownership, and none
// of those that come by open_only.
BOOST_AUTO_TEST_CASE(joining_a_leftover_at_once) {
    std::vector<peer> crowd(20);
    for (int round = 0; round != 20; ++round) {
        std::string const name = dead_leftover("ring");
        bool const or_create = round % 2 == 0;
        std::string const command = "at " + std::to_string(steady_now() + 3'000'000) +
                                    (or_create ? " open_or_create " : " open_only ") + name;
        for (peer& p : crowd)
            p.send_line(command);
        for (peer& p : crowd)
            BOOST_TEST(p.read_line() == "ok");
        int owners = 0;
        for (peer& p : crowd)
            owners += p.ask("is_owner") == "yes" ? 1 : 0;
        BOOST_TEST(owners == (or_create ? 1 : 0), "round " << round << ": " << owners << " owners");
        for (peer& p : crowd)
            p.ask("destroy");
        remove_object(name);
    }
}

// In nanoseconds these overflow; what is too far away must not be taken as over.
BOOST_AUTO_TEST_CASE(times_too_far_away) {
    using sm::deadline;
    using seconds = std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>;
    using hours = std::chrono::time_point<std::chrono::system_clock, std::chrono::hours>;
    BOOST_TEST(deadline::at(seconds(std::chrono::seconds::max() - 1s)).is_never());
    BOOST_TEST(deadline::at(seconds(std::chrono::seconds(20'000'000'000))).is_never());
    BOOST_TEST(deadline::at(hours(std::chrono::hours(5'000'000))).is_never());
    using days = std::chrono::duration<std::int64_t, std::ratio<86400>>;
    sm::options const o = sm::options().wait_for_creator(days::max());
    BOOST_TEST(o.wait_for_creator().count() > 0);
}
