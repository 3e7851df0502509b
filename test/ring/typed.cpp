// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// FAULTS C5: a ring of one type. Each case runs on rings with any number of writers and readers, and
// with single ones.

#include "ring_support.hpp"

#include <shared_memory/circular_buffer_of.hpp>

#include <algorithm>
#include <numeric>
#include <thread>
#include <vector>

using namespace ring_support;
using test_support::child;
using test_support::hear;
using test_support::say;
using test_support::unique_name;

namespace {

struct trade { // 24 bytes: in the node's own line
    std::int64_t time;
    double price;
    char symbol[8];
    friend bool operator==(const trade& a, const trade& b) {
        return a.time == b.time && a.price == b.price &&
               std::equal(std::begin(a.symbol), std::end(a.symbol), std::begin(b.symbol));
    }
};
struct quote { // of the same size
    std::int64_t time;
    std::int64_t price;
    char symbol[8];
};
struct block { // payloads lie side by side
    std::uint64_t words[16];
};
struct alignas(32) wide {
    float x[8];
};

using trades = sm::circular_buffer_of<trade>;

trade make(int i) {
    return {i, i * 0.5, {'A', static_cast<char>('a' + i % 26)}};
}

template <class Case>
void in_all_modes(Case run) {
    for (const bool writer : {false, true}) {
        for (const bool reader : {false, true}) {
            BOOST_TEST_CONTEXT("single writer " << writer << ", reader " << reader)
            run(sm::options().single_writer(writer).single_reader(reader).max_deliveries(5));
        }
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(values_go_through) {
    in_all_modes([](const sm::options& how) {
        const auto name = unique_name("ring");
        trades out(sm::create_only, name, 4, how);
        trades in(sm::open_only, name);
        BOOST_TEST(out.node_size() == sizeof(trade));
        BOOST_TEST(out.node_count() == 4U);
        BOOST_TEST(!in.try_read());
        BOOST_TEST(!in.try_read_for(1ms));
        for (int i = 0; i != 11; ++i) {
            out.write(make(2 * i));
            BOOST_TEST(out.try_write(make(2 * i + 1)));
            BOOST_TEST((in.read() == make(2 * i)));
            BOOST_TEST((*in.try_read() == make(2 * i + 1)));
        }
        out.emplace(make(7));
        BOOST_TEST(out.try_emplace());
        BOOST_TEST(in.read().price == 3.5);
        BOOST_TEST(in.read().time == 0);
        while (out.try_write_for(make(1), 1ms)) {
        }
        BOOST_TEST(out.full());
        BOOST_TEST(!out.try_emplace());
        BOOST_TEST(!out.try_claim_write());
        BOOST_TEST(!out.try_write_until(make(1), std::chrono::steady_clock::now()));
        BOOST_TEST(in.try_read_until(std::chrono::steady_clock::now()).has_value());
    });
}

BOOST_AUTO_TEST_CASE(claims_are_of_the_type) {
    in_all_modes([](const sm::options& how) {
        trades ring(sm::create_only, unique_name("ring"), 4, how);
        {
            auto claim = ring.claim_write();
            BOOST_TEST(claim.position() == 0U);
            *claim = make(1);
            claim->price = 9;
            claim.commit();
            BOOST_TEST(!claim);
        }
        {
            auto claim = ring.try_claim_write();
            claim->emplace(make(8));
            claim->commit();
        }
        { auto aborted = ring.claim_write(); }
        {
            const auto claim = ring.claim_read();
            BOOST_TEST(claim->price == 9);
            BOOST_TEST((*claim).time == 1);
            BOOST_TEST(claim.delivery_count() == 1U);
        } // given back
        {
            auto claim = ring.try_claim_read_for(10s);
            BOOST_TEST((*claim)->price == 9);
            BOOST_TEST(claim->delivery_count() == 2U);
            BOOST_TEST(claim->position() == 0U);
            claim->release();
            TEST_THROWS(bad_argument, (*claim)->price);
        }
        auto second = ring.claim_read();
        BOOST_TEST(second->price == 4);
        second.release();
        BOOST_TEST(!ring.try_claim_read());
    });
}

template <class T>
void batches_of(const T& value) {
    in_all_modes([&](const sm::options& how) {
        sm::circular_buffer_of<T> ring(sm::create_only, unique_name("ring"), 8, how);
        auto out = ring.claim_write(5);
        BOOST_TEST(out.size() == 5U);
        for (T& one : out)
            one = value;
        BOOST_TEST((out.end() - out.begin() == 5));
        BOOST_TEST((&out.begin()[2] == &out[2]));
        TEST_THROWS(out_of_range, &out[5]);
        // where the payload's stride is that of a T, all of them are one span
        const std::size_t adjacent = sizeof(T) > 48 && sizeof(T) % 64 == 0 ? 5 : 1;
        BOOST_TEST(out.adjacent().size() == adjacent);
        BOOST_TEST(out.adjacent(4).size() == 1U);
        out.commit(4);
        auto in = ring.claim_read(8);
        BOOST_TEST(in.size() == 4U);
        BOOST_TEST(std::count_if(in.begin(), in.end(), [&](const T& one) {
                       return std::memcmp(&one, &value, sizeof(T)) == 0;
                   }) == 4);
        BOOST_TEST(in.adjacent().size() == std::min<std::size_t>(adjacent, 4));
        in.release(1);
        BOOST_TEST(ring.size() == 3U);
        auto again = ring.try_claim_read(8);
        BOOST_TEST(again->delivery_count() == 2U);
        BOOST_TEST(again->position(0) == 1U);
        again->release();
        // a batch ends at the ring's last node, as far as spans go
        auto round = ring.claim_write(8);
        BOOST_TEST(round.adjacent().size() <= 3U);
        round.abort();
    });
}

BOOST_AUTO_TEST_CASE(batches_are_of_the_type) {
    batches_of(make(3));
    block b{};
    std::iota(std::begin(b.words), std::end(b.words), 1U);
    batches_of(b);
    batches_of(wide{{1, 2, 3}});
    batches_of(42);
}

BOOST_AUTO_TEST_CASE(ranges_go_through) {
    in_all_modes([](const sm::options& how) {
        trades ring(sm::create_only, unique_name("ring"), 8, how);
        std::vector<trade> all;
        for (int i = 0; i != 20; ++i)
            all.push_back(make(i));
        BOOST_TEST(ring.try_write_each(all) == 8U);
        std::vector<trade> read(20);
        BOOST_TEST(ring.read_each(read) == 8U);
        BOOST_TEST(std::equal(read.begin(), read.begin() + 8, all.begin()));
        BOOST_TEST(ring.try_read_each(read) == 0U);
        std::thread writer([&] {
            ring.write_each(all);
            ring.end_of_stream();
        });
        std::vector<trade> got;
        for (const trade& t : ring.messages())
            got.push_back(t);
        writer.join();
        BOOST_TEST(got.size() == all.size());
        BOOST_TEST(std::equal(got.begin(), got.end(), all.begin(), all.end()));
        BOOST_TEST(ring.next().ended());
        TEST_THROWS(end_of_stream, ring.read());
    });
}

BOOST_AUTO_TEST_CASE(a_stream_of_claims) {
    in_all_modes([](const sm::options& how) {
        trades ring(sm::create_only, unique_name("ring"), 8, how);
        for (int i = 0; i != 5; ++i)
            ring.write(make(i));
        BOOST_TEST(ring.try_next()->time == 0);
        ring.end_of_stream();
        int next = 1;
        for (auto& claim : ring.claims())
            BOOST_TEST(claim->time == next++);
        BOOST_TEST(next == 5);
        BOOST_TEST(ring.empty());
    });
}

BOOST_AUTO_TEST_CASE(another_type_is_refused) {
    const auto name = unique_name("ring");
    trades ring(sm::create_only, name, 4);
    const auto refused = [&](auto wanted, const std::string& words) {
        using other = sm::circular_buffer_of<decltype(wanted)>;
        for (const bool create : {false, true}) {
            const auto thrown = what_throws([&] {
                if (create)
                    other(sm::open_or_create, name, 4);
                else
                    other(sm::open_only, name);
            });
            BOOST_TEST((thrown.code == sm::errc::wrong_type), thrown.text);
            BOOST_TEST(thrown.text.find(words) != std::string::npos,
                       words << ", found: " << thrown.text);
        }
    };
    refused(quote{},
            "has messages of an unnamed type of 24 bytes aligned to 8, expected an unnamed "
            "type of 24 bytes aligned to 8: their members differ");
    refused(block{}, "their sizes differ (message size 24, expected 128)");
    refused(1, "expected the type \"int32\" of 4 bytes aligned to 4: their sizes differ");
    BOOST_CHECK_NO_THROW(trades(sm::open_only, name));
    TEST_THROWS(wrong_type, trades(sm::open_or_create, name, 5));
    // a ring of bytes says nothing of its messages
    const auto of_bytes = unique_name("bytes");
    sm::circular_buffer bytes(sm::create_only, of_bytes, 4, sizeof(trade));
    const auto thrown = what_throws([&] { trades(sm::open_only, of_bytes); });
    BOOST_TEST((thrown.code == sm::errc::wrong_type), thrown.text);
    BOOST_TEST(
        thrown.text.find("has messages of any bytes, expected messages of an unnamed type") !=
            std::string::npos,
        thrown.text);
}

BOOST_AUTO_TEST_CASE(bytes_in_a_typed_ring_stay_until_they_are_discarded) {
    in_all_modes([](const sm::options& how) {
        const auto name = unique_name("ring");
        trades ring(sm::create_only, name, 4, how);
        {
            sm::circular_buffer bytes(sm::open_only, name);
            bytes.write(1);
        }
        TEST_THROWS(message_size, ring.read());
        TEST_THROWS(message_size, ring.try_claim_read());
        TEST_THROWS(message_size, ring.try_claim_read(3));
        BOOST_TEST(ring.discard());
        ring.write(make(1));
        BOOST_TEST((ring.read() == make(1)));
    });
}

BOOST_AUTO_TEST_CASE(messages_are_aligned_for_their_type) {
    in_all_modes([](const sm::options& how) {
        sm::circular_buffer_of<wide> ring(sm::create_only, unique_name("ring"), 3, how);
        BOOST_TEST(ring.node_size() >= sizeof(wide));
        for (int i = 0; i != 3; ++i)
            ring.write({{static_cast<float>(i)}});
        auto batch = ring.claim_read(3);
        for (const wide& one : batch)
            BOOST_TEST(reinterpret_cast<std::uintptr_t>(&one) % alignof(wide) == 0U);
        BOOST_TEST(batch[2].x[0] == 2.0F);
        batch.release();
    });
}

SHARED_MEMORY_TEST_ROLE(typed_holder) {
    trades ring(sm::open_only, args.at(0));
    auto held = ring.claim_read();
    auto writing = trades(sm::open_only, args.at(0), sm::options().role(sm::role::reader));
    say(std::to_string(held->time));
    hear();
    return 0;
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_killed_gives_its_message_back) {
    in_all_modes([](const sm::options& how) {
        const auto name = unique_name("ring");
        trades ring(sm::create_only, name, 4, how);
        ring.write(make(1));
        ring.write(make(2));
        child reader("typed_holder", {name});
        BOOST_TEST(reader.read_line() == "1");
        reader.kill();
        ring.recover();
        auto again = ring.claim_read();
        BOOST_TEST((*again == make(1)));
        BOOST_TEST(again.delivery_count() == 2U);
        again.release();
        BOOST_TEST((ring.read() == make(2)));
    });
}

BOOST_AUTO_TEST_CASE(waited_for_with_others) {
    trades a(sm::create_only, unique_name("a"), 4);
    sm::circular_buffer b(sm::create_only, unique_name("b"), 4, 8);
    BOOST_TEST(!sm::wait_any({sm::for_reading(a), sm::for_reading(b)}, sm::deadline::now()));
    a.write(make(1));
    BOOST_TEST(*sm::wait_any({sm::for_reading(b), sm::for_reading(a)}) == 1U);
    BOOST_TEST(*sm::wait_any({sm::for_room(a)}) == 0U);
}
