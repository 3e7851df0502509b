// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Nodes held for writing and reading: moved, kept, ended in every way.

#include "ring_support.hpp"

#include <array>
#include <thread>
#include <vector>

using namespace ring_support;
using test_support::unique_name;

namespace {

struct fixture {
    sm::circular_buffer ring{sm::create_only, unique_name("ring"), 3, 64};

    static void put(const sm::write_claim& claim, int value) {
        std::memcpy(claim.data(), &value, sizeof value);
    }
    void write(int value) {
        auto claim = ring.claim_write();
        put(claim, value);
        claim.commit(sizeof value);
    }
};

} // namespace

static_assert(!std::is_copy_constructible_v<sm::write_claim>);
static_assert(!std::is_copy_assignable_v<sm::read_claim>);
static_assert(std::is_nothrow_move_constructible_v<sm::write_claim>);
static_assert(std::is_nothrow_move_assignable_v<sm::read_claim>);

BOOST_FIXTURE_TEST_SUITE(ring_claims, fixture)

BOOST_AUTO_TEST_CASE(fill_commit_look_release) {
    auto written = ring.claim_write();
    BOOST_TEST(static_cast<bool>(written));
    BOOST_TEST(written.size() == 64U);
    BOOST_TEST(written.bytes().size() == 64U);
    BOOST_TEST((written.bytes().data() == written.data()));
    put(written, 42);
    BOOST_TEST(!ring.try_claim_read());
    written.commit(4);
    BOOST_TEST(!static_cast<bool>(written));

    auto read = ring.claim_read();
    BOOST_TEST(static_cast<bool>(read));
    BOOST_TEST(read.size() == 4U);
    BOOST_TEST(read.bytes().size() == 4U);
    BOOST_TEST(read.as<int>() == 42);
    BOOST_TEST(read.delivery_count() == 1U);
    read.release();
    BOOST_TEST(!static_cast<bool>(read));
    BOOST_TEST(ring.empty());
    BOOST_TEST(ring.redelivered() == 0U);
}

BOOST_AUTO_TEST_CASE(the_whole_node_and_nothing) {
    ring.claim_write().commit();
    ring.claim_write().commit(0);
    auto whole = ring.claim_read();
    BOOST_TEST(whole.size() == 64U);
    auto nothing = ring.claim_read();
    BOOST_TEST(nothing.size() == 0U);
    BOOST_TEST(nothing.bytes().empty());
}

BOOST_AUTO_TEST_CASE(too_much_is_refused_and_the_node_kept) {
    auto claim = ring.claim_write();
    TEST_THROWS(message_size, claim.commit(65));
    TEST_THROWS(message_size, claim.commit(~std::size_t{0}));
    BOOST_TEST(static_cast<bool>(claim));
    put(claim, 5);
    claim.commit(4);
    BOOST_TEST(ring.read<int>() == 5);
}

BOOST_AUTO_TEST_CASE(aborted_by_call_and_by_destructor) {
    for (int i = 0; i != 10; ++i) {
        { auto dropped = ring.claim_write(); }
        auto claim = ring.claim_write();
        claim.abort();
        BOOST_TEST(!ring.try_claim_read());
    }
    write(1);
    BOOST_TEST(ring.read<int>() == 1);
}

BOOST_AUTO_TEST_CASE(aborted_by_an_exception) {
    try {
        auto claim = ring.claim_write();
        put(claim, 13);
        throw std::runtime_error("on purpose");
    } catch (const std::runtime_error&) {
    }
    BOOST_TEST(ring.empty());
    write(2);
    BOOST_TEST(ring.read<int>() == 2);
}

BOOST_AUTO_TEST_CASE(given_back_by_call_destructor_and_exception) {
    write(1);
    write(2);
    { auto dropped = ring.claim_read(); }
    auto claim = ring.claim_read();
    BOOST_TEST(claim.as<int>() == 1); // before the newer one
    BOOST_TEST(claim.delivery_count() == 2U);
    claim.give_back();
    BOOST_TEST(!static_cast<bool>(claim));
    try {
        auto third = ring.claim_read();
        BOOST_TEST(third.delivery_count() == 3U);
        throw std::runtime_error("on purpose");
    } catch (const std::runtime_error&) {
    }
    auto fourth = ring.claim_read();
    BOOST_TEST(fourth.delivery_count() == 4U);
    fourth.release();
    auto second = ring.claim_read();
    BOOST_TEST(second.as<int>() == 2);
    BOOST_TEST(second.delivery_count() == 1U);
    BOOST_TEST(ring.redelivered() == 3U);
}

BOOST_AUTO_TEST_CASE(used_after_the_end) {
    auto written = ring.claim_write();
    written.commit(0);
    TEST_THROWS(bad_argument, written.data());
    TEST_THROWS(bad_argument, written.size());
    TEST_THROWS(bad_argument, written.bytes());
    TEST_THROWS(bad_argument, written.commit(0));
    TEST_THROWS(bad_argument, written.commit());
    TEST_THROWS(bad_argument, written.abort());
    auto aborted = ring.claim_write();
    aborted.abort();
    TEST_THROWS(bad_argument, aborted.commit(0));
    auto read = ring.claim_read();
    read.release();
    TEST_THROWS(bad_argument, read.data());
    TEST_THROWS(bad_argument, read.size());
    TEST_THROWS(bad_argument, read.as<int>());
    TEST_THROWS(bad_argument, read.delivery_count());
    TEST_THROWS(bad_argument, read.release());
    TEST_THROWS(bad_argument, read.give_back());
    BOOST_TEST(cursors_of(ring) == (cursors{2, 2, 2, 2}));
}

BOOST_AUTO_TEST_CASE(moved_claims) {
    auto first = ring.claim_write();
    auto second = ring.claim_write();
    sm::write_claim moved(std::move(first));
    TEST_THROWS(bad_argument, first.commit()); // NOLINT: what moving leaves is what is tested
    BOOST_TEST(!static_cast<bool>(first));
    put(second, 2);
    moved = std::move(second); // aborts the first
    BOOST_TEST(cursors_of(ring).write_start == 2U);
    moved.commit(4);
    auto& same = moved;
    moved = std::move(same);

    write(3);
    auto a = ring.claim_read();
    BOOST_TEST(a.as<int>() == 2);
    auto b = ring.claim_read();
    a = std::move(b); // gives the one with 2 back
    BOOST_TEST(a.as<int>() == 3);
    auto& self = a;
    a = std::move(self);
    BOOST_TEST(a.as<int>() == 3);
    BOOST_TEST(ring.read<int>() == 2);
    a.release();
    BOOST_TEST(ring.redelivered() == 1U);
}

BOOST_AUTO_TEST_CASE(claims_outlive_their_handle) {
    const auto name = ring.name();
    sm::circular_buffer other(sm::open_only, name);
    auto written = std::optional(ring.claim_write());
    auto read = [&] {
        sm::circular_buffer shortly(sm::open_only, name);
        write(1);
        other.claim_write().abort();
        return shortly.try_claim_read();
    }();
    BOOST_TEST(!read); // behind the open one
    put(*written, 7);
    written->commit(4);
    read = [&] {
        sm::circular_buffer shortly(sm::open_only, name);
        return shortly.try_claim_read();
    }();
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->as<int>() == 7);
    BOOST_TEST(other.participants().size() == 3U); // the claim is one of them
    read->release();
    BOOST_TEST(other.participants().size() == 2U);
}

// The last claim ends what the handle has left open; also if nobody else is there.
BOOST_AUTO_TEST_CASE(claims_outlive_all_handles) {
    std::optional<sm::write_claim> claim;
    std::optional<sm::read_claim> read;
    const auto name = unique_name("other");
    {
        sm::circular_buffer owner(sm::create_only, name, 2, 8);
        owner.write(5);
        read = owner.claim_read();
        claim = owner.claim_write();
    }
    // The owner has closed; but a message is in a reader's hands, and another one may come.
    BOOST_TEST(sm::circular_buffer(sm::open_only, name).is_shutting_down());
    put(*claim, 1);
    claim->commit(4);
    BOOST_TEST(read->as<int>() == 5);
    read->release();
}

BOOST_AUTO_TEST_CASE(claims_outlive_close) {
    sm::circular_buffer other(sm::open_only, ring.name());
    auto claim = other.claim_write();
    other.close();
    put(claim, 9);
    claim.commit(4);
    BOOST_TEST(ring.read<int>() == 9);
}

BOOST_AUTO_TEST_CASE(as_checks_size_and_alignment) {
    write(1);
    {
        auto claim = ring.claim_read();
        TEST_THROWS(message_size, claim.as<double>());
        TEST_THROWS(message_size, claim.as<char>());
        TEST_THROWS(message_size, (claim.as<std::array<int, 2>>()));
        BOOST_TEST(claim.as<int>() == 1);
        BOOST_TEST((reinterpret_cast<std::uintptr_t>(&claim.as<int>()) ==
                    reinterpret_cast<std::uintptr_t>(claim.data()))); // in place
        claim.release();
    }
    struct alignas(32) wide {
        std::array<std::uint64_t, 4> values;
    };
    sm::circular_buffer inside(sm::create_only, unique_name("inline"), 3, 32);
    for (int i = 0; i != 2; ++i)
        inside.write(wide{});
    // 16 bytes behind a line's start: no node is aligned to 32
    auto claim = inside.claim_read();
    TEST_THROWS(bad_argument, claim.as<wide>());
    claim.release();
    inside.read<wide>(); // a copy does not mind
    ring.write(wide{});
    BOOST_TEST(ring.claim_read().as<wide>().values[0] == 0U);
}

BOOST_AUTO_TEST_CASE(delivery_counts_beyond_31) {
    write(1);
    for (std::uint32_t i = 1; i <= 70; ++i) {
        auto claim = ring.claim_read();
        if (i <= 31)
            BOOST_TEST(claim.delivery_count() == i);
        else
            BOOST_TEST(claim.delivery_count() > 1U, "delivery " << i);
    }
    BOOST_TEST(ring.redelivered() == 70U);
    BOOST_TEST(ring.read<int>() == 1);
}

BOOST_AUTO_TEST_CASE(claims_end_in_other_threads) {
    for (int i = 0; i != 100; ++i) {
        auto claim = ring.claim_write();
        put(claim, i);
        at_once([moved = std::move(claim)]() mutable { moved.commit(4); }).get();
        auto read = ring.claim_read();
        BOOST_TEST(at_once([moved = std::move(read)]() mutable {
                       const int value = moved.as<int>();
                       moved.release();
                       return value;
                   }).get() == i);
    }
}

BOOST_AUTO_TEST_CASE(one_open_claim_holds_back_those_behind_it) {
    auto first = ring.claim_write();
    write(2);
    BOOST_TEST(!ring.try_claim_read());
    BOOST_TEST(!ring.try_read<int>());
    BOOST_TEST(!ring.next_size());
    put(first, 1);
    first.commit(4);
    BOOST_TEST(ring.read<int>() == 1);
    BOOST_TEST(ring.read<int>() == 2);
}

BOOST_AUTO_TEST_SUITE_END()
