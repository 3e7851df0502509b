// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Claiming, writing and reading several messages at a time: see message_calls.hpp.

#ifndef SHARED_MEMORY_DETAIL_MESSAGE_BATCH_HPP
#define SHARED_MEMORY_DETAIL_MESSAGE_BATCH_HPP

#include <shared_memory/claims.hpp>
#include <shared_memory/detail/layout/words.hpp>
#include <shared_memory/detail/load.hpp>
#include <shared_memory/detail/message.hpp>
#include <shared_memory/detail/part/ring_part.hpp>
#include <shared_memory/detail/range.hpp>
#include <shared_memory/shareable.hpp>

#include <boost/core/span.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

namespace detail {

//! As many messages as a run can have.
template <class Part>
std::uint32_t most_of_run(const Part& ring, std::size_t most) {
    if (most == 0)
        throw_bad_argument("expected a batch of 1 message or more, found 0");
    return static_cast<std::uint32_t>(std::min<std::size_t>(most, ring.node_count()));
}

template <class Part>
inline std::optional<basic_write_batch<Part>> claim_write_batch(Part& ring, std::size_t most,
                                                                deadline until) {
    typename Part::run_type run;
    if (!ring.claim_write_run(run, most_of_run(ring, most), until, claim_use::object))
        return std::nullopt;
    auto node = ring.cursor_of(run);
    for (std::uint32_t i = 0; i != run.count; ++i, node.next())
        node.set_size(ring.node_size());
    return std::optional<basic_write_batch<Part>>(std::in_place, ring, run);
}

template <class Part>
inline std::optional<basic_read_batch<Part>>
claim_read_batch(Part& ring, std::size_t most, deadline until, std::size_t exactly = 0) {
    typename Part::run_type run;
    const std::size_t longest = ring.node_size();
    const ring_result r = ring.claim_read_run(
        run, most_of_run(ring, most), until,
        [longest, exactly](std::size_t size) {
            return size <= longest && (exactly == 0 || size == exactly);
        },
        claim_use::object);
    if (r == ring_result::refused)
        throw_message_size(ring, run.first.size, exactly == 0 ? longest : exactly, exactly != 0, 1);
    if (r != ring_result::claimed)
        return std::nullopt;
    return std::optional<basic_read_batch<Part>>(std::in_place, ring, run);
}

//! A message's bytes: the bytes of a contiguous range, or of a value. Throws what a range's data()
//! and size() throw.
template <class Message>
boost::span<const std::byte> bytes_of(const Message& message) {
    if constexpr (is_range_v<const Message>) {
        SHARED_MEMORY_ASSERT_COPIED(std::remove_cv_t<range_element_t<const Message>>);
        const auto* const data = std::data(message);
        constexpr std::size_t most = (std::numeric_limits<std::size_t>::max)() / sizeof(*data);
        const std::size_t count = std::min<std::size_t>(std::size(message), most);
        return {reinterpret_cast<const std::byte*>(data), count * sizeof(*data)};
    } else {
        SHARED_MEMORY_ASSERT_COPIED(Message);
        return {reinterpret_cast<const std::byte*>(std::addressof(message)), sizeof(Message)};
    }
}

template <class Part, class Range>
std::size_t write_each(Part& ring, const Range& messages, deadline until) {
    using message = range_element_t<const Range>;
    const boost::span<message> all(std::data(messages), std::size(messages));
    std::size_t done = 0;
    while (done != all.size()) {
        // looked at first, so that nothing is claimed for a message that is too long
        const std::size_t size = bytes_of(all[done]).size();
        if (size > ring.node_size())
            throw_message_too_long(ring, size, ring.node_size());
        typename Part::run_type run;
        // A range's data() and size() may be functions of the user's.
        constexpr auto use = is_range_v<const message> ? claim_use::call : claim_use::brief;
        if (!ring.claim_write_run(run, most_of_run(ring, all.size() - done), until, use))
            break;
        // data() and size() may throw
        claim_guard<Part, typename Part::run_type, &Part::abort_run> guard(ring, run);
        std::uint32_t filled = 0;
        auto node = ring.cursor_of(run);
        for (; filled != run.count; ++filled, node.next()) {
            const auto bytes = bytes_of(all[done + filled]);
            if (bytes.size() > ring.node_size())
                break; // thrown for in the next round, when those before it are messages
            write_bytes(node.payload(), bytes.data(), bytes.size());
            node.set_size(static_cast<std::uint32_t>(bytes.size()));
        }
        guard.dismiss();
        ring.commit_run(run, filled);
        done += filled;
    }
    return done;
}

template <class Part, class Range>
std::size_t read_each(Part& ring, Range& values, deadline until) {
    using value = range_element_t<Range>;
    static_assert(!std::is_const_v<value>, "shared_memory: cannot read into const elements");
    SHARED_MEMORY_ASSERT_COPIED(value);
    const boost::span<value> all(std::data(values), std::size(values));
    if (all.empty())
        return 0;
    typename Part::run_type run;
    const std::size_t most = ring.node_size();
    const ring_result r = ring.claim_read_run(
        run, most_of_run(ring, all.size()), until,
        [most](std::size_t size) { return size == sizeof(value) && size <= most; },
        claim_use::brief);
    if (r == ring_result::refused)
        throw_message_size(ring, run.first.size, sizeof(value), true, 1);
    if (r != ring_result::claimed)
        return 0;
    auto node = ring.cursor_of(run);
    for (std::uint32_t i = 0; i != run.count; ++i, node.next())
        load_value(all[i], node.payload());
    ring.release_run(run, run.count);
    return run.count;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
