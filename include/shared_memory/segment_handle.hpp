// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What the handles of all classes have in common: a segment found by name.

#ifndef SHARED_MEMORY_SEGMENT_HANDLE_HPP
#define SHARED_MEMORY_SEGMENT_HANDLE_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/error_code_twin.hpp>
#include <shared_memory/detail/segment.hpp>
#include <shared_memory/error.hpp>
#include <shared_memory/options.hpp>
#include <shared_memory/reports.hpp>
#include <shared_memory/segment_id.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! The base of every class of the library: a handle of a named segment of shared memory. It tells
//! the name, the id, the sizes, the owner and the participants.
//!
//! It is no value: a handle is created, moved, assigned, swapped and destroyed as its own class
//! only, so that an array's handle never holds a ring. A function that looks at handles of any
//! class takes a `segment_handle&`; `shared_buffer` opens a segment of any class, to look at it.
//!
//! **Names** have 1 to 200 bytes: no `/`, no `\`, no control character, no leading dot
//! (`errc::bad_name`).
//!
//! **Opening.** Every class has the same constructors, with Boost.Interprocess's tags:
//!
//!     X(create_only,    name, GEOMETRY, options)   // a new segment, which the handle owns
//!     X(open_or_create, name, GEOMETRY, options)   // the segment that exists, or a new segment
//!     X(open_only,      name, options)             // a segment that exists
//!     X(open_read_only, name, options)             // a segment that exists, to look at it
//!
//! GEOMETRY is what the class says there: an array's length, a ring's node count and node size. The
//! options may be left out. Each constructor throws `error`, and has a twin with a trailing
//! `std::error_code&`, which is set instead; the handle is closed then.
//!
//!  - `create_only` starts empty: it replaces a leftover segment of that name, which no living
//!    participant uses, whatever version of this library made it; a segment in use, or a segment that
//!    is kept, is `errc::already_exists`. All of the memory is reserved now: `errc::no_space`. A
//!    leftover that belongs to another user, so that its name cannot be taken, is emptied and used
//!    if it is as wanted; else `errc::permission_denied`.
//!  - `open_or_create` opens a segment with its contents, and takes the place of an owner that is
//!    dead or has left. A segment that was shut down, or whose stream has ended, begins anew, with
//!    what is unread in it, once no living participant uses it: `errc::in_use` if that does not come
//!    in time (`options::wait_for_creator`). `errc::wrong_type` if the segment exists with another
//!    geometry, `errc::wrong_version` if another version made it.
//!  - `open_only` opens a segment with its contents, also to read what is unread in a segment that
//!    was shut down; it never takes the ownership. `errc::not_found` if there is none in time
//!    (`options::wait_for_creator`); `errc::shut_down` for a writer that comes to a segment which was
//!    shut down, and where only a name is left.
//!  - `open_read_only` maps the segment read-only, takes no participant's slot, changes nothing;
//!    calls that would change something are `errc::read_only`.
//!
//! A constructor trusts nothing: whatever the name holds, it ends with a valid handle or with an
//! error that tells what was expected and found (`not_our_segment`, `wrong_kind`, `wrong_type`,
//! `wrong_version`, `wrong_synchronisation`, `corrupted`, `permission_denied`,
//! `too_many_participants`).
//! If this process dies here: no other process sees a segment that is half built, and what the dead
//! process left is removed by a later creator.
//!
//! **Ownership.** The creator owns the segment. When the owner closes, the segment is shut down:
//! waits end with `errc::shut_down`, and what is unread may be read, by those that are attached and
//! by those that come with `open_only`. When the owner *dies*, or leaves by `leave()`, the other
//! participants go on, and a process that comes with `open_or_create` takes the ownership over.
//!
//! **Its end.** A segment lives as long as a participant is attached, or as it holds something: a
//! ring, messages that were written and not read; an array or a buffer, its contents, unless its
//! owner has closed. The name goes when the owner has closed and nothing is held, or when the last
//! participant leaves and nothing is held. A handle that has only looked (opened, and neither written
//! nor read) ends nothing. See doc/life_of_a_segment.md.
//!
//! **Threads.** Const functions, and `close()`, may be called by any number of threads; a thread
//! that moves, swaps or destroys a handle needs it for itself.
//!
//! **If this process dies** at any point, the others go on: every participant that waits, attaches
//! or calls `recover()` gives back what the dead participant held. A process that is stopped or
//! slow is not dead and keeps what it holds. A participant that cannot ask the system any more who is
//! alive (doc/surroundings.md) gets `errc::system_error` when it would wait.
//!
//! **fork().** A child owns nothing of what it inherits: destroying an inherited handle or claim
//! leaves the parent's segment alone. The first use of an inherited handle attaches it anew, as a
//! participant of its own; an inherited claim is `errc::forked`.
//!
//! **Errors** of all calls that are not `noexcept`: `errc::closed`, and in a child `errc::forked`.
class SHARED_MEMORY_DECL segment_handle {
public:
    segment_handle(const segment_handle&) = delete;
    segment_handle& operator=(const segment_handle&) = delete;

    //! True from construction to `close()`.
    bool is_open() const noexcept;
    explicit operator bool() const noexcept { return is_open(); }

    //! Ends this handle's waits, in whatever thread, and every later call with `errc::closed`; what
    //! claims hold stays valid until they end. The owner's close shuts the segment down: marks it,
    //! wakes all sleepers, and removes the name, unless messages are unread (`left_unread()`). Closing
    //! twice does nothing.
    //!
    //! May be called from a signal handler, whatever call of this library the signal has interrupted
    //! (doc/graceful_shutdown.md): it allocates nothing, takes no mutex and keeps `errno`. (Not where
    //! processes wait by Boost.Interprocess: there, waking takes a mutex.)
    //! If this process dies here: the others go on as if the owner had died before, or had closed.
    void close() noexcept;

    //! Ends this handle as `close()` does, but shuts nothing down: the others go on without an owner,
    //! and the next `open_or_create` owns the segment. The first one of close() and leave() counts. May be
    //! called from a signal handler, as `close()`.
    //! If this process dies here: the others go on as if the owner had died before.
    void leave() noexcept;

    //! Messages that were written, and that no reader has released: after close(), how many stay for
    //! those that come. 0 for classes without messages, and for a handle that never was open.
    std::uint64_t left_unread() const noexcept;

    //! The owner's wish that the segment outlives all its users, or no longer: then no close and no
    //! leaving takes its name away, and `create_only` does not replace it; only `remove()` ends it.
    //! Throws `errc::permission_denied` if this handle is not the owner, `errc::bad_argument` on
    //! Windows, where what no process has open is gone.
    //! If this process dies here: the segment is kept, or not.
    void keep(bool value = true);
    //! The segment is kept.
    bool kept() const;

    //! The name was taken away by somebody else, as by `rm`, or by systemd's RemoveIPC: those that are
    //! attached go on, and nobody else finds the segment. Errors that end a wait say so, too. A name
    //! that the library has taken away, as by the owner's close, is not lost. See
    //! doc/life_of_a_segment.md for how to prevent it.
    bool name_lost() const;

    //! The name, as given; empty for a handle that never was open.
    const std::string& name() const noexcept;
    //! Tells the segment from all others: the same through every handle, in every process, and
    //! another once the segment was created anew.
    segment_id id() const;
    //! Bytes for the user: the array's or buffer's size, or all nodes' together.
    std::uint64_t buffer_size() const;
    //! Bytes of the whole object, with everything that the library keeps in it.
    std::uint64_t total_size() const;
    //! "circular_buffer", "shared_array" or "buffer_read_write".
    const char* kind_name() const;
    //! The limit of participants that the segment was created with.
    std::uint32_t max_participants() const;

    //! How this handle's mapping is backed now; see `options::prefault` and `options::huge_pages`.
    //! The kernel looks at all that the process maps: this call is not for a hot path.
    memory_use memory() const;

    //! This handle owns the segment: it created the segment or took the ownership over.
    bool is_owner() const noexcept;
    //! The owner is attached and its process lives.
    bool owner_alive() const;
    //! The owner has closed the segment.
    bool is_shutting_down() const noexcept;
    //! Opened with `open_read_only`.
    bool is_read_only() const noexcept;

    //! The participants that are attached now, and dead participants that were not repaired yet, in
    //! the order of their slots; what each of them holds, and what it waits for. The call looks at
    //! every node of a ring that was used yet: it is not for a hot path.
    std::vector<participant> participants() const;
    //! How many living participants, this one included, may read (write).
    std::uint32_t readers_alive() const;
    std::uint32_t writers_alive() const;

    //! Gives back now what dead participants held, and tells what that was. A participant that
    //! waits does this by itself. Throws `errc::read_only` through a read-only handle.
    //! If this process dies here: the next participant that looks gives back the rest.
    recovery_report recover();

    //! Removes the name of a segment that no living participant uses, and with it what is unread, whatever version of this library
    //! made it. False: there is no segment of that name. Throws `errc::in_use` if a participant lives, `errc::not_our_segment` if the name
    //! holds something else, `errc::permission_denied`, `errc::bad_name`.
    [[nodiscard]] static bool remove(std::string_view name);
    //! The same, without throwing: false with `ec` clear if there was none, false with `ec` set.
    [[nodiscard]] static bool remove(std::string_view name, std::error_code& ec) noexcept;

protected:
    //! A closed handle.
    segment_handle() noexcept = default;
    //! A handle of that segment; if that is null, a closed handle.
    explicit segment_handle(detail::segment_ptr segment) noexcept : segment_(std::move(segment)) {}
    //! The moved-from handle is closed.
    segment_handle(segment_handle&&) noexcept = default;
    segment_handle& operator=(segment_handle&& other) noexcept;
    //! Closes; the mapping goes when the last claim on it has ended.
    ~segment_handle();

    void swap_segments(segment_handle& other) noexcept { segment_.swap(other.segment_); }

    //! Throws `closed` for a handle that never was open.
    detail::segment& mapping() const {
        if (BOOST_UNLIKELY(!segment_))
            throw_never_open();
        return *segment_;
    }
    //! Throws `closed`, `forked`.
    detail::segment& attached() const;

    detail::segment_ptr segment_;

private:
    [[noreturn]] static void throw_never_open();
    std::uint32_t alive(role wanted) const;
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
