// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Every way to say into what is read, in every way to wait; sizes that do not fit.

#include "ring_support.hpp"

#include <array>
#include <string_view>
#include <vector>

using namespace ring_support;
using test_support::unique_name;

namespace {

struct fixture {
    sm::circular_buffer ring{sm::create_only, unique_name("ring"), 8, 16};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(circular_buffer_read, fixture)

BOOST_AUTO_TEST_CASE(values) {
    for (int i = 0; i != 8; ++i)
        ring.write(i);
    const auto later = std::chrono::system_clock::now() + 1h;
    BOOST_TEST(ring.read<int>() == 0);
    BOOST_TEST((ring.try_read<int>() == 1));
    BOOST_TEST((ring.try_read_for<int>(1h) == 2));
    BOOST_TEST((ring.try_read_until<int>(later) == 3));
    int got = -1;
    ring.read(got);
    BOOST_TEST(got == 4);
    BOOST_TEST((ring.try_read(got) && got == 5));
    BOOST_TEST((ring.try_read_for(got, 1h) && got == 6));
    BOOST_TEST((ring.try_read_until(got, later) && got == 7));
    static_assert(std::is_void_v<decltype(ring.read(got))>);
    static_assert(std::is_same_v<decltype(ring.try_read(got)), bool>);
}

BOOST_AUTO_TEST_CASE(ranges) {
    const std::vector<std::uint16_t> sent{1, 2, 3};
    for (int i = 0; i != 7; ++i)
        ring.write(sent);
    const auto later = std::chrono::steady_clock::now() + 1h;
    std::vector<std::uint16_t> vector(3);
    BOOST_TEST(ring.read(vector) == 3U);
    BOOST_TEST(vector == sent, boost::test_tools::per_element());
    std::array<std::uint16_t, 5> array{9, 9, 9, 9, 9}; // longer than the message
    BOOST_TEST((ring.try_read(array) == 3U));
    BOOST_TEST((array == std::array<std::uint16_t, 5>{1, 2, 3, 9, 9}));
    std::uint16_t plain[3] = {};
    BOOST_TEST((ring.try_read_for(plain, 1h) == 3U));
    BOOST_TEST(plain[2] == 3);
    BOOST_TEST((ring.try_read_until(boost::span<std::uint16_t>(array).subspan(2), later) == 3U));
    BOOST_TEST((array == std::array<std::uint16_t, 5>{1, 2, 1, 2, 3}));
    std::array<std::byte, 6> memory{};
    BOOST_TEST(ring.read(memory.data(), memory.size()) == 6U);
    BOOST_TEST((ring.try_read(memory.data(), memory.size()) == 6U));
    BOOST_TEST((ring.try_read_for(memory.data(), memory.size(), 1h) == 6U));
    ring.write(sent);
    BOOST_TEST((ring.try_read_until(memory.data(), memory.size(), later) == 6U));
    BOOST_TEST((memory[4] == std::byte{3}));
}

BOOST_AUTO_TEST_CASE(functions) {
    for (int i = 0; i != 8; ++i)
        ring.write(i);
    const auto later = std::chrono::steady_clock::now() + 1h;
    const auto value = [](boost::span<const std::byte> message) {
        int v = 0;
        std::memcpy(&v, message.data(), message.size());
        return v;
    };
    int calls = 0;
    const auto nothing = [&](boost::span<const std::byte>) { ++calls; };
    BOOST_TEST(ring.read(value) == 0);
    BOOST_TEST((ring.try_read(value) == 1));
    BOOST_TEST((ring.try_read_for(value, 1h) == 2));
    BOOST_TEST((ring.try_read_until(value, later) == 3));
    ring.read(nothing);
    BOOST_TEST(ring.try_read(nothing));
    BOOST_TEST(ring.try_read_for(nothing, 1h));
    BOOST_TEST(ring.try_read_until(nothing, later));
    BOOST_TEST(calls == 4);
    BOOST_TEST(!ring.try_read(value).has_value());
    BOOST_TEST(!ring.try_read(nothing));
    BOOST_TEST(calls == 4);
}

BOOST_AUTO_TEST_CASE(a_throwing_function_gives_back) {
    ring.write(1);
    ring.write(2);
    const auto throws = [](boost::span<const std::byte>) {
        throw std::runtime_error("on purpose");
    };
    BOOST_CHECK_THROW(ring.read(throws), std::runtime_error);
    BOOST_CHECK_THROW((void)ring.try_read(throws), std::runtime_error);
    BOOST_TEST(ring.redelivered() == 2U);
    auto claim = ring.claim_read();
    BOOST_TEST(claim.as<int>() == 1);
    BOOST_TEST(claim.delivery_count() == 3U);
    claim.release();
    BOOST_TEST(ring.read<int>() == 2);
}

BOOST_AUTO_TEST_CASE(a_message_that_does_not_fit_stays) {
    ring.write(std::array<std::int32_t, 3>{1, 2, 3});
    const auto stays = [&] { BOOST_TEST((ring.next_size() == 12U)); };
    TEST_THROWS(message_size, ring.read<int>());
    TEST_THROWS(message_size, ring.try_read<std::uint64_t>());
    TEST_THROWS(message_size, ring.try_read_for<std::array<int, 4>>(1h)); // shorter than that
    TEST_THROWS(message_size, ring.try_read<std::array<char, 200>>());    // no node has as much
    stays();
    int one = 5;
    TEST_THROWS(message_size, ring.read(one));
    TEST_THROWS(message_size, ring.try_read(one));
    BOOST_TEST(one == 5); // untouched
    std::vector<std::int32_t> two(2, 77);
    TEST_THROWS(message_size, ring.read(two));
    TEST_THROWS(message_size, ring.try_read_for(two, 1h));
    TEST_THROWS(message_size, ring.read_some(two));
    BOOST_TEST(two[0] == 77);
    std::vector<std::uint64_t> halves(4); // 12 bytes are not so many 8s
    TEST_THROWS(message_size, ring.read(halves));
    std::byte few[11];
    TEST_THROWS(message_size, ring.read(few, sizeof few));
    TEST_THROWS(message_size, ring.read(few, 0));
    stays();
    const auto found = what_throws([&] { ring.read<int>(); });
    BOOST_TEST(found.text.find("12") != std::string::npos, "found: " << found.text);
    BOOST_TEST(found.text.find('4') != std::string::npos, "expected: " << found.text);
    std::vector<std::int32_t> three(3);
    BOOST_TEST(ring.read(three) == 3U);
    BOOST_TEST(three[2] == 3);
}

BOOST_AUTO_TEST_CASE(null_pointers) {
    ring.write(1);
    TEST_THROWS(bad_argument, ring.read(nullptr, 4));
    TEST_THROWS(bad_argument, ring.try_read(nullptr, 4));
    TEST_THROWS(bad_argument, ring.try_read_for(nullptr, 4, 1s));
    TEST_THROWS(bad_argument, ring.try_read_until(nullptr, 4, std::chrono::steady_clock::now()));
    BOOST_TEST(ring.size() == 1U);
    ring.discard();
    ring.write("", 0);
    BOOST_TEST(ring.read(nullptr, 0) == 0U);
}

BOOST_AUTO_TEST_CASE(next_size_and_discard) {
    BOOST_TEST(!ring.next_size());
    BOOST_TEST(!ring.discard());
    ring.write(std::string_view("abc"));
    ring.write(std::string_view(""));
    ring.write(std::string_view("0123456789abcdef"));
    BOOST_TEST((ring.next_size() == 3U));
    BOOST_TEST((ring.next_size() == 3U)); // takes nothing
    BOOST_TEST(ring.discard());
    BOOST_TEST((ring.next_size() == 0U));
    BOOST_TEST(ring.discard());
    BOOST_TEST((ring.next_size() == 16U));
    {
        const auto claim = ring.claim_read();
        BOOST_TEST(!ring.next_size());
        BOOST_TEST(!ring.discard());
    } // given back
    BOOST_TEST((ring.next_size() == 16U));
    BOOST_TEST(ring.discard());
    BOOST_TEST(cursors_of(ring) == (cursors{3, 3, 3, 3}));
}

BOOST_AUTO_TEST_CASE(some_gathers_what_is_ready) {
    std::vector<std::int32_t> sent{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    std::size_t done = 0;
    while (done != sent.size())
        done += ring.write_some(boost::span<const std::int32_t>(sent).subspan(done));
    BOOST_TEST(ring.size() == 3U); // 4, 4, 2
    std::vector<std::int32_t> got(7);
    BOOST_TEST(ring.read_some(got) == 4U); // the second does not fit whole
    BOOST_TEST(got[3] == 4);
    got.assign(20, 0);
    BOOST_TEST(ring.read_some(got) == 6U);
    BOOST_TEST(got[5] == 10);
}

BOOST_AUTO_TEST_CASE(a_bool_holds_only_false_or_true) {
    ring.write(std::uint8_t{2});
    const bool value = ring.read<bool>();
    BOOST_TEST(static_cast<int>(value) == 1);
    ring.write(std::array<std::uint8_t, 3>{0, 255, 1});
    std::array<bool, 3> values{};
    BOOST_TEST(ring.read(values) == 3U);
    unsigned char bits[3];
    std::memcpy(bits, values.data(), 3);
    BOOST_TEST(bits[0] == 0);
    BOOST_TEST(bits[1] == 1);
}

BOOST_AUTO_TEST_CASE(empty_is_nothing_in_every_way) {
    const auto steady = std::chrono::steady_clock::now();
    int value = 0;
    std::vector<int> range(4);
    BOOST_TEST(!ring.try_read<int>());
    BOOST_TEST(!ring.try_read_for<int>(1ms));
    BOOST_TEST(!ring.try_read_until<int>(steady));
    BOOST_TEST(!ring.try_read(value));
    BOOST_TEST(!ring.try_read_for(value, 1ms));
    BOOST_TEST(!ring.try_read_until(value, steady));
    BOOST_TEST(!ring.try_read(range));
    BOOST_TEST(!ring.try_read_for(range, 1ms));
    BOOST_TEST(!ring.try_read_until(range, steady));
    BOOST_TEST(!ring.try_read(&value, sizeof value));
    BOOST_TEST(!ring.try_read_for(&value, sizeof value, 1ms));
    BOOST_TEST(!ring.try_read_until(&value, sizeof value, steady));
    BOOST_TEST(!ring.try_claim_read());
    BOOST_TEST(!ring.try_claim_read_for(1ms));
    BOOST_TEST(!ring.try_claim_read_until(steady));
}

// A peer wrote a size that no node has: nobody reads beyond it, and the message can be taken away.
BOOST_AUTO_TEST_CASE(a_size_that_cannot_be_is_corrupted) {
    ring.write(1);
    const segment_view view(ring.name());
    for (const std::uint32_t size : {17U, 0x7fffffffU, 0xffffffffU}) {
        view.lines()[0].size.store(size);
        std::vector<std::byte> room(1000);
        TEST_THROWS(corrupted, ring.read(room));
        TEST_THROWS(corrupted, ring.read<int>());
        TEST_THROWS(corrupted, ring.read([](boost::span<const std::byte>) {}));
        TEST_THROWS(corrupted, ring.claim_read());
    }
    BOOST_TEST(ring.discard());
    ring.write(2);
    BOOST_TEST(ring.read<int>() == 2);
}

BOOST_AUTO_TEST_SUITE_END()
