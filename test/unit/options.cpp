// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "segment_files.hpp"

#include <shared_memory/options.hpp>

#include <chrono>
#include <limits>
#include <ratio>

using namespace std::chrono_literals;
using namespace test_support;

BOOST_AUTO_TEST_CASE(defaults) {
    sm::options const o;
    BOOST_TEST((o.permissions().get_permissions() == owner_only));
    BOOST_TEST(o.max_participants() == 64U);
    BOOST_TEST(o.max_deliveries() == 0U);
    BOOST_TEST(o.max_journals() == 12U);
    BOOST_TEST((o.role() == sm::role::both));
    BOOST_TEST(!o.ends_when_abandoned());
    BOOST_TEST(!o.prefaults());
    BOOST_TEST(!o.uses_huge_pages());
    BOOST_TEST((o.wait_for_creator() == 0ns));
    BOOST_TEST((o.death_check_interval() == 80ms));
}

BOOST_AUTO_TEST_CASE(setters_chain) {
    auto const o = sm::options()
                       .permissions(sm::permissions(some_permissions))
                       .max_participants(7)
                       .max_deliveries(3)
                       .max_journals(5)
                       .role(sm::role::writer)
                       .end_when_abandoned()
                       .prefault()
                       .huge_pages()
                       .wait_for_creator(2s)
                       .death_check_interval(0ms);
    BOOST_TEST((o.permissions().get_permissions() == some_permissions));
    BOOST_TEST(o.max_participants() == 7U);
    BOOST_TEST(o.max_deliveries() == 3U);
    BOOST_TEST(o.max_journals() == 5U);
    BOOST_TEST((o.role() == sm::role::writer));
    BOOST_TEST(o.ends_when_abandoned());
    BOOST_TEST((o.wait_for_creator() == 2s));
    BOOST_TEST((o.death_check_interval() == 0ns));
    BOOST_TEST(o.prefaults());
    BOOST_TEST(o.uses_huge_pages());
    sm::options const off =
        sm::options(o).end_when_abandoned(false).prefault(false).huge_pages(false);
    BOOST_TEST(!off.ends_when_abandoned());
    BOOST_TEST(!off.prefaults());
    BOOST_TEST(!off.uses_huge_pages());
}

// FAULTS C4: the getter of a bool had the setter's name, and set the option in options that may change.
BOOST_AUTO_TEST_CASE(getters_set_nothing) {
    sm::options o;
    BOOST_TEST(!o.has_single_writer());
    BOOST_TEST(!o.has_single_reader());
    BOOST_TEST(!o.prefaults());
    BOOST_TEST(!o.uses_huge_pages());
    BOOST_TEST(o.max_participants() == 64U);
    BOOST_TEST(!o.has_single_writer());
    BOOST_TEST(!o.has_single_reader());
    BOOST_TEST(!o.prefaults());
    BOOST_TEST(!o.uses_huge_pages());
    o.single_writer().single_reader(false).max_deliveries(0);
    BOOST_TEST(o.has_single_writer());
    BOOST_TEST(!o.has_single_reader());
    BOOST_TEST((o.given().single_writer == true));
    BOOST_TEST((o.given().single_reader == false));
    BOOST_TEST((o.given().max_deliveries == 0U)); // set, to the default
    BOOST_TEST(!o.given().max_participants);
    BOOST_TEST(!o.given().max_journals);
}

BOOST_AUTO_TEST_CASE(durations_never_overflow) {
    sm::options o;
    auto const year = std::chrono::hours(24 * 365);
    auto const waits = [&](auto duration) {
        return o.wait_for_creator(duration).wait_for_creator();
    };
    BOOST_TEST((waits(std::chrono::nanoseconds::max()) >= 99 * year));
    BOOST_TEST((waits(std::chrono::milliseconds::max()) >= 99 * year));
    BOOST_TEST((waits(std::chrono::seconds::max()) >= 99 * year));
    BOOST_TEST((waits(std::chrono::hours::max()) >= 99 * year));
    BOOST_TEST((waits(std::chrono::duration<double>(1e300)) >= 99 * year));
    BOOST_TEST((waits(std::chrono::duration<double>(std::numeric_limits<double>::infinity())) >=
                99 * year));
    BOOST_TEST((waits(-1ns) == 0ns));
    BOOST_TEST((waits(std::chrono::seconds::min()) == 0ns));
    BOOST_TEST((waits(std::chrono::duration<double>(-1e300)) == 0ns));
    BOOST_TEST((waits(std::chrono::duration<double>(0.25)) == 250ms));
    BOOST_TEST(
        (o.death_check_interval(std::chrono::hours::max()).death_check_interval() >= 99 * year));
    BOOST_TEST((o.death_check_interval(-5s).death_check_interval() == 0ns));
}

BOOST_AUTO_TEST_CASE(out_of_range_is_refused_by_the_call) {
    std::string const name = unique_name("ring");
    auto const refused = [&](std::string const& what, sm::options const& o,
                             std::vector<std::string> const& words) {
        check_fails(
            what + ", create_only", sm::errc::out_of_range,
            [&] { sm::circular_buffer(sm::create_only, name, 4, 8, o); }, words);
        check_fails(
            what + ", open_or_create", sm::errc::out_of_range,
            [&] { sm::circular_buffer(sm::open_or_create, name, 4, 8, o); }, words);
        check_fails(
            what + ", open_only", sm::errc::out_of_range,
            [&] { sm::circular_buffer(sm::open_only, name, o); }, words);
        check_fails(
            what + ", open_read_only", sm::errc::out_of_range,
            [&] { sm::circular_buffer(sm::open_read_only, name, o); }, words);
        BOOST_TEST(!exists(name), what);
    };
    refused("no participant", sm::options().max_participants(0),
            {"expected max_participants from 1 to 1023, found 0"});
    refused("1024 participants", sm::options().max_participants(1024), {"found 1024"});
    refused("2^32 - 1 participants", sm::options().max_participants(0xffffffffU),
            {"found 4294967295"});
    refused("32 deliveries", sm::options().max_deliveries(32),
            {"expected max_deliveries from 0 to 31, found 32"});
    refused("1025 journals", sm::options().max_journals(1025),
            {"expected max_journals from 0 to 1024, found 1025"});
    refused("2^32 - 1 journals", sm::options().max_journals(0xffffffffU), {"found 4294967295"});
    refused("no role", sm::options().role(static_cast<sm::role>(0)), {"a role", "found 0"});
    refused("role 4", sm::options().role(static_cast<sm::role>(4)), {"a role", "found 4"});
}

BOOST_AUTO_TEST_CASE(kept_by_the_segment) {
    std::string const name = unique_name("ring");
    sm::circular_buffer const ring(
        sm::create_only, name, 4, 8,
        sm::options().max_participants(1023).max_deliveries(31).max_journals(1024));
    // what an opener says is compared: see segment/options.cpp
    for (sm::options const& how :
         {sm::options(),
          sm::options().max_participants(1023).max_deliveries(31).max_journals(1024)}) {
        sm::circular_buffer const other(sm::open_only, name, how);
        BOOST_TEST(other.max_participants() == 1023U);
        BOOST_TEST(other.max_deliveries() == 31U);
        BOOST_TEST(other.max_journals() == 1024U);
        BOOST_TEST(sm::circular_buffer(sm::open_or_create, name, 4, 8, how).max_journals() ==
                   1024U);
        BOOST_TEST(sm::circular_buffer(sm::open_read_only, name, how).max_journals() == 1024U);
    }
    BOOST_TEST(ring.max_journals() == 1024U);
}

BOOST_AUTO_TEST_CASE(ring_sizes_out_of_range) {
    std::string const name = unique_name("ring");
    struct {
        std::uint32_t count;
        std::uint32_t size;
    } const bad[] = {{0, 8}, {1, 8},           {(1U << 20U) + 1, 8}, {0xffffffffU, 8},
                     {4, 0}, {4, 0x7fffffc1U}, {4, 0xffffffffU},     {0xffffffffU, 0xffffffffU}};
    for (auto const& b : bad) {
        std::string const what = std::to_string(b.count) + " nodes of " + std::to_string(b.size);
        check_fails(what, sm::errc::out_of_range,
                    [&] { sm::circular_buffer(sm::create_only, name, b.count, b.size); },
                    {"expected", "found"});
        check_fails(what, sm::errc::out_of_range,
                    [&] { sm::circular_buffer(sm::open_or_create, name, b.count, b.size); },
                    {"expected", "found"});
        BOOST_TEST(!exists(name), what);
    }
    // Within the limits each, but 2^51 bytes together.
    check_fails("2^20 nodes of 2^31 - 64", sm::errc::out_of_range,
                [&] { sm::circular_buffer(sm::create_only, name, 1U << 20U, 0x7fffffc0U); });
    BOOST_TEST(!exists(name));
}
