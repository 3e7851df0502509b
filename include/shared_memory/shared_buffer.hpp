// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What all classes of the library have in common: a segment found by name.

#ifndef SHARED_MEMORY_SHARED_BUFFER_HPP
#define SHARED_MEMORY_SHARED_BUFFER_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/segment.hpp>
#include <shared_memory/error.hpp>
#include <shared_memory/options.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! One open handle of a segment, in this process or another.
struct participant {
    std::uint32_t slot; //!< its slot, 0 to max_participants - 1
    std::uint64_t
        process_id; //!< as its own process sees it; another container's may mean nothing here
    shared_memory::role role; //!< what it said it is for
    bool alive;               //!< the kernel's word; false: it died, and nobody has repaired it yet
    bool owner;               //!< it owns the segment
    bool self;                //!< it is this handle
};

//! What `recover()` did.
struct recovery_report {
    std::uint32_t participants_reaped = 0; //!< dead participants whose slots are free again
    std::uint64_t writes_discarded = 0;    //!< messages that they had not committed
    std::uint64_t reads_redelivered = 0;   //!< messages that they had not released
    std::uint64_t messages_given_up = 0;   //!< those that had been delivered max_deliveries times
    std::uint32_t locks_released = 0;      //!< read and write locks that they held
};

//! How one handle's mapping is backed, by the kernel's word.
struct memory_use {
    std::uint64_t mapped_bytes; //!< all of it, in whole pages
    //! In this process's tables now: no page fault waits there. None: the kernel does not tell.
    std::optional<std::uint64_t> resident_bytes;
    //! Of those, mapped in huge pages. None: the kernel does not tell.
    std::optional<std::uint64_t> huge_bytes;
};

//! A named segment of shared memory: the base of every class of the library. It tells the name, the
//! sizes, who owns the segment and who is attached. On its own it opens a segment of any kind, to
//! look at it.
//!
//! **Names** have 1 to 200 bytes: no `/`, no `\`, no control character, no leading dot
//! (`errc::bad_name`).
//!
//! **Ownership.** The creator owns the segment. When the owner closes, the segment is shut down:
//! its name goes, waits end with `errc::shut_down`, and those attached may read what is left. When
//! the owner *dies*, the others go on; the last one to leave removes the name, and one who comes
//! with `open_or_create` takes the ownership over.
//!
//! **Opening** trusts nothing: whatever the name holds, it ends with a valid handle or with an
//! error that tells what was expected and found (`not_found`, `not_our_segment`, `wrong_kind`,
//! `wrong_type`, `wrong_version`, `wrong_synchronisation`, `corrupted`, `permission_denied`,
//! `too_many_participants`). Every opening constructor has a twin with a trailing
//! `std::error_code&`, which is set instead of throwing; the handle is closed then.
//!
//! **Threads.** Const functions, and `close()`, may be called by any number of threads; moving,
//! swapping and destroying a handle needs it for oneself.
//!
//! **If this process dies** at any point, the others go on: whoever waits, attaches or calls
//! `recover()` gives back what the dead one held. A process that is stopped or slow is not dead and
//! keeps what it holds.
//!
//! **fork().** A child owns nothing of what it inherits: destroying an inherited handle or claim
//! leaves the parent's segment alone. The first use of an inherited handle attaches it anew, as a
//! participant of its own; an inherited claim is `errc::forked`.
class SHARED_MEMORY_DECL shared_buffer {
public:
    //! A closed handle.
    shared_buffer() noexcept = default;
    //! Attaches to an existing segment of any kind.
    shared_buffer(open_only_t, std::string_view name, const options& = {});
    shared_buffer(open_only_t, std::string_view name, const options&, std::error_code&);
    shared_buffer(open_only_t, std::string_view name, std::error_code&);
    //! Looks at an existing segment of any kind: mapped read-only, no participant, changes nothing.
    shared_buffer(open_read_only_t, std::string_view name, const options& = {});
    shared_buffer(open_read_only_t, std::string_view name, const options&, std::error_code&);
    shared_buffer(open_read_only_t, std::string_view name, std::error_code&);

    //! The moved-from handle is closed.
    shared_buffer(shared_buffer&&) noexcept = default;
    shared_buffer& operator=(shared_buffer&& other) noexcept;
    //! Closes; the mapping goes when the last claim on it has ended.
    ~shared_buffer();

    friend void swap(shared_buffer& a, shared_buffer& b) noexcept { swap_handles(a, b); }
    void swap(shared_buffer& other) noexcept { swap_handles(*this, other); }

    //! True from construction to `close()`.
    bool is_open() const noexcept;
    explicit operator bool() const noexcept { return is_open(); }

    //! Ends this handle's waits, in whatever thread, and every later call with `errc::closed`; what
    //! claims hold stays valid until they end. The owner's close shuts the segment down: marks it,
    //! wakes all who wait, removes the name. Closing twice does nothing.
    //! If this process dies here: as if the owner had died before, or had closed.
    void close() noexcept;

    //! The name, as given; empty for a default-constructed handle.
    const std::string& name() const noexcept;
    //! Bytes for the user: the array's or buffer's size, or all nodes' together.
    std::uint64_t buffer_size() const;
    //! Bytes of the whole object, with everything that the library keeps in it.
    std::uint64_t total_size() const;
    //! "circular_buffer", "shared_array" or "buffer_read_write".
    const char* kind_name() const;
    //! The limit of participants that the segment was created with.
    std::uint32_t max_participants() const;

    //! How this handle's mapping is backed now; see `options::prefault` and `options::huge_pages`.
    //! The kernel looks at all that the process maps: not for a hot path.
    memory_use memory() const;

    //! This handle owns the segment: it created it or took the ownership over.
    bool is_owner() const noexcept;
    //! The owner is attached and its process lives.
    bool owner_alive() const;
    //! The owner has closed the segment.
    bool is_shutting_down() const noexcept;
    //! Opened with `open_read_only`.
    bool is_read_only() const noexcept;

    //! Everybody attached now, the dead who were not repaired yet among them, in slot order.
    std::vector<participant> participants() const;
    //! How many living participants, this one included, may read (write).
    std::uint32_t readers_alive() const;
    std::uint32_t writers_alive() const;

    //! Gives back now what dead participants held. One who waits does this by itself.
    //! Throws `errc::read_only` through a read-only handle.
    recovery_report recover();

    //! Removes the name of a segment that nobody living uses. Returns false if there is none of
    //! that name. Throws `errc::in_use` if a participant lives, `errc::not_our_segment` if the name
    //! holds something else, `errc::permission_denied`, `errc::bad_name`.
    static bool remove(std::string_view name);
    //! The same, without throwing: false with `ec` clear if there was none, false with `ec` set.
    static bool remove(std::string_view name, std::error_code& ec) noexcept;

protected:
    explicit shared_buffer(detail::segment_ptr segment) noexcept : segment_(std::move(segment)) {}

    //! Throws `closed` for a handle that never was open.
    detail::segment& mapping() const {
        if (BOOST_UNLIKELY(!segment_))
            throw_never_open();
        return *segment_;
    }
    //! Throws `closed`, `forked`.
    detail::segment& attached() const;

    //! For constructors that do not throw.
    template <class Open>
    void open_or_tell(std::error_code& ec, Open&& open) noexcept {
        ec.clear();
        try {
            auto opened = open();
            segment_.swap(opened.segment_);
        } catch (...) {
            ec = current_error();
        }
    }

    //! Each class has a swap of its own: a handle only ever holds a segment of its class's kind.
    template <class Handle>
    static void swap_handles(Handle& a, Handle& b) noexcept {
        a.segment_.swap(b.segment_);
    }

    detail::segment_ptr segment_;

private:
    [[noreturn]] static void throw_never_open();
    static std::error_code current_error();
    std::uint32_t alive(role wanted) const;
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
