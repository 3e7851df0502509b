// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Waiting for the first of several handles, of any classes whose handles can be waited for.

#ifndef SHARED_MEMORY_WAIT_ANY_HPP
#define SHARED_MEMORY_WAIT_ANY_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/waited_for.hpp>
#include <shared_memory/segment_handle.hpp>

#include <boost/core/span.hpp>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

class waitable;

namespace detail {
SHARED_MEMORY_DECL std::optional<std::size_t>
wait_any(std::size_t count, function_ref<waitable(std::size_t)> at, deadline until);
template <class Handle>
waitable readable(Handle* handle);
} // namespace detail

//! One thing to wait for: a handle, for reading or for room. It refers to the handle, which must
//! stay where it is as long as the waitable is used. See for_reading and for_room.
class waitable {
    template <class Handle>
    friend waitable for_room(Handle& handle);
    template <class Handle>
    friend waitable detail::readable(Handle* handle);
    friend std::optional<std::size_t>
    detail::wait_any(std::size_t count, detail::function_ref<waitable(std::size_t)> at,
                     deadline until);
    using ways = detail::waited_for (*)(segment_handle&);

    waitable(segment_handle* handle, ways way) noexcept : handle_(handle), way_(way) {}

    segment_handle* handle_; // null: an error of the caller's, found when waiting
    ways way_;
};

namespace detail {
template <class Handle>
waitable readable(Handle* handle) {
    static_assert(wait_access::for_reading<Handle>,
                  "shared_memory: wait_any: expected a handle of a class with messages, such as "
                  "circular_buffer; nothing in this class can be waited for");
    if constexpr (wait_access::for_reading<Handle>)
        return waitable(handle, &wait_access::reading<Handle>);
    else
        return waitable(nullptr, nullptr);
}
} // namespace detail

//! Waits until a read through the handle would not wait: there is a message, or the read would
//! throw, because the stream has ended, the owner has shut the segment down, no writer is left
//! (options::end_when_abandoned), or the handle was closed.
template <class Handle>
waitable for_reading(Handle& handle) {
    return detail::readable(&handle);
}

//! Waits until a write through the handle would not wait: there is room, or the write would throw.
template <class Handle>
waitable for_room(Handle& handle) {
    static_assert(detail::wait_access::for_room<Handle>,
                  "shared_memory: wait_any: expected a handle of a class with room for messages, "
                  "such as circular_buffer; nothing in this class can be waited for");
    if constexpr (detail::wait_access::for_room<Handle>)
        return waitable(&handle, &detail::wait_access::room<Handle>);
    else
        return waitable(nullptr, nullptr);
}

//! Waits until a call on one of several handles would not wait, and returns the index of the first
//! such handle in the list's order; `nullopt`: there was none in time, or the list is empty.
//!
//!     switch (*sm::wait_any({sm::for_reading(orders), sm::for_room(answers)})) {
//!     case 0: take(orders.try_read<order>()); break;
//!     case 1: answers.try_write(next_answer()); break;
//!     }
//!
//! Nothing is claimed: another reader or writer may come first, so the call that follows is a
//! `try_` call. With options::end_when_abandoned, the wait also ends when no peer is left, which a
//! `try_` call does not tell: if it finds nothing, `try_read_for` or `try_write_for`, for any time,
//! throws `errc::abandoned`. The list may have any number of handles, of different classes, and a handle more
//! than once. `until` is a duration, a time point, or `deadline::never()`, which is the default.
//!
//! A caller that waits looks for dead participants in every segment, at intervals of
//! `options::death_check_interval` (the shortest of the handles'), and gives back what they
//! held, which may end the wait. If another thread closes one of the handles, the wait ends
//! with its index.
//!
//! Throws `errc::bad_argument` if a handle is closed. Throws what the call that is waited for
//! throws if the call cannot be made through its handle: `read_only`, `forked`, `bad_argument` (the
//! role), `in_use`. Acquire: a thread that returns because of a message sees what was done before
//! the message was written. If this process dies here: nothing is left to give back.
[[nodiscard]] inline std::optional<std::size_t> wait_any(boost::span<const waitable> list,
                                                         deadline until = deadline::never()) {
    return detail::wait_any(
        list.size(), [&](std::size_t i) { return list[i]; }, until);
}
template <class Waitable, class = std::enable_if_t<std::is_same_v<Waitable, waitable>>>
[[nodiscard]] std::optional<std::size_t> wait_any(std::initializer_list<Waitable> list,
                                                  deadline until = deadline::never()) {
    return wait_any(boost::span<const waitable>(list.begin(), list.size()), until);
}

//! The same for handles of one class, given by pointers, for reading: returns the first handle in
//! the list's order through which a read would not wait; null: there was none in time, or the list
//! is empty. A null pointer is `errc::bad_argument`.
template <class Handle>
[[nodiscard]] Handle* wait_any(boost::span<Handle* const> list,
                               deadline until = deadline::never()) {
    const auto found = detail::wait_any(
        list.size(), [&](std::size_t i) { return detail::readable(list[i]); }, until);
    return found ? list[*found] : nullptr;
}
template <class Handle>
[[nodiscard]] Handle* wait_any(std::initializer_list<Handle*> list,
                               deadline until = deadline::never()) {
    return wait_any(boost::span<Handle* const>(list.begin(), list.size()), until);
}

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
