// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// FAULTS C5: what a type looks like, as a number.

#include "shaped_types.hpp"
#include "support.hpp"

#include <shared_memory/shareable.hpp>

#include <bitset>
#include <complex>
#include <optional>
#include <ratio>
#include <tuple>

namespace smd = shared_memory::detail;
using namespace shaped_types;

namespace {

template <class A, class B>
bool same() {
    return smd::shape_of<A>() == smd::shape_of<B>();
}

struct c_array {
    char text[8];
};
struct std_array {
    std::array<char, 8> text;
};
struct longer {
    char text[9];
};
struct unsigned_text {
    std::uint8_t text[8];
};
struct int_first {
    std::int32_t a;
    float b;
};
struct float_first {
    float a;
    std::int32_t b;
};
struct flat {
    std::int32_t a, b, c;
};
struct in_two {
    struct {
        std::int32_t a, b;
    } first;
    std::int32_t c;
};
struct gap {
    std::int32_t a;
    alignas(8) std::int32_t b;
};
struct no_gap {
    std::int32_t a;
    std::int32_t b;
    std::int32_t c[2];
};
struct with_bool {
    bool a;
};
struct with_byte {
    std::uint8_t a;
};
struct with_enum {
    std::byte a;
};

class vouched {
public:
    vouched() = default;
    int sum() const { return a_ + b_; }

private:
    int a_ = 0, b_ = 0;
};
SHARED_MEMORY_SHAREABLE(vouched)
struct with_vouched {
    vouched a;
    float b;
};
struct with_integers {
    std::int32_t a[2];
    float b;
};

} // namespace

// Every compiler, and every build, has these numbers: .ci/run builds this by gcc, clang and for
// Windows, with and without optimisation, and build/bits32.cpp for 32 bits.
BOOST_AUTO_TEST_CASE(the_numbers_are_the_same_everywhere) {
    BOOST_TEST(all() == std::string(R"(bool 1 1 581cd0fa58d99645
char 1 1 72184407c3a4ac6
int32 4 4 aa312f255b6c6c63
uint64 8 8 cef46dc9cb8ecdae
double 8 8 43fe00e16c255469
colour 2 2 3b1f40e317747f62
plain 4 4 7914cef52d5313a4
doubles 16 8 b346b1e5ee2629f8
numbers 16 8 6ea2af26c0ab0d38
named 36 4 866520a7e4a04363
nested 152 8 42aeade3264bad4f
aligned 32 32 739cc0da06cc4f65
of_standard 24 8 4b1c679b652c4715
array 180 4 bd8272568bd8ace0
)"));
}

BOOST_AUTO_TEST_CASE(names_do_not_count) {
    BOOST_TEST((same<c_array, std_array>()));
    BOOST_TEST((same<long long, std::int64_t>()));
    BOOST_TEST((same<int_first, std::pair<int, float>>()));
    BOOST_TEST((same<doubles[3], std::array<doubles, 3>>()));
    BOOST_TEST((same<std::complex<double>, double[2]>()));
    BOOST_TEST((same<std::atomic<int>, int>()));
    BOOST_TEST((same<const doubles, doubles>()));
}

BOOST_AUTO_TEST_CASE(what_differs_in_memory_differs) {
    BOOST_TEST(!(same<doubles, numbers>()));
    BOOST_TEST(!(same<c_array, longer>()));
    BOOST_TEST(!(same<int_first, float_first>()));
    BOOST_TEST(!(same<flat, in_two>()));
    BOOST_TEST(!(same<gap, no_gap>()));
    BOOST_TEST(!(same<with_bool, with_byte>()));
    BOOST_TEST(!(same<with_byte, with_enum>()));
    BOOST_TEST(!(same<int, unsigned>()));
    BOOST_TEST(!(same<int, float>()));
    BOOST_TEST(!(same<colour, std::uint16_t>()));
    BOOST_TEST(!(same<int[4], int[2][2]>()));
    BOOST_TEST(!(same<std::optional<int>, std::pair<int, int>>()));
    BOOST_TEST(!(same<std::chrono::duration<int, std::milli>, std::chrono::duration<int>>()));
    BOOST_TEST(!(same<std::bitset<64>, std::uint64_t>()));
    BOOST_TEST((same<c_array, unsigned_text>()) == !std::is_signed_v<char>);
}

BOOST_AUTO_TEST_CASE(a_class_that_is_vouched_for_is_not_looked_into) {
    BOOST_TEST(smd::shape_of<vouched>() == 0U);
    BOOST_TEST(smd::shape_of<with_vouched>() != 0U);
    BOOST_TEST(!(same<with_vouched, with_integers>()));
}

BOOST_AUTO_TEST_CASE(alignments_are_those_of_64_bits) {
    BOOST_TEST(smd::alignment_of<std::uint64_t>() == 8U);
    BOOST_TEST(smd::alignment_of<double>() == 8U);
    BOOST_TEST(smd::alignment_of<numbers>() == 8U);
    BOOST_TEST(smd::alignment_of<numbers[2]>() == 8U);
    BOOST_TEST(smd::alignment_of<aligned>() == 32U);
    BOOST_TEST(smd::alignment_of<named>() == 4U);
    BOOST_TEST((smd::alignment_of<std::pair<char, double>>() == 8U));
    BOOST_TEST((smd::alignment_of<std::array<double, 2>>() == 8U));
    BOOST_TEST(smd::alignment_of<of_standard>() == 8U);
}

// Only addresses in it are used.
BOOST_AUTO_TEST_CASE(a_large_type_takes_no_stack) {
    using large = std::array<doubles, (256U << 20U) / sizeof(doubles)>;
    BOOST_TEST(smd::shape_of<large>() != 0U);
}
