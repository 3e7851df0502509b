// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Waits that end because nobody is left who could end them.

#include "ring_support.hpp"

#include <optional>

using namespace ring_support;
using test_support::child;
using test_support::unique_name;

namespace {

sm::options as(sm::role role) {
    return sm::options().role(role);
}
sm::options told(sm::role role) {
    return as(role).end_when_abandoned();
}

struct fixture {
    const std::string name = unique_name("ring");
    sm::circular_buffer reader{sm::create_only, name, 2U, 8U, told(sm::role::reader)};
    segment_view view{name};

    std::future<thrown> reads() {
        return at_once([this] { return what_throws([this] { reader.read<int>(); }); });
    }
};

} // namespace

// Attaches as a writer; then waits to be told to leave, or to be killed.
SHARED_MEMORY_TEST_ROLE(a_writer) {
    sm::circular_buffer ring(sm::open_only, args.at(0), as(sm::role::writer));
    std::optional<sm::write_claim> claim;
    if (args.at(1) == "claims")
        claim = ring.claim_write();
    if (args.at(1) == "writes")
        ring.write(5);
    test_support::say("ready");
    test_support::hear();
    return 0;
}

SHARED_MEMORY_TEST_ROLE(a_reader) {
    sm::circular_buffer ring(sm::open_only, args.at(0), as(sm::role::reader));
    std::optional<sm::read_claim> claim;
    if (args.at(1) == "claims")
        claim = ring.claim_read();
    test_support::say("ready");
    test_support::hear();
    return 0;
}

BOOST_FIXTURE_TEST_SUITE(abandoned, fixture)

BOOST_AUTO_TEST_CASE(not_before_a_writer_came) {
    auto waiting = reads();
    BOOST_TEST(a_reader_sleeps(view));
    BOOST_TEST(!reader.try_read_for<int>(200ms)); // several looks
    BOOST_TEST(!is_done(waiting));
    {
        sm::circular_buffer writer(sm::open_only, name, as(sm::role::writer));
        BOOST_TEST(!reader.try_read_for<int>(200ms));
        BOOST_TEST(!is_done(waiting));
    }
    BOOST_TEST((waiting.get().code == sm::errc::abandoned));
    TEST_THROWS(abandoned, reader.read<int>());
    TEST_THROWS(abandoned, reader.try_read_for<int>(1h));
    BOOST_TEST(!reader.try_read<int>());                                 // does not wait
    sm::circular_buffer next(sm::open_only, name, as(sm::role::writer)); // another one comes
    BOOST_TEST(!reader.try_read_for<int>(100ms));
    next.write(3);
    BOOST_TEST(reader.read<int>() == 3);
}

// A reader that has come to the end waits for readers that hold something, and these are there.
BOOST_AUTO_TEST_CASE(not_at_the_end_while_another_reader_holds_a_message) {
    {
        sm::circular_buffer writer(sm::open_only, name, as(sm::role::writer));
        writer.write(7);
        writer.end_of_stream();
    }
    sm::circular_buffer other(sm::open_only, name, as(sm::role::reader));
    auto claim = other.claim_read();
    BOOST_TEST(!reader.try_read_for<int>(200ms)); // several looks
    auto waiting = at_once([this] { return reader.read<int>(); });
    BOOST_TEST(a_reader_sleeps(view));
    claim.give_back();
    BOOST_TEST(waiting.get() == 7);
    TEST_THROWS(end_of_stream, reader.read<int>());
}

BOOST_AUTO_TEST_CASE(what_was_written_is_read_first) {
    {
        sm::circular_buffer writer(sm::open_only, name, as(sm::role::writer));
        writer.write(1);
        writer.write(2);
    }
    BOOST_TEST(reader.read<int>() == 1);
    BOOST_TEST(reader.read<int>() == 2);
    TEST_THROWS(abandoned, reader.read<int>());
}

BOOST_AUTO_TEST_CASE(the_only_writer_leaves) {
    child writer("a_writer", {name, ""});
    writer.read_line();
    auto waiting = reads();
    BOOST_TEST(a_reader_sleeps(view));
    writer.send_line("leave");
    BOOST_TEST(writer.wait() == 0);
    BOOST_TEST((waiting.get().code == sm::errc::abandoned));
}

BOOST_AUTO_TEST_CASE(the_only_writer_is_killed) {
    for (const std::string doing : {"", "claims", "writes"}) {
        child writer("a_writer", {name, doing});
        writer.read_line();
        if (doing == "writes")
            BOOST_TEST(reader.read<int>() == 5);
        auto waiting = reads();
        BOOST_TEST(a_reader_sleeps(view));
        writer.kill();
        const auto found = waiting.get();
        BOOST_TEST((found.code == sm::errc::abandoned), '"' << doing << "\": " << found.text);
    }
}

BOOST_AUTO_TEST_CASE(a_writer_that_is_left_ends_nothing) {
    child first("a_writer", {name, ""});
    child second("a_writer", {name, ""});
    first.read_line();
    second.read_line();
    first.kill();
    auto waiting = reads();
    BOOST_TEST(!reader.try_read_for<int>(200ms));
    BOOST_TEST(!is_done(waiting));
    second.kill();
    BOOST_TEST((waiting.get().code == sm::errc::abandoned));
}

BOOST_AUTO_TEST_CASE(the_only_reader_is_killed) {
    sm::circular_buffer ring(sm::create_only, unique_name("other"), 2, 8, told(sm::role::writer));
    const segment_view sleepers(ring.name());
    ring.write(1);
    ring.write(2);
    BOOST_TEST(!ring.try_write_for(3, 200ms)); // nobody came yet
    child peer("a_reader", {ring.name(), "claims"});
    peer.read_line();
    auto waiting = at_once([&] { return what_throws([&] { ring.write(3); }); });
    BOOST_TEST(a_writer_sleeps(sleepers));
    peer.kill();
    BOOST_TEST((waiting.get().code == sm::errc::abandoned));
    auto drained = what_throws([&] { (void)ring.wait_drained_for(1h); });
    BOOST_TEST((drained.code == sm::errc::abandoned), drained.text);
    sm::circular_buffer heir(sm::open_only, ring.name(), as(sm::role::reader));
    BOOST_TEST(heir.claim_read().delivery_count() == 2U);
}

BOOST_AUTO_TEST_CASE(without_the_option_a_wait_goes_on) {
    sm::circular_buffer patient(sm::open_only, name, as(sm::role::reader));
    { sm::circular_buffer writer(sm::open_only, name, as(sm::role::writer)); }
    BOOST_TEST(!patient.try_read_for<int>(200ms));
}

BOOST_AUTO_TEST_SUITE_END()
