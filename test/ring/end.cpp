// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// How a ring ends: the stream, the owner, the handle, the participants that were waited for.

#include "ring_support.hpp"

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

using namespace ring_support;
using test_support::unique_name;

namespace {

struct fixture {
    const std::string name = unique_name("ring");
    std::optional<sm::circular_buffer> owner{std::in_place, sm::create_only, name, 3U, 8U};
    sm::circular_buffer ring{sm::open_only, name};
    segment_view view{name};

    sm::circular_buffer open(const sm::options& how = {}) const {
        return {sm::open_only, name, how};
    }
};

#define TEST_ENDS_WITH(wanted, running)                                                            \
    BOOST_TEST((running.get().code == sm::errc::wanted), "a wait ended otherwise")

} // namespace

BOOST_FIXTURE_TEST_SUITE(end_of_stream, fixture)

BOOST_AUTO_TEST_CASE(readers_get_what_is_left_and_then_the_end) {
    owner->write(1);
    owner->write(2);
    owner->end_of_stream();
    TEST_THROWS(end_of_stream, owner->write(3));
    TEST_THROWS(end_of_stream, ring.try_write(3));
    TEST_THROWS(end_of_stream, ring.try_write_for(3, 1h));
    TEST_THROWS(end_of_stream, ring.claim_write());
    auto late = open();
    TEST_THROWS(end_of_stream, late.try_write(3));
    BOOST_TEST(ring.read<int>() == 1);
    BOOST_TEST((late.try_read<int>() == 2));
    for (auto* reader : {&ring, &late, &*owner}) {
        TEST_THROWS(end_of_stream, reader->read<int>());
        TEST_THROWS(end_of_stream, reader->try_read<int>());
        TEST_THROWS(end_of_stream, reader->try_read_for<int>(1h));
        TEST_THROWS(end_of_stream, reader->try_claim_read());
        TEST_THROWS(end_of_stream, reader->discard());
    }
    BOOST_TEST(!ring.next_size());
    ring.end_of_stream(); // twice is once
    TEST_THROWS(end_of_stream, ring.try_read<int>());
}

BOOST_AUTO_TEST_CASE(of_a_full_ring) {
    for (int i = 0; i != 3; ++i)
        owner->write(i);
    auto writer = at_once([&] { return what_throws([&] { ring.write(3); }); });
    BOOST_TEST(a_writer_sleeps(view));
    owner->end_of_stream();
    TEST_ENDS_WITH(end_of_stream, writer);
    for (int i = 0; i != 3; ++i)
        BOOST_TEST((ring.try_read<int>() == i));
    TEST_THROWS(end_of_stream, ring.try_read<int>());
}

BOOST_AUTO_TEST_CASE(an_open_claim_may_still_be_committed) {
    auto claim = owner->claim_write();
    ring.end_of_stream();
    BOOST_TEST(!ring.try_read<int>()); // not the end yet
    auto reader = at_once([&] { return ring.read<int>(); });
    BOOST_TEST(a_reader_sleeps(view));
    const int value = 4;
    std::memcpy(claim.data(), &value, sizeof value);
    claim.commit(4);
    BOOST_TEST(reader.get() == 4);
    TEST_THROWS(end_of_stream, ring.try_read<int>());
}

BOOST_AUTO_TEST_CASE(an_open_claim_may_be_aborted) {
    auto claim = owner->claim_write();
    ring.end_of_stream();
    auto reader = at_once([&] { return what_throws([&] { ring.read<int>(); }); });
    BOOST_TEST(a_reader_sleeps(view));
    claim.abort();
    TEST_ENDS_WITH(end_of_stream, reader);
}

BOOST_AUTO_TEST_CASE(a_message_given_back_after_the_end_is_read) {
    owner->write(8);
    auto claim = ring.claim_read();
    owner->end_of_stream();
    claim.give_back();
    BOOST_TEST((owner->try_read<int>() == 8));
    TEST_THROWS(end_of_stream, owner->try_read<int>());
}

BOOST_AUTO_TEST_CASE(ends_every_sleeping_reader) {
    auto other = open();
    std::vector<std::future<thrown>> readers;
    for (auto* handle : {&ring, &other})
        for (int i = 0; i != 2; ++i)
            readers.push_back(
                at_once([handle] { return what_throws([&] { handle->read<int>(); }); }));
    BOOST_TEST(a_reader_sleeps(view));
    std::this_thread::sleep_for(20ms);
    owner->end_of_stream();
    for (auto& reader : readers)
        TEST_ENDS_WITH(end_of_stream, reader);
}

// Every message whose write returned comes before the end, whenever that came.
BOOST_AUTO_TEST_CASE(several_writers_are_cut_off_between_messages) {
    for (int round = 0; round != rounds(100); ++round) {
        sm::circular_buffer all(sm::create_only, unique_name("all"), 3, 8);
        std::atomic<int> begun{0};
        std::vector<std::future<int>> writers;
        for (int w = 0; w != 3; ++w)
            writers.push_back(at_once([&] {
                sm::circular_buffer mine(sm::open_only, all.name());
                int written = 0;
                try {
                    for (;; ++written, ++begun)
                        mine.write(written);
                } catch (const sm::error& e) {
                    if (e.code() != sm::errc::end_of_stream)
                        throw;
                }
                return written;
            }));
        auto reader = at_once([&] {
            sm::circular_buffer mine(sm::open_only, all.name());
            int read = 0;
            try {
                for (;; ++read)
                    mine.read<int>();
            } catch (const sm::error& e) {
                if (e.code() != sm::errc::end_of_stream)
                    throw;
            }
            return read;
        });
        BOOST_TEST(test_support::becomes_true([&] { return begun >= round; }));
        all.end_of_stream();
        int written = 0;
        for (auto& writer : writers)
            written += writer.get();
        BOOST_TEST(reader.get() == written, "round " << round);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(drained, fixture)

BOOST_AUTO_TEST_CASE(once_all_is_released) {
    BOOST_TEST(ring.wait_drained_for(0ms));
    owner->write(1);
    owner->write(2);
    BOOST_TEST(!owner->wait_drained_for(0ms));
    BOOST_TEST(!owner->wait_drained_for(10ms));
    auto claim = ring.claim_read();
    ring.read<int>();
    BOOST_TEST(!owner->wait_drained_for(1ms)); // still looked at
    auto waiter = at_once([&] { return owner->wait_drained_for(1h); });
    BOOST_TEST(a_writer_sleeps(view));
    BOOST_TEST(!is_done(waiter));
    claim.give_back();
    BOOST_TEST(!is_done(waiter));
    ring.read<int>();
    BOOST_TEST(waiter.get());
}

BOOST_AUTO_TEST_CASE(what_comes_later_does_not_count) {
    owner->write(1);
    auto waiter = at_once([&] { return owner->wait_drained_for(1h); });
    BOOST_TEST(a_writer_sleeps(view));
    owner->write(2);
    ring.read<int>();
    BOOST_TEST(waiter.get());
    BOOST_TEST(!owner->wait_drained_until(std::chrono::steady_clock::now()));
}

BOOST_AUTO_TEST_CASE(after_the_end_of_the_stream) {
    owner->write(1);
    owner->end_of_stream();
    BOOST_TEST(!owner->wait_drained_for(1ms));
    ring.read<int>();
    BOOST_TEST(owner->wait_drained_for(1h));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(shutting_down, fixture)

BOOST_AUTO_TEST_CASE(readers_drain_and_then_it_is_shut_down) {
    owner->write(1);
    owner->write(2);
    owner->close();
    TEST_THROWS(shut_down, ring.write(3));
    TEST_THROWS(shut_down, ring.try_write(3));
    TEST_THROWS(shut_down, ring.try_claim_write());
    BOOST_TEST(ring.read<int>() == 1);
    BOOST_TEST((ring.try_read<int>() == 2));
    TEST_THROWS(shut_down, ring.read<int>());
    TEST_THROWS(shut_down, ring.try_read<int>());
    TEST_THROWS(shut_down, ring.try_read_for<int>(1h));
    TEST_THROWS(shut_down, ring.try_claim_read());
    TEST_THROWS(shut_down, ring.discard());
    TEST_THROWS(closed, owner->try_read<int>());
    TEST_THROWS(closed, owner->write(1));
    TEST_THROWS(closed, owner->claim_write());
}

BOOST_AUTO_TEST_CASE(blocked_readers_end) {
    auto other = open();
    auto first = at_once([&] { return what_throws([&] { ring.read<int>(); }); });
    auto second = at_once([&] { return what_throws([&] { (void)other.try_claim_read_for(1h); }); });
    auto third = at_once([&] { return what_throws([&] { (void)ring.try_read_for<int>(1h); }); });
    BOOST_TEST(a_reader_sleeps(view));
    std::this_thread::sleep_for(20ms);
    owner.reset();
    TEST_ENDS_WITH(shut_down, first);
    TEST_ENDS_WITH(shut_down, second);
    TEST_ENDS_WITH(shut_down, third);
}

BOOST_AUTO_TEST_CASE(blocked_writers_end) {
    while (ring.try_write(1)) {
    }
    auto first = at_once([&] { return what_throws([&] { ring.write(2); }); });
    auto second = at_once([&] { return what_throws([&] { (void)ring.try_claim_write_for(1h); }); });
    BOOST_TEST(a_writer_sleeps(view));
    std::this_thread::sleep_for(20ms);
    owner.reset();
    TEST_ENDS_WITH(shut_down, first);
    TEST_ENDS_WITH(shut_down, second);
    for (int i = 0; i != 3; ++i)
        BOOST_TEST(ring.read<int>() == 1);
}

// Nothing is unread; else the name stays until all is read.
BOOST_AUTO_TEST_CASE(the_name_is_free_at_once) {
    owner->write(1);
    BOOST_TEST(ring.read<int>() == 1);
    owner->close();
    sm::circular_buffer next(sm::create_only, name, 2, 8);
    BOOST_TEST(next.empty());
    TEST_THROWS(shut_down, ring.read<int>());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(closing, fixture)

BOOST_AUTO_TEST_CASE(ends_waits_of_other_threads) {
    for (int i = 0; i != 20; ++i) {
        auto handle = open(sm::options().death_check_interval(0ms));
        auto reader = at_once([&] { return what_throws([&] { handle.read<int>(); }); });
        auto timed =
            at_once([&] { return what_throws([&] { (void)handle.try_claim_read_for(1h); }); });
        auto any = at_once([&] { return sm::wait_any({&handle}, 1h); });
        if (i % 2 == 0) // asleep, or on its way
            BOOST_TEST(a_reader_sleeps(view));
        // the calls that have not begun yet find it closed: the same
        handle.close();
        TEST_ENDS_WITH(closed, reader);
        TEST_ENDS_WITH(closed, timed);
        const auto answer = what_throws([&] { any.get(); });
        BOOST_TEST((!answer.code || answer.code == sm::errc::bad_argument), answer.text);
    }
    while (owner->try_write(1)) {
    }
    auto writer = at_once([&] { return what_throws([&] { ring.write(1); }); });
    BOOST_TEST(a_writer_sleeps(view));
    ring.close();
    ring.close();
    TEST_ENDS_WITH(closed, writer);
    TEST_THROWS(closed, ring.try_read<int>());
    BOOST_TEST(!ring.is_open());
    BOOST_TEST(owner->read<int>() == 1); // the others do not notice
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(waiting_for_any, fixture)

BOOST_AUTO_TEST_CASE(the_first_readable_one) {
    sm::circular_buffer a(sm::create_only, unique_name("a"), 2, 8);
    sm::circular_buffer b(sm::create_only, unique_name("b"), 2, 100);
    BOOST_TEST(!sm::wait_any({&a, &b}, 0ms));
    BOOST_TEST(!sm::wait_any({&a, &b}, 5ms));
    b.write(1);
    BOOST_TEST(sm::wait_any({&a, &b}, 0ms) == &b);
    a.write(1);
    BOOST_TEST(sm::wait_any({&a, &b}, 1h) == &a);
    BOOST_TEST(sm::wait_any({&b, &a}, 1h) == &b);
    BOOST_TEST(a.size() + b.size() == 2U); // takes nothing
    TEST_THROWS(bad_argument, sm::wait_any({&a, nullptr}, 1h));
    sm::circular_buffer closed;
    TEST_THROWS(bad_argument, sm::wait_any({&a, &closed}, 1h));
    BOOST_TEST(!sm::wait_any({}, 1h));
}

BOOST_AUTO_TEST_CASE(sleeps_on_all_of_them) {
    std::vector<sm::circular_buffer> rings;
    std::vector<sm::circular_buffer*> pointers;
    for (int i = 0; i != 9; ++i)
        rings.emplace_back(sm::create_only, unique_name("one"), 2U, 8U,
                           sm::options().death_check_interval(0ms));
    for (auto& one : rings)
        pointers.push_back(&one);
    for (int i = 0; i != 50; ++i) {
        const auto k = static_cast<std::size_t>(i) % rings.size();
        const segment_view last(rings.back().name());
        auto waiter = at_once([&] { return sm::wait_any(pointers, sm::deadline::in(1h)); });
        BOOST_TEST(a_reader_sleeps(last));
        if (i % 3 == 1) { // behind a skip
            auto claim = rings[k].claim_write();
            rings[k].write(1);
            claim.abort();
        } else {
            rings[k].write(1);
        }
        BOOST_TEST(waiter.get() == pointers[k]);
        BOOST_TEST((rings[k].try_read<int>() == 1));
    }
    rings[4].end_of_stream();
    BOOST_TEST(sm::wait_any(pointers, sm::deadline::in(1h)) == pointers[4]);
}

BOOST_AUTO_TEST_CASE(ended_and_shut_down_ones_are_readable) {
    sm::circular_buffer quiet(sm::create_only, unique_name("quiet"), 2, 8);
    auto waiter = at_once([&] { return sm::wait_any({&quiet, &ring}, 1h); });
    BOOST_TEST(a_reader_sleeps(view));
    owner.reset();
    BOOST_TEST(waiter.get() == &ring);
    quiet.end_of_stream();
    BOOST_TEST(sm::wait_any({&quiet, &ring}, 1h) == &quiet);
}

BOOST_AUTO_TEST_SUITE_END()
