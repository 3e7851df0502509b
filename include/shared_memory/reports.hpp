// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What a handle tells about its segment: its participants, what was given back, how much memory.

#ifndef SHARED_MEMORY_REPORTS_HPP
#define SHARED_MEMORY_REPORTS_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/options.hpp>

#include <boost/assert.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! What a participant holds, or waits for. Each part of a segment adds the rows that it has; their names
//! stay the same for good.
//!
//! | held | it is |
//! |---|---|
//! | "nodes_to_write" | `count` nodes in a row of a ring, claimed for writing, from `position` on |
//! | "messages_to_read" | `count` messages in a row, claimed for reading |
//! | "single_writer", "single_reader" | the role in a ring that was made for one |
//! | "read_lock" | `count` times, by threads of the handle |
//! | "buffer_to_store", "value_in_place" | a buffer of a latest value, claimed or pinned |
//! | "write_lock" | the lock; and "turn_to_write": the next one to have it, when all readers are gone |
//!
//! Waited for, by `count` threads of the handle that sleep: a "message", "room" in a ring, the "lock", a
//! "newer_value", a "buffer_or_pin" of a latest value.
struct holding {
    std::string_view what;
    std::uint64_t count;        //!< at least 1
    std::uint64_t position = 0; //!< of nodes: as write_claim::position; else 0
};

//! What a participant has done since it was opened. Each part of a segment adds the rows that it has;
//! their names stay the same for good.
//!
//! | counted | it is |
//! |---|---|
//! | "messages_written", "messages_read" | through a ring; a claim that is open, and not given up, counts |
//! | "bytes_written", "bytes_read" | of handles opened with options().statistics() |
//! | "last_write_ms", "last_read_ms" | the same: how many milliseconds ago the last of them ended |
//! | "sleeps" | how often a thread of the handle went to sleep to wait |
struct counted {
    std::string_view what;
    std::uint64_t count;
};

//! One open handle of a segment, in this process or another.
struct participant {
    std::uint32_t slot; //!< its slot, 0 to max_participants - 1
    //! Its process, as that process sees itself; another container's number may mean nothing here.
    std::uint64_t process_id;
    shared_memory::role role; //!< what the handle said it is for
    bool alive;               //!< the kernel's word; false: it died, and is not repaired yet
    bool owner;               //!< it owns the segment
    bool self;                //!< it is this handle
    //! What it holds, or held when it died: what others may have to wait for. If it goes on meanwhile,
    //! each row was true at some moment.
    std::vector<holding> holds{};
    std::vector<holding> waits_for{};
    std::vector<counted> counts{};

    //! The count of the row of that name; 0 if there is none.
    std::uint64_t count(std::string_view what) const noexcept {
        for (const counted& one : counts) {
            if (one.what == what)
                return one.count;
        }
        return 0;
    }
};

//! What `recover()` gave back, as rows: each part of a segment adds the rows that it has.
//!
//!     for (const auto& row : handle.recover())
//!         std::cout << row.what << ": " << row.count << '\n';
//!
//! The rows of this version have functions of their own. A row that is not there counts 0.
class recovery_report {
public:
    struct row {
        std::string_view what; //!< "writes_discarded", for one; the name stays the same for good
        std::uint64_t count;   //!< at least 1
    };
    using value_type = row;
    using const_iterator = const row*;
    //! The most rows that the parts of one segment have together.
    static constexpr std::size_t max_rows = 16;

    //! Dead participants whose slots are free again.
    std::uint64_t participants_reaped() const noexcept { return count("participants_reaped"); }
    //! Messages and values that the dead had begun to write and not committed. (A latest value that was
    //! published, and followed by another value, just before its writer's death may be counted, too.)
    std::uint64_t writes_discarded() const noexcept { return count("writes_discarded"); }
    //! Messages that the dead had claimed and not released: other readers get them.
    std::uint64_t reads_redelivered() const noexcept { return count("reads_redelivered"); }
    //! Messages that the dead held and that had been delivered max_deliveries times.
    std::uint64_t messages_given_up() const noexcept { return count("messages_given_up"); }
    //! Messages that the dead held and that are dead letters now: see options::dead_letters.
    std::uint64_t dead_letters() const noexcept { return count("dead_letters"); }
    //! Values that the dead held in place.
    std::uint64_t pins_released() const noexcept { return count("pins_released"); }
    //! Read and write locks that the dead held.
    std::uint64_t locks_released() const noexcept { return count("locks_released"); }

    //! The count of the row of that name; 0 if there is none.
    std::uint64_t count(std::string_view what) const noexcept {
        for (const row& one : *this) {
            if (one.what == what)
                return one.count;
        }
        return 0;
    }
    //! Adds to the row of that name, and makes the row if need be; 0 adds nothing. `what` must
    //! outlive the report: parts give a literal.
    void add(std::string_view what, std::uint64_t count) noexcept {
        if (count == 0)
            return;
        std::size_t i = 0;
        while (i != size_ && rows_[i].what != what)
            ++i;
        BOOST_ASSERT_MSG(i != max_rows, "the parts of a segment have more than max_rows rows");
        if (i == max_rows)
            return;
        if (i == size_)
            rows_[size_++] = {what, 0};
        rows_[i].count += count;
    }

    //! True: nothing was given back.
    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
    const_iterator begin() const noexcept { return rows_.data(); }
    const_iterator end() const noexcept { return rows_.data() + size_; }

private:
    std::array<row, max_rows> rows_{};
    std::size_t size_ = 0;
};

//! How one handle's mapping is backed, by the kernel's word.
struct memory_use {
    std::uint64_t mapped_bytes; //!< all of it, in whole pages
    //! In this process's tables now: no page fault waits there. None: the kernel does not tell.
    std::optional<std::uint64_t> resident_bytes;
    //! Of those, mapped in huge pages. None: the kernel does not tell.
    std::optional<std::uint64_t> huge_bytes;
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
