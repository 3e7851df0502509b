// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who is attached, and who of them is alive: by whatever way it died.

#include "peer.hpp"

#include <algorithm>
#include <set>

using namespace test_support;
using sm::errc;

namespace {

sm::participant find(sm::segment_handle const& handle, pid_t pid) {
    for (sm::participant const& p : handle.participants())
        if (p.process_id == static_cast<std::uint64_t>(pid))
            return p;
    throw std::runtime_error("process " + std::to_string(pid) + " is no participant");
}

bool is_alive(sm::segment_handle const& handle, pid_t pid) {
    return find(handle, pid).alive;
}

} // namespace

BOOST_AUTO_TEST_CASE(slots_processes_roles) {
    std::string const name = unique_name("ring");
    sm::circular_buffer owner(sm::create_only, name, 4, 8, sm::options().max_participants(5));
    sm::circular_buffer const reader(sm::open_only, name, sm::options().role(sm::role::reader));
    sm::circular_buffer const writer(sm::open_only, name, sm::options().role(sm::role::writer));
    peer other("open_only " + name);
    auto const all = reader.participants();
    BOOST_TEST_REQUIRE(all.size() == 4U);
    std::set<std::uint32_t> slots;
    auto const self = own_process_id();
    sm::role const roles[] = {sm::role::both, sm::role::reader, sm::role::writer, sm::role::both};
    for (std::size_t i = 0; i != all.size(); ++i) {
        BOOST_TEST_CONTEXT("participant " << i) {
            BOOST_TEST(all[i].slot < 5U);
            BOOST_TEST(slots.insert(all[i].slot).second, "a slot twice");
            BOOST_TEST((i == 0 || all[i - 1].slot < all[i].slot), "not in the slots' order");
            BOOST_TEST(all[i].alive);
            BOOST_TEST(all[i].owner == (i == 0));
            BOOST_TEST(all[i].self == (i == 1));
            BOOST_TEST((all[i].role == roles[i]));
            BOOST_TEST(all[i].process_id ==
                       (i == 3 ? static_cast<std::uint64_t>(other.pid()) : self));
        }
    }
    BOOST_TEST(owner.readers_alive() == 3U); // roles "both" count on either side
    BOOST_TEST(owner.writers_alive() == 3U);
    BOOST_TEST(writer.readers_alive() == 3U);
    other.kill();
    BOOST_TEST(owner.readers_alive() == 2U);
    BOOST_TEST(writer.writers_alive() == 2U);
    BOOST_TEST(owner.participants().size() == 4U);
    BOOST_TEST(!is_alive(owner, other.pid()));
    BOOST_TEST(owner.recover().participants_reaped() == 1U);
    BOOST_TEST(owner.participants().size() == 3U);
}

BOOST_AUTO_TEST_CASE(as_many_as_it_was_created_for) {
    for (std::uint32_t const most : {1U, 2U, 64U, 1023U}) {
        BOOST_TEST_CONTEXT("max_participants " << most) {
            std::string const name = unique_name("ring");
            sm::circular_buffer ring(sm::create_only, name, 4, 8,
                                     sm::options().max_participants(most));
            std::vector<sm::circular_buffer> others;
            while (others.size() + 1 != most)
                others.emplace_back(sm::open_only, name);
            BOOST_TEST(ring.participants().size() == most);
            BOOST_TEST(ring.readers_alive() == most);
            for (int i = 0; i != 2; ++i) {
                std::vector<std::string> const words = {name, std::to_string(most),
                                                        "max_participants"};
                check_fails(
                    "open_only", errc::too_many_participants,
                    [&] { sm::circular_buffer(sm::open_only, name); }, words);
                check_fails(
                    "open_or_create", errc::too_many_participants,
                    [&] { sm::circular_buffer(sm::open_or_create, name, 4, 8); }, words);
                check_fails(
                    "shared_buffer", errc::too_many_participants,
                    [&] { sm::shared_buffer(sm::open_only, name); }, words);
            }
            ring.write(1);
            if (!others.empty()) {
                BOOST_TEST(others.back().read<int>() == 1);
                others.pop_back();
                others.emplace_back(sm::open_only, name);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_dead_ones_slot_is_used_again) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8, sm::options().max_participants(2));
    for (int i = 0; i != 5; ++i) {
        peer other("open_only " + name);
        check_fails("full", errc::too_many_participants,
                    [&] { sm::circular_buffer(sm::open_only, name); });
        auto const dead = find(ring, other.pid());
        other.kill();
        sm::circular_buffer const successor(sm::open_only, name);
        auto const all = successor.participants();
        BOOST_TEST_REQUIRE(all.size() == 2U);
        auto const me = std::find_if(all.begin(), all.end(), [](auto& p) { return p.self; });
        BOOST_TEST_REQUIRE((me != all.end()));
        BOOST_TEST(me->slot == dead.slot);
        BOOST_TEST(!me->owner);
    }
}

SHARED_MEMORY_TEST_ROLE(takes_all_places) {
    std::vector<sm::circular_buffer> all;
    if (args.at(1) == "1")
        all.emplace_back(sm::create_only, args.at(0), 4, 8, sm::options().max_participants(1));
    std::error_code ec;
    do
        all.emplace_back(sm::open_only, args.at(0), ec);
    while (!ec);
    say(ec == errc::too_many_participants ? std::to_string(all.size() - 1) : ec.message());
    hear();
    return 0;
}

// A dead process's places are to be had at once, all of them.
BOOST_AUTO_TEST_CASE(places_freed_by_a_death) {
    for (std::uint32_t const most : {1U, 2U, 1023U}) {
        BOOST_TEST_CONTEXT("max_participants " << most) {
            std::string const name = unique_name("ring");
            std::vector<sm::circular_buffer> ours;
            if (most != 1)
                ours.emplace_back(sm::create_only, name, 4, 8,
                                  sm::options().max_participants(most));
            child other("takes_all_places", {name, std::to_string(most)});
            BOOST_TEST(other.read_line() == std::to_string(most == 1 ? 1 : most - 1));
            check_fails("full", errc::too_many_participants,
                        [&] { sm::circular_buffer(sm::open_only, name); },
                        {name, std::to_string(most), "close a handle", "larger max_participants"});
            keep_object(name); // where it would go with the last one
            other.kill();
            while (ours.size() != most)
                ours.emplace_back(sm::open_only, name);
            check_fails("full again", errc::too_many_participants,
                        [&] { sm::circular_buffer(sm::open_only, name); });
            BOOST_TEST(ours.back().readers_alive() == most);
            BOOST_TEST(ours.back().recover().participants_reaped() == 0U);
            ours.back().write(1);
            BOOST_TEST(ours.front().read<int>() == 1);
        }
    }
    std::string const name = unique_name("ring");
    check_fails("1024", errc::out_of_range,
                [&] {
                    sm::circular_buffer(sm::create_only, name, 4, 8,
                                        sm::options().max_participants(1024));
                },
                {"max_participants", "1 to 1023", "1024"});
    BOOST_TEST(!exists(name));
}

// A successor in a dead owner's slot is alive, but not the owner.
BOOST_AUTO_TEST_CASE(the_slot_does_not_make_the_owner) {
    std::string const name = unique_name("ring");
    peer owner("create_only " + name + " 2");
    sm::circular_buffer const ring(sm::open_only, name);
    owner.kill();
    sm::circular_buffer const successor(sm::open_only, name); // in the only other slot
    BOOST_TEST(ring.participants().size() == 2U);
    BOOST_TEST(!ring.owner_alive());
    BOOST_TEST((!successor.is_owner() && !ring.is_owner()));
    for (sm::participant const& p : ring.participants())
        BOOST_TEST((p.alive && !p.owner));
}

BOOST_AUTO_TEST_CASE(every_way_to_die) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    for (char const* const how : {"kill", "_exit", "abort", "segv", "exit"}) {
        BOOST_TEST_CONTEXT(how) {
            peer other("open_only " + name);
            pid_t const pid = other.pid();
            BOOST_TEST(is_alive(ring, pid));
            BOOST_TEST(ring.owner_alive());
            if (std::string(how) == "kill")
                other.kill();
            else
                other.send_line(how);
            other.wait();
            BOOST_TEST(!is_alive(ring, pid));
            BOOST_TEST(ring.readers_alive() == 1U);
            BOOST_TEST(ring.recover().participants_reaped() == 1U);
        }
    }
}
