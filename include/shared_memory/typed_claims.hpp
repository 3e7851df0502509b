// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Claims on the messages of a circular_buffer_of<T>: the claims of claims.hpp, with a T in the place
//! of bytes.

#ifndef SHARED_MEMORY_TYPED_CLAIMS_HPP
#define SHARED_MEMORY_TYPED_CLAIMS_HPP

#include <shared_memory/claims.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/layout/ring.hpp>

#include <boost/core/span.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <type_traits>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! The elements of a batch, one by one.
template <class Batch, class T>
class batch_iterator {
public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = std::remove_const_t<T>;
    using difference_type = std::ptrdiff_t;
    using pointer = T*;
    using reference = T&;

    batch_iterator() noexcept = default;
    batch_iterator(const Batch& batch, std::size_t at) noexcept : batch_(&batch), at_(at) {}

    T& operator*() const { return (*batch_)[at_]; }
    T* operator->() const { return &(*batch_)[at_]; }
    T& operator[](std::ptrdiff_t n) const { return *(*this + n); }
    batch_iterator& operator+=(std::ptrdiff_t n) noexcept {
        at_ = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(at_) + n);
        return *this;
    }
    batch_iterator& operator-=(std::ptrdiff_t n) noexcept { return *this += -n; }
    batch_iterator& operator++() noexcept { return *this += 1; }
    batch_iterator& operator--() noexcept { return *this -= 1; }
    batch_iterator operator++(int) noexcept { return std::exchange(*this, *this + 1); }
    batch_iterator operator--(int) noexcept { return std::exchange(*this, *this - 1); }
    friend batch_iterator operator+(batch_iterator i, std::ptrdiff_t n) noexcept { return i += n; }
    friend batch_iterator operator+(std::ptrdiff_t n, batch_iterator i) noexcept { return i += n; }
    friend batch_iterator operator-(batch_iterator i, std::ptrdiff_t n) noexcept { return i -= n; }
    friend std::ptrdiff_t operator-(const batch_iterator& a, const batch_iterator& b) noexcept {
        return static_cast<std::ptrdiff_t>(a.at_) - static_cast<std::ptrdiff_t>(b.at_);
    }
    friend bool operator==(const batch_iterator& a, const batch_iterator& b) noexcept {
        return a.at_ == b.at_;
    }
    friend bool operator!=(const batch_iterator& a, const batch_iterator& b) noexcept {
        return a.at_ != b.at_;
    }
    friend bool operator<(const batch_iterator& a, const batch_iterator& b) noexcept {
        return a.at_ < b.at_;
    }
    friend bool operator>(const batch_iterator& a, const batch_iterator& b) noexcept {
        return b < a;
    }
    friend bool operator<=(const batch_iterator& a, const batch_iterator& b) noexcept {
        return !(b < a);
    }
    friend bool operator>=(const batch_iterator& a, const batch_iterator& b) noexcept {
        return !(a < b);
    }

private:
    const Batch* batch_ = nullptr;
    std::size_t at_ = 0;
};

//! The messages of a batch from message `first` on that lie one behind the other, so that a span of
//! them is possible. `T` is const in a batch that is read.
template <class T, class Batch>
boost::span<T> adjacent_from(const Batch& batch, std::size_t first) {
    T* const begin = &batch[first];
    std::size_t count = 1;
    while (first + count != batch.size() && &batch[first + count] == begin + count)
        ++count;
    return {begin, count};
}

} // namespace detail

//! A node claimed for writing, which holds a T: see basic_write_claim. `emplace` it, or assign all of
//! `*claim`, then `commit` the claim.
template <class T>
class [[nodiscard]] write_claim_of {
public:
    explicit write_claim_of(write_claim&& claim) noexcept : claim_(std::move(claim)) {}

    //! True while the claim holds the node.
    explicit operator bool() const noexcept { return static_cast<bool>(claim_); }
    //! Constructs the T from the arguments. Throws what the constructor throws.
    template <class... Arguments>
    T& emplace(Arguments&&... arguments) {
        return claim_.template emplace<T>(std::forward<Arguments>(arguments)...);
    }
    //! The T in place. It is not constructed, and is what the memory holds: assign all of it.
    T& operator*() { return claim_.template as<T>(); }
    T* operator->() { return &**this; }
    std::uint64_t position() const { return claim_.position(); }
    //! Makes the T a message. Throws as basic_write_claim::commit. If this process dies here: the
    //! message is seen whole, or not at all.
    void commit() { claim_.commit(sizeof(T)); }
    void abort() { claim_.abort(); }

private:
    write_claim claim_;
};

//! A message claimed for reading where it lies, as a T: see basic_read_claim.
template <class T>
class [[nodiscard]] read_claim_of {
public:
    explicit read_claim_of(read_claim&& claim) noexcept : claim_(std::move(claim)) {}

    //! True while the claim holds the message.
    explicit operator bool() const noexcept { return static_cast<bool>(claim_); }
    //! The T in place. Throws `errc::message_size` if a program that opened the ring as a
    //! circular_buffer has written another size.
    const T& operator*() const { return claim_.template as<T>(); }
    const T* operator->() const { return &**this; }
    std::uint64_t position() const { return claim_.position(); }
    std::uint32_t delivery_count() const { return claim_.delivery_count(); }
    //! The message is done with.
    void release() { claim_.release(); }
    void give_back() { claim_.give_back(); }

private:
    read_claim claim_;
};

//! Some nodes in a row, claimed for writing a T each: see basic_write_batch.
//!
//!     auto batch = ring.claim_write(64);
//!     for (trade& t : batch)
//!         t = next_trade();
//!     batch.commit();
template <class T>
class [[nodiscard]] write_batch_of {
public:
    using iterator = detail::batch_iterator<write_batch_of, T>;

    explicit write_batch_of(write_batch&& batch) : batch_(std::move(batch)) {
        for (std::size_t i = 0; i != size(); ++i)
            batch_.resize(i, sizeof(T));
    }

    explicit operator bool() const noexcept { return static_cast<bool>(batch_); }
    std::size_t size() const { return batch_.size(); }
    //! A T in place, not constructed: assign all of it. Throws `errc::out_of_range`.
    T& operator[](std::size_t i) const { return *reinterpret_cast<T*>(batch_[i].data()); }
    iterator begin() const { return {*this, 0}; }
    iterator end() const { return {*this, size()}; }
    //! The nodes from number `first` on that lie one behind the other, at least one: where T has a
    //! multiple of 64 bytes, and more than 48, all of them up to the ring's last node. Throws
    //! `errc::out_of_range`.
    boost::span<T> adjacent(std::size_t first = 0) const {
        return detail::adjacent_from<T>(*this, first);
    }
    std::uint64_t position(std::size_t i) const { return batch_.position(i); }
    void commit() { batch_.commit(); }
    //! The first `count` become messages, the others are given up.
    void commit(std::size_t count) { batch_.commit(count); }
    void abort() { batch_.abort(); }

private:
    write_batch batch_;
};

//! Some messages in a row, claimed for reading, a T each: see basic_read_batch.
template <class T>
class [[nodiscard]] read_batch_of {
public:
    using iterator = detail::batch_iterator<read_batch_of, const T>;

    explicit read_batch_of(read_batch&& batch) noexcept : batch_(std::move(batch)) {}

    explicit operator bool() const noexcept { return static_cast<bool>(batch_); }
    std::size_t size() const { return batch_.size(); }
    //! Throws `errc::out_of_range`.
    const T& operator[](std::size_t i) const {
        return *reinterpret_cast<const T*>(batch_[i].data());
    }
    iterator begin() const { return {*this, 0}; }
    iterator end() const { return {*this, size()}; }
    //! As write_batch_of::adjacent.
    boost::span<const T> adjacent(std::size_t first = 0) const {
        return detail::adjacent_from<const T>(*this, first);
    }
    std::uint64_t position(std::size_t i) const { return batch_.position(i); }
    std::uint32_t delivery_count() const { return batch_.delivery_count(); }
    void release() { batch_.release(); }
    //! The first `count` are done with, the others go to the next reader.
    void release(std::size_t count) { batch_.release(count); }
    void give_back() { batch_.give_back(); }

private:
    read_batch batch_;
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
