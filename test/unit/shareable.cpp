// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What must not compile is in test/build/compile_fail/.

#include "support.hpp"

#include <shared_memory/shareable.hpp>

#include <array>
#include <atomic>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/core/span.hpp>

namespace sm = shared_memory;

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
struct shared_memory::is_shareable<with_array> : std::true_type {};
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
}

BOOST_AUTO_TEST_CASE(pointers_and_references_are_not) {
    CHECK_TYPE(no<int*> && no<void*> && no<char const*> && no<std::nullptr_t>);
    CHECK_TYPE(no<int&> && no<int&&> && no<int (*)(int)> && no<int point::*>);
    CHECK_TYPE(no<void> && no<int()>);
    CHECK_TYPE(no<int* [3]> && (no<std::array<int*, 3>>));
    CHECK_TYPE(no<with_pointer> && no<deep_pointer> && no<with_function>);
    CHECK_TYPE(no<with_member_pointer> && no<with_view>);
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
    CHECK_TYPE(no<volatile int> && no<either>);
}

BOOST_AUTO_TEST_CASE(only_trivially_copyable_ones_are) {
    CHECK_TYPE(no<with_user_copy>);
    CHECK_TYPE(sm::is_shareable<with_string>::value && no<with_string>);
}

BOOST_AUTO_TEST_CASE(said_to_be_by_their_author) {
    CHECK_TYPE(yes<private_numbers> && private_numbers().sum() == 3);
    CHECK_TYPE(yes<with_array> && (yes<std::array<with_array, 2>>)&&yes<const with_array>);
    SHARED_MEMORY_ASSERT_SHAREABLE(with_array);
    SHARED_MEMORY_ASSERT_SHAREABLE(std::array<int, 2>); // a comma in the argument
}
