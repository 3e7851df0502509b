// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// shared_array: elements, ranges and finding them, through two handles and between processes. Its
// lock is tested in test/lock.

#include "locks_support.hpp"

#include <shared_memory/buffer_read_write.hpp>
#include <shared_memory/shared_array.hpp>
#include <shared_memory/shared_buffer.hpp>

#include <boost/core/span.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace sm = shared_memory;
using namespace locks_test;
using test_support::child;
using test_support::unique_name;

namespace {

constexpr std::size_t minus_one = std::numeric_limits<std::size_t>::max();

struct person {
    std::array<char, 32> name;
    std::int32_t age;
    std::array<double, 3> place;
};

struct old_style {
    char text[16];
    int number;
};

struct point {
    std::int32_t x, y;
    friend bool operator==(const point& a, const point& b) { return a.x == b.x && a.y == b.y; }
};
struct size2d {
    std::int32_t width, height;
};
struct alignas(64) line {
    std::uint64_t words[8];
};
struct named_at_length {
    int number;
};

person make_person(int i) {
    person p{};
    std::snprintf(p.name.data(), p.name.size(), "number %d", i);
    p.age = i;
    p.place = {i + 0.25, i + 0.5, i + 0.75};
    return p;
}
bool is_person(const person& p, int i) {
    const person expected = make_person(i);
    return p.name == expected.name && p.age == expected.age && p.place == expected.place;
}

} // namespace

template <>
struct shared_memory::type_tag<point> {
    static std::string value() { return "point"; }
};
template <>
struct shared_memory::type_tag<size2d> {
    static std::string value() { return "size2d"; }
};
template <>
struct shared_memory::type_tag<named_at_length> {
    static std::string value() { return std::string(63, 'n'); }
};

// ---- Elements

BOOST_AUTO_TEST_CASE(starts_as_zero_and_is_seen_by_the_other_handle) {
    const auto name = unique_name("a");
    sm::shared_array<int> a(sm::create_only, name, 10);
    BOOST_TEST(a.size() == 10U);
    BOOST_TEST(!a.empty());
    BOOST_TEST(a.buffer_size() == 40U);
    BOOST_TEST(std::count(a.begin(), a.end(), 0) == 10);
    a[0] = 123;
    a[4] = 456;
    a.at(9) = 789;
    sm::shared_array<int> b(sm::open_only, name);
    BOOST_TEST(b.size() == 10U);
    BOOST_TEST(b[0] == 123);
    BOOST_TEST(b.at(4) == 456);
    BOOST_TEST(b.back() == 789);
    b.front() = 5;
    b.write(6, 1);
    BOOST_TEST(a.read(0) == 5);
    BOOST_TEST(a[1] == 6);
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(a.data()) % 4096 == 0U);
}

BOOST_AUTO_TEST_CASE(index_out_of_range_throws_and_changes_nothing) {
    sm::shared_array<int> a(sm::create_only, unique_name("a"), 3);
    a.fill(7);
    for (const std::size_t index : {std::size_t{3}, std::size_t{4}, minus_one, minus_one / 4}) {
        BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { a.at(index); }, {"3 elements"}));
        BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { a.at(index) = 1; }));
        BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { a.read(index); }));
        BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { a.write(1, index); }));
        std::vector<int> two{1, 2};
        BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { a.write(two, index); }));
        BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { a.read(two, index); }));
        BOOST_TEST(two == (std::vector<int>{1, 2}));
    }
    BOOST_TEST(std::count(a.begin(), a.end(), 7) == 3);
    BOOST_TEST(a.at(2) == 7);
}

BOOST_AUTO_TEST_CASE(complex_structs) {
    const auto name = unique_name("a");
    sm::shared_array<person> a(sm::create_only, name, 100);
    sm::shared_array<person> b(sm::open_only, name);
    for (int i = 0; i != 100; ++i)
        a[static_cast<std::size_t>(i)] = make_person(i);
    for (int i = 0; i != 100; ++i) {
        BOOST_TEST(is_person(b[static_cast<std::size_t>(i)], i));
        BOOST_TEST(is_person(b.read(static_cast<std::size_t>(i)), i));
    }
    b.write(make_person(7), 99);
    BOOST_TEST(is_person(a[99], 7));
}

BOOST_AUTO_TEST_CASE(a_struct_with_a_c_array) {
    const auto name = unique_name("a");
    sm::shared_array<old_style> a(sm::create_only, name, 2);
    old_style one{"hello", 1};
    a.write(one, 1);
    sm::shared_array<old_style> b(sm::open_only, name);
    BOOST_TEST(std::strcmp(b[1].text, "hello") == 0);
    BOOST_TEST(b.read(1).number == 1);
}

BOOST_AUTO_TEST_CASE(elements_that_are_arrays_or_aligned) {
    sm::shared_array<std::array<int, 3>> a(sm::create_only, unique_name("a"), 4);
    a.write(std::array<int, 3>{1, 2, 3}, 2); // one element, not a range of ints
    BOOST_TEST(a[2][1] == 2);
    sm::shared_array<line> b(sm::create_only, unique_name("b"), 3);
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(&b[1]) % 64 == 0U);
}

BOOST_AUTO_TEST_CASE(bools_are_true_or_false_whatever_the_memory_holds) {
    const auto name = unique_name("a");
    sm::shared_array<bool> a(sm::create_only, name, 3);
    std::memset(static_cast<void*>(a.data()), 0xff, 2);
    BOOST_TEST(a.read(0) == true);
    std::array<bool, 3> all{};
    a.read(all);
    std::array<unsigned char, 3> raw{};
    std::memcpy(raw.data(), all.data(), 3);
    BOOST_TEST(raw == (std::array<unsigned char, 3>{1, 1, 0}));
}

// ---- Ranges

BOOST_AUTO_TEST_CASE(iterates_in_order) {
    sm::shared_array<int> a(sm::create_only, unique_name("a"), 1000);
    std::iota(a.begin(), a.end(), 0);
    int expected = 0;
    for (const int x : a)
        BOOST_REQUIRE(x == expected++);
    BOOST_TEST(expected == 1000);
    BOOST_TEST(a.cend() - a.cbegin() == 1000);
}

BOOST_AUTO_TEST_CASE(standard_algorithms_and_spans) {
    sm::shared_array<int> a(sm::create_only, unique_name("a"), 100);
    for (int i = 0; i != 100; ++i)
        a[static_cast<std::size_t>(i)] = (i * 37) % 100;
    BOOST_TEST(std::accumulate(a.begin(), a.end(), 0) == 4950);
    std::sort(a.begin(), a.end());
    BOOST_TEST(std::is_sorted(a.begin(), a.end()));
    BOOST_TEST(a[42] == 42);
    const boost::span<int> s(a);
    BOOST_TEST(s.size() == 100U);
    BOOST_TEST(s.data() == a.data());
    s[3] = -3;
    BOOST_TEST(*std::min_element(a.begin(), a.end()) == -3);
}

BOOST_AUTO_TEST_CASE(ranges_at_an_index) {
    sm::shared_array<int> a(sm::create_only, unique_name("a"), 8);
    const std::vector<int> some{1, 2, 3};
    a.write(some);
    a.write(some, 5);
    int last[2] = {8, 9};
    a.write(boost::span<const int>(last, 2), 3);
    BOOST_TEST(std::vector<int>(a.begin(), a.end()) == (std::vector<int>{1, 2, 3, 8, 9, 1, 2, 3}),
               boost::test_tools::per_element());
    std::array<int, 3> back{};
    a.read(back, 4);
    BOOST_TEST(back == (std::array<int, 3>{9, 1, 2}), boost::test_tools::per_element());
    a.read(boost::span<int>(last), 6);
    BOOST_TEST(last[1] == 3);
    BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { a.write(some, 6); }));
    BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { a.read(back, 6); }));
    BOOST_TEST(a[6] == 2);
    BOOST_TEST(back[0] == 9);
    // none at the very end: nothing to do; behind it: out of range, even so
    a.write(boost::span<const int>(), 8);
    BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { a.write(boost::span<const int>(), 9); }));
}

BOOST_AUTO_TEST_CASE(copies_to_a_range) {
    sm::shared_array<int> a(sm::create_only, unique_name("a"), 3);
    a.write(std::array<int, 3>{1, 2, 3});
    std::vector<int> to(5, 9);
    a.copy_to(to, 1);
    BOOST_TEST(to == (std::vector<int>{9, 1, 2, 3, 9}), boost::test_tools::per_element());
    a.copy_to(to, 2);
    BOOST_TEST(to == (std::vector<int>{9, 1, 1, 2, 3}), boost::test_tools::per_element());
    BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { a.copy_to(to, 3); }));
    BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { a.copy_to(to, minus_one); }));
    BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { a.copy_to(boost::span<int>()); }));
    BOOST_TEST(to == (std::vector<int>{9, 1, 1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(finds_and_fills) {
    sm::shared_array<point> a(sm::create_only, unique_name("a"), 5);
    a.fill({1, 1});
    a[3] = {2, 3};
    BOOST_TEST(a.contains({2, 3}));
    BOOST_TEST(!a.contains({3, 2}));
    BOOST_TEST(a.index_of({2, 3}).value() == 3U);
    BOOST_TEST(a.index_of({1, 1}).value() == 0U);
    BOOST_TEST(!a.index_of({0, 0}).has_value());
    BOOST_TEST((a.find({2, 3}) == a.begin() + 3));
    BOOST_TEST((a.find({0, 0}) == a.end()));
}

// An element may be larger than a stack, and the value may be an element.
BOOST_AUTO_TEST_CASE(fills_with_a_large_element) {
    using large = std::array<char, 12U << 20U>;
    sm::shared_array<large> a(sm::create_only, unique_name("a"), 3);
    const auto value = std::make_unique<large>();
    value->fill('x');
    a.fill(*value);
    BOOST_TEST(a[2].back() == 'x');
    a[1].fill('y');
    a.fill(a[1]);
    BOOST_TEST(a[0].front() == 'y');
    BOOST_TEST(a[1].front() == 'y');
    BOOST_TEST(a[2].back() == 'y');
}

// ---- Opening

BOOST_AUTO_TEST_CASE(opened_with_another_type) {
    const auto name = unique_name("a");
    sm::shared_array<std::int32_t> a(sm::create_only, name, 4);
    using sm::errc;
    BOOST_TEST(fails_with(errc::wrong_type, [&] { sm::shared_array<float> b(sm::open_only, name); },
                          {"int32", "float32"}));
    BOOST_TEST(fails_with(errc::wrong_type,
                          [&] { sm::shared_array<std::uint32_t> b(sm::open_only, name); },
                          {"\"int32\"", "\"uint32\""}));
    BOOST_TEST(fails_with(errc::wrong_type,
                          [&] { sm::shared_array<const float> b(sm::open_read_only, name); },
                          {"int32", "float32"}));
    BOOST_TEST(fails_with(errc::wrong_type,
                          [&] { sm::shared_array<std::int64_t> b(sm::open_only, name); },
                          {"element size 4", "expected 8"}));
    BOOST_TEST(fails_with(errc::wrong_type,
                          [&] { sm::shared_array<float> b(sm::open_or_create, name, 4); }));
    BOOST_TEST(fails_with(errc::wrong_kind, [&] { sm::buffer_read_write b(sm::open_only, name); },
                          {"shared_array", "buffer_read_write"}));
    BOOST_CHECK_NO_THROW(sm::shared_buffer(sm::open_only, name));
}

BOOST_AUTO_TEST_CASE(a_type_tag_of_the_users) {
    const auto name = unique_name("a");
    sm::shared_array<point> a(sm::create_only, name, 4);
    BOOST_TEST(fails_with(sm::errc::wrong_type,
                          [&] { sm::shared_array<size2d> b(sm::open_only, name); },
                          {"\"point\"", "\"size2d\""}));
    BOOST_CHECK_NO_THROW(sm::shared_array<point>(sm::open_only, name));
    const auto longest = unique_name("b");
    sm::shared_array<named_at_length> c(sm::create_only, longest, 1);
    BOOST_CHECK_NO_THROW(sm::shared_array<named_at_length>(sm::open_only, longest));
}

BOOST_AUTO_TEST_CASE(open_or_create_keeps_contents_and_checks_the_length) {
    const auto name = unique_name("a");
    sm::shared_array<int> a(sm::open_or_create, name, 4);
    a[3] = 33;
    BOOST_TEST(a.is_owner());
    sm::shared_array<int> b(sm::open_or_create, name, 4);
    BOOST_TEST(b[3] == 33);
    BOOST_TEST(!b.is_owner());
    BOOST_TEST(fails_with(sm::errc::wrong_type,
                          [&] { sm::shared_array<int> c(sm::open_or_create, name, 5); },
                          {"length 4", "expected 5"}));
}

BOOST_AUTO_TEST_CASE(lengths_that_cannot_be) {
    const auto name = unique_name("a");
    for (const std::uint64_t length : {std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0} / 8,
                                       (~std::uint64_t{0} >> 3U) + 1})
        BOOST_TEST(fails_with(sm::errc::out_of_range,
                              [&] { sm::shared_array<double> a(sm::create_only, name, length); }));
    std::error_code ec;
    sm::shared_array<double> none(sm::create_only, name, 0, ec);
    BOOST_TEST(ec == sm::errc::out_of_range);
    BOOST_TEST(!none.is_open());
    sm::shared_array<double> missing(sm::open_only, name, ec);
    BOOST_TEST(ec == sm::errc::not_found);
    BOOST_TEST(fails_with(sm::errc::closed, [&] { missing.at(0); }));
}

BOOST_AUTO_TEST_CASE(an_array_of_const_only_looks) {
    const auto name = unique_name("a");
    sm::shared_array<int> a(sm::create_only, name, 3);
    a.write(std::array<int, 3>{1, 2, 3});
    sm::shared_array<const int> b(sm::open_read_only, name);
    static_assert(std::is_same_v<decltype(b[0]), const int&>);
    BOOST_TEST(b.is_read_only());
    BOOST_TEST(!a.is_read_only());
    BOOST_TEST(std::accumulate(b.begin(), b.end(), 0) == 6);
    BOOST_TEST(b.read(2) == 3);
    BOOST_TEST(b.index_of(2).value() == 1U);
    std::vector<int> copy(3);
    b.copy_to(copy);
    BOOST_TEST(copy[0] == 1);
    BOOST_TEST(fails_with(sm::errc::out_of_range, [&] { b.at(3); }));
    a[1] = 22;
    BOOST_TEST(b[1] == 22);
    BOOST_TEST(a.participants().size() == 1U); // it is none
}

BOOST_AUTO_TEST_CASE(handles_move_swap_and_close) {
    const auto name = unique_name("a");
    sm::shared_array<int> a;
    BOOST_TEST(fails_with(sm::errc::closed, [&] { a.size(); }));
    a = sm::shared_array<int>(sm::create_only, name, 2);
    sm::shared_array<int> b(sm::open_only, name);
    b[0] = 1;
    using std::swap;
    swap(a, b);
    BOOST_TEST(b.is_owner());
    sm::shared_array<int> c(std::move(b));
    BOOST_TEST(!b.is_open());
    BOOST_TEST(c[0] == 1);
    a.close();
    BOOST_TEST(fails_with(sm::errc::closed, [&] { a.write(1, 0); }));
    BOOST_TEST(fails_with(sm::errc::closed, [&] { a.read(0); }));
}

// ---- Between processes

SHARED_MEMORY_TEST_ROLE(doubler) {
    sm::shared_array<person> a(sm::open_only, args.at(0));
    for (person& p : a)
        p = make_person(2 * p.age);
    a.write(make_person(-1), 0);
    return 0;
}

SHARED_MEMORY_TEST_ROLE(other_type) {
    sm::shared_array<float> a(sm::open_only, args.at(0));
    return 0;
}

BOOST_AUTO_TEST_CASE(another_process_reads_and_writes) {
    const auto name = unique_name("a");
    sm::shared_array<person> a(sm::create_only, name, 10);
    for (int i = 0; i != 10; ++i)
        a[static_cast<std::size_t>(i)] = make_person(i);
    BOOST_TEST(child("doubler", {name}).wait() == 0);
    BOOST_TEST(is_person(a[0], -1));
    for (int i = 1; i != 10; ++i)
        BOOST_TEST(is_person(a[static_cast<std::size_t>(i)], 2 * i));
    BOOST_TEST(child("other_type", {name}).wait() == 99); // it threw
}
