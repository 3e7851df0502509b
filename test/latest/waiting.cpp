// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Waiting for a value, and for a buffer; no wait here is ended by a look for the dead.

#include "latest_support.hpp"

#include <thread>

using namespace latest_support;
using sm::for_reading;
using sm::for_room;

namespace {

struct fixture {
    const sm::options how = sm::options().death_check_interval(0ms);
    const std::string name = unique_name("cell");
    sm::latest_value<value> cell{sm::create_only, name, sm::options(how).buffers(3).pins(1)};
    sm::latest_value<value> other{sm::open_only, name, how};
    cell_view view{name};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(waiting_on_a_cell, fixture)

BOOST_AUTO_TEST_CASE(the_first_value_ends_a_load) {
    auto reader = at_once([&] { return other.load().number(); });
    BOOST_TEST(view.a_reader_sleeps());
    cell.store(value::of(1));
    BOOST_TEST(reader.get() == 1U);
}

BOOST_AUTO_TEST_CASE(every_publication_ends_load_newer) {
    cell.store(value::of(1));
    sm::version seen = cell.version();
    for (std::uint64_t n = 2; n != 30; ++n) {
        auto reader = at_once([&] { return other.load_newer(seen).number(); });
        if (n % 2 == 0)
            BOOST_TEST(view.a_reader_sleeps());
        if (n % 3 == 0) {
            auto claim = cell.claim_store();
            claim.emplace<value>(value::of(n));
            claim.commit();
        } else if (n % 3 == 1) {
            sm::version before = cell.version();
            BOOST_TEST(cell.store_if(before, value::of(n)));
        } else {
            BOOST_TEST(cell.try_store(value::of(n)));
        }
        BOOST_TEST(reader.get() == n);
    }
}

BOOST_AUTO_TEST_CASE(a_single_writer_wakes_too) {
    const std::string alone_name = unique_name("alone");
    sm::latest_value<value> alone(sm::create_only, alone_name, sm::options(how).single_writer());
    const cell_view alone_view(alone_name);
    sm::version seen;
    for (std::uint64_t n = 1; n != 30; ++n) {
        auto reader = at_once([&] { return alone.load_newer(seen).number(); });
        if (n % 2 == 0)
            BOOST_TEST(alone_view.a_reader_sleeps());
        alone.store(value::of(n));
        BOOST_TEST(reader.get() == n);
    }
}

BOOST_AUTO_TEST_CASE(a_store_waits_while_all_buffers_are_held) {
    cell.store(value::of(1));
    auto first = cell.try_claim_store();
    auto second = other.try_claim_store_for(1ms);
    BOOST_TEST((first && second));
    BOOST_TEST(!cell.try_store(value::of(2)));
    BOOST_TEST(!cell.try_store_for(value::of(2), 2ms));
    BOOST_TEST(!cell.try_claim_store_until(std::chrono::steady_clock::now() + 1ms));
    for (const bool commits : {false, true}) {
        auto writer = at_once([&] { return cell.store(value::of(7)).number(); });
        BOOST_TEST(view.a_writer_sleeps());
        BOOST_TEST(!is_done(writer));
        BOOST_TEST(other.load().is_whole()); // readers do not wait
        if (commits)
            second->commit();
        else
            first->abort();
        BOOST_TEST(writer.get() == (commits ? 4U : 2U));
        first = cell.claim_store();
    }
}

BOOST_AUTO_TEST_CASE(a_pin_that_goes_ends_a_store_and_a_load_in_place) {
    cell.store(value::of(1));
    auto pin = std::optional(other.claim_load());
    BOOST_TEST(!cell.try_claim_load());
    cell.store(value::of(2));
    auto held =
        std::optional(cell.claim_store()); // now a buffer is pinned, one current, one claimed
    auto writer = at_once([&] { return cell.store(value::of(3)).number(); });
    auto reader = at_once([&] { return cell.claim_load().as<value>().number(); });
    BOOST_TEST(view.a_writer_sleeps());
    std::this_thread::sleep_for(2ms);
    BOOST_TEST((!is_done(writer) && !is_done(reader)));
    BOOST_TEST(pin->as<value>().number() == 1U);
    pin.reset();
    BOOST_TEST(writer.get() == 3U);
    BOOST_TEST(reader.get() >= 2U);
}

BOOST_AUTO_TEST_CASE(a_shutdown_ends_waits_and_leaves_the_value) {
    sm::version seen;
    auto reader = at_once([&] { return other.load_newer(seen).number(); });
    BOOST_TEST(view.a_reader_sleeps());
    cell.close();
    TEST_THROWS(shut_down, reader.get());
    TEST_THROWS(shut_down, other.try_load());
    TEST_THROWS(shut_down, other.store(value::of(1)));
    TEST_THROWS(shut_down, other.try_claim_store());
    TEST_THROWS(closed, cell.load());
}

BOOST_AUTO_TEST_CASE(a_value_from_before_the_shutdown_is_loaded) {
    cell.store(value::of(5));
    cell.close();
    sm::version seen;
    BOOST_TEST(other.load_newer(seen).number() == 5U);
    BOOST_TEST(other.load().number() == 5U);
    TEST_THROWS(shut_down, other.load_newer(seen));
    TEST_THROWS(shut_down, other.try_load_newer(seen));
}

BOOST_AUTO_TEST_CASE(closing_the_handle_ends_its_waits) {
    auto reader = at_once([&] { return other.load().number(); });
    BOOST_TEST(view.a_reader_sleeps());
    other.close();
    TEST_THROWS(closed, reader.get());
    cell.store(value::of(1));
    auto first = cell.claim_store();
    auto second = cell.claim_store();
    auto writer = at_once([&] { return cell.store(value::of(1)); });
    BOOST_TEST(view.a_writer_sleeps());
    cell.close();
    TEST_THROWS(closed, writer.get());
}

BOOST_AUTO_TEST_CASE(nobody_is_left_to_store) {
    sm::latest_value<value> reader(sm::open_only, name,
                                   sm::options(how).role(sm::role::reader).end_when_abandoned());
    {
        const std::string quiet_name = unique_name("quiet");
        sm::latest_value<value> quiet(sm::create_only, quiet_name,
                                      sm::options(how).role(sm::role::reader).end_when_abandoned());
        BOOST_TEST(!quiet.try_load_for(5ms)); // nobody ever was there to store
        { const sm::latest_value<value> writer(sm::open_only, quiet_name); }
        TEST_THROWS(abandoned, quiet.load());
    }
    BOOST_TEST(!reader.try_load_for(5ms)); // the writers are there
}

BOOST_AUTO_TEST_CASE(wait_any_takes_it) {
    using number = std::optional<std::size_t>;
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 2U, 8U, how);
    BOOST_TEST((sm::wait_any({for_reading(ring), for_reading(other)}, 0ms) == number()));
    auto waiter = at_once([&] { return sm::wait_any({for_reading(ring), for_reading(other)}); });
    BOOST_TEST(view.a_reader_sleeps());
    cell.store(value::of(1));
    BOOST_TEST((waiter.get() == number(1)));
    BOOST_TEST((sm::wait_any({for_reading(other)}) == number(0))); // until it was loaded
    BOOST_TEST(other.load().number() == 1U);
    BOOST_TEST((sm::wait_any({for_reading(other)}, 0ms) == number()));
    BOOST_TEST((sm::wait_any({for_reading(cell)}) == number(0))); // each handle for itself
    cell.store(value::of(2));
    { const auto in_place = other.claim_load(); }
    BOOST_TEST((sm::wait_any({for_reading(other)}, 0ms) == number()));

    BOOST_TEST((sm::wait_any({for_reading(other), for_room(cell)}) == number(1)));
    auto first = cell.claim_store();
    auto second = cell.claim_store();
    BOOST_TEST((sm::wait_any({for_room(cell)}, 0ms) == number()));
    waiter = at_once([&] { return sm::wait_any({for_reading(other), for_room(cell)}); });
    BOOST_TEST(view.a_writer_sleeps());
    second.abort();
    BOOST_TEST((waiter.get() == number(1)));
    waiter = at_once([&] { return sm::wait_any({for_reading(other)}); });
    BOOST_TEST(view.a_reader_sleeps());
    cell.close();
    BOOST_TEST((waiter.get() == number(0)));
}

BOOST_AUTO_TEST_SUITE_END()
