// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Waiting for the first of several handles: for reading, for room, for both, for ever.

#include "ring_support.hpp"

#include <shared_memory/wait_any.hpp>

#include <deque>
#include <thread>
#include <vector>

using namespace ring_support;
using sm::deadline;
using sm::for_reading;
using sm::for_room;
using test_support::child;
using test_support::unique_name;

namespace {

// Two rings of two nodes, one of them full. No look for the dead: each wait is ended by a wake-up.
struct fixture {
    const sm::options how = sm::options().death_check_interval(0ms);
    const std::string empty_name = unique_name("empty");
    const std::string full_name = unique_name("full");
    sm::circular_buffer empty{sm::create_only, empty_name, 2U, 8U, how};
    sm::circular_buffer full{sm::create_only, full_name, 2U, 8U, how};
    segment_view empty_view{empty_name};
    segment_view full_view{full_name};

    fixture() {
        full.write(1);
        full.write(2);
    }
    bool both_sleep() const { return a_reader_sleeps(empty_view) && a_writer_sleeps(full_view); }
    auto wait_for_both() {
        return at_once([&] { return sm::wait_any({for_reading(empty), for_room(full)}); });
    }
};

using number = std::optional<std::size_t>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(waiting_for_any_of_several, fixture)

BOOST_AUTO_TEST_CASE(what_is_due_is_told_at_once) {
    BOOST_TEST((sm::wait_any({for_reading(empty), for_room(full)}, 0ms) == number()));
    BOOST_TEST((sm::wait_any({for_reading(empty), for_reading(full)}, 0ms) == number(1)));
    BOOST_TEST((sm::wait_any({for_room(full), for_room(empty)}) == number(1)));
    BOOST_TEST((sm::wait_any({for_room(empty), for_reading(full)}) == number(0)));
    BOOST_TEST((sm::wait_any({for_reading(full)}, deadline::never()) == number(0)));
    BOOST_TEST(full.size() == 2U); // takes nothing
    BOOST_TEST(empty.size() == 0U);
}

BOOST_AUTO_TEST_CASE(not_in_time) {
    const auto start = std::chrono::steady_clock::now();
    BOOST_TEST((sm::wait_any({for_reading(empty), for_room(full)}, 20ms) == number()));
    BOOST_TEST((std::chrono::steady_clock::now() - start >= 20ms));
    BOOST_TEST((sm::wait_any({for_room(full)}, std::chrono::system_clock::now() - 1s) == number()));
    BOOST_TEST(
        (sm::wait_any({for_room(full)}, std::chrono::steady_clock::now() + 1ms) == number()));
    BOOST_TEST((sm::wait_any(std::vector<sm::waitable>()) == number()));
    BOOST_TEST(sm::wait_any({&empty}, 1ms) == nullptr);
    BOOST_TEST(sm::wait_any({}, deadline::never()) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_message_ends_it) {
    auto waiter = wait_for_both();
    BOOST_TEST(both_sleep());
    empty.write(1);
    BOOST_TEST((waiter.get() == number(0)));
}

BOOST_AUTO_TEST_CASE(room_ends_it) {
    for (int i = 0; i != 20; ++i) {
        auto waiter = wait_for_both();
        if (i % 2 == 0)
            BOOST_TEST(both_sleep());
        BOOST_TEST(full.try_read<int>().has_value());
        BOOST_TEST((waiter.get() == number(1)));
        BOOST_TEST(full.try_write(i));
    }
}

BOOST_AUTO_TEST_CASE(an_aborted_write_ends_it) {
    auto older = empty.claim_write();
    const auto newer = empty.claim_write();
    auto waiter = at_once([&] { return sm::wait_any({for_room(full), for_room(empty)}); });
    BOOST_TEST((a_writer_sleeps(full_view) && a_writer_sleeps(empty_view)));
    older.abort();
    BOOST_TEST((waiter.get() == number(1)));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_stream_ends_it_for_readers_and_writers) {
    auto waiter = wait_for_both();
    BOOST_TEST(both_sleep());
    empty.end_of_stream();
    BOOST_TEST((waiter.get() == number(0)));
    TEST_THROWS(end_of_stream, empty.try_read<int>());
    waiter = at_once([&] { return sm::wait_any({for_room(full)}); });
    BOOST_TEST(a_writer_sleeps(full_view));
    full.end_of_stream();
    BOOST_TEST((waiter.get() == number(0)));
    TEST_THROWS(end_of_stream, full.try_write(3));
}

BOOST_AUTO_TEST_CASE(a_shutdown_ends_it) {
    sm::circular_buffer reader(sm::open_only, empty_name, how);
    sm::circular_buffer writer(sm::open_only, full_name, how);
    auto waiter = at_once([&] { return sm::wait_any({for_room(writer), for_reading(reader)}); });
    BOOST_TEST(both_sleep());
    empty.close();
    BOOST_TEST((waiter.get() == number(1)));
    waiter = at_once([&] { return sm::wait_any({for_room(writer)}); });
    BOOST_TEST(a_writer_sleeps(full_view));
    full.close();
    BOOST_TEST((waiter.get() == number(0)));
    TEST_THROWS(shut_down, writer.try_write(3));
}

BOOST_AUTO_TEST_CASE(closing_a_handle_ends_it) {
    sm::circular_buffer reader(sm::open_only, empty_name, how);
    sm::circular_buffer writer(sm::open_only, full_name, how);
    auto waiter = at_once([&] { return sm::wait_any({for_reading(reader), for_room(writer)}); });
    BOOST_TEST(both_sleep());
    writer.close();
    BOOST_TEST((waiter.get() == number(1)));
    waiter = at_once([&] { return sm::wait_any({for_reading(reader), for_room(full)}); });
    BOOST_TEST(both_sleep());
    reader.close();
    BOOST_TEST((waiter.get() == number(0)));
}

BOOST_AUTO_TEST_CASE(handles_that_cannot_be_waited_for) {
    sm::circular_buffer closed;
    TEST_THROWS(bad_argument, sm::wait_any({for_reading(closed)}, 1h));
    TEST_THROWS(bad_argument, sm::wait_any({for_room(full), for_room(closed)}, 1h));
    TEST_THROWS(bad_argument, sm::wait_any({&empty, nullptr}));
    sm::circular_buffer* const none = nullptr;
    TEST_THROWS(bad_argument, sm::wait_any({none}));
    sm::circular_buffer view(sm::open_read_only, empty_name);
    TEST_THROWS(read_only, sm::wait_any({for_reading(view)}, 1h));
    TEST_THROWS(read_only, sm::wait_any({for_room(view)}, 1h));
    sm::circular_buffer reader(sm::open_only, empty_name, sm::options().role(sm::role::reader));
    TEST_THROWS(bad_argument, sm::wait_any({for_room(reader)}, 1h));
    sm::circular_buffer writer(sm::open_only, empty_name, sm::options().role(sm::role::writer));
    TEST_THROWS(bad_argument, sm::wait_any({for_reading(writer)}, 1h));
}

BOOST_AUTO_TEST_CASE(of_rings_with_a_single_writer) {
    const auto single = sm::options(how).single_writer().single_reader();
    const std::string name = unique_name("single");
    sm::circular_buffer writer(sm::create_only, name, 2U, 8U, single);
    sm::circular_buffer reader(sm::open_only, name, how);
    const segment_view view(name);
    BOOST_TEST((sm::wait_any({for_room(writer)}, 0ms) == number(0)));
    TEST_THROWS(in_use, sm::wait_any({for_room(reader)}, 0ms)); // the first one became the writer
    for (int i = 0; i != 200; ++i) {
        auto waiter = at_once([&] { return sm::wait_any({for_reading(reader), for_room(full)}); });
        if (i % 10 == 0)
            BOOST_TEST(a_reader_sleeps(view));
        writer.write(i);
        BOOST_TEST((waiter.get() == number(0)));
        BOOST_TEST((reader.try_read<int>() == i));
    }
    writer.write(1);
    writer.write(2);
    for (int i = 0; i != 200; ++i) {
        auto waiter = at_once([&] { return sm::wait_any({for_reading(empty), for_room(writer)}); });
        if (i % 10 == 0)
            BOOST_TEST(a_writer_sleeps(view));
        BOOST_TEST(reader.try_read<int>().has_value());
        BOOST_TEST((waiter.get() == number(1)));
        BOOST_TEST(writer.try_write(i));
    }
}

BOOST_AUTO_TEST_CASE(of_many_handles) {
    std::deque<sm::circular_buffer> rings;
    std::vector<sm::waitable> list;
    std::vector<sm::circular_buffer*> pointers;
    for (int i = 0; i != 40; ++i) {
        auto& ring = rings.emplace_back(sm::create_only, unique_name("one"), 2U, 8U, how);
        pointers.push_back(&ring);
        if (i % 2 == 0) {
            list.push_back(for_reading(ring));
        } else {
            ring.write(1);
            ring.write(1);
            list.push_back(for_room(ring));
        }
    }
    const segment_view last(rings.back().name());
    for (std::size_t i = 0; i != rings.size(); ++i) {
        auto waiter = at_once([&] { return sm::wait_any(list); });
        BOOST_TEST(a_writer_sleeps(last));
        if (i % 2 == 0) {
            rings[i].write(1);
            BOOST_TEST((waiter.get() == number(i)));
            rings[i].read<int>();
        } else {
            rings[i].read<int>();
            BOOST_TEST((waiter.get() == number(i)));
            rings[i].write(1);
        }
    }
    rings[0].write(1);
    BOOST_TEST(sm::wait_any(pointers) == &rings[0]);
    const boost::span<sm::circular_buffer* const> behind(pointers.data() + 1, pointers.size() - 1);
    BOOST_TEST(sm::wait_any(behind) == &rings[1]);
}

BOOST_AUTO_TEST_CASE(one_handle_for_both) {
    const std::string name = unique_name("both");
    sm::circular_buffer ring(sm::create_only, name, 2U, 8U, how);
    BOOST_TEST((sm::wait_any({for_reading(ring), for_room(ring)}) == number(1)));
    auto one = ring.claim_write();
    auto two = ring.claim_write();
    auto waiter = at_once([&] { return sm::wait_any({for_reading(ring), for_room(ring)}); });
    const segment_view view(name);
    BOOST_TEST((a_reader_sleeps(view) && a_writer_sleeps(view)));
    one.commit(4);
    BOOST_TEST((waiter.get() == number(0)));
}

BOOST_AUTO_TEST_CASE(no_room_for_abandoned_writers) {
    sm::circular_buffer writer(sm::create_only, unique_name("ring"), 2, 8,
                               sm::options().role(sm::role::writer).end_when_abandoned());
    writer.write(1);
    writer.write(2);
    BOOST_TEST((sm::wait_any({for_room(writer)}, 1ms) == number())); // no reader came yet
    { sm::circular_buffer reader(sm::open_only, writer.name()); }
    BOOST_TEST((sm::wait_any({for_reading(empty), for_room(writer)}, 1h) == number(1)));
    TEST_THROWS(abandoned, writer.try_write_for(3, 1h));
}

// A write would throw: the wait for room must not sleep on.
BOOST_AUTO_TEST_CASE(words_that_cannot_be_are_due) {
    for (int i = 0; i != 2; ++i)
        full_view.lines()[i].control.fetch_or(7, boost::memory_order_seq_cst);
    BOOST_TEST((sm::wait_any({for_room(full)}, 5s) == number(0)));
    TEST_THROWS(corrupted, full.write(3));
    BOOST_TEST((sm::wait_any({for_reading(full)}, 5s) == number(0)));
}

// The wait says that nobody is left; of the calls, those that may wait say it too.
BOOST_AUTO_TEST_CASE(abandoned_is_due_and_told_by_a_call_that_may_wait) {
    const std::string name = unique_name("left");
    sm::circular_buffer reader(sm::create_only, name, 2U, 8U,
                               sm::options().role(sm::role::reader).end_when_abandoned());
    sm::circular_buffer(sm::open_only, name, sm::options().role(sm::role::writer)).write(1);
    BOOST_TEST(reader.read<int>() == 1);
    BOOST_TEST((sm::wait_any({for_reading(reader)}, 5s) == number(0)));
    BOOST_TEST(!reader.try_read<int>());
    TEST_THROWS(abandoned, reader.try_read_for<int>(1h));
}

BOOST_AUTO_TEST_SUITE_END()

SHARED_MEMORY_TEST_ROLE(wait_any_claims_for_writing) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    const auto claim = ring.claim_write();
    test_support::say("ready");
    test_support::hear();
    return 0;
}

SHARED_MEMORY_TEST_ROLE(wait_any_claims_for_reading) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    const auto claim = ring.claim_read();
    test_support::say("ready");
    test_support::hear();
    return 0;
}

namespace {

// Here the waiters look for the dead.
struct with_a_victim {
    const std::string name = unique_name("ring");
    sm::circular_buffer ring{sm::create_only, name, 2U, 8U};
    sm::circular_buffer quiet{sm::create_only, unique_name("quiet"), 2U, 8U};
    segment_view view{name};

    child victim(const char* role) {
        child one(role, {name});
        BOOST_TEST(one.read_line() == "ready");
        return one;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(waiting_for_any_beside_a_death, with_a_victim)

BOOST_AUTO_TEST_CASE(what_a_dead_reader_held_can_be_read) {
    ring.write(1);
    child dies = victim("wait_any_claims_for_reading");
    auto waiter = at_once([&] { return sm::wait_any({for_reading(quiet), for_reading(ring)}); });
    BOOST_TEST(a_reader_sleeps(view));
    dies.kill();
    BOOST_TEST((waiter.get() == number(1)));
    BOOST_TEST((ring.try_read<int>() == 1));
}

BOOST_AUTO_TEST_CASE(what_a_dead_writer_held_is_room) {
    child dies = victim("wait_any_claims_for_writing");
    ring.write(1); // readable when the node before it is done with, and full until then
    auto waiter = at_once([&] { return sm::wait_any({for_reading(quiet), for_room(ring)}); });
    BOOST_TEST(a_writer_sleeps(view));
    dies.kill();
    BOOST_TEST((waiter.get() == number(1)));
    BOOST_TEST(ring.try_write(2));
    BOOST_TEST((ring.try_read<int>() == 1));
    BOOST_TEST((ring.try_read<int>() == 2));
}

BOOST_AUTO_TEST_CASE(a_call_that_does_not_wait_looks_too) {
    ring.write(1);
    child dies = victim("wait_any_claims_for_reading");
    BOOST_TEST((sm::wait_any({for_reading(ring)}, 0ms) == number()));
    dies.kill();
    BOOST_TEST(test_support::becomes_true(
        [&] { return sm::wait_any({for_reading(ring)}, 0ms) == number(0); }));
}

BOOST_AUTO_TEST_SUITE_END()
