// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The constructors by which every class opens its segment, and its swap: written once.

#ifndef SHARED_MEMORY_DETAIL_OPENING_HPP
#define SHARED_MEMORY_DETAIL_OPENING_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/error_code_twin.hpp>
#include <shared_memory/detail/segment.hpp>
#include <shared_memory/options.hpp>

#include <cstddef>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! What Boost.Interprocess's tags ask for. Any other type has no `mode`.
template <class Tag>
struct opening_tag {
    static constexpr bool creates = false;
    static constexpr bool opens = false;
};
template <>
struct opening_tag<create_only_t> {
    static constexpr bool creates = true;
    static constexpr bool opens = false;
    static constexpr open_mode mode = open_mode::create;
};
template <>
struct opening_tag<open_or_create_t> {
    static constexpr bool creates = true;
    static constexpr bool opens = false;
    static constexpr open_mode mode = open_mode::open_or_create;
};
template <>
struct opening_tag<open_only_t> {
    static constexpr bool creates = false;
    static constexpr bool opens = true;
    static constexpr open_mode mode = open_mode::open;
};
template <>
struct opening_tag<open_read_only_t> {
    static constexpr bool creates = false;
    static constexpr bool opens = true;
    static constexpr open_mode mode = open_mode::open_read_only;
};

//! A class whose segments are created without a word about their geometry says so by specialising
//! this as true, before it derives from `opening`.
template <class Class>
inline constexpr bool creates_without_geometry = false;

//! The constructors of `Class`, which derives from this, and inherits them by a using-declaration.
//! `Base` is segment_handle or a class derived from it, with a constructor from a segment_ptr.
//! `Geometry` is what a creator says of the segment; a class without any cannot create, unless
//! creates_without_geometry.
//!
//! `Class` says what it expects of the segment: `Class::expected(tag, geometry...)` for a creator,
//! `Class::expected(tag)` for an opener. It makes `opening` its friend for that.
template <class Class, class Base, class... Geometry>
class opening : public Base {
    template <class Tag>
    using if_creates =
        std::enable_if_t<opening_tag<Tag>::creates &&
                             (sizeof...(Geometry) != 0 || creates_without_geometry<Class>),
                         std::nullptr_t>;
    template <class Tag>
    using if_opens = std::enable_if_t<opening_tag<Tag>::opens, std::nullptr_t>;

    template <class Tag, class... Given>
    static segment_ptr open(Tag tag, std::string_view name, const options& how, Given... given) {
        return segment::open({opening_tag<Tag>::mode, name, Class::expected(tag, given...), how});
    }

public:
    //! A closed handle.
    opening() noexcept = default;

    template <class Tag, if_creates<Tag> = nullptr>
    opening(Tag tag, std::string_view name, Geometry... geometry, const options& how = {})
        : Base(open(tag, name, how, geometry...)) {}
    template <class Tag, if_creates<Tag> = nullptr>
    opening(Tag tag, std::string_view name, Geometry... geometry, const options& how,
            std::error_code& ec)
        : Base(or_error_code(ec, [&] { return open(tag, name, how, geometry...); })) {}
    template <class Tag, if_creates<Tag> = nullptr>
    opening(Tag tag, std::string_view name, Geometry... geometry, std::error_code& ec)
        : opening(tag, name, geometry..., options(), ec) {}

    template <class Tag, if_opens<Tag> = nullptr>
    opening(Tag tag, std::string_view name, const options& how = {}) : Base(open(tag, name, how)) {}
    template <class Tag, if_opens<Tag> = nullptr>
    opening(Tag tag, std::string_view name, const options& how, std::error_code& ec)
        : Base(or_error_code(ec, [&] { return open(tag, name, how); })) {}
    template <class Tag, if_opens<Tag> = nullptr>
    opening(Tag tag, std::string_view name, std::error_code& ec)
        : opening(tag, name, options(), ec) {}

    //! Only handles of one class swap: a handle only ever holds a segment of its class's kind.
    void swap(Class& other) noexcept { this->swap_segments(other); }
    friend void swap(Class& a, Class& b) noexcept { a.swap(b); }
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
