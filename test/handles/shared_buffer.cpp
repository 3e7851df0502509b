// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The base of all classes, and a ring seen through it.

#include "peer.hpp"

#include <shared_memory/shared_memory.hpp>

using namespace test_support;
using sm::errc;

BOOST_AUTO_TEST_CASE(closed_handles) {
    sm::shared_buffer handle;
    BOOST_TEST(!handle.is_open());
    BOOST_TEST(!static_cast<bool>(handle));
    BOOST_TEST(handle.name().empty());
    BOOST_TEST((!handle.is_owner() && !handle.is_shutting_down() && !handle.is_read_only()));
    handle.close();
    auto const closed = [](char const* what, auto&& call) {
        check_fails(what, errc::closed, call, {"handle is closed"});
    };
    closed("id", [&] { (void)handle.id(); });
    closed("buffer_size", [&] { (void)handle.buffer_size(); });
    closed("total_size", [&] { (void)handle.total_size(); });
    closed("kind_name", [&] { (void)handle.kind_name(); });
    closed("max_participants", [&] { (void)handle.max_participants(); });
    closed("owner_alive", [&] { (void)handle.owner_alive(); });
    closed("participants", [&] { (void)handle.participants(); });
    closed("readers_alive", [&] { (void)handle.readers_alive(); });
    closed("writers_alive", [&] { (void)handle.writers_alive(); });
    closed("recover", [&] { handle.recover(); });
}

BOOST_AUTO_TEST_CASE(a_ring_seen_generically) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 5, 100, sm::options().max_participants(3));
    ring.write(11);
    {
        sm::shared_buffer any(sm::open_only, name);
        BOOST_TEST(any.is_open());
        BOOST_TEST(any.name() == name);
        BOOST_TEST(any.kind_name() == std::string("circular_buffer"));
        BOOST_TEST(any.buffer_size() == 500U);
        BOOST_TEST(any.total_size() == read_object(name).size());
        BOOST_TEST(any.total_size() == ring.total_size());
        BOOST_TEST(any.max_participants() == 3U);
        BOOST_TEST((!any.is_owner() && any.owner_alive() && !any.is_read_only()));
        BOOST_TEST(any.participants().size() == 2U);
        BOOST_TEST(any.recover().participants_reaped() == 0U);
    }
    BOOST_TEST(exists(name));
    BOOST_TEST(ring.participants().size() == 1U);
    sm::shared_buffer const look(sm::open_read_only, name);
    BOOST_TEST(look.is_read_only());
    BOOST_TEST(look.kind_name() == std::string("circular_buffer"));
    BOOST_TEST(look.buffer_size() == 500U);
    BOOST_TEST(look.owner_alive());
    BOOST_TEST_REQUIRE(look.participants().size() == 1U);
    BOOST_TEST(!look.participants()[0].self);
    BOOST_TEST(look.participants()[0].owner);
    BOOST_TEST(ring.read<int>() == 11);
}

// Through the base, what dead readers and writers held is given back as well.
BOOST_AUTO_TEST_CASE(recovers_a_ring) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    peer one("open_only " + name);
    peer two("open_only " + name);
    one.kill();
    sm::shared_buffer any(sm::open_only, name); // repairs what is dead by then
    BOOST_TEST(any.participants().size() == 3U);
    two.kill();
    auto const report = any.recover();
    BOOST_TEST(report.participants_reaped() == 1U);
    BOOST_TEST(any.recover().participants_reaped() == 0U);
    BOOST_TEST(any.participants().size() == 2U);
}

BOOST_AUTO_TEST_CASE(moving_and_swapping) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    sm::circular_buffer moved(std::move(ring));
    BOOST_TEST(!ring.is_open()); // NOLINT(bugprone-use-after-move)
    BOOST_TEST(ring.name().empty());
    BOOST_TEST((moved.is_open() && moved.is_owner()));
    BOOST_TEST(moved.participants().size() == 1U);
    moved.write(1);

    std::string const other_name = unique_name("other");
    sm::circular_buffer other(sm::create_only, other_name, 4, 8);
    swap(moved, other);
    BOOST_TEST(moved.name() == other_name);
    BOOST_TEST(other.read<int>() == 1);
    moved.swap(other);
    BOOST_TEST(moved.name() == name);

    other = std::move(moved); // closes what it had, which it owned
    BOOST_TEST(!exists(other_name));
    BOOST_TEST(other.name() == name);
    BOOST_TEST(!moved.is_open()); // NOLINT(bugprone-use-after-move)
    auto& same = other;
    other = std::move(same);
    BOOST_TEST(other.is_open());
    BOOST_TEST(exists(name));
    other = sm::circular_buffer();
    BOOST_TEST(!exists(name));
}

BOOST_AUTO_TEST_CASE(closing) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    BOOST_TEST(ring.is_open());
    ring.close();
    BOOST_TEST(!ring.is_open());
    BOOST_TEST(!exists(name));
    BOOST_TEST(ring.name() == name);
    ring.close();
    for (auto const& call : std::vector<std::function<void()>>{
             [&] { ring.write(1); }, [&] { (void)ring.try_write(1); },
             [&] { (void)ring.try_read<int>(); }, [&] { (void)ring.participants(); },
             [&] { ring.recover(); }, [&] { (void)ring.owner_alive(); }})
        check_fails("after close", errc::closed, call, {name, "is closed"});
}

BOOST_AUTO_TEST_CASE(a_handle_that_is_not_the_owner_leaves_the_segment_alone) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    {
        sm::circular_buffer other(sm::open_only, name);
        other.close();
        BOOST_TEST(!ring.is_shutting_down());
    }
    sm::shared_buffer(sm::open_only, name).close();
    sm::shared_buffer(sm::open_read_only, name).close();
    BOOST_TEST(exists(name));
    BOOST_TEST(!ring.is_shutting_down());
    ring.write(1);
    BOOST_TEST(ring.read<int>() == 1);
}

BOOST_AUTO_TEST_CASE(read_only_changes_nothing) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8, sm::options().max_participants(2));
    ring.write(1);
    peer dead("open_only " + name);
    dead.kill(); // something that others would repair
    std::string const before = read_object(name);
    auto const state = object_state(name);
    {
        sm::circular_buffer look(sm::open_read_only, name);
        BOOST_TEST((look.is_open() && look.is_read_only() && !look.is_owner()));
        BOOST_TEST(look.size() == 1U);
        BOOST_TEST((!look.empty() && !look.full()));
        BOOST_TEST(look.snapshot().write_end == 1U);
        BOOST_TEST(look.node_count() == 4U);
        BOOST_TEST((look.redelivered() == 0U && look.given_up() == 0U));
        BOOST_TEST(look.participants().size() == 2U);
        BOOST_TEST(look.owner_alive());
        BOOST_TEST(look.readers_alive() == 1U);
        BOOST_TEST(look.writers_alive() == 1U);
        int value = 0;
        for (auto const& call : std::vector<std::function<void()>>{
                 [&] { look.write(1); }, [&] { (void)look.try_write(1); },
                 [&] { (void)look.try_write_for(1, std::chrono::seconds(1)); },
                 [&] { look.read<int>(); }, [&] { (void)look.try_read<int>(); },
                 [&] { (void)look.try_read(value); }, [&] { (void)look.claim_write(); },
                 [&] { (void)look.claim_read(); }, [&] { (void)look.try_claim_read(); },
                 [&] { look.end_of_stream(); }, [&] { look.discard(); },
                 [&] { (void)look.next_size(); }, [&] { look.recover(); }})
            check_fails("read-only", errc::read_only, call, {name, "open_only"});
        check_fails("read-only base", errc::read_only,
                    [&] { sm::shared_buffer(sm::open_read_only, name).recover(); });
    }
    BOOST_TEST((read_object(name) == before), "an observer has changed the segment");
    BOOST_TEST((object_state(name) == state));
    BOOST_TEST(ring.recover().participants_reaped() == 1U);
}

// max_participants counts participants, not observers.
BOOST_AUTO_TEST_CASE(any_number_may_look) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8, sm::options().max_participants(1));
    std::vector<sm::shared_buffer> looking;
    for (int i = 0; i != 50; ++i)
        looking.emplace_back(sm::open_read_only, name);
    check_fails("a second participant", errc::too_many_participants,
                [&] { sm::circular_buffer(sm::open_only, name); }, {name, "1 participants"});
    BOOST_TEST(ring.participants().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_report_is_a_list_of_rows) {
    sm::recovery_report report;
    BOOST_TEST(report.empty());
    BOOST_TEST(report.size() == 0U);
    BOOST_TEST(report.count("no such row") == 0U);
    report.add("locks_released", 0);
    BOOST_TEST(report.empty(), "nothing was given back");
    report.add("locks_released", 2);
    report.add("calls_given_back", 1);
    report.add("locks_released", 3);
    BOOST_TEST(report.size() == 2U);
    BOOST_TEST(report.count("locks_released") == 5U);
    BOOST_TEST(report.locks_released() == 5U);
    BOOST_TEST(report.count("calls_given_back") == 1U);
    BOOST_TEST(report.participants_reaped() == 0U);
    std::string rows;
    for (sm::recovery_report::row const& row : report)
        rows += std::string(row.what) + '=' + std::to_string(row.count) + ' ';
    BOOST_TEST(rows == "locks_released=5 calls_given_back=1 ");
}

BOOST_AUTO_TEST_CASE(a_report_has_room_for_all_rows) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i != sm::recovery_report::max_rows; ++i)
        names.push_back("row " + std::to_string(i));
    sm::recovery_report report;
    for (std::string const& name : names)
        report.add(name, 1);
    for (std::string const& name : names) {
        report.add(name, 1);
        BOOST_TEST(report.count(name) == 2U);
    }
    BOOST_TEST(report.size() == names.size());
}

// Nothing that moves or swaps is for the base: test/compile_fail shows what does not compile.
BOOST_AUTO_TEST_CASE(handles_are_values_of_their_own_class_alone) {
    using base = sm::segment_handle;
    using locks = sm::buffer_with_locks;
    static_assert(!std::is_constructible_v<base> && !std::is_constructible_v<locks>);
    static_assert(!std::is_move_constructible_v<base> && !std::is_move_constructible_v<locks>);
    static_assert(!std::is_move_assignable_v<base> && !std::is_move_assignable_v<locks>);
    static_assert(!std::is_swappable_v<base> && !std::is_swappable_v<locks>);
    static_assert(!std::is_destructible_v<base> && !std::is_destructible_v<locks>);
    static_assert(!std::is_constructible_v<base, sm::circular_buffer>);
    static_assert(!std::is_assignable_v<base&, sm::shared_buffer>);
    static_assert(!std::is_assignable_v<sm::circular_buffer&, sm::shared_buffer>);
    static_assert(!std::is_constructible_v<sm::shared_buffer, sm::circular_buffer>);
    static_assert(!std::is_swappable_with_v<sm::circular_buffer&, sm::shared_array<int>&>);
    static_assert(std::is_final_v<sm::shared_buffer>);
    static_assert(sizeof(sm::circular_buffer) == sizeof(base));
    BOOST_TEST(true);
}

template <class Handle>
constexpr bool is_value =
    std::is_nothrow_move_constructible_v<Handle>&& std::is_nothrow_move_assignable_v<Handle>&&
        std::is_nothrow_swappable_v<Handle>&& std::is_nothrow_default_constructible_v<Handle> &&
    !std::is_copy_constructible_v<Handle>;
static_assert(is_value<sm::shared_buffer> && is_value<sm::circular_buffer> &&
              is_value<sm::buffer_read_write> && is_value<sm::shared_array<int>> &&
              is_value<sm::shared_array<const int>>);
static_assert(!std::is_constructible_v<sm::shared_buffer, sm::create_only_t, char const*>);
static_assert(
    !std::is_constructible_v<sm::circular_buffer, sm::open_only_t, char const*, int, int>);
static_assert(!std::is_constructible_v<sm::circular_buffer, int, char const*>);

BOOST_AUTO_TEST_CASE(every_tag_has_a_twin_that_does_not_throw) {
    std::string const name = unique_name("twin");
    std::error_code ec = sm::errc::closed;
    BOOST_TEST(!sm::circular_buffer(sm::open_only, name, ec).is_open());
    BOOST_TEST(ec == sm::errc::not_found);
    BOOST_TEST(!sm::circular_buffer(sm::create_only, name, 1, 8, ec).is_open());
    BOOST_TEST(ec == sm::errc::out_of_range);
    sm::circular_buffer const ring(sm::create_only, name, 2, 8, sm::options(), ec);
    BOOST_TEST(!ec);
    BOOST_TEST(ring.is_open());
    BOOST_TEST(sm::circular_buffer(sm::open_or_create, name, 2, 8, ec).is_open());
    BOOST_TEST(sm::circular_buffer(sm::open_only, name, sm::options(), ec).is_open());
    BOOST_TEST(sm::circular_buffer(sm::open_read_only, name, ec).is_open());
    BOOST_TEST(sm::shared_buffer(sm::open_read_only, name, ec).is_open());
    BOOST_TEST(!ec);
    BOOST_TEST(!sm::shared_array<int>(sm::create_only, name, 0, ec).is_open());
    BOOST_TEST(ec == sm::errc::out_of_range);
    BOOST_TEST(!sm::shared_array<const int>(sm::open_read_only, name, ec).is_open());
    BOOST_TEST(ec == sm::errc::wrong_kind);
    BOOST_TEST(!sm::buffer_read_write(sm::open_or_create, name, 8, ec).is_open());
    BOOST_TEST(ec == sm::errc::wrong_kind);
}
