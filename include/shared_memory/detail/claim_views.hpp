// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A claimed node as an object, or as a header with bytes behind it.

#ifndef SHARED_MEMORY_DETAIL_CLAIM_VIEWS_HPP
#define SHARED_MEMORY_DETAIL_CLAIM_VIEWS_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/range.hpp>
#include <shared_memory/error.hpp>
#include <shared_memory/shareable.hpp>

#include <boost/core/span.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! A value at the front of a message, and the bytes behind it. `T` and `Byte` are const in a
//! message that is read.
//!
//!     auto [header, rest] = claim.as_prefix<packet>();
template <class T, class Byte>
struct message_prefix {
    T& value;
    boost::span<Byte> rest;
};

namespace detail {

template <class T>
void check_alignment_for(const std::byte* at) {
    if (reinterpret_cast<std::uintptr_t>(at) % alignof(T) != 0)
        throw_bad_argument("the type needs a stricter alignment than this ring's nodes have; copy "
                           "the message, or use nodes of more than 48 bytes");
}

template <class Part>
[[noreturn]] BOOST_NOINLINE void throw_shorter_than(const Part& part, std::size_t found,
                                                    std::size_t expected) {
    throw error(errc::message_size, "shared_memory: the message in \"" + part.name() + "\" has " +
                                        std::to_string(found) + " bytes, expected at least " +
                                        std::to_string(expected) +
                                        ", the size of the type at its front");
}

//! What a class of claims gets from deriving from this: views of `Claim`'s bytes().
template <class Claim>
class read_views {
public:
    //! The front of a larger message as a T, in place, and the bytes behind it. Throws
    //! `errc::message_size` if the message is smaller than a T, `errc::bad_argument` if a node of
    //! this ring is not aligned for a T. The T is what the memory holds, as `as<T>()`.
    template <class T>
    message_prefix<const T, const std::byte> as_prefix() const {
        SHARED_MEMORY_ASSERT_SHAREABLE(T);
        const auto bytes = self().bytes();
        if (bytes.size() < sizeof(T))
            self().throw_too_short(sizeof(T));
        check_alignment_for<T>(bytes.data());
        return {*reinterpret_cast<const T*>(bytes.data()), bytes.subspan(sizeof(T))};
    }

protected:
    read_views() = default;

private:
    const Claim& self() const { return static_cast<const Claim&>(*this); }
};

template <class Claim>
class write_views {
public:
    //! Constructs a T at the front of the node, from the arguments, and says that the message is
    //! just the T: `commit()` makes it one. Throws `errc::message_size` if the node is smaller than
    //! a T, `errc::bad_argument` if a node of this ring is not aligned for a T, and what the
    //! constructor throws; the claim still holds the node then.
    //!
    //!     auto claim = ring.claim_write();
    //!     claim.emplace<trade>(price, amount);
    //!     claim.commit();
    template <class T, class... Arguments>
    T& emplace(Arguments&&... arguments) {
        void* const at = room_for_a<T>();
        T* const made = [&] {
            if constexpr (std::is_constructible_v<T, Arguments...>)
                return ::new (at) T(std::forward<Arguments>(arguments)...);
            else
                return ::new (at) T{std::forward<Arguments>(arguments)...};
        }();
        self().resize(sizeof(T));
        return *made;
    }
    //! The front of the node as a T, in place and not constructed: it is what the memory holds, all
    //! of it is to be assigned. Says that the message is just the T, and throws, as emplace.
    template <class T>
    T& as() {
        void* const at = room_for_a<T>();
        self().resize(sizeof(T));
        return *static_cast<T*>(at);
    }
    //! The front of the node as a T, as `as`, and the rest of the node behind it; `commit(size)`
    //! or `resize(size)` says how much of it the message has.
    template <class T>
    message_prefix<T, std::byte> as_prefix() {
        void* const at = room_for_a<T>();
        return {*static_cast<T*>(at), self().bytes().subspan(sizeof(T))};
    }

protected:
    write_views() = default;

private:
    Claim& self() { return static_cast<Claim&>(*this); }
    template <class T>
    std::byte* room_for_a() {
        SHARED_MEMORY_ASSERT_SHAREABLE(T);
        static_assert(!std::is_const_v<T>, "shared_memory: expected a type that is not const, "
                                           "since the message is to be written");
        const auto bytes = self().bytes();
        if (bytes.size() < sizeof(T))
            self().throw_too_long(sizeof(T));
        check_alignment_for<T>(bytes.data());
        return bytes.data();
    }
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
