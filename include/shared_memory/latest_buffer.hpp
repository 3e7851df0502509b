// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The newest value of any size up to a limit: see latest_value.hpp for what is promised.

#ifndef SHARED_MEMORY_LATEST_BUFFER_HPP
#define SHARED_MEMORY_LATEST_BUFFER_HPP

#include <shared_memory/detail/message.hpp> // unwrap
#include <shared_memory/latest_value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! A cell with the newest value, whose values are bytes: up to a number that the creator says.
//!
//!     sm::latest_buffer v(sm::create_only, "config", 65536 /*bytes at most*/);
//!     v.store(text);                                           // any contiguous range, or a value
//!     v.store([](boost::span<std::byte> b) { return fill(b); });
//!
//!     std::vector<char> text(v.value_size());
//!     text.resize(v.load(text));
//!
//! What is stored and loaded: a value of a shareable type, a contiguous range of them, a pointer and
//! a length, as in message_calls.hpp; a function stores by filling the buffer and returning the
//! value's size. Loading into a value returns nothing, into a range the number of elements; the
//! `try_` calls return a bool, or a `std::optional` of the number. All else is as for latest_value.
class SHARED_MEMORY_DECL latest_buffer
    : public detail::opening<latest_buffer, latest_handle, std::uint64_t> {
public:
    //! Constructors: see segment_handle.
    //!
    //!     latest_buffer()                                            // a closed handle
    //!     latest_buffer(create_only,    name, size, options)
    //!     latest_buffer(open_or_create, name, size, options)
    //!     latest_buffer(open_only,      name, options)
    //!     latest_buffer(open_read_only, name, options)
    //!
    //! A new cell's values have at most `size` bytes: 1 to 2^31 - 64.
    using opening::opening;

    //! Bytes that a value may have.
    std::size_t value_size() const { return cell().value_size(); }

    template <class Value>
    shared_memory::version store(Value&& value) {
        detail::publication how;
        detail::store_any(cell_to_store(), value, deadline::never(), how);
        return detail::version_access::of(how.made);
    }
    shared_memory::version store(const void* data, std::size_t size) {
        return store(detail::bytes(data, size));
    }
    template <class Value>
    [[nodiscard]] bool try_store(Value&& value) {
        return store_in(value, deadline::now());
    }
    template <class Value>
    [[nodiscard]] bool try_store_for(Value&& value, any_duration wait) {
        return store_in(value, wait.end());
    }
    template <class Value>
    [[nodiscard]] bool try_store_until(Value&& value, any_time_point until) {
        return store_in(value, until.time());
    }
    //! As latest_value::store_if.
    template <class Value>
    [[nodiscard]] bool store_if(shared_memory::version& seen, Value&& value) {
        const std::uint64_t mark = mark_to_follow(seen);
        detail::publication how{&mark};
        if (!detail::store_any(cell_to_store(), value, deadline::never(), how) || how.is_lost)
            return false;
        seen = detail::version_access::of(how.made);
        return true;
    }

    //! Bytes of the newest value; `nullopt`: there is none yet. The next load may find another one.
    std::optional<std::size_t> size() const;

    //! The newest value, which must be just a T, once there is one.
    template <class T>
    T load() const {
        detail::latest_view view;
        return *detail::load_value_of<T>(cell_to_load(), any_mark, deadline::never(), view);
    }
    template <class T>
    [[nodiscard]] std::optional<T> try_load() const {
        detail::latest_view view;
        return detail::load_value_of<T>(cell_to_load(), any_mark, deadline::now(), view);
    }

    //! Loads the newest value, once there is one, and sets `seen` to its version.
    template <class Target>
    auto load(Target&& target) const {
        shared_memory::version seen;
        return load(target, seen);
    }
    template <class Target>
    auto load(Target&& target, shared_memory::version& seen) const {
        return detail::unwrap(load_in(target, any_mark, deadline::never(), seen));
    }
    std::size_t load(void* data, std::size_t size) const;
    template <class Target>
    [[nodiscard]] auto try_load(Target&& target) const {
        shared_memory::version seen;
        return load_in(target, any_mark, deadline::now(), seen);
    }
    template <class Target>
    [[nodiscard]] auto try_load(Target&& target, shared_memory::version& seen) const {
        return load_in(target, any_mark, deadline::now(), seen);
    }
    template <class Target>
    [[nodiscard]] auto try_load_for(Target&& target, any_duration wait) const {
        shared_memory::version seen;
        return load_in(target, any_mark, wait.end(), seen);
    }
    template <class Target>
    [[nodiscard]] auto try_load_until(Target&& target, any_time_point until) const {
        shared_memory::version seen;
        return load_in(target, any_mark, until.time(), seen);
    }

    //! Loads the newest value once it is newer than `seen`, which is set to its version.
    template <class Target>
    auto load_newer(Target&& target, shared_memory::version& seen) const {
        return detail::unwrap(load_in(target, mark_of(seen), deadline::never(), seen));
    }
    template <class Target>
    [[nodiscard]] auto try_load_newer(Target&& target, shared_memory::version& seen) const {
        return load_in(target, mark_of(seen), deadline::now(), seen);
    }
    template <class Target>
    [[nodiscard]] auto try_load_newer_for(Target&& target, shared_memory::version& seen,
                                          any_duration wait) const {
        return load_in(target, mark_of(seen), wait.end(), seen);
    }
    template <class Target>
    [[nodiscard]] auto try_load_newer_until(Target&& target, shared_memory::version& seen,
                                            any_time_point until) const {
        return load_in(target, mark_of(seen), until.time(), seen);
    }

private:
    friend opening;
    friend detail::wait_access;

    template <class Tag>
    static detail::segment_expectation expected(Tag) {
        return any();
    }
    template <class Tag>
    static detail::segment_expectation expected(Tag, std::uint64_t size) {
        return of(size);
    }
    static detail::segment_expectation any();
    static detail::segment_expectation of(std::uint64_t size);

    template <class Value>
    bool store_in(Value& value, deadline until) {
        detail::publication how;
        return detail::store_any(cell_to_store(), value, until, how);
    }
    template <class Target>
    auto load_in(Target& target, std::uint64_t mark, deadline until,
                 shared_memory::version& seen) const {
        detail::latest_view view;
        auto loaded = detail::load_any(cell_to_load(), target, mark, until, view);
        if (loaded)
            seen = detail::version_access::of(view);
        return loaded;
    }
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
