// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Claims in place: buffers to store into, values that are pinned.

#include "latest_support.hpp"

#include <thread>
#include <vector>

using namespace latest_support;

BOOST_AUTO_TEST_CASE(a_claim_is_stored_when_it_is_committed) {
    sm::latest_buffer cell(sm::create_only, unique_name("cell"), 256U);
    auto claim = cell.claim_store();
    BOOST_TEST(claim.size() == 256U);
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(claim.data()) % 64 == 0U);
    claim.emplace<value>(value::of(3));
    BOOST_TEST(!cell.try_load<value>());
    BOOST_TEST(claim.commit().number() == 1U);
    BOOST_TEST(!claim);
    TEST_THROWS(bad_argument, claim.data());
    TEST_THROWS(bad_argument, claim.commit());
    BOOST_TEST(cell.load<value>().number() == 3U);

    auto partly = cell.claim_store();
    TEST_THROWS(message_size, partly.commit(257));
    TEST_THROWS(message_size, partly.resize(257));
    partly.as<std::uint32_t>() = 7;
    BOOST_TEST(partly.commit(4).number() == 2U);
    BOOST_TEST(cell.load<std::uint32_t>() == 7U);
}

BOOST_AUTO_TEST_CASE(a_claim_that_is_not_committed_stores_nothing) {
    const std::string name = unique_name("cell");
    sm::latest_value<value> cell(sm::create_only, name, sm::options().buffers(2));
    cell.store(value::of(1));
    const cell_view view(name);
    {
        auto claim = cell.claim_store();
        claim.emplace<value>(value::of(2));
        BOOST_TEST(view.buffers_held(2) == 1U);
    }
    BOOST_TEST(view.buffers_held(2) == 0U);
    auto claim = cell.claim_store();
    claim.abort();
    claim = cell.claim_store();
    auto moved = std::move(claim);
    BOOST_TEST((!claim && moved));
    moved.abort();
    BOOST_TEST(cell.version().number() == 1U);
    BOOST_TEST(cell.load().number() == 1U);
}

BOOST_AUTO_TEST_CASE(several_claims_are_committed_in_any_order) {
    sm::latest_value<value> cell(sm::create_only, unique_name("cell"));
    auto first = cell.claim_store();
    auto second = cell.claim_store();
    first.emplace<value>(value::of(1));
    second.emplace<value>(value::of(2));
    BOOST_TEST(second.commit().number() == 1U);
    BOOST_TEST(first.commit().number() == 2U);
    BOOST_TEST(cell.load().number() == 1U); // the one committed last
}

BOOST_AUTO_TEST_CASE(a_value_in_place_stays_as_it_is) {
    const std::string name = unique_name("cell");
    for (const bool single : {false, true}) {
        sm::latest_value<value> cell(sm::create_only, name,
                                     sm::options().buffers(4).pins(2).single_writer(single));
        BOOST_TEST(!cell.try_claim_load());
        cell.store(value::of(1));
        auto first = cell.claim_load();
        for (std::uint64_t n = 2; n != 20; ++n) {
            cell.store(value::of(n));
            BOOST_TEST(first.as<value>().is_whole());
            BOOST_TEST(first.as<value>().number() == 1U);
        }
        auto second = cell.try_claim_load_for(1s);
        BOOST_TEST((second && second->as<value>().number() == 19U));
        BOOST_TEST(second->version().number() == 19U);
        BOOST_TEST(second->bytes().size() == sizeof(value));
        BOOST_TEST(!cell.try_claim_load());      // both pins are taken
        BOOST_TEST(cell.load().number() == 19U); // a copy needs none
        const cell_view view(name);
        BOOST_TEST(view.pins_held() == 2U);
        first.release();
        TEST_THROWS(bad_argument, first.data());
        second.reset();
        BOOST_TEST(view.pins_held() == 0U);
        cell.close();
    }
}

BOOST_AUTO_TEST_CASE(claims_outlive_their_handle) {
    const std::string name = unique_name("cell");
    sm::latest_value<value> owner(sm::create_only, name, sm::options().pins(1));
    owner.store(value::of(1));
    std::optional<sm::load_claim> pinned;
    std::optional<sm::store_claim> claimed;
    {
        sm::latest_value<value> other(sm::open_only, name);
        pinned = other.claim_load();
        claimed = other.claim_store();
    }
    owner.store(value::of(2));
    BOOST_TEST(pinned->as<value>().number() == 1U);
    BOOST_TEST(owner.participants().size() == 2U);
    claimed->emplace<value>(value::of(3));
    BOOST_TEST(claimed->commit().number() == 3U);
    BOOST_TEST(owner.load().number() == 3U);
    pinned.reset();
    BOOST_TEST(owner.participants().size() == 1U);
    BOOST_TEST(cell_view(name).pins_held() == 0U);
}

BOOST_AUTO_TEST_CASE(pins_hold_under_writers_at_full_speed) {
    const std::string name = unique_name("cell");
    sm::latest_value<value> cell(sm::create_only, name, sm::options().buffers(5).pins(2));
    cell.store(value::of(1));
    std::atomic<bool> over{false};
    std::vector<std::thread> writers;
    for (std::uint64_t w = 1; w != 3; ++w)
        writers.emplace_back([&, w] {
            for (std::uint64_t n = w; !over; n += 2)
                cell.store(value::of(n));
        });
    int torn = 0;
    int older = 0;
    std::uint64_t last = 0;
    for (int i = 0; i != rounds(20000); ++i) {
        const auto claim = cell.claim_load();
        older += claim.version().number() < last ? 1 : 0;
        last = claim.version().number();
        const value before = claim.as<value>();
        if (i % 64 == 0)
            std::this_thread::yield();
        const value after = claim.as<value>();
        torn +=
            !before.is_whole() || !after.is_whole() || before.number() != after.number() ? 1 : 0;
    }
    over = true;
    for (std::thread& one : writers)
        one.join();
    BOOST_TEST(torn == 0);
    BOOST_TEST(older == 0);
}
