// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The name of a segment in use is taken away by others, as by rm: those that are attached go on, and
// are told.

#include "peer.hpp"

using namespace test_support;
using namespace std::chrono_literals;
using sm::errc;

BOOST_AUTO_TEST_CASE(told_to_all_that_are_attached) {
    std::string const name = unique_name("ring");
    sm::circular_buffer owner(sm::create_only, name, 4, 8);
    sm::circular_buffer other(sm::open_only, name);
    sm::shared_buffer const look(sm::open_read_only, name);
    sm::segment_handle const* const all[] = {&owner, &other, &look};
    for (auto const* const one : all)
        BOOST_TEST(!one->name_lost());
    owner.write(1);
    remove_object(name);
    for (auto const* const one : all)
        BOOST_TEST(one->name_lost());
    // They go on.
    owner.write(2);
    BOOST_TEST(other.read<int>() == 1);
    BOOST_TEST(!owner.is_shutting_down());
    // Others do not find it, and the owner creates it anew.
    check_fails("open_only", errc::not_found, [&] { sm::circular_buffer(sm::open_only, name); });
    sm::circular_buffer anew(sm::create_only, name, 4, 8);
    BOOST_TEST(!anew.name_lost());
    BOOST_TEST(owner.name_lost());
    owner = std::move(anew);
    // The others learn by that, after what is left.
    BOOST_TEST(other.read<int>() == 2);
    check_fails("read", errc::shut_down, [&] { other.read<int>(); }, {name});
    other = sm::circular_buffer(sm::open_only, name);
    BOOST_TEST(!other.name_lost());
}

BOOST_AUTO_TEST_CASE(abandoned_without_a_name) {
    std::string const name = unique_name("ring");
    peer writer("create_only " + name);
    sm::circular_buffer reader(
        sm::open_only, name,
        sm::options().role(sm::role::reader).end_when_abandoned().death_check_interval(5ms));
    remove_object(name);
    writer.kill();
    check_fails("read", errc::abandoned, [&] { reader.read<int>(); }, {name, "taken away"});
}

BOOST_AUTO_TEST_CASE(shut_down_with_messages_and_without_a_name) {
    std::string const name = unique_name("ring");
    sm::circular_buffer owner(sm::create_only, name, 4, 8);
    sm::circular_buffer other(sm::open_only, name);
    owner.write(1);
    owner.close();
    BOOST_TEST(!other.name_lost());
    remove_object(name); // and with it what a late reader would have found
    BOOST_TEST(other.name_lost());
    check_fails("write", errc::shut_down, [&] { other.write(2); }, {name, "taken away"});
    BOOST_TEST(other.read<int>() == 1);
    BOOST_TEST(!other.name_lost(), "nothing is left to be found");
}

// What the library takes away is not lost.
BOOST_AUTO_TEST_CASE(not_by_the_library) {
    std::string const name = unique_name("ring");
    sm::circular_buffer owner(sm::create_only, name, 4, 8);
    sm::circular_buffer other(sm::open_only, name);
    owner.close();
    BOOST_TEST(!exists(name));
    BOOST_TEST(!other.name_lost());
    BOOST_TEST(!owner.name_lost());
    outcome const write = outcome_of([&] { other.write(1); });
    BOOST_TEST((write.code == errc::shut_down && write.text.find("taken away") == write.text.npos),
               write.text);
    for (bool const replaced : {false, true}) {
        std::string const leftover = dead_leftover("leftover");
        sm::shared_buffer const look(sm::open_read_only, leftover);
        if (replaced)
            BOOST_TEST(sm::circular_buffer(sm::create_only, leftover, 4, 8).is_owner());
        else
            BOOST_TEST(sm::shared_buffer::remove(leftover));
        BOOST_TEST(!look.name_lost());
    }
    BOOST_TEST(outcome_of([] { (void)sm::shared_buffer().name_lost(); }).code == errc::closed);
}
