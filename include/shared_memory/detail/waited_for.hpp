// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What a handle gives to a wait on several handles.

#ifndef SHARED_MEMORY_DETAIL_WAITED_FOR_HPP
#define SHARED_MEMORY_DETAIL_WAITED_FOR_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/layout/wait_room.hpp>

#include <type_traits>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

class segment_handle;

namespace detail {

class segment;

//! A wait room of a segment, and what ends the wait in it.
struct waited_for {
    segment* in; // whose dead participants are looked for
    wait_room* room;
    bool heavy_fences; // see segment::needs_heavy_fences
    void* part;
    bool (*is_due)(void* part); // the call that is waited for would return, or throw, at once
};

//! A class whose handles can be waited for has `waited_for waited_for_reading()`,
//! `waited_for_room()` or both as private members, and this as its friend. If the handle cannot be
//! used for the call that is waited for, these members throw what that call throws.
class wait_access {
    template <class Handle>
    static auto has_reading(Handle* h) -> decltype(h->waited_for_reading(), std::true_type());
    static std::false_type has_reading(...);
    template <class Handle>
    static auto has_room(Handle* h) -> decltype(h->waited_for_room(), std::true_type());
    static std::false_type has_room(...);

public:
    template <class Handle>
    static constexpr bool for_reading = decltype(has_reading(std::declval<Handle*>()))::value;
    template <class Handle>
    static constexpr bool for_room = decltype(has_room(std::declval<Handle*>()))::value;

    template <class Handle>
    static waited_for reading(segment_handle& h) {
        return static_cast<Handle&>(h).waited_for_reading();
    }
    template <class Handle>
    static waited_for room(segment_handle& h) {
        return static_cast<Handle&>(h).waited_for_room();
    }
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
