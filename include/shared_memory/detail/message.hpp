// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What messages are written from and read into: see the table in message_calls.hpp. `Part` is the
//! part whose nodes the messages lie in, ring_part for one.

#ifndef SHARED_MEMORY_DETAIL_MESSAGE_HPP
#define SHARED_MEMORY_DETAIL_MESSAGE_HPP

#include <shared_memory/claims.hpp>
#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/claim_guard.hpp>
#include <shared_memory/detail/functions.hpp>
#include <shared_memory/detail/layout/words.hpp>
#include <shared_memory/detail/load.hpp>
#include <shared_memory/detail/part/ring_part.hpp>
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
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Several pieces that make one message.
struct message_parts {
    const boost::span<const std::byte>* parts;
    std::size_t count;
};

template <class Part, class Fill>
BOOST_NOINLINE bool wait_to_write_sized(Part& ring, std::size_t size, deadline until, Fill fill) {
    if (size > ring.node_size())
        throw_message_too_long(ring, size, ring.node_size());
    typename Part::claim_type claim;
    if (!ring.wait_to_write(claim, until, claim_use::brief))
        return false;
    fill(claim.payload);
    ring.commit(claim, size);
    return true;
}
//! Writes a message of known size; `fill` gets the node and must not throw.
template <class Part, class Fill>
bool write_sized(Part& part, std::size_t size, deadline until, Fill fill) {
    const auto bytes = static_cast<std::uint32_t>(size);
    if (BOOST_UNLIKELY(size > part.node_size()))
        return wait_to_write_sized(part, size, until, fill);
    if (part.is_single() ? part.single().write_at_once(bytes, fill)
                         : part.general().write_at_once(bytes, fill))
        return true;
    return wait_to_write_sized(part, size, until, fill);
}

template <class Part>
bool write_parts(Part& ring, message_parts message, deadline until) {
    std::size_t size = 0;
    for (std::size_t i = 0; i != message.count; ++i) {
        // cannot overflow: sizes of memory that exists, and checked as they grow
        size += message.parts[i].size();
        if (size > ring.node_size())
            throw_message_too_long(ring, size, ring.node_size());
    }
    return write_sized(ring, size, until, [&](std::byte* node) {
        for (std::size_t i = 0; i != message.count; ++i) {
            write_bytes(node, message.parts[i].data(), message.parts[i].size());
            node += message.parts[i].size();
        }
    });
}

template <class Part, class Ring, class Function>
BOOST_FORCEINLINE void write_claimed(Part& part, Ring& ring, const typename Part::claim_type& claim,
                                     Function& function) {
    claim_guard<Part, typename Part::claim_type, &Part::abort> guard(part, claim);
    const auto size = static_cast<std::size_t>(
        call_writer(function, boost::span<std::byte>(claim.payload, claim.size)));
    if (BOOST_UNLIKELY(size > claim.size))
        throw_message_too_long(part, size, claim.size);
    guard.dismiss();
    ring.commit(claim, size);
}
template <class Part, class Function>
BOOST_NOINLINE bool wait_to_write_by_function(Part& ring, Function& function, deadline until) {
    typename Part::claim_type claim;
    if (!ring.wait_to_write(claim, until))
        return false;
    write_claimed(ring, ring, claim, function);
    return true;
}
template <class Part, class Ring, class Function>
BOOST_FORCEINLINE bool write_by_function_to(Part& part, Ring& ring, Function& function,
                                            deadline until) {
    typename Part::claim_type claim;
    if (BOOST_UNLIKELY(!ring.claim_write_at_once(claim, claim_use::call)))
        return wait_to_write_by_function(part, function, until);
    write_claimed(part, ring, claim, function);
    return true;
}
template <class Part, class Function>
bool write_by_function(Part& part, Function& function, deadline until) {
    static_assert(!std::is_same_v<std::invoke_result_t<Function&, writer_argument<Function>>, bool>,
                  "shared_memory: a writing function returns the message's size, found bool");
    if (part.is_single())
        return write_by_function_to(part, part.single(), function, until);
    return write_by_function_to(part, part.general(), function, until);
}

template <class Part, class Message>
bool write_message(Part& ring, Message& message, deadline until) {
    using type = std::remove_cv_t<Message>;
    if constexpr (std::is_same_v<type, message_parts>) {
        return write_parts(ring, message, until);
    } else if constexpr (is_writer_function_v<Message>) {
        return write_by_function(ring, message, until);
    } else if constexpr (is_range_v<Message>) {
        SHARED_MEMORY_ASSERT_COPIED(range_element_t<Message>);
        const auto* const data = std::data(message);
        const std::size_t count = std::size(message);
        constexpr std::size_t most = (std::numeric_limits<std::size_t>::max)() / sizeof(*data);
        const std::size_t size = sizeof(*data) * (std::min)(count, most);
        return write_sized(ring, size, until,
                           [=](std::byte* node) noexcept { write_bytes(node, data, size); });
    } else if constexpr (looks_callable_v<Message>) {
        refuse_writer<Message>();
        return false;
    } else {
        SHARED_MEMORY_ASSERT_COPIED(type);
        return write_sized(ring, sizeof(type), until, [&](std::byte* node) noexcept {
            write_bytes(node, std::addressof(message), sizeof(type));
        });
    }
}

template <class Part, class Range>
std::size_t write_some(Part& ring, const Range& elements) {
    using element = range_element_t<const Range>;
    const std::size_t count =
        std::min<std::size_t>(std::size(elements), ring.node_size() / sizeof(element));
    if (count == 0 && std::size(elements) != 0)
        throw_message_too_long(ring, sizeof(element), ring.node_size());
    if (count != 0) {
        const boost::span<const element> first(std::data(elements), count);
        write_message(ring, first, deadline::never());
    }
    return count;
}

//! What is told of a message whose size is not the expected one.
struct range_size {
    std::size_t bytes;
    std::size_t unit; // of one element
    static constexpr bool exact = false;
};
template <std::size_t Bytes>
struct exact_size {
    static constexpr std::size_t bytes = Bytes;
    static constexpr std::size_t unit = 1;
    static constexpr bool exact = true;
};

template <class Part, class Expected, class Accept, class Take>
BOOST_NOINLINE bool wait_to_read_sized(Part& ring, deadline until, Expected expected, Accept accept,
                                       Take take) {
    typename Part::claim_type claim;
    const ring_result r = ring.wait_to_read(claim, until, accept, claim_use::brief);
    if (BOOST_UNLIKELY(r == ring_result::refused))
        throw_message_size(ring, claim.size, expected.bytes, expected.exact, expected.unit);
    if (r != ring_result::claimed)
        return false;
    take(claim);
    ring.release(claim);
    return true;
}
//! Reads a message whose size `accept` takes; `take` gets the claim, and must not throw. False: none
//! in time.
template <class Part, class Expected, class Accept, class Take>
bool read_sized(Part& part, deadline until, Expected expected, Accept accept, Take take) {
    if (part.is_single() ? part.single().read_at_once(accept, take)
                         : part.general().read_at_once(accept, take))
        return true;
    return wait_to_read_sized(part, until, expected, accept, take);
}

template <class Part, class T>
bool read_exactly(Part& ring, T& to, deadline until) {
    SHARED_MEMORY_ASSERT_COPIED(T);
    // the second condition for a ring whose nodes are too small for a T: its size word may lie
    const std::size_t most = ring.node_size();
    return read_sized(
        ring, until, exact_size<sizeof(T)>(),
        [most](std::size_t size) { return size == sizeof(T) && size <= most; },
        [&](const typename Part::claim_type& claim) { load_value(to, claim.payload); });
}

template <class T, class Part>
std::optional<T> read_value(Part& ring, deadline until) {
    static_assert(!std::is_array_v<T> && std::is_same_v<T, std::remove_cv_t<T>>,
                  "shared_memory: read<T>() returns a T: expected a type that is not const, found "
                  "a const type or an array. Use std::array, or read into an array: read(array)");
    room_for<T> room;
    if (!read_exactly(ring, room.value(), until))
        return std::nullopt;
    return room.value();
}

template <class Part, class T>
std::optional<std::size_t> read_range(Part& ring, boost::span<T> to, deadline until) {
    SHARED_MEMORY_ASSERT_COPIED(T);
    const std::size_t most = std::min<std::size_t>(to.size_bytes(), ring.node_size());
    std::size_t count = 0;
    const bool got = read_sized(
        ring, until, range_size{to.size_bytes(), sizeof(T)},
        [most](std::size_t size) { return size <= most && size % sizeof(T) == 0; },
        [&](const typename Part::claim_type& claim) {
            count = claim.size / sizeof(T);
            load_elements(to.data(), claim.payload, count);
        });
    return got ? std::optional<std::size_t>(count) : std::nullopt;
}

//! What a read by a function returns; empty: there was no message.
template <class Function,
          class Result = std::invoke_result_t<Function&, boost::span<const std::byte>>>
using read_answer = std::conditional_t<std::is_void_v<Result>, bool, std::optional<Result>>;

template <class Part, class Ring, class Function>
BOOST_FORCEINLINE read_answer<Function>
read_claimed(Part& part, Ring& ring, const typename Part::claim_type& claim, Function& function) {
    claim_guard<Part, typename Part::claim_type, &Part::give_back> guard(part, claim);
    const boost::span<const std::byte> message(claim.payload, claim.size);
    if constexpr (std::is_same_v<read_answer<Function>, bool>) {
        function(message);
        guard.dismiss();
        ring.release(claim);
        return true;
    } else {
        read_answer<Function> value(function(message));
        guard.dismiss();
        ring.release(claim);
        return value;
    }
}
template <class Part, class Function>
BOOST_NOINLINE read_answer<Function> wait_to_read_by_function(Part& ring, Function& function,
                                                              deadline until) {
    typename Part::claim_type claim;
    const std::size_t most = ring.node_size();
    const ring_result r =
        ring.wait_to_read(claim, until, [most](std::size_t size) { return size <= most; });
    if (r == ring_result::refused)
        throw_message_size(ring, claim.size, most, false, 1);
    if (r != ring_result::claimed)
        return read_answer<Function>();
    return read_claimed(ring, ring, claim, function);
}
template <class Part, class Ring, class Function>
BOOST_FORCEINLINE read_answer<Function> read_by_function_from(Part& part, Ring& ring,
                                                              Function& function, deadline until) {
    typename Part::claim_type claim;
    const std::size_t most = part.node_size();
    const auto accept = [most](std::size_t size) { return size <= most; };
    if (BOOST_UNLIKELY(!ring.claim_read_at_once(claim, accept, claim_use::call)))
        return wait_to_read_by_function(part, function, until);
    return read_claimed(part, ring, claim, function);
}
template <class Part, class Function>
read_answer<Function> read_by_function(Part& part, Function& function, deadline until) {
    if (part.is_single())
        return read_by_function_from(part, part.single(), function, until);
    return read_by_function_from(part, part.general(), function, until);
}

template <class Part, class Target>
auto read_message(Part& ring, Target& target, deadline until) {
    if constexpr (is_reader_function_v<Target>) {
        return read_by_function(ring, target, until);
    } else if constexpr (is_range_v<Target>) {
        using element = range_element_t<Target>;
        static_assert(!std::is_const_v<element>, "shared_memory: cannot read into const elements");
        return read_range(ring, boost::span<element>(std::data(target), std::size(target)), until);
    } else if constexpr (looks_callable_v<Target>) {
        refuse_reader<Target>();
        return false;
    } else {
        return read_exactly(ring, target, until);
    }
}

//! What a call that waits for ever returns: it always has a result.
template <class T>
T unwrap(std::optional<T>&& result) {
    return std::move(*result);
}
inline void unwrap(bool) {}

template <class Part, class Range>
std::size_t read_some(Part& ring, Range& elements) {
    using element = range_element_t<Range>;
    const boost::span<element> all(std::data(elements), std::size(elements));
    if (all.empty())
        return 0;
    std::size_t done = *read_range(ring, all, deadline::never());
    while (done != all.size()) {
        const boost::span<element> rest = all.subspan(done);
        const std::size_t most = std::min<std::size_t>(rest.size_bytes(), ring.node_size());
        typename Part::claim_type claim;
        if (ring.try_claim_read(claim, [most](std::size_t size) {
                return size != 0 && size <= most && size % sizeof(element) == 0;
            }) != ring_result::claimed)
            break;
        load_elements(rest.data(), claim.payload, claim.size / sizeof(element));
        done += claim.size / sizeof(element);
        ring.release(claim);
    }
    return done;
}

// Each case has a claim of its own: one whose address is taken is not kept in registers, and loads of
// it would wait for several stores to come together.
template <class Part>
BOOST_FORCEINLINE std::optional<basic_write_claim<Part>> claim_write(Part& ring, deadline until) {
    typename Part::claim_type claim;
    if (BOOST_LIKELY(ring.claim_write_at_once(claim, claim_use::object)))
        return std::optional<basic_write_claim<Part>>(std::in_place, ring, claim);
    typename Part::claim_type later;
    if (!ring.wait_to_write(later, until, claim_use::object))
        return std::nullopt;
    return std::optional<basic_write_claim<Part>>(std::in_place, ring, later);
}

//! `exactly`: the size that the message has to have; 0: any.
template <class Part>
BOOST_FORCEINLINE std::optional<basic_read_claim<Part>> claim_read(Part& ring, deadline until,
                                                                   std::size_t exactly = 0) {
    typename Part::claim_type claim;
    const std::size_t most = ring.node_size();
    const auto accept = [most, exactly](std::size_t size) {
        return size <= most && (exactly == 0 || size == exactly);
    };
    if (BOOST_LIKELY(ring.claim_read_at_once(claim, accept, claim_use::object)))
        return std::optional<basic_read_claim<Part>>(std::in_place, ring, claim);
    typename Part::claim_type later;
    const ring_result r = ring.wait_to_read(later, until, accept, claim_use::object);
    if (BOOST_UNLIKELY(r == ring_result::refused))
        throw_message_size(ring, later.size, exactly == 0 ? most : exactly, exactly != 0, 1);
    if (r != ring_result::claimed)
        return std::nullopt;
    return std::optional<basic_read_claim<Part>>(std::in_place, ring, later);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
