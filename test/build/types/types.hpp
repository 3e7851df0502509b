// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Types that a program may want to share: see accepted.cpp and refused.cpp.

#ifndef SHARED_MEMORY_TEST_BUILD_TYPES_HPP
#define SHARED_MEMORY_TEST_BUILD_TYPES_HPP

#include <shared_memory/shared_memory.hpp>

#include <array>
#include <atomic>
#include <bitset>
#include <chrono>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#if defined(__unix__)
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/time.h>
#endif

// The warnings are about what the types are: with anonymous structs, with an assignment.
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wdeprecated-copy"

// ---- Accepted -------------------------------------------------------------------------------------

namespace good {

enum class colour : int { red, green };
enum plain { one, two };
enum class answer : bool { no, yes };

struct empty {};
struct message {
    int id;
    char name[32];
};
struct matrix {
    double rows[3][3];
};
struct matrices {
    matrix all[2];
    message last;
};
struct point {
    double x, y, z;
};
struct path {
    std::array<point, 16> points;
    int count;
};
struct text {
    std::array<char, 64> name;
    unsigned char data[16];
};
struct with_enums {
    colour c;
    plain p;
    answer a;
    bool b;
};
struct with_const {
    const int a;
    const point b[2];
};
struct with_defaults {
    int a = 7;
    double b = 1.5;
    char t[4] = "abc";
};
struct with_long_double {
    long double a;
    int b;
};
#if defined(__SIZEOF_INT128__)
struct with_int128 {
    __extension__ __int128 a;
};
#endif
struct alignas(128) aligned {
    int a;
};
struct aligned_members {
    alignas(64) int a;
    alignas(64) int b;
};
struct with_time {
    std::chrono::steady_clock::time_point at;
    std::chrono::milliseconds span;
    timespec c_time;
};
struct with_pair {
    std::pair<int, bool> p;
    std::tuple<int, char, message> t;
};
struct with_optional {
    std::optional<int> a;
    std::optional<message> b;
    std::optional<std::pair<int, int>> c;
};
struct with_complex {
    std::complex<float> a[4];
    std::bitset<70> b;
};
struct unnamed_member {
    int k;
    struct {
        int x, y;
    } position;
};
typedef struct {
    int x;
    char s[8];
} c_style;
struct empty_members {
    empty a;
    int b;
    empty c[2];
};
struct unnamed_bits { // which are no members
    int a;
    int : 4;
    int b;
};
struct deep {
    struct level1 {
        struct level2 {
            struct level3 {
                char c[3];
            } l[2];
        } l;
        short s;
    } l[3];
};
struct with_std_array_of_arrays {
    std::array<std::array<int, 3>, 2> a[2];
    std::array<int, 0> nothing;
};
struct with_characters {
    char a;
    wchar_t b;
    char16_t c;
    char32_t d[2];
    std::byte e[4];
};
template <class T>
struct of_a_template {
    T value;
    int count;
};

#define FOUR(x) int x##0, x##1, x##2, x##3;
#define TWENTY(x) FOUR(x##0) FOUR(x##1) FOUR(x##2) FOUR(x##3) FOUR(x##4)
struct hundred {
    TWENTY(a) TWENTY(b) TWENTY(c) TWENTY(d) TWENTY(e)
};

class price {
public:
    explicit price(int cents) : cents_(cents) {}
    int cents() const { return cents_; }

private:
    int cents_;
};
SHARED_MEMORY_SHAREABLE(price)
struct order { // without a default constructor, since price has none
    price each;
    char symbol[8];
    int count;
};
struct orders {
    price a, b;
    order last;
};

class by_itself {
public:
    by_itself() = default;
    int value() const { return value_; }
    SHARED_MEMORY_SHAREABLE(by_itself)

private:
    int value_ = 1;
};
struct flags {
    unsigned a : 3;
    bool b : 1;
};
SHARED_MEMORY_SHAREABLE(flags);
union number {
    int i;
    float f;
};
SHARED_MEMORY_SHAREABLE(number)
struct tagged {
    int kind;
    number value;
};
struct base {
    int a;
};
struct derived : base {
    int b;
};
SHARED_MEMORY_SHAREABLE(derived)
template <class T, class U>
struct couple {
    couple() {}
    T a{};
    U b{};
};
SHARED_MEMORY_SHAREABLE(couple<int, char>)

namespace {
struct in_unnamed_namespace {
    int a;
    struct {
        char b[2];
    } c;
};
class private_in_unnamed_namespace {
    int a_ = 0;

public:
    int get() const { return a_; }
};
SHARED_MEMORY_SHAREABLE(private_in_unnamed_namespace)
} // namespace

} // namespace good

namespace elsewhere {
class vouched_for_globally {
    int a_ = 0;

public:
    int get() const { return a_; }
};
struct specialised {
    specialised() {}
    int a = 0;
};
template <class T>
struct specialised_template {
    specialised_template() {}
    T a{};
};
} // namespace elsewhere
SHARED_MEMORY_SHAREABLE(elsewhere::vouched_for_globally)
template <>
struct shared_memory::is_shareable<elsewhere::specialised> : std::true_type {};
template <class T>
struct shared_memory::is_shareable<elsewhere::specialised_template<T>>
    : shared_memory::is_shareable<T> {};

namespace good { // where it lies only
struct with_atomic {
    std::atomic<int> a;
    struct inner {
        std::atomic<bool> b;
        std::atomic_flag c;
    } i[2];
};
} // namespace good

// ---- Refused --------------------------------------------------------------------------------------

namespace bad {

struct pointer_member {
    const char* text;
};
struct deep_pointer {
    int a;
    std::array<pointer_member, 2> b;
};
struct function_pointer {
    int (*f)(int);
};
struct pointer_to_member {
    int good::point::*m;
};
struct array_of_pointers {
    int a;
    void* p[4];
};
struct with_view {
    int id;
    std::string_view text;
};
struct reference_member {
    int& value;
};
struct const_reference_member {
    int a;
    const int& value;
};
struct rvalue_reference_member {
    int&& value;
};
struct deep_reference {
    int id;
    reference_member r;
    char text[8];
};
struct defaulted_reference {
    int a;
    const good::point& r = good::point();
};
struct string_member {
    std::string s;
};
struct array_of_strings {
    int n;
    std::string s[2];
};
struct with_vector {
    std::vector<int> v;
};
struct with_destructor {
    int a;
    ~with_destructor() {}
};
struct with_assignment {
    int a;
    with_assignment& operator=(const with_assignment& o) {
        a = o.a;
        return *this;
    }
};
struct with_copy {
    int a = 0;
    with_copy() = default;
    with_copy(const with_copy& o) : a(o.a) {}
};
struct with_unique_ptr {
    std::unique_ptr<int> p;
};
struct with_virtual {
    int a;
    virtual int f() const { return a; }
};
struct base {
    int a;
};
struct derived : base {
    int b;
};
struct only_a_base : base {};
struct empty_base : good::empty {
    int b;
};
struct holds_derived {
    int a;
    derived d[2];
};
struct base_and_reference : base {
    int& r;
};
struct too_many {
    TWENTY(a) TWENTY(b) TWENTY(c) TWENTY(d) TWENTY(e) int last;
};
struct bit_fields {
    unsigned a : 3;
    unsigned b : 5;
};
struct bool_bit {
    int a;
    bool b : 1;
};
struct __attribute__((packed)) packed {
    char a;
    int b;
};
struct holds_packed {
    packed p[2];
};
union a_union {
    int a;
    float b;
};
struct holds_union {
    int kind;
    a_union value;
};
struct anonymous_union {
    int kind;
    union {
        int i;
        float f;
    };
};
struct anonymous_struct {
    int kind;
    struct {
        int x, y;
    };
};
struct anonymous_first {
    union {
        int i;
        float f;
    };
    int kind;
};
class private_members {
    int a_ = 1;

public:
    int get() const { return a_; }
};
struct with_constructor {
    int a = 0;
    with_constructor() = default;
    with_constructor(int v) : a(v) {}
};
struct own_default_constructor {
    own_default_constructor() : x(0) {}
    float x;
};
struct private_base : private base {
    int b;
};
struct volatile_member {
    volatile int a;
};
struct large {
    char c[64];
};
struct has_atomic_with_lock {
    int a;
    std::atomic<large> b;
};
struct tuple_like {
    int a;
    int b;
};
struct vouched_string {
    std::string s;
    vouched_string() {}
};
struct denied {
    int a;
};

} // namespace bad

template <>
struct std::tuple_size<bad::tuple_like> : std::integral_constant<std::size_t, 1> {};
template <>
struct shared_memory::is_shareable<bad::vouched_string> : std::true_type {};
template <>
struct shared_memory::is_shareable<bad::denied> : std::false_type {};

#endif
