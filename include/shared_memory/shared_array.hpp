// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! An array of fixed length in shared memory.

#ifndef SHARED_MEMORY_SHARED_ARRAY_HPP
#define SHARED_MEMORY_SHARED_ARRAY_HPP

#include <shared_memory/buffer_with_locks.hpp>
#include <shared_memory/detail/layout/words.hpp>
#include <shared_memory/detail/load.hpp>
#include <shared_memory/detail/locked_access.hpp>
#include <shared_memory/detail/opening.hpp>
#include <shared_memory/shareable.hpp>
#include <shared_memory/type_tag.hpp>

#include <boost/core/span.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! An array of a fixed number of elements of a shareable type, all zero when created:
//!
//!     sm::shared_array<int> a(sm::create_only, "array", 10);
//!     a[0] = 123;
//!     sm::shared_array<int> b(sm::open_only, "array");      // in another process
//!     for (int x : b) ...
//!
//! There are two ways to the elements:
//!  - `operator[]`, `at`, `data`, iterators and so the standard algorithms go straight to the memory,
//!    unprotected: a program that needs more locks the array (`std::unique_lock`, `std::shared_lock`;
//!    see `buffer_with_locks`) or uses elements that are atomics;
//!  - `read`, `write`, `copy_to`, `fill`, `contains`, `index_of` lock for their own duration, and
//!    throw `timed_out`, `inconsistent`, `would_deadlock`, `read_only`. Through a read-only handle
//!    they read without a lock, again and again until what they read is whole.
//!
//! `shared_array<const T>` is opened with `open_read_only` and gives no way to write.
//!
//! **If this process dies** in `write` or `fill`, or holding the write lock, the contents are
//! inconsistent, and others are told.
template <class T>
class shared_array : public detail::opening<shared_array<T>, buffer_with_locks, std::uint64_t> {
    using opening = detail::opening<shared_array<T>, buffer_with_locks, std::uint64_t>;
    SHARED_MEMORY_ASSERT_SHAREABLE(T);
    static_assert(alignof(T) <= detail::page_bytes, "shared_memory: aligned to more than a page");
    using element = std::remove_const_t<T>;

public:
    using value_type = element;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using reference = T&;
    using const_reference = const T&;
    using pointer = T*;
    using const_pointer = const T*;
    using iterator = T*;
    using const_iterator = const T*;

    //! Constructors: see segment_handle.
    //!
    //!     shared_array<T>()                                          // a closed handle
    //!     shared_array<T>(create_only,    name, length, options)
    //!     shared_array<T>(open_or_create, name, length, options)
    //!     shared_array<T>(open_only,      name, options)
    //!     shared_array<const T>(open_read_only, name, options)
    //!
    //! A new array has `length` elements, 1 or more (`errc::out_of_range`, also for more than a
    //! segment may have), all zero. An array whose elements are of another type is
    //! `errc::wrong_type`, whose text names both: see type_tag.
    using opening::opening;

    //! The number of elements. This and all access throw `errc::closed` for a handle that never
    //! was open.
    size_type size() const { return static_cast<size_type>(mapping().identity().element_count); }
    bool empty() const { return size() == 0; }
    //! The elements, one behind the other, aligned to 4096.
    T* data() const { return reinterpret_cast<T*>(locks().data()); }
    iterator begin() const { return data(); }
    iterator end() const { return data() + size(); }
    const_iterator cbegin() const { return begin(); }
    const_iterator cend() const { return end(); }

    //! Unchecked, as in the standard containers. Keep `data()` in a loop that must be fast.
    T& operator[](size_type index) const { return data()[index]; }
    //! Throws `errc::out_of_range`.
    T& at(size_type index) const {
        check(index, 1);
        return data()[index];
    }
    T& front() const { return data()[0]; }
    T& back() const { return data()[size() - 1]; }

    //! Writes one element. Throws `errc::out_of_range`.
    void write(const element& value, size_type index) {
        check(index, 1);
        detail::write_elements(writable(), std::addressof(value), 1, index * sizeof(T));
    }
    //! Writes a range's elements from an index on. Throws `errc::out_of_range`, and writes nothing,
    //! unless all fit.
    template <class Range, class = std::enable_if_t<detail::is_range_v<const Range>>>
    void write(const Range& elements, size_type index = 0) {
        static_assert(
            std::is_same_v<std::remove_const_t<detail::range_element_t<const Range>>, element>,
            "shared_memory: the range's elements are not the array's");
        check(index, std::size(elements));
        detail::write_elements(writable(), std::data(elements), std::size(elements),
                               index * sizeof(T));
    }
    //! Reads one element; see is_shareable for bools. Throws `errc::out_of_range`.
    element read(size_type index) const {
        check(index, 1);
        detail::room_for<element> room;
        detail::read_elements(locks(), std::addressof(room.value()), 1, index * sizeof(T));
        return room.value();
    }
    //! Reads elements from an index on into all of a range. Throws `errc::out_of_range`, and reads
    //! nothing, if the array has not as many.
    template <class Range, class = std::enable_if_t<detail::is_range_v<Range>>>
    void read(Range&& elements, size_type index = 0) const {
        static_assert(std::is_same_v<detail::range_element_t<Range>, element>,
                      "shared_memory: the range's elements are not the array's, or const");
        check(index, std::size(elements));
        detail::read_elements(locks(), std::data(elements), std::size(elements), index * sizeof(T));
    }
    //! Copies the whole array to a range, which may be longer, from the range's index on. Throws
    //! `errc::out_of_range` if the range is too short.
    template <class Range>
    void copy_to(Range&& elements, size_type index = 0) const {
        if (index > std::size(elements) || size() > std::size(elements) - index)
            detail::throw_out_of_range(locks(), index, size(), std::size(elements),
                                       "elements to be copied to");
        detail::read_elements(locks(), std::data(elements) + index, size(), 0);
    }
    //! Gives every element the value. What a dead writer left inconsistent is consistent afterwards.
    void fill(const element& value) {
        SHARED_MEMORY_ASSERT_COPIED(T);
        constexpr bool all_contents = true;
        writable().write(
            [&](std::byte*) {
                for (element& one : *this) {
                    if (std::addressof(one) != std::addressof(value)) // which may be an element
                        detail::write_bytes(std::addressof(one), std::addressof(value),
                                            sizeof value);
                }
            },
            all_contents);
    }

    //! The first element that equals the value, unprotected; end() if there is none.
    iterator find(const element& value) const {
        return std::find_if(begin(), end(),
                            [&](const element& one) { return detail::equals_loaded(one, value); });
    }
    //! The index of that element; `nullopt` if there is none.
    std::optional<size_type> index_of(const element& value) const {
        size_type index = 0;
        locks().read(
            [&](const std::byte*) { index = static_cast<size_type>(find(value) - begin()); });
        return index == size() ? std::nullopt : std::optional<size_type>(index);
    }
    bool contains(const element& value) const { return index_of(value).has_value(); }

private:
    friend opening;
    using buffer_with_locks::locks;
    using segment_handle::mapping;

    template <class Tag, class... Length>
    static detail::segment_expectation expected(Tag, Length... length) {
        constexpr bool looks = std::is_same_v<Tag, open_read_only_t>;
        static_assert(looks || !std::is_const_v<T>,
                      "shared_memory: an array of const is opened read-only");
        static_assert(!looks || std::is_const_v<T>,
                      "shared_memory: open_read_only is for shared_array<const T>");
        return of(length...);
    }
    static detail::segment_expectation of() { return of_any_length(); }
    static detail::segment_expectation of_any_length() {
        detail::segment_expectation wanted;
        wanted.class_name = "shared_array";
        wanted.element_size = sizeof(T);
        detail::expect_type<element>(wanted);
        return wanted;
    }
    static detail::segment_expectation of(std::uint64_t length) {
        if (length == 0)
            throw error(errc::out_of_range,
                        "shared_memory: expected an array of 1 element or more, found 0");
        detail::segment_expectation wanted = of_any_length();
        wanted.element_count = length;
        return wanted;
    }
    detail::lock_part& writable() {
        static_assert(!std::is_const_v<T>, "shared_memory: an array of const cannot be written to");
        return locks();
    }
    void check(size_type index, size_type count) const {
        detail::check_range(locks(), index, count, size(), "elements");
    }
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
