// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! How to create and open: Boost.Interprocess's tags, and the options that go with them.

#ifndef SHARED_MEMORY_OPTIONS_HPP
#define SHARED_MEMORY_OPTIONS_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/interprocess/creation_tags.hpp>
#include <boost/interprocess/permissions.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

using boost::interprocess::create_only;
using boost::interprocess::create_only_t;
using boost::interprocess::open_only;
using boost::interprocess::open_only_t;
using boost::interprocess::open_or_create;
using boost::interprocess::open_or_create_t;
using boost::interprocess::open_read_only;
using boost::interprocess::open_read_only_t;
using boost::interprocess::permissions;

//! What a handle is for. Others see it, and `errc::abandoned` is judged by it.
enum class role : std::uint32_t { reader = 1, writer = 2, both = 3 };

//! What the destructor of an owner's handle does, unless it was closed: see segment_handle.
enum class owner_exit : std::uint32_t {
    shut_down, //!< as close()
    leave      //!< as leave()
};

//! Options of creating and opening; each setter returns the object, so that they chain:
//!
//!     sm::circular_buffer ring(sm::open_only, "ring",
//!                              sm::options().role(sm::role::reader).wait_for_creator(30s));
//!
//! **Of the segment** are max_participants, max_deliveries, dead_letters, max_journals, single_writer
//! and single_reader: a creator gives them to the segment for good. A handle that opens an existing
//! segment (`open_only`, `open_read_only`, or `open_or_create` if the segment is there)
//! compares those that were set with what the segment was created with: another value is
//! `errc::wrong_type`, whose text tells both. An option that was not set is not compared, and the
//! segment is taken as it is. **Of the creator** are permissions. **Of the handle** are all the others:
//! each handle has its own.
//!
//! Values out of range are refused by the call that gets the options, with `errc::out_of_range`.
class options {
public:
    using duration = std::chrono::nanoseconds;
    static constexpr std::uint32_t most_deliveries = 31; //!< the limit of max_deliveries
    static constexpr std::uint32_t most_journals = 1024; //!< the limit of max_journals
    static constexpr std::uint32_t most_buffers = 1024;  //!< the limit of buffers
    static constexpr std::uint32_t most_pins = 64;       //!< the limit of pins

    //! The options of the segment that were set, and so are compared; empty: not set.
    struct settings {
        std::optional<std::uint32_t> max_participants;
        std::optional<std::uint32_t> max_deliveries;
        std::optional<bool> dead_letters;
        std::optional<std::uint32_t> max_journals;
        std::optional<std::uint32_t> buffers;
        std::optional<std::uint32_t> pins;
        std::optional<bool> single_writer;
        std::optional<bool> single_reader;
    };

    //! Creating: who may open the segment. Default: the creating user alone (0600). The process's
    //! umask does not matter. A process that may write to the segment is trusted not to truncate
    //! it, and a process that may read it can keep it from being replaced. Opening: neither compared
    //! nor changed, since they say who may open the segment, and not what it is; the object's user may
    //! have changed them.
    options& permissions(const boost::interprocess::permissions& value) {
        permissions_ = value;
        return *this;
    }

    //! Creating: how many handles may be open on the segment at a time, 1 to 1023. Default: 64.
    //! Opening: compared.
    options& max_participants(std::uint32_t value) {
        given_.max_participants = value;
        return *this;
    }

    //! Creating a ring: how often a message is given to a reader at most, 1 to 31, before it is
    //! given up, because its readers keep dying or giving it back. 0, the default: any number.
    //! Opening: compared.
    options& max_deliveries(std::uint32_t value) {
        given_.max_deliveries = value;
        return *this;
    }

    //! Creating a ring with max_deliveries: a message that was delivered so often, and not released,
    //! is not given up. It stays in its node as a *dead letter*, which no reader gets, until a handle
    //! with `dead_letters_to` moves it: see dead_letters.hpp. Default: off. Opening: compared.
    options& dead_letters(bool value = true) {
        given_.dead_letters = value;
        return *this;
    }

    //! Creating a ring: how many journals it has, 0 to 1024. Default: 12. In a journal, a process
    //! that carries messages between the ring and another place keeps how far it has come, so that
    //! its successor takes no message twice; there is one for each such process or source. (They
    //! are laid out in this version, and not used yet.) A journal takes 128 bytes; 0 leaves them
    //! out. Opening: compared.
    options& max_journals(std::uint32_t value) {
        given_.max_journals = value;
        return *this;
    }

    //! Creating a ring: the ring will have a single writer (reader) at a time; creating a latest
    //! value: a single writer. Then that side needs no locked instruction, and is about twice as fast. The first handle that writes (reads)
    //! becomes the single writer (reader), until it is destroyed or its process dies; calls of
    //! another handle wait for that a quarter of a second, and throw `errc::in_use`. Only one
    //! thread at a time may write (read) through the handle, and no child of its process that was
    //! made behind the C library's back (a bare `clone`). Default: any number of them. Opening:
    //! compared, `single_writer(false)` too.
    options& single_writer(bool value = true) {
        given_.single_writer = value;
        return *this;
    }
    options& single_reader(bool value = true) {
        given_.single_reader = value;
        return *this;
    }

    //! Creating a latest value: how many buffers it has, 2 + pins to 1024. 0, the default: 8 for
    //! values of at most 4096 bytes, else 4, and one more for each pin. No writer waits for another
    //! one, nor for a reader in place, as long as there are more buffers than pins and writers that
    //! store at the same time. Opening: compared, unless either number
    //! is 0.
    options& buffers(std::uint32_t value) {
        given_.buffers = value;
        return *this;
    }
    //! Creating a latest value: how many readers at a time may look at a value in place (claim_load),
    //! 0 to 64. Default: 0. Opening: compared.
    options& pins(std::uint32_t value) {
        given_.pins = value;
        return *this;
    }

    //! What this handle is for. A ring's handle with `role::reader` cannot write, a handle with
    //! `role::writer` cannot read. Default: both. Opening: of this handle alone, as are all below.
    options& role(shared_memory::role value) {
        role_ = value;
        return *this;
    }

    //! A wait ends with `errc::abandoned` when no other living participant has the role that the
    //! wait needs (a writer if it is to read, a reader if it is to write), and there was one
    //! before. Default: off, a wait goes on until a participant comes.
    options& end_when_abandoned(bool value = true) {
        end_when_abandoned_ = value;
        return *this;
    }

    //! The ring to which this handle, of a ring with dead_letters, moves dead letters, as it reads: see
    //! dead_letters.hpp. That ring must be there. Default, or an empty name: none.
    options& dead_letters_to(std::string_view ring) {
        dead_letters_to_ = ring;
        return *this;
    }

    //! `open_only`: how long to wait for a complete segment of that name; for a handle with
    //! `role::writer`, also until a segment that was shut down is begun anew. `open_or_create`: how long
    //! to wait until the last participants have left a segment that was shut down, or whose stream
    //! has ended, while messages are unread in it. Default: not at all.
    template <class Rep, class Period>
    options& wait_for_creator(const std::chrono::duration<Rep, Period>& value) {
        wait_for_creator_ = clamp(value);
        return *this;
    }

    //! What the destructor does if this handle owns the segment, and was not closed: shuts the segment
    //! down, or leaves, so that its successor and the others go on. Default: `shut_down`.
    options& on_owner_exit(owner_exit value) {
        owner_exit_ = value;
        return *this;
    }

    //! A fork's child attaches this handle at once, before fork() returns, and not only by its first
    //! call; and it inherits the ownership: when the owner's process ends, or destroys its handle
    //! without close(), the child's handle is the owner. For programs that open, and fork then, as
    //! daemon(3) does. Each child takes a participant's slot. If it cannot attach at once (every slot
    //! is taken), its first call does, or tells why not. Default: off. Windows has no fork().
    options& inherit_on_fork(bool value = true) {
        inherit_on_fork_ = value;
        return *this;
    }

    //! How often a waiting handle asks the kernel whether another participant has died, so that it
    //! can repair what the dead participant held. Zero: only before it goes to sleep (for tests).
    //! Default: 80 ms.
    //!
    //! A death is noticed within one interval, as long as anybody waits. Where more than 16
    //! participants are attached, one waiting handle asks for all of them; if it ends its wait,
    //! another one takes its place, and a death just then is noticed within six intervals, 480 ms;
    //! seven if it is killed just as it was about to ask.
    template <class Rep, class Period>
    options& death_check_interval(const std::chrono::duration<Rep, Period>& value) {
        death_check_interval_ = clamp(value);
        return *this;
    }

    //! Every page of the segment is there, and mapped in this process for writing (read-only: for
    //! reading), before the constructor returns: no call waits for the kernel to do that later.
    //! Creating: also clears the memory, which is reserved in any case; some 0.2 ms a MiB. Opening:
    //! prepares this handle's own mapping, in half of that time, and changes nothing for others;
    //! each handle asks for itself. A fork's child does the same when it attaches anew. This is
    //! never an error: `segment_handle::memory()` says what was granted. Memory may still be
    //! swapped out, if the system does that. Default: off.
    options& prefault(bool value = true) {
        prefault_ = value;
        return *this;
    }

    //! Asks the kernel to map the segment in huge pages (2 MiB on x86-64), as many whole pages as
    //! fit: a large segment then has fewer misses in the tables. Creating: has the memory put
    //! together in huge pages then and there. Opening: maps the huge pages that are there, and has
    //! the rest put together; others meet page faults there again. Each handle asks for itself.
    //! This is never an error: `segment_handle::memory()` says what was granted. Default: off.
    options& huge_pages(bool value = true) {
        huge_pages_ = value;
        return *this;
    }

    //! This handle's calls on a ring count bytes, and when the last message was written and read, for
    //! others to see (participant::counts). Messages are counted in any case. Costs some 30 ns a
    //! message, or a batch. Default: off.
    options& statistics(bool value = true) {
        statistics_ = value;
        return *this;
    }

    // What was set, or else the default. (A getter of a bool has a name of its own: without an
    // argument, the setter's name sets.)
    const boost::interprocess::permissions& permissions() const noexcept { return permissions_; }
    std::uint32_t max_participants() const noexcept { return given_.max_participants.value_or(64); }
    std::uint32_t max_deliveries() const noexcept { return given_.max_deliveries.value_or(0); }
    bool has_dead_letters() const noexcept { return given_.dead_letters.value_or(false); }
    std::uint32_t max_journals() const noexcept { return given_.max_journals.value_or(12); }
    std::uint32_t buffers() const noexcept { return given_.buffers.value_or(0); }
    std::uint32_t pins() const noexcept { return given_.pins.value_or(0); }
    bool has_single_writer() const noexcept { return given_.single_writer.value_or(false); }
    bool has_single_reader() const noexcept { return given_.single_reader.value_or(false); }
    shared_memory::role role() const noexcept { return role_; }
    bool ends_when_abandoned() const noexcept { return end_when_abandoned_; }
    owner_exit on_owner_exit() const noexcept { return owner_exit_; }
    bool inherits_on_fork() const noexcept { return inherit_on_fork_; }
    bool prefaults() const noexcept { return prefault_; }
    bool uses_huge_pages() const noexcept { return huge_pages_; }
    const std::string& dead_letters_to() const noexcept { return dead_letters_to_; }
    bool keeps_statistics() const noexcept { return statistics_; }
    duration wait_for_creator() const noexcept { return wait_for_creator_; }
    duration death_check_interval() const noexcept { return death_check_interval_; }
    //! What is compared when an existing segment is opened.
    const settings& given() const noexcept { return given_; }

private:
    // More than a century is for ever; nothing overflows on its way to nanoseconds.
    template <class Rep, class Period>
    static duration clamp(const std::chrono::duration<Rep, Period>& value) {
        using seconds = std::chrono::duration<long double>;
        constexpr auto longest = std::chrono::hours(24 * 365 * 100);
        if (seconds(value) > longest)
            return longest;
        return seconds(value) > seconds::zero() ? std::chrono::ceil<duration>(seconds(value))
                                                : duration::zero();
    }

    SHARED_MEMORY_DECL static boost::interprocess::permissions owner_only();

    boost::interprocess::permissions permissions_ = owner_only();
    settings given_;
    std::string dead_letters_to_;
    shared_memory::role role_ = shared_memory::role::both;
    bool end_when_abandoned_ = false;
    owner_exit owner_exit_ = owner_exit::shut_down;
    bool inherit_on_fork_ = false;
    bool prefault_ = false;
    bool huge_pages_ = false;
    bool statistics_ = false;
    duration wait_for_creator_ = duration::zero();
    duration death_check_interval_ = std::chrono::milliseconds(80);
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
