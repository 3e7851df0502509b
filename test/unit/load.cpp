// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What a read makes of bytes that no bool may have: alone, in arrays and in aggregates.

#include "support.hpp"

#include <shared_memory/buffer_read_write.hpp>
#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/detail/load.hpp>
#include <shared_memory/shared_array.hpp>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace sm = shared_memory;
using test_support::unique_name;

namespace {

enum class colour : std::uint8_t { red, green };

struct flags {
    bool first;
    std::uint8_t number;
    std::array<bool, 2> pair;
    friend bool operator==(const flags& a, const flags& b) {
        return a.first == b.first && a.number == b.number && a.pair == b.pair;
    }
};
enum class answer : bool { no, yes };
struct deep {
    colour c;
    std::array<flags, 2> both;
    const bool fixed;
};
struct plain {
    int x;
    colour c;
};
struct empty {};
struct vouched_for { // not looked into, since its author speaks for it
    bool flag[2];
    std::uint8_t number;
};

struct of_the_library {
    std::uint8_t number;
    std::optional<bool> maybe[2];
    std::pair<std::uint8_t, bool> pair;
    std::tuple<bool, answer> tuple;
    bool rows[2][2];
};

template <class T>
using raw = std::array<std::uint8_t, sizeof(T)>;
template <class T>
raw<T> raw_of(const T& value) {
    raw<T> bytes;
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

constexpr raw<flags> scribbled{2, 2, 0, 255};
constexpr raw<flags> right{1, 2, 0, 1};
constexpr raw<deep> scribbled_deep{7, 2, 2, 0, 255, 0, 3, 4, 1, 128};
constexpr raw<deep> right_deep{7, 1, 2, 0, 1, 0, 3, 1, 1, 1};

} // namespace

template <>
struct shared_memory::is_shareable<vouched_for> : std::true_type {};

#define CHECK_TYPE(...) BOOST_TEST((__VA_ARGS__), #__VA_ARGS__)

BOOST_AUTO_TEST_CASE(which_types_hold_a_bool) {
    using sm::detail::holds_bool_v;
    CHECK_TYPE(holds_bool_v<bool> && holds_bool_v<const bool> && holds_bool_v<bool[2][3]>);
    CHECK_TYPE((holds_bool_v<std::array<bool, 2>>)&&(holds_bool_v<std::array<deep, 2>>));
    CHECK_TYPE(holds_bool_v<flags> && holds_bool_v<const flags> && holds_bool_v<deep>);
    CHECK_TYPE(!holds_bool_v<int> && !holds_bool_v<colour> && !holds_bool_v<std::byte>);
    CHECK_TYPE(!holds_bool_v<plain> && !holds_bool_v<empty> && !holds_bool_v<plain[2]>);
    CHECK_TYPE(!holds_bool_v<vouched_for>);
    CHECK_TYPE(holds_bool_v<of_the_library> && holds_bool_v<std::optional<int>>);
    CHECK_TYPE((holds_bool_v<std::pair<int, bool>>)&&(!holds_bool_v<std::pair<int, int>>));
    CHECK_TYPE((holds_bool_v<std::tuple<int, flags>>)&&(!holds_bool_v<std::tuple<int, plain>>));
    CHECK_TYPE(!holds_bool_v<std::chrono::seconds> && !holds_bool_v<std::atomic<bool>>);
}

// Each bool is 0, 1, or what a process scribbled there, in a class of the standard library too: an
// optional's own, which says that it has a value, is found where the optional keeps it.
BOOST_AUTO_TEST_CASE(in_classes_of_the_standard_library) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 4, 64);
    of_the_library const wanted{
        9, {true, std::nullopt}, {7, true}, {true, answer::yes}, {{true, false}, {false, true}}};
    raw<of_the_library> bytes = raw_of(wanted);
    int changed = 0;
    for (auto& byte : bytes)
        if (byte == 1) {
            byte = static_cast<std::uint8_t>(0x7f + 2 * changed);
            ++changed;
        }
    BOOST_TEST(changed == 7); // what maybe[0] holds, that it does; pair, tuple twice, rows twice
    ring.write(bytes);
    of_the_library const got = ring.read<of_the_library>();
    BOOST_TEST(raw_of(got) == raw_of(wanted));
    BOOST_TEST((got.maybe[0] == true && !got.maybe[1].has_value() && got.pair == wanted.pair));
    BOOST_TEST((got.tuple == wanted.tuple));

    sm::buffer_read_write buffer(sm::create_only, unique_name("buffer"), 64);
    std::optional<flags> const none;
    raw<std::optional<flags>> scribbled_none = raw_of(none);
    scribbled_none.fill(3);
    buffer.write(scribbled_none);
    std::optional<flags> const some = buffer.read<std::optional<flags>>();
    BOOST_REQUIRE(some.has_value());
    BOOST_TEST(raw_of(*some) == (raw<flags>{1, 3, 1, 1}));
}

BOOST_AUTO_TEST_CASE(copied_from_a_ring) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 4, 64);
    ring.write(scribbled);
    BOOST_TEST(raw_of(ring.read<flags>()) == right);
    ring.write(scribbled_deep);
    BOOST_TEST(raw_of(*ring.try_read<deep>()) == right_deep);
    ring.write(scribbled);
    flags into{};
    ring.read(into);
    BOOST_TEST(raw_of(into) == right);

    std::array<raw<flags>, 3> const several{scribbled, right, scribbled};
    std::vector<flags> range(3);
    ring.write(several);
    BOOST_TEST(ring.read(range) == 3U);
    for (const flags& one : range)
        BOOST_TEST(raw_of(one) == right);
    range.assign(6, flags{});
    ring.write(several);
    ring.write(several);
    BOOST_TEST(ring.read_some(range) == 6U);
    for (const flags& one : range)
        BOOST_TEST(raw_of(one) == right);

    ring.write(std::uint8_t{100});
    BOOST_TEST((ring.read<answer>() == answer::yes));
    bool rows[2][3] = {};
    ring.write(std::array<std::uint8_t, 6>{0, 1, 2, 3, 255, 0});
    BOOST_TEST(ring.read(rows) == 2U);
    BOOST_TEST(raw_of(rows) == (raw<bool[2][3]>{0, 1, 1, 1, 1, 0}));
}

BOOST_AUTO_TEST_CASE(copied_from_a_buffer) {
    const std::string name = unique_name("buffer");
    sm::buffer_read_write buffer(sm::create_only, name, 64);
    const sm::buffer_read_write looking(sm::open_read_only, name); // copies in another way
    buffer.write(scribbled_deep, 3);
    for (const sm::buffer_read_write* b : {&std::as_const(buffer), &looking}) {
        BOOST_TEST(raw_of(b->read<std::array<flags, 2>>(4)) ==
                   (raw<flags[2]>{1, 2, 0, 1, 0, 3, 1, 1}));
        flags range[2] = {};
        b->read(range, 4);
        BOOST_TEST(raw_of(range) == (raw<flags[2]>{1, 2, 0, 1, 0, 3, 1, 1}));
        BOOST_TEST(raw_of(b->read<bool>(12)) == raw<bool>{1});
        BOOST_TEST(raw_of(b->read<vouched_for>(4)) == (raw<vouched_for>{2, 2, 0})); // as it is
    }
}

BOOST_AUTO_TEST_CASE(copied_from_an_array_and_found_in_it) {
    const std::string name = unique_name("array");
    sm::shared_array<flags> array(sm::create_only, name, 3);
    const sm::shared_array<const flags> looking(sm::open_read_only, name);
    std::memcpy(static_cast<void*>(array.data() + 1), scribbled.data(), sizeof(flags));
    flags wanted{};
    std::memcpy(static_cast<void*>(&wanted), right.data(), sizeof wanted);
    BOOST_TEST(raw_of(array.read(1)) == right);
    BOOST_TEST(raw_of(looking.read(1)) == right);
    std::array<flags, 3> all{};
    array.copy_to(all);
    BOOST_TEST(raw_of(all[1]) == right);
    looking.read(all);
    BOOST_TEST(raw_of(all[1]) == right);

    BOOST_TEST((array.index_of(wanted) == 1U));
    BOOST_TEST((looking.index_of(wanted) == 1U));
    BOOST_TEST(array.contains(wanted));
    BOOST_TEST((array.find(wanted) == array.begin() + 1));
    BOOST_TEST(raw_of(array[1]) == scribbled); // in place: as it is

    sm::shared_array<bool> bools(sm::create_only, unique_name("bools"), 4);
    std::memset(static_cast<void*>(bools.data()), 0, 4);
    std::memset(static_cast<void*>(bools.data() + 2), 6, 1);
    BOOST_TEST((bools.index_of(true) == 2U));
    BOOST_TEST(raw_of(bools.read(2)) == raw<bool>{1});
}
