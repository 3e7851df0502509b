// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The newest value and nothing else: a cell that any process stores into, and whose readers wait
//! for nobody.

#ifndef SHARED_MEMORY_LATEST_VALUE_HPP
#define SHARED_MEMORY_LATEST_VALUE_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/latest_access.hpp>
#include <shared_memory/detail/opening.hpp>
#include <shared_memory/detail/waited_for.hpp>
#include <shared_memory/latest_claims.hpp>
#include <shared_memory/segment_handle.hpp>
#include <shared_memory/shareable.hpp>
#include <shared_memory/type_tag.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! The base of `latest_value<T>` and `latest_buffer`: a cell with the newest value.
//!
//! **What is promised.** A load returns the newest complete value, or a newer value that was stored
//! meanwhile; never half of a value, and never one older than a value that this reader has loaded or
//! whose store had returned, whatever was killed or stopped. A load writes nothing and waits for no
//! writer; it is repeated only if writers go through all other buffers of the cell during one copy.
//! A store waits for no reader, and for no other writer as long as the cell has more buffers than
//! pins and writers that store at the same time (options::buffers). Values have the versions 1, 2, 3
//! and so on, without gaps.
//!
//! **If this process dies** while it stores: the value before stays the newest, or the new value is
//! it, whole. While it loads: nothing.
//!
//! **Waiting.** `load` waits for the first value, `load_newer` for a value that is newer than a
//! version; each is a family of four calls, as in message_calls.hpp. A `store` waits only where every other
//! buffer is in somebody's hands.
//!
//! **Errors** of these calls: `errc::message_size` (the value is larger than the cell's values may
//! be, or not of the size that the reader takes), `shut_down` (the owner has closed the segment; a
//! value that is there can still be loaded), `abandoned` (a load that waits, with that option: no
//! writer is left), `closed`, `read_only` (storing), `forked`, `bad_argument` (the handle has the
//! other role), `in_use` (another handle is the single writer), `corrupted`.
//!
//! **Memory order.** The reader of a value sees what the storing thread did before it stored.
//!
//! **Read-only handles** load without a slot, and write nothing; where they wait, they look again
//! each millisecond.
//!
//! **Threads.** Any number of threads may use one handle, all functions but moving, swapping and
//! destroying; where the cell has a single writer, only one thread at a time may store.
class SHARED_MEMORY_DECL latest_handle : public segment_handle {
public:
    //! The version of the newest value; its number is 0 if there is none yet.
    shared_memory::version version() const;
    //! How many buffers and pins the cell was created with: see options.
    std::uint32_t buffers() const { return cell().buffers(); }
    std::uint32_t pins() const { return cell().pins(); }
    bool single_writer() const { return cell().single_writer(); }

    //! Claims a buffer for storing: fill it, then `commit` the claim. The newest value stays what it
    //! is until then. If this process dies here: nothing was stored.
    [[nodiscard]] store_claim claim_store() { return *claim_to_store(deadline::never()); }
    [[nodiscard]] std::optional<store_claim> try_claim_store() {
        return claim_to_store(deadline::now());
    }
    [[nodiscard]] std::optional<store_claim> try_claim_store_for(any_duration wait) {
        return claim_to_store(wait.end());
    }
    [[nodiscard]] std::optional<store_claim> try_claim_store_until(any_time_point until) {
        return claim_to_store(until.time());
    }

    //! Holds the newest value in place, when there is one and a pin is free. Throws
    //! `errc::bad_argument` if the cell was created without pins (options::pins).
    //! If this process dies here: the next participant that waits or attaches releases the value.
    [[nodiscard]] load_claim claim_load() { return *claim_to_load(deadline::never()); }
    [[nodiscard]] std::optional<load_claim> try_claim_load() {
        return claim_to_load(deadline::now());
    }
    [[nodiscard]] std::optional<load_claim> try_claim_load_for(any_duration wait) {
        return claim_to_load(wait.end());
    }
    [[nodiscard]] std::optional<load_claim> try_claim_load_until(any_time_point until) {
        return claim_to_load(until.time());
    }

protected:
    latest_handle() noexcept = default;
    explicit latest_handle(detail::segment_ptr segment) noexcept
        : segment_handle(std::move(segment)) {}
    // No value, as segment_handle is none.
    latest_handle(latest_handle&&) noexcept = default;
    latest_handle& operator=(latest_handle&&) noexcept = default;
    ~latest_handle() = default;

    static constexpr std::uint64_t any_mark = detail::latest_part::no_mark;

    detail::latest_part& cell() const {
        // the one part of every segment of these classes
        return static_cast<detail::latest_part&>(mapping().part_at(0));
    }
    detail::latest_part& cell_to_store() {
        if (BOOST_LIKELY(segment_ && known_cell().writable()))
            return known_cell();
        return make_usable_for(role::writer);
    }
    detail::latest_part& cell_to_load() const {
        if (BOOST_LIKELY(segment_ && known_cell().readable()))
            return known_cell();
        return make_usable_for(role::reader);
    }
    //! What `load_newer` is newer than: the version's mark, or none at all.
    std::uint64_t mark_of(shared_memory::version seen) const {
        return seen.number() == 0 ? any_mark : detail::version_access::mark(seen);
    }
    //! What store_if publishes after.
    std::uint64_t mark_to_follow(shared_memory::version seen) const;
    detail::waited_for waited_for_reading();
    detail::waited_for waited_for_room();

private:
    detail::latest_part& known_cell() const {
        return static_cast<detail::latest_part&>(segment_->part_at(0));
    }
    detail::latest_part& make_usable_for(shared_memory::role wanted) const;
    std::optional<store_claim> claim_to_store(deadline until);
    std::optional<load_claim> claim_to_load(deadline until);
};

template <class T>
class latest_value;
namespace detail {
template <class T>
inline constexpr bool creates_without_geometry<latest_value<T>> = true;
} // namespace detail

//! A cell with the newest value of type T.
//!
//!     sm::latest_value<pose> v(sm::create_only, "pose");
//!     v.store(p);
//!     v.update([](pose& p) { p.x += 1; });
//!
//!     sm::latest_value<pose> v(sm::open_only, "pose");      // in another process
//!     pose now = v.load();                                  // waits for the first value
//!     for (sm::version seen;;)
//!         follow(v.load_newer(seen));
//!
//! A T in place, in a claim, is `claim.as<T>()`, or is made by `claim.emplace<T>(...)`.
template <class T>
class latest_value : public detail::opening<latest_value<T>, latest_handle> {
    SHARED_MEMORY_ASSERT_SHAREABLE(T);
    static_assert(std::is_same_v<T, std::remove_cv_t<T>> && !std::is_array_v<T>,
                  "shared_memory: latest_value<T>: expected a type that is not const and no array; "
                  "use std::array");
    using opening = detail::opening<latest_value<T>, latest_handle>;

public:
    using value_type = T;

    //! Constructors: see segment_handle.
    //!
    //!     latest_value<T>()                                   // a closed handle
    //!     latest_value<T>(create_only,    name, options)
    //!     latest_value<T>(open_or_create, name, options)
    //!     latest_value<T>(open_only,      name, options)
    //!     latest_value<T>(open_read_only, name, options)
    //!
    //! A new cell has no value yet. A cell whose values have another size, alignment or `type_tag`
    //! is `errc::wrong_type`.
    using opening::opening;

    //! Makes the value the newest one; returns its version. Once the call returned, no load is
    //! older. False from a `try_` call: no buffer came free in time. If this process dies here: the
    //! value is the newest, whole, or the value before stays it.
    shared_memory::version store(const T& value) {
        detail::publication how;
        detail::store_value(this->cell_to_store(), value, deadline::never(), how);
        return detail::version_access::of(how.made);
    }
    [[nodiscard]] bool try_store(const T& value) { return store_in(value, deadline::now()); }
    [[nodiscard]] bool try_store_for(const T& value, any_duration wait) {
        return store_in(value, wait.end());
    }
    [[nodiscard]] bool try_store_until(const T& value, any_time_point until) {
        return store_in(value, until.time());
    }
    //! Stores the value if the newest one is still that of `seen`, and sets `seen` to the new one's
    //! version; false: another value was stored meanwhile. `seen` without a number: if there is no
    //! value yet. If this process dies here: as for `store`.
    [[nodiscard]] bool store_if(shared_memory::version& seen, const T& value) {
        const std::uint64_t mark = this->mark_to_follow(seen);
        detail::publication how{&mark};
        if (!detail::store_value(this->cell_to_store(), value, deadline::never(), how) ||
            how.is_lost)
            return false;
        seen = detail::version_access::of(how.made);
        return true;
    }
    //! Loads the newest value, calls `change(value)`, and stores the result, unless another value was
    //! stored meanwhile: then again, from that value. Returns the version. Begins with a `T()` if
    //! there is no value yet. If `change` throws: nothing was stored. If this process dies here: as
    //! for `store`.
    template <class Change>
    shared_memory::version update(Change&& change) {
        for (;;) {
            shared_memory::version seen;
            std::optional<T> value = try_load(seen);
            if (!value)
                value.emplace();
            change(*value);
            if (store_if(seen, *value))
                return seen;
        }
    }

    //! The newest value, once there is one. `seen` is set to its version.
    T load() const {
        shared_memory::version seen;
        return load(seen);
    }
    T load(shared_memory::version& seen) const {
        return *load_in(this->any_mark, deadline::never(), seen);
    }
    [[nodiscard]] std::optional<T> try_load() const {
        shared_memory::version seen;
        return try_load(seen);
    }
    [[nodiscard]] std::optional<T> try_load(shared_memory::version& seen) const {
        return load_in(this->any_mark, deadline::now(), seen);
    }
    [[nodiscard]] std::optional<T> try_load_for(any_duration wait) const {
        shared_memory::version seen;
        return load_in(this->any_mark, wait.end(), seen);
    }
    [[nodiscard]] std::optional<T> try_load_until(any_time_point until) const {
        shared_memory::version seen;
        return load_in(this->any_mark, until.time(), seen);
    }

    //! The newest value, once it is newer than `seen`, which is set to its version. Values in between
    //! are not seen: `seen.number()` tells how many there were.
    T load_newer(shared_memory::version& seen) const {
        return *load_in(this->mark_of(seen), deadline::never(), seen);
    }
    [[nodiscard]] std::optional<T> try_load_newer(shared_memory::version& seen) const {
        return load_in(this->mark_of(seen), deadline::now(), seen);
    }
    [[nodiscard]] std::optional<T> try_load_newer_for(shared_memory::version& seen,
                                                      any_duration wait) const {
        return load_in(this->mark_of(seen), wait.end(), seen);
    }
    [[nodiscard]] std::optional<T> try_load_newer_until(shared_memory::version& seen,
                                                        any_time_point until) const {
        return load_in(this->mark_of(seen), until.time(), seen);
    }

private:
    friend opening;
    friend detail::wait_access;

    template <class Tag>
    static detail::segment_expectation expected(Tag) {
        detail::segment_expectation wanted;
        wanted.class_name = "latest_value";
        wanted.element_size = sizeof(T);
        wanted.element_count = 1;
        detail::expect_type<T>(wanted);
        return wanted;
    }
    bool store_in(const T& value, deadline until) {
        detail::publication how;
        return detail::store_value(this->cell_to_store(), value, until, how);
    }
    std::optional<T> load_in(std::uint64_t mark, deadline until,
                             shared_memory::version& seen) const {
        detail::latest_view view;
        std::optional<T> value = detail::load_value_of<T>(this->cell_to_load(), mark, until, view);
        if (value)
            seen = detail::version_access::of(view);
        return value;
    }
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
