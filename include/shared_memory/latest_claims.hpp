// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Versions of a latest value, and its buffers held in place: for storing, for looking at a value.

#ifndef SHARED_MEMORY_LATEST_CLAIMS_HPP
#define SHARED_MEMORY_LATEST_CLAIMS_HPP

#include <shared_memory/claims.hpp>
#include <shared_memory/detail/claim_views.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/latest_access.hpp>
#include <shared_memory/detail/part/latest_part.hpp>
#include <shared_memory/shareable.hpp>

#include <boost/core/span.hpp>

#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

namespace detail {
class version_access;
}

//! Which value of a cell was loaded or stored: values have the numbers 1, 2, 3 and so on, without
//! gaps. A default version, with the number 0, is from before the first value. A version belongs to
//! one segment; that of another segment means nothing.
class version {
public:
    version() noexcept = default;
    std::uint64_t number() const noexcept { return number_; }

    friend bool operator==(version a, version b) noexcept { return a.number_ == b.number_; }
    friend bool operator!=(version a, version b) noexcept { return a.number_ != b.number_; }
    friend bool operator<(version a, version b) noexcept { return a.number_ < b.number_; }
    friend bool operator>(version a, version b) noexcept { return a.number_ > b.number_; }
    friend bool operator<=(version a, version b) noexcept { return a.number_ <= b.number_; }
    friend bool operator>=(version a, version b) noexcept { return a.number_ >= b.number_; }

private:
    friend detail::version_access;
    std::uint64_t number_ = 0;
    std::uint64_t mark_ =
        0; // of the value, in the cell; of the fresh cell, as long as number_ is 0
};

namespace detail {
class version_access {
public:
    static version of(const latest_view& view) noexcept {
        shared_memory::version v;
        v.number_ = view.version;
        v.mark_ = view.mark;
        return v;
    }
    static std::uint64_t mark(shared_memory::version v) noexcept { return v.mark_; }
};
} // namespace detail

//! A buffer claimed for storing. Fill `data()`, then `commit` the claim. A claim that is destroyed
//! uncommitted, or to which another claim is assigned, aborts: nothing is stored. A claim may
//! outlive the handle that it came from; one thread uses it at a time. After it has ended, and when
//! it was moved from, every call but destroying and assigning throws `errc::bad_argument`; in a
//! fork's child, `errc::forked`.
//!
//! The buffer holds what an older value left there. It is aligned to 64 bytes, or to 8 if the cell's
//! values have at most 40 bytes.
//!
//! If this process dies here: the value before stays the newest.
class [[nodiscard]] store_claim
    : public detail::claim_base<detail::latest_part, detail::latest_claim,
                                &detail::latest_part::abort, &detail::latest_part::forget_claim>,
      public detail::write_views<store_claim> {
public:
    store_claim(detail::latest_part& part, const detail::latest_claim& claim) noexcept
        : claim_base(part, claim), value_size_(part.value_size()) {}

    std::byte* data() const { return node().payload; }
    //! Bytes that a value may have.
    std::size_t size() const { return node().size & ~std::size_t{0}; }
    boost::span<std::byte> bytes() const { return {data(), size()}; }

    //! Says that the value is the first `size` bytes of the buffer; otherwise it is the whole buffer.
    //! Throws `errc::message_size`.
    void resize(std::size_t size) {
        if (size > this->size())
            throw_too_long(size);
        value_size_ = size;
    }
    //! Makes the first `size` bytes of the buffer the newest value. Once this returned, no load is
    //! older. Throws `errc::message_size`, and still holds the buffer, if the buffer has fewer
    //! bytes; `errc::corrupted`. Release: who loads the value sees what this thread wrote before. If
    //! this process dies here: the value is the newest, whole, or the value before stays it.
    shared_memory::version commit(std::size_t size) {
        const auto& claim = node();
        if (size > claim.size)
            throw_too_long(size);
        const auto part = detach();
        return detail::version_access::of(part->commit(claim, size));
    }
    //! The same with what `emplace`, `as` or `resize` said last; else with the whole buffer.
    shared_memory::version commit() { return commit(value_size_); }
    //! Stores nothing.
    void abort() {
        node();
        finish();
    }

private:
    friend detail::write_views<store_claim>;
    [[noreturn]] void throw_too_long(std::size_t size) const {
        detail::throw_value_too_long(part(), size);
    }

    std::size_t value_size_;
};

//! A value held in place, by a pin: nothing in it changes until `release`, however many newer values
//! are stored meanwhile. A claim that is destroyed releases the value. All else is as for
//! `store_claim`.
//!
//! If this process dies here: the next participant that waits or attaches gives the buffer back.
class [[nodiscard]] load_claim
    : public detail::claim_base<detail::latest_part, detail::latest_pin,
                                &detail::latest_part::unpin, &detail::latest_part::forget_claim>,
      public detail::read_views<load_claim> {
public:
    load_claim(detail::latest_part& part, const detail::latest_pin& pin) noexcept
        : claim_base(part, pin) {}

    const std::byte* data() const { return node().payload; }
    //! Bytes of the value.
    std::size_t size() const { return node().view.size & ~std::size_t{0}; }
    boost::span<const std::byte> bytes() const { return {data(), size()}; }
    //! Which value it is.
    shared_memory::version version() const { return detail::version_access::of(node().view); }

    //! The value as a T, in place. Throws `errc::message_size` unless the value has just the size of
    //! a T, `errc::bad_argument` if the buffer is not aligned for a T. The T is what the memory
    //! holds, which matters for a bool: see is_shareable.
    template <class T>
    const T& as() const {
        SHARED_MEMORY_ASSERT_SHAREABLE(T);
        const auto& pin = node();
        if (pin.view.size != sizeof(T))
            detail::throw_value_size(part(), pin.view.size, sizeof(T), true, 1);
        detail::check_alignment_for<T>(pin.payload);
        return *reinterpret_cast<const T*>(pin.payload);
    }

    //! The buffer may be used for other values from now on.
    void release() {
        node();
        finish();
    }

private:
    friend detail::read_views<load_claim>;
    [[noreturn]] void throw_too_short(std::size_t expected) const {
        detail::throw_value_size(part(), size(), expected, false, 1);
    }
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
