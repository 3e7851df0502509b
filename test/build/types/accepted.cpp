// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Compiles, without a warning: every call takes what is shareable, and to ask is never an error.

#include "types.hpp"

namespace sm = shared_memory;

// ---- Shareable, in every call that copies and every way to look -------------------------------------

template <class T>
void use(sm::circular_buffer& ring, sm::buffer_read_write& buffer, T& value) {
    static_assert(sm::is_shareable_v<T> && sm::is_shareable_v<const T>);
    static_assert(sm::is_shareable_v<T[3]> && sm::is_shareable_v<const T[2][3]>);
    static_assert(sm::is_shareable_v<std::array<T, 2>>);
    static_assert(!sm::is_shareable_v<T*> && !sm::is_shareable_v<T&>);
    SHARED_MEMORY_ASSERT_SHAREABLE(T);
    ring.write(value);
    ring.write(&value, sizeof value);
    boost::span<T> const several(std::addressof(value), 1);
    ring.write(several);
    ring.write_each(several);
    if (ring.try_read(value))
        ring.read(value);
    ring.read(several);
    ring.read_each(several);
    if constexpr (!std::is_array_v<T>)
        (void)ring.read<T>();
    (void)ring.claim_read().template as<T>();
    buffer.write(value, 8);
    if constexpr (!std::is_array_v<T>)
        (void)buffer.read<T>(8);
    if constexpr (!std::is_array_v<T>) {
        sm::shared_array<T> array;
        array.write(value, 0);
        (void)array.read(0);
        array.fill(value);
        (void)array[0];
    }
}
// An atomic lies in an array or in a claim, and is not copied.
template <class T>
void use_in_place(sm::circular_buffer& ring) {
    static_assert(sm::is_shareable_v<T> && sm::is_shareable_v<T[3]>);
    sm::shared_array<T> array;
    (void)array[0];
    (void)array.at(0);
    for (T& one : array)
        (void)one;
    (void)ring.claim_read().template as<T>();
}

template <class... T>
struct list {};
alignas(256) std::byte memory[4096];
template <class T>
T& one() {
    return *reinterpret_cast<T*>(memory);
}
template <class... T>
void use_all(sm::circular_buffer& ring, sm::buffer_read_write& buffer, list<T...>) {
    (use(ring, buffer, one<T>()), ...);
}

void all_accepted(sm::circular_buffer& ring, sm::buffer_read_write& buffer) {
    using namespace good;
    use_all(ring, buffer,
            list<bool, char, int, std::uint64_t, float, long double, std::byte, wchar_t>());
    use_all(ring, buffer,
            list<colour, plain, answer, empty, message, matrix, matrices, point, path>());
    use_all(ring, buffer, list<text, with_enums, with_const, with_defaults, with_long_double>());
#if defined(__SIZEOF_INT128__)
    use_all(ring, buffer, list<with_int128>());
#endif
    use_all(ring, buffer, list<aligned, aligned_members, with_time, with_pair, with_optional>());
    use_all(ring, buffer,
            list<with_complex, unnamed_member, c_style, empty_members, unnamed_bits>());
    use_all(ring, buffer, list<deep, with_std_array_of_arrays, with_characters, hundred>());
    use_all(ring, buffer, list<of_a_template<message>, of_a_template<bool>, tagged, number>());
    use_all(ring, buffer,
            list<price, order, orders, by_itself, flags, derived, couple<int, char>>());
    use_all(ring, buffer, list<in_unnamed_namespace, private_in_unnamed_namespace>());
    use_all(ring, buffer, list<elsewhere::vouched_for_globally, elsewhere::specialised>());
    use_all(ring, buffer, list<elsewhere::specialised_template<int>>());
    use_all(ring, buffer, list<std::chrono::nanoseconds, std::chrono::duration<double>>());
    use_all(ring, buffer,
            list<std::chrono::system_clock::time_point, std::tuple<>, std::tuple<int>>());
    use_all(ring, buffer, list<std::pair<int, int>, std::pair<const int, message>>());
    use_all(ring, buffer, list<std::complex<double>, std::bitset<1>, std::bitset<1000>>());
    use_all(ring, buffer, list<std::optional<bool>, std::monostate, std::array<message, 3>>());
#if defined(__unix__)
    use_all(ring, buffer, list<timespec, timeval, sockaddr_in, struct stat>());
#endif
    struct local {
        int a;
        char b[3];
    };
    use_all(ring, buffer, list<local>());

    use_in_place<std::atomic<int>>(ring);
    use_in_place<std::atomic<bool>>(ring);
    use_in_place<std::atomic<colour>>(ring);
    use_in_place<std::atomic_flag>(ring);
    use_in_place<with_atomic>(ring);
}

// ---- Not shareable: to ask is no error --------------------------------------------------------------

template <class... T>
constexpr bool refused(list<T...>) {
    return (!sm::is_shareable_v<T> && ...) && (!sm::is_shareable_v<const T> && ...) &&
           (!sm::is_shareable<T>::value && ...) && (!sm::is_shareable_v<volatile T> && ...);
}
template <class... T>
constexpr bool refused_in_arrays(list<T...> all) {
    return refused(all) && refused(list<T[2]...>()) && refused(list<std::array<T, 2>...>()) &&
           refused(list<good::of_a_template<T>...>());
}

static_assert(refused(list<void, int&, int&&, int(), int (&)[3], int[], std::string_view[]>()));
static_assert(refused_in_arrays(list<int*, void*, const char*, std::nullptr_t, int (*)(int),
                                     int good::point::*, void (good::point::*)()>()));
namespace bad {
static_assert(refused_in_arrays(list<pointer_member, deep_pointer, function_pointer,
                                     pointer_to_member, array_of_pointers, with_view>()));
static_assert(refused(list<reference_member, const_reference_member, rvalue_reference_member,
                           deep_reference, defaulted_reference>()));
static_assert(refused_in_arrays(list<string_member, array_of_strings, with_vector, with_destructor,
                                     with_assignment, with_copy, with_virtual>()));
static_assert(refused(list<with_unique_ptr>()));
static_assert(refused_in_arrays(list<derived, only_a_base, empty_base, holds_derived>()));
static_assert(refused(list<base_and_reference>()));
static_assert(refused_in_arrays(list<too_many, bit_fields, bool_bit, packed, holds_packed>()));
static_assert(refused_in_arrays(list<a_union, holds_union, anonymous_union, anonymous_struct,
                                     anonymous_first, private_members, with_constructor>()));
static_assert(refused_in_arrays(list<own_default_constructor, private_base, volatile_member>()));
static_assert(refused(list<has_atomic_with_lock, tuple_like, denied>()));
static_assert(!sm::is_shareable_v<vouched_string>);
} // namespace bad
static_assert(refused_in_arrays(list<std::string, std::string_view, std::vector<int>,
                                     std::vector<bool>, std::function<void()>>()));
static_assert(refused_in_arrays(list<std::unique_ptr<int>, std::shared_ptr<int>>()));
static_assert(refused(list<std::reference_wrapper<int>, std::variant<int, float>>()));
static_assert(refused(list<std::pair<int, std::string>, std::pair<int&, int>, std::tuple<int*>,
                           std::tuple<const int&>, std::optional<std::string>>()));
static_assert(refused(
    list<std::atomic<int*>, std::chrono::time_point<std::chrono::system_clock,
                                                    std::chrono::duration<bad::with_copy>>>()));
static_assert(refused(list<std::atomic<bad::large>, boost::span<int>>()));
inline void lambdas(int x) {
    auto const by_reference = [&] { return x; };
    auto const by_value = [x] { return x; };
    auto const of_nothing = [] { return 1; };
    static_assert(
        refused(list<decltype(by_reference), decltype(by_value), decltype(of_nothing)>()));
    (void)by_reference;
    (void)by_value;
    (void)of_nothing;
}

// Asked for where two overloads share the world among them.
template <class T, class = std::enable_if_t<sm::is_shareable_v<T>>>
void put(const T&) {}
template <class T, class = std::enable_if_t<!sm::is_shareable_v<T>>, class = void>
void put(const T&) {}
void put_both(const good::message& a, const bad::derived& b) {
    put(a);
    put(b);
}
