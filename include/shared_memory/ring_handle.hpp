// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What every handle of a ring has: what it tells of the ring, and the end of the stream.

#ifndef SHARED_MEMORY_RING_HANDLE_HPP
#define SHARED_MEMORY_RING_HANDLE_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/part/ring_part.hpp>
#include <shared_memory/detail/waited_for.hpp>
#include <shared_memory/segment_handle.hpp>

#include <boost/config.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! Where a ring stands at one moment, as positions: see basic_write_claim. (Only differences count
//! when read_start begins again at 0, which happens after 2^46 laps, 2^44 in the largest rings.)
//! Several nodes are looked at one after the other, so under traffic the numbers are approximate.
struct ring_snapshot {
    std::uint64_t write_start; //!< the next message to be claimed by a writer
    std::uint64_t write_end;   //!< the first message that cannot be read yet
    std::uint64_t read_start;  //!< the next message to be claimed by a reader
    std::uint64_t read_end;    //!< the oldest message that is not released yet
};

//! The base of circular_buffer, whose messages are bytes, and of circular_buffer_of, whose messages are
//! all of one type. It is a base and no value: one is not assigned to the other.
class SHARED_MEMORY_DECL ring_handle : public segment_handle {
public:
    static constexpr std::uint32_t min_node_count = detail::min_node_count;
    static constexpr std::uint32_t max_node_count = detail::max_node_count;
    static constexpr std::uint32_t max_node_size = detail::max_node_size;

    std::uint32_t node_count() const { return ring().node_count(); }
    //! As the ring was created: see options.
    bool single_writer() const;
    bool single_reader() const;
    //! Bytes of the largest message.
    std::uint32_t node_size() const { return ring().node_size(); }

    //! Bytes of the message that a read would get now; `nullopt` if there is none. Another reader
    //! may take it first.
    std::optional<std::size_t> next_size();
    //! Takes the next message away unread; false if there is none. For a message that no reader
    //! can take.
    bool discard();

    //! Ends the stream: later writes, through any handle, fail with `errc::end_of_stream`; a reader
    //! gets this error once all messages before the end are read and released, or at least held by
    //! the reader itself: a message that another reader holds may come back. A node claimed before
    //! may still be committed. There is no way back: to start again, create the ring anew. If this
    //! process dies here: the stream is ended, or not.
    void end_of_stream();
    //! True: every message committed before the call was read and released. False: this was not so
    //! in time. A shutdown does not end this wait, since readers may go on; `abandoned` does, with
    //! that option.
    [[nodiscard]] bool wait_drained_for(any_duration wait) { return wait_drained(wait.end()); }
    [[nodiscard]] bool wait_drained_until(any_time_point until) {
        return wait_drained(until.time());
    }

    //! No message is readable now. Looks at every node, as do `size` and `snapshot`.
    bool empty() const { return size() == 0; }
    //! A write would have to wait now.
    bool full() const;
    //! Messages readable now, without the messages behind a node that is still being written.
    std::uint32_t size() const;
    ring_snapshot snapshot() const;
    //! How many messages readers gave back, or dead readers held, since the creation.
    std::uint64_t redelivered() const;
    //! How many messages were given up after max_deliveries.
    std::uint64_t given_up() const;
    //! How many dead letters the ring has now, and whether it keeps any: see dead_letters.hpp.
    std::uint32_t dead_letters() const;
    bool keeps_dead_letters() const;
    //! Moves dead letters, as many as have room, to the ring of options::dead_letters_to; returns how
    //! many. Throws `errc::bad_argument` without that option, and what writing to that ring throws. If
    //! this process dies here: the next mover goes on, see dead_letters.hpp.
    std::size_t move_dead_letters();
    //! The limit of deliveries of a message that the ring was created with; 0: none.
    std::uint32_t max_deliveries() const;
    //! How many journals the ring was created with: see options.
    std::uint32_t max_journals() const;

protected:
    ring_handle() noexcept = default;
    explicit ring_handle(detail::segment_ptr segment) noexcept
        : segment_handle(std::move(segment)) {}
    ring_handle(ring_handle&&) noexcept = default;
    ring_handle& operator=(ring_handle&&) noexcept = default;
    ~ring_handle() = default;

    const detail::ring_part& ring() const {
        return static_cast<const detail::ring_part&>(mapping().part_at(0));
    }
    detail::ring_part& part_to_write() {
        if (BOOST_LIKELY(segment_ && known_ring().writable()))
            return known_ring();
        return make_usable_for(role::writer);
    }
    detail::ring_part& part_to_read() {
        if (BOOST_LIKELY(segment_ && known_ring().readable()))
            return known_ring();
        return make_usable_for(role::reader);
    }
    detail::waited_for waited_for_reading();
    detail::waited_for waited_for_room();
    //! What every segment of a ring is.
    static detail::segment_expectation any();
    //! The same with these nodes.
    static detail::segment_expectation of(std::uint32_t node_count, std::uint32_t node_size);

private:
    // the first part of every segment of these classes
    detail::ring_part& known_ring() const {
        return static_cast<detail::ring_part&>(segment_->part_at(0));
    }
    detail::ring_part& make_usable_for(shared_memory::role wanted);
    [[nodiscard]] bool wait_drained(deadline until);
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
