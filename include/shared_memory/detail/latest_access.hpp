// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What values are stored from and loaded into: see latest_value.hpp. Sizes are checked first.

#ifndef SHARED_MEMORY_DETAIL_LATEST_ACCESS_HPP
#define SHARED_MEMORY_DETAIL_LATEST_ACCESS_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/claim_guard.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/functions.hpp>
#include <shared_memory/detail/layout/words.hpp>
#include <shared_memory/detail/load.hpp>
#include <shared_memory/detail/part/latest_part.hpp>
#include <shared_memory/detail/racing_copy.hpp>
#include <shared_memory/detail/range.hpp>
#include <shared_memory/shareable.hpp>

#include <boost/core/span.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! The value to be stored has `size` bytes, more than the cell's values may have.
[[noreturn]] SHARED_MEMORY_DECL void throw_value_too_long(const latest_part& part,
                                                          std::size_t size);
//! The newest value has `found` bytes; expected: `expected`, or at most so many in whole units.
[[noreturn]] SHARED_MEMORY_DECL void throw_value_size(const latest_part& part, std::uint64_t found,
                                                      std::size_t expected, bool exact,
                                                      std::size_t unit);

//! As a load of a value of `expected` bytes, which no value of the cell has: throws, or returns false.
SHARED_MEMORY_DECL bool refuse_load(latest_part& part, std::size_t expected, std::uint64_t seen,
                                    deadline until);

//! What a store does with the buffer that it filled; `seen` if it publishes only as the next one.
struct publication {
    const std::uint64_t* seen = nullptr;
    latest_view made{};
    bool is_lost = false; // another value was stored meanwhile

    BOOST_FORCEINLINE void publish(latest_part& part, const latest_claim& claim, std::size_t size) {
        if (seen == nullptr)
            made = part.commit(claim, size);
        else
            is_lost = !part.commit_if(claim, size, *seen, made);
    }
};

//! Stores a value of known size; `fill` gets the buffer and must not throw. False: no buffer came
//! free in time.
template <class Fill>
BOOST_FORCEINLINE bool store_sized(latest_part& part, std::size_t size, deadline until,
                                   publication& how, Fill fill) {
    if (BOOST_UNLIKELY(size > part.value_size()))
        throw_value_too_long(part, size);
    latest_claim claim;
    if (BOOST_UNLIKELY(!part.begin(claim, until)))
        return false;
    fill(claim.payload);
    how.publish(part, claim, size);
    return true;
}

template <class Function>
bool store_by_function(latest_part& part, Function& function, deadline until, publication& how) {
    static_assert(!std::is_same_v<std::invoke_result_t<Function&, writer_argument<Function>>, bool>,
                  "shared_memory: a storing function returns the value's size, found bool");
    latest_claim claim;
    if (!part.begin(claim, until))
        return false;
    claim_guard<latest_part, latest_claim, &latest_part::abort> guard(part, claim);
    const auto size = static_cast<std::size_t>(
        call_writer(function, boost::span<std::byte>(claim.payload, claim.size & ~std::size_t{0})));
    if (BOOST_UNLIKELY(size > claim.size))
        throw_value_too_long(part, size);
    guard.dismiss();
    how.publish(part, claim, size);
    return true;
}

template <class T>
BOOST_FORCEINLINE bool store_value(latest_part& part, const T& value, deadline until,
                                   publication& how) {
    SHARED_MEMORY_ASSERT_COPIED(T);
    return store_sized(part, sizeof(T), until, how, [&](std::byte* buffer) noexcept {
        write_bytes(buffer, std::addressof(value), sizeof(T));
    });
}

template <class Value>
bool store_any(latest_part& part, Value& value, deadline until, publication& how) {
    if constexpr (is_writer_function_v<Value>) {
        return store_by_function(part, value, until, how);
    } else if constexpr (is_range_v<Value>) {
        SHARED_MEMORY_ASSERT_COPIED(range_element_t<Value>);
        const auto* const data = std::data(value);
        constexpr std::size_t most = (std::numeric_limits<std::size_t>::max)() / sizeof(*data);
        const std::size_t size = sizeof(*data) * (std::min)(std::size_t{std::size(value)}, most);
        return store_sized(part, size, until, how,
                           [=](std::byte* buffer) noexcept { write_bytes(buffer, data, size); });
    } else if constexpr (looks_callable_v<Value>) {
        refuse_writer<Value>();
        return false;
    } else {
        return store_value(part, value, until, how);
    }
}

//! Loads a value of exactly one T, newer than `seen`. False: none in time.
template <class T>
BOOST_FORCEINLINE bool load_exactly(latest_part& part, T& to, std::uint64_t seen, deadline until,
                                    latest_view& view) {
    SHARED_MEMORY_ASSERT_COPIED(T);
    if (BOOST_UNLIKELY(sizeof(T) > part.value_size()))
        return refuse_load(part, sizeof(T), seen, until);
    // Every buffer has the bytes of a T, whatever the value's size is.
    const auto copy = [&](const std::byte* from, std::size_t) {
        racing_copy(static_cast<void*>(std::addressof(to)), from, sizeof(T));
    };
    if (BOOST_UNLIKELY(!part.load(view, seen, until, copy)))
        return false;
    if (BOOST_UNLIKELY(view.size != sizeof(T)))
        throw_value_size(part, view.size, sizeof(T), true, 1);
    put_bools_right(to);
    return true;
}

template <class T>
BOOST_FORCEINLINE std::optional<T> load_value_of(latest_part& part, std::uint64_t seen,
                                                 deadline until, latest_view& view) {
    static_assert(!std::is_array_v<T> && std::is_same_v<T, std::remove_cv_t<T>>,
                  "shared_memory: load<T>() returns a T: expected a type that is not const, found "
                  "a const type or an array. Use std::array, or load into an array: load(array)");
    room_for<T> room;
    if constexpr (sizeof(T) <= 64) // the compiler does not see that a load that is done has copied
        std::memset(room.memory, 0, sizeof room.memory);
    if (!load_exactly(part, room.value(), seen, until, view))
        return std::nullopt;
    return room.value();
}

//! Loads into the front of a range; returns how many elements there are.
template <class T>
std::optional<std::size_t> load_range(latest_part& part, boost::span<T> to, std::uint64_t seen,
                                      deadline until, latest_view& view) {
    SHARED_MEMORY_ASSERT_COPIED(T);
    const std::size_t most = to.size_bytes();
    const auto copy = [&](const std::byte* from, std::size_t size) {
        if (size <= most)
            racing_copy(to.data(), from, size);
    };
    if (!part.load(view, seen, until, copy))
        return std::nullopt;
    if (view.size > most || view.size % sizeof(T) != 0)
        throw_value_size(part, view.size, most, false, sizeof(T));
    const std::size_t count = (view.size & ~std::size_t{0}) / sizeof(T);
    put_bools_right(to.data(), count);
    return count;
}

template <class Target>
auto load_any(latest_part& part, Target& target, std::uint64_t seen, deadline until,
              latest_view& view) {
    if constexpr (is_range_v<Target>) {
        using element = range_element_t<Target>;
        static_assert(!std::is_const_v<element>, "shared_memory: cannot load into const elements");
        return load_range(part, boost::span<element>(std::data(target), std::size(target)), seen,
                          until, view);
    } else {
        static_assert(!looks_callable_v<Target>,
                      "shared_memory: a value is loaded into a value or a range, found a function; "
                      "claim_load() gives the value in place");
        return load_exactly(part, target, seen, until, view);
    }
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
