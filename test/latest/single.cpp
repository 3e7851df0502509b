// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A cell for a single writer: its role goes from one handle to another one.

#include "latest_support.hpp"

using namespace latest_support;

namespace {

sm::options single() {
    return sm::options().single_writer().buffers(3);
}

} // namespace

BOOST_AUTO_TEST_CASE(one_handle_at_a_time_is_the_writer) {
    const std::string name = unique_name("cell");
    sm::latest_value<value> first(sm::create_only, name, single());
    std::optional<sm::latest_value<value>> second(std::in_place, sm::open_only, name);
    BOOST_TEST(first.single_writer());
    second->store(value::of(1)); // who comes first
    TEST_THROWS(in_use, first.store(value::of(2)));
    BOOST_TEST(first.load().number() == 1U);
    second.reset();
    first.store(value::of(2));
    BOOST_TEST(first.load().number() == 2U);
}

BOOST_AUTO_TEST_CASE(open_claims_of_a_single_writer_keep_their_buffers) {
    sm::latest_value<value> cell(sm::create_only, unique_name("cell"), single());
    cell.store(value::of(1));
    auto claim = cell.claim_store();
    claim.emplace<value>(value::of(100));
    for (std::uint64_t n = 2; n != 10; ++n) {
        cell.store(value::of(n));
        BOOST_TEST(cell.load().number() == n);
    }
    auto last = cell.try_claim_store();
    BOOST_TEST(last.has_value());
    BOOST_TEST(!cell.try_store(value::of(11)));
    last->abort();
    BOOST_TEST(claim.commit().number() == 10U);
    BOOST_TEST(cell.load().number() == 100U);
    sm::version seen = cell.version();
    BOOST_TEST(cell.store_if(seen, value::of(101)));
    BOOST_TEST(seen.number() == 11U);
}

SHARED_MEMORY_TEST_ROLE(stores_as_the_single_writer) {
    sm::latest_value<value> cell(sm::open_only, args.at(0));
    auto claim = cell.claim_store();
    claim.emplace<value>(value::of(1));
    claim.commit();
    const auto half = cell.claim_store(); // and dies with it
    test_support::say("ready");
    test_support::hear();
    return 0;
}

BOOST_AUTO_TEST_CASE(a_successor_takes_the_role_of_a_dead_writer) {
    const std::string name = unique_name("cell");
    sm::latest_value<value> cell(sm::create_only, name, single());
    for (int i = 0; i != 3; ++i) {
        const std::uint64_t before = cell.version().number();
        child writer("stores_as_the_single_writer", {name});
        BOOST_TEST(writer.read_line() == "ready");
        TEST_THROWS(in_use, cell.store(value::of(2)));
        writer.kill();
        BOOST_TEST(cell.store(value::of(2)).number() == before + 2);
        BOOST_TEST(cell.load().number() == 2U);
        BOOST_TEST(cell_view(name).buffers_held(3) == 0U);
        cell = sm::latest_value<value>(); // gives the role back; the name goes with its owner
        cell = sm::latest_value<value>(sm::create_only, name, single());
    }
}
