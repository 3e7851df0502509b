// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// participants() tells what each one has done.

#include <shared_memory/circular_buffer.hpp>

#include "ring_support.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

using namespace ring_support;
using test_support::unique_name;

namespace {

using namespace std::chrono_literals;

// The handle as it is seen through another one.
sm::participant seen(const sm::circular_buffer& by, const sm::circular_buffer& of) {
    for (const sm::participant& one : of.participants()) {
        if (!one.self)
            continue;
        for (const sm::participant& other : by.participants()) {
            if (other.slot == one.slot)
                return other;
        }
    }
    BOOST_FAIL("the handle is no participant");
    return {};
}

struct two_handles {
    explicit two_handles(bool for_two, sm::options more = {})
        : name(unique_name("ring")),
          writer(sm::create_only, name, 8, 16, more.single_writer(for_two).single_reader(for_two)),
          reader(sm::open_only, name, more) {}

    // What the writer and the reader have done, each as the other one sees it.
    void expect(std::uint64_t written, std::uint64_t read, const char* after) const {
        BOOST_TEST_CONTEXT(after) {
            BOOST_TEST(seen(reader, writer).count("messages_written") == written);
            BOOST_TEST(seen(reader, writer).count("messages_read") == 0U);
            BOOST_TEST(seen(writer, reader).count("messages_read") == read);
            BOOST_TEST(seen(writer, reader).count("messages_written") == 0U);
        }
    }

    std::string name;
    sm::circular_buffer writer;
    sm::circular_buffer reader;
};

constexpr auto fill = [](boost::span<std::byte> node) {
    node[0] = std::byte{1};
    return std::size_t{4};
};
constexpr auto look = [](boost::span<const std::byte>) {};

} // namespace

BOOST_AUTO_TEST_SUITE(counts)

BOOST_AUTO_TEST_CASE(messages_of_every_kind_of_call) {
    for (const bool for_two : {false, true}) {
        BOOST_TEST_CONTEXT("for a writer and a reader alone: " << for_two) {
            two_handles h(for_two);
            h.expect(0, 0, "nothing");
            h.writer.write(1);
            BOOST_TEST(h.reader.read<int>() == 1);
            h.expect(1, 1, "a copy");
            h.writer.write(fill);
            h.reader.read(look);
            h.expect(2, 2, "a function");
            h.writer.claim_write().commit(4);
            h.reader.claim_read().release();
            h.expect(3, 3, "a claim");
            std::array<int, 3> some{1, 2, 3};
            h.writer.write_each(some);
            BOOST_TEST(h.reader.try_read_each(some) == 3U);
            h.expect(6, 6, "several copies");
            h.writer.claim_write(4).commit();
            h.reader.claim_read(4).release();
            h.expect(10, 10, "a batch");
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_given_up_and_given_back_does_not_count) {
    for (const bool for_two : {false, true}) {
        BOOST_TEST_CONTEXT("for a writer and a reader alone: " << for_two) {
            two_handles h(for_two);
            h.writer.claim_write().abort();
            h.writer.claim_write(3).commit(1); // two are passed over
            h.expect(1, 0, "an abort, and a part of a batch");
            h.reader.claim_read().give_back();
            h.expect(1, 0, "given back");
            BOOST_TEST(h.reader.discard());
            h.writer.write(1);
            BOOST_TEST(h.reader.read<int>() == 1);
            h.expect(2, 2, "read at last");
            h.writer.write_each(std::array<int, 2>{1, 2});
            h.reader.claim_read(2).release(1);
            h.expect(4, 3, "a part of a batch is given back");
        }
    }
}

BOOST_AUTO_TEST_CASE(other_threads_count_too) {
    two_handles h(false);
    h.writer.write(0); // this thread is the first one
    std::thread([&] {
        h.writer.write(1);
        h.writer.claim_write().commit(4);
    }).join();
    h.expect(3, 0, "three by two threads");
}

BOOST_AUTO_TEST_CASE(bytes_and_times_by_option) {
    for (const bool for_two : {false, true}) {
        BOOST_TEST_CONTEXT("for a writer and a reader alone: " << for_two) {
            two_handles h(for_two, sm::options().statistics());
            h.writer.write(1);
            h.writer.write(fill);
            h.writer.claim_write().commit(10);
            h.writer.write_each(std::array<std::array<char, 3>, 2>{});
            BOOST_TEST(seen(h.reader, h.writer).count("bytes_written") == 4U + 4 + 10 + 2 * 3);
            BOOST_TEST(h.reader.read<int>() == 1);
            h.reader.read(look);
            h.reader.claim_read().release();
            BOOST_TEST(seen(h.writer, h.reader).count("bytes_read") == 4U + 4 + 10);
            std::this_thread::sleep_for(20ms);
            const std::uint64_t ago = seen(h.writer, h.reader).count("last_read_ms");
            BOOST_TEST(ago >= 19U);
            BOOST_TEST(ago < 60'000U);
            BOOST_TEST(seen(h.reader, h.writer).count("last_write_ms") >= ago);
        }
    }
    two_handles without(false);
    without.writer.write(1);
    BOOST_TEST(seen(without.reader, without.writer).count("bytes_written") == 0U);
    BOOST_TEST(seen(without.reader, without.writer).count("last_write_ms") == 0U);
}

BOOST_AUTO_TEST_CASE(sleeps) {
    two_handles h(false);
    BOOST_TEST(seen(h.writer, h.reader).count("sleeps") == 0U);
    auto reading = at_once([&] { BOOST_TEST(h.reader.read<int>() == 5); });
    BOOST_TEST(a_reader_sleeps(segment_view{h.name}));
    h.writer.write(5);
    reading.get();
    BOOST_TEST(seen(h.writer, h.reader).count("sleeps") == 1U);
}

BOOST_AUTO_TEST_CASE(the_next_one_in_a_slot_begins_at_nothing) {
    for (const bool for_two : {false, true}) {
        two_handles h(for_two, sm::options().statistics());
        h.writer.write(1);
        BOOST_TEST(h.reader.read<int>() == 1);
        h.reader = sm::circular_buffer(sm::open_only, h.name);
        h.expect(1, 0, "another reader");
        h.writer.write(2);
        BOOST_TEST(h.reader.read<int>() == 2);
        h.expect(2, 1, "one by the other reader");
        BOOST_TEST(seen(h.writer, h.reader).count("bytes_read") == 0U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
