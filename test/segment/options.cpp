// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// FAULTS C4: an opener's options that the segment was not created with were ignored without a word.

#include "segment_files.hpp"

#include <shared_memory/shared_memory.hpp>

#include <functional>
#include <string>
#include <vector>

using namespace test_support;

namespace {

using words = std::vector<std::string>;

// Every way to open the segment, but to create it, is refused, and says both values.
void refused_by_all(std::string const& what, std::string const& name, sm::options const& how,
                    words const& said) {
    auto const check = [&](std::string const& way, std::function<void()> const& call) {
        check_fails(what + ", " + way, sm::errc::wrong_type, call, said);
    };
    check("open_or_create", [&] { sm::circular_buffer(sm::open_or_create, name, 4, 16, how); });
    check("open_only", [&] { sm::circular_buffer(sm::open_only, name, how); });
    check("open_read_only", [&] { sm::circular_buffer(sm::open_read_only, name, how); });
    check("to look", [&] { sm::shared_buffer(sm::open_only, name, how); });
}

void taken_by_all(std::string const& name, sm::options const& how) {
    BOOST_TEST(sm::circular_buffer(sm::open_or_create, name, 4, 16, how).is_open());
    BOOST_TEST(sm::circular_buffer(sm::open_only, name, how).is_open());
    BOOST_TEST(sm::circular_buffer(sm::open_read_only, name, how).is_open());
    BOOST_TEST(sm::shared_buffer(sm::open_only, name, how).is_open());
}

} // namespace

BOOST_AUTO_TEST_CASE(an_opener_that_wants_other_options_is_told_both_values) {
    std::string const name = unique_name("ring");
    sm::circular_buffer const ring(sm::create_only, name, 4, 16);
    auto const o = [] { return sm::options(); };
    refused_by_all("a writer", name, o().single_writer(), {"single_writer(false), expected true"});
    refused_by_all("a reader", name, o().single_reader(), {"single_reader(false), expected true"});
    refused_by_all("participants", name, o().max_participants(2),
                   {"max_participants 64, expected 2"});
    refused_by_all("deliveries", name, o().max_deliveries(3), {"max_deliveries 0, expected 3"});
    refused_by_all("journals", name, o().max_journals(0), {"max_journals 12, expected 0"});
    refused_by_all("several", name,
                   o().single_writer().single_reader().max_participants(2).max_deliveries(3),
                   {"was created with other options: max_participants 64, expected 2; "
                    "max_deliveries 0, expected 3; single_writer(false), expected true; "
                    "single_reader(false), expected true; leave these options away"});
    taken_by_all(name, o());
    taken_by_all(name, o().single_writer(false).single_reader(false).max_participants(64));
    taken_by_all(name, o().max_deliveries(0).max_journals(12));
    // these are the creator's, and the handle's own
    taken_by_all(name, o().permissions(sm::permissions(some_permissions)));
    taken_by_all(name, o().end_when_abandoned().prefault().huge_pages().wait_for_creator(
                           std::chrono::milliseconds(1)));
    sm::circular_buffer const reader(sm::open_only, name, o().role(sm::role::reader));
    BOOST_TEST(reader.max_deliveries() == 0U);
}

BOOST_AUTO_TEST_CASE(an_opener_that_wants_less_than_was_created_is_told_too) {
    std::string const name = unique_name("ring");
    sm::circular_buffer const ring(sm::create_only, name, 4, 16,
                                   sm::options()
                                       .single_writer()
                                       .single_reader()
                                       .max_participants(7)
                                       .max_deliveries(3)
                                       .max_journals(0));
    auto const o = [] { return sm::options(); };
    refused_by_all("a writer", name, o().single_writer(false),
                   {"single_writer(true), expected false"});
    refused_by_all("a reader", name, o().single_reader(false),
                   {"single_reader(true), expected false"});
    refused_by_all("participants", name, o().max_participants(64),
                   {"max_participants 7, expected 64"});
    refused_by_all("deliveries", name, o().max_deliveries(0), {"max_deliveries 3, expected 0"});
    refused_by_all("journals", name, o().max_journals(12), {"max_journals 0, expected 12"});
    taken_by_all(name, o());
    taken_by_all(name, o().single_writer().single_reader().max_participants(7).max_deliveries(3));
    taken_by_all(name, o().max_journals(0));
}

BOOST_AUTO_TEST_CASE(other_classes_compare_what_they_have) {
    std::string const name = unique_name("array");
    sm::shared_array<int> const array(sm::create_only, name, 4);
    check_fails("an array", sm::errc::wrong_type,
                [&] {
                    sm::shared_array<int>(sm::open_or_create, name, 4,
                                          sm::options().max_participants(3));
                },
                {"max_participants 64, expected 3"});
    std::string const buffer_name = unique_name("buffer");
    sm::buffer_read_write const buffer(sm::create_only, buffer_name, 100,
                                       sm::options().max_participants(3));
    check_fails("a buffer", sm::errc::wrong_type,
                [&] {
                    sm::buffer_read_write(sm::open_only, buffer_name,
                                          sm::options().max_participants(4));
                },
                {"max_participants 3, expected 4"});
    BOOST_TEST(sm::buffer_read_write(sm::open_only, buffer_name, sm::options().max_participants(3))
                   .is_open());
}

BOOST_AUTO_TEST_CASE(a_creator_compares_nothing) {
    std::string const name = unique_name("ring");
    { sm::circular_buffer const dead(sm::create_only, name, 4, 16); }
    sm::circular_buffer const ring(sm::create_only, name, 4, 16, sm::options().max_deliveries(3));
    BOOST_TEST(ring.max_deliveries() == 3U);
    std::string const fresh = unique_name("ring");
    sm::circular_buffer const created(sm::open_or_create, fresh, 4, 16,
                                      sm::options().single_writer().max_participants(2));
    BOOST_TEST(created.single_writer());
    BOOST_TEST(created.max_participants() == 2U);
}

BOOST_AUTO_TEST_CASE(errors_come_by_code_too) {
    std::string const name = unique_name("ring");
    sm::circular_buffer const ring(sm::create_only, name, 4, 16);
    std::error_code ec;
    sm::circular_buffer const other(sm::open_only, name, sm::options().max_deliveries(1), ec);
    BOOST_TEST((ec == sm::errc::wrong_type));
    BOOST_TEST(!other.is_open());
}
