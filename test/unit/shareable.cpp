// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What must not compile is in test/build/compile_fail/.

#include "support.hpp"

#include <shared_memory/buffer_read_write.hpp>
#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/shareable.hpp>
#include <shared_memory/shared_array.hpp>

#include <array>
#include <atomic>
#include <bitset>
#include <chrono>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/core/span.hpp>

namespace sm = shared_memory;
using test_support::unique_name;

namespace {

enum class colour { red, green };
enum plain { one, two };

struct empty {};
struct point {
    int x;
    double y;
};
struct nested {
    point where;
    std::array<point, 3> path;
    colour c;
    std::byte raw;
    const int fixed;
};
struct with_pointer {
    int x;
    int* p;
};
struct deep_pointer {
    point where;
    std::array<with_pointer, 2> inner;
};
struct with_function {
    int (*f)(int);
};
struct with_member_pointer {
    int point::*m;
};
struct with_view {
    int id;
    std::string_view text;
};
struct with_string {
    std::string text;
};
struct with_user_copy {
    int x = 0;
    with_user_copy(with_user_copy const& other) : x(other.x) {}
    with_user_copy& operator=(with_user_copy const&) = default;
};
struct with_virtual {
    virtual ~with_virtual() = default;
    int x = 0;
};
class private_pointer {
public:
    int* get() const { return p_; }

private:
    int* p_ = nullptr;
};
class private_numbers { // could be shared, but only its author can know
public:
    int sum() const { return a_ + b_; }

private:
    int a_ = 1;
    int b_ = 2;
};
struct with_array {
    char text[16];
    int length;
};
struct with_reference {
    int id;
    int& value;
};
struct base {
    int a;
};
struct derived : base {
    int b;
};
class price {
public:
    explicit price(int cents) : cents_(cents) {}
    int cents() const { return cents_; }

private:
    int cents_;
};
SHARED_MEMORY_SHAREABLE(price)
struct order {
    price each;
    char symbol[8];
};
union either {
    int i;
    float f;
};

template <class T>
constexpr bool yes = sm::is_shareable_v<T>;
template <class T>
constexpr bool no = !sm::is_shareable_v<T>;

} // namespace

template <>
struct shared_memory::is_shareable<private_numbers> : std::true_type {};
template <>
struct shared_memory::is_shareable<with_string> : std::true_type {}; // a lie

#define CHECK_TYPE(...) BOOST_TEST((__VA_ARGS__), #__VA_ARGS__)

BOOST_AUTO_TEST_CASE(plain_values_are) {
    CHECK_TYPE(yes<bool> && yes<char> && yes<wchar_t> && yes<char32_t>);
    CHECK_TYPE(yes<int> && yes<std::uint64_t> && yes<float> && yes<long double>);
    CHECK_TYPE(yes<colour> && yes<plain> && yes<std::byte>);
    CHECK_TYPE(yes<const int> && yes<const point>);
}

BOOST_AUTO_TEST_CASE(arrays_and_aggregates_of_them_are) {
    CHECK_TYPE(yes<int[3]> && yes<const int[3]> && yes<int[3][4]> && yes<point[2]>);
    CHECK_TYPE((yes<std::array<int, 3>>)&&(yes<std::array<point, 0>>));
    CHECK_TYPE(yes<empty> && yes<point> && yes<nested>);
    CHECK_TYPE(yes<with_array> && yes<with_array[2]> && (yes<std::array<with_array, 2>>));
}

BOOST_AUTO_TEST_CASE(values_of_the_standard_library_are) {
    CHECK_TYPE((yes<std::pair<int, with_array>>)&&(yes<std::tuple<int, point>>));
    CHECK_TYPE(yes<std::optional<point>> && yes<std::complex<double>> && yes<std::bitset<70>>);
    CHECK_TYPE(yes<std::chrono::nanoseconds> && yes<std::chrono::steady_clock::time_point>);
    CHECK_TYPE(yes<std::atomic<int>> && yes<std::atomic_flag>);
    CHECK_TYPE((no<std::pair<int, int*>>)&&(no<std::tuple<int&>>)&&no<std::optional<int*>>);
    CHECK_TYPE(no<std::atomic<int*>> && no<std::atomic<nested>>);
}

BOOST_AUTO_TEST_CASE(pointers_and_references_are_not) {
    CHECK_TYPE(no<int*> && no<void*> && no<char const*> && no<std::nullptr_t>);
    CHECK_TYPE(no<int&> && no<int&&> && no<int (*)(int)> && no<int point::*>);
    CHECK_TYPE(no<void> && no<int()>);
    CHECK_TYPE(no<int* [3]> && (no<std::array<int*, 3>>));
    CHECK_TYPE(no<with_pointer> && no<deep_pointer> && no<with_function>);
    CHECK_TYPE(no<with_member_pointer> && no<with_view> && no<with_reference>);
}

BOOST_AUTO_TEST_CASE(what_may_hide_one_is_not) {
    int local = 1;
    auto const by_reference = [&] { return local; };
    auto const by_value = [local] { return local; };
    CHECK_TYPE(no<decltype(by_reference)> && no<decltype(by_value)>);
    CHECK_TYPE(by_reference() == by_value());
    CHECK_TYPE(no<boost::span<int>> && no<std::string_view> && no<std::reference_wrapper<int>>);
    CHECK_TYPE(no<private_pointer> && private_pointer().get() == nullptr);
    CHECK_TYPE(no<with_virtual> && no<std::unique_ptr<int>> && no<std::vector<int>>);
    CHECK_TYPE(no<std::string> && (no<std::function<void()>>));
    CHECK_TYPE(no<volatile int> && no<either> && no<derived>);
}

BOOST_AUTO_TEST_CASE(only_trivially_copyable_ones_are) {
    CHECK_TYPE(no<with_user_copy>);
    CHECK_TYPE(sm::is_shareable<with_string>::value && no<with_string>);
}

// Values go there and come back whole, also those whose type has no default constructor.
BOOST_AUTO_TEST_CASE(they_are_written_and_read) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 4, 64);
    ring.write(with_array{"sixteen letters", 15});
    with_array const text = ring.read<with_array>();
    BOOST_TEST(std::string(text.text) == "sixteen letters");
    BOOST_TEST(text.length == 15);
    ring.write(order{price(250), "SHARES!"});
    order const bought = ring.read<order>();
    BOOST_TEST(bought.each.cents() == 250);
    BOOST_TEST(std::string(bought.symbol) == "SHARES!");
    ring.write(std::pair<int, double>(1, 2.5));
    BOOST_TEST((ring.read<std::pair<int, double>>() == std::pair<int, double>(1, 2.5)));
    ring.write(std::tuple<char, int, order>('a', 2, bought));
    BOOST_TEST(std::get<2>(ring.read<std::tuple<char, int, order>>()).each.cents() == 250);
    ring.write(std::chrono::milliseconds(7));
    BOOST_TEST(ring.read<std::chrono::milliseconds>().count() == 7);
    ring.write(std::optional<price>(price(3)));
    BOOST_TEST(ring.read<std::optional<price>>()->cents() == 3);

    sm::buffer_read_write buffer(sm::create_only, unique_name("buffer"), 64);
    buffer.write(price(99), 1);
    BOOST_TEST(buffer.read<price>(1).cents() == 99);
    sm::shared_array<order> orders(sm::create_only, unique_name("array"), 3);
    orders.write(bought, 2);
    BOOST_TEST(orders.read(2).each.cents() == 250);
    BOOST_TEST(orders.read(1).each.cents() == 0);
}

BOOST_AUTO_TEST_CASE(atomics_are_used_where_they_lie) {
    std::string const name = unique_name("counters");
    sm::shared_array<std::atomic<int>> counters(sm::create_only, name, 3);
    sm::shared_array<std::atomic<int>> others(sm::open_only, name);
    std::thread adder([&] {
        for (int i = 0; i != 10000; ++i)
            ++others[1];
    });
    for (int i = 0; i != 10000; ++i)
        counters[1].fetch_add(1);
    adder.join();
    BOOST_TEST(counters.at(1).load() == 20000);
    BOOST_TEST(counters[0].load() == 0);
    BOOST_TEST(counters.contains(20000));
}

BOOST_AUTO_TEST_CASE(said_to_be_by_their_author) {
    CHECK_TYPE(yes<private_numbers> && private_numbers().sum() == 3);
    CHECK_TYPE(yes<price> && (yes<std::array<price, 2>>)&&yes<const price> && yes<order>);
    SHARED_MEMORY_ASSERT_SHAREABLE(with_array);
    SHARED_MEMORY_ASSERT_SHAREABLE(price);
    SHARED_MEMORY_ASSERT_SHAREABLE(std::array<int, 2>); // a comma in the argument
}
