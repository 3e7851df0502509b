// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Reading a stream to its end, where the end is a value and no error.

#ifndef SHARED_MEMORY_STREAM_CALLS_HPP
#define SHARED_MEMORY_STREAM_CALLS_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/error.hpp>

#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! What `next` returns: a message, none in time, or the end of the stream. A `std::optional<T>`
//! that also says why it is empty.
template <class T>
class [[nodiscard]] received : public std::optional<T> {
public:
    //! None in time.
    received() noexcept = default;
    //! A message.
    // NOLINTNEXTLINE(google-explicit-constructor): as optional's
    received(T&& message) : std::optional<T>(std::move(message)) {}
    static received at_end() noexcept {
        received end;
        end.ended_ = true;
        return end;
    }

    //! A writer has ended the stream, and nothing is left to read.
    bool ended() const noexcept { return ended_; }

private:
    bool ended_ = false;
};

namespace detail {

//! What a reading call returns, or the end.
template <class T, class Read>
received<T> received_by(Read read) {
    try {
        if (std::optional<T> message = read())
            return std::move(*message);
        return {};
    } catch (const error& e) {
        if (e.code() != errc::end_of_stream)
            throw;
        return received<T>::at_end();
    }
}

//! The messages of a stream, read one by one as the loop goes on, to the stream's end.
template <class T, class Next>
class stream_range {
public:
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        using pointer = T*;
        using reference = T&;

        iterator() noexcept = default; // the end
        explicit iterator(stream_range& range) : range_(&range) { advance(); }

        T& operator*() const { return *range_->now_; }
        T* operator->() const { return &*range_->now_; }
        iterator& operator++() {
            range_->finish();
            advance();
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator& a, const iterator& b) noexcept {
            return a.range_ == b.range_;
        }
        friend bool operator!=(const iterator& a, const iterator& b) noexcept {
            return a.range_ != b.range_;
        }

    private:
        void advance() {
            if (!range_->read())
                range_ = nullptr;
        }
        stream_range* range_ = nullptr;
    };

    explicit stream_range(Next next) : next_(std::move(next)) {}
    iterator begin() { return iterator(*this); }
    iterator end() noexcept { return {}; }

private:
    bool read() {
        now_ = next_();
        return now_.has_value();
    }
    // A claim that the loop's body has not ended is done with.
    void finish() {
        if constexpr (!std::is_copy_constructible_v<T>) {
            if (*now_)
                now_->release();
        }
    }
    Next next_;
    received<T> now_;
};
template <class T, class Next>
stream_range<T, Next> make_stream_range(Next next) {
    return stream_range<T, Next>(std::move(next));
}

} // namespace detail

//! The calls that read a stream to its end, of a class of messages (circular_buffer, for one),
//! which derives from this. They wait, and fail, as the reading calls do (message_calls.hpp), but
//! the end of the stream is a result: the `received` is empty, and `ended()`.
//!
//!     while (auto m = ring.next<trade>())      // waits; false: the stream has ended
//!         use(*m);
//!     for (const trade& t : ring.messages<trade>())  // the same
//!         use(t);
//!     for (sm::read_claim& claim : ring.messages())  // without a copy
//!         use(claim.bytes());
//!     auto m = ring.try_next<trade>();               // does not wait
//!     if (!m && m.ended()) ...
template <class Class, class Claim>
class stream_calls {
public:
    //! The next message, of exactly one T; waits. Empty: the stream has ended.
    //! If this process dies here: another reader gets the message, or it is done with.
    template <class T>
    received<T> next() {
        return detail::received_by<T>([&] { return std::optional<T>(self().template read<T>()); });
    }
    //! The same, without waiting, and for a time, or until then. Empty: the stream has ended, or
    //! else there is no message (in time).
    template <class T>
    received<T> try_next() {
        return detail::received_by<T>([&] { return self().template try_read<T>(); });
    }
    template <class T>
    received<T> try_next_for(any_duration wait) {
        return detail::received_by<T>([&] { return self().template try_read_for<T>(wait); });
    }
    template <class T>
    received<T> try_next_until(any_time_point until) {
        return detail::received_by<T>([&] { return self().template try_read_until<T>(until); });
    }

    //! The next message, claimed where it lies, as `claim_read`.
    received<Claim> next_claim() {
        return detail::received_by<Claim>(
            [&] { return std::optional<Claim>(self().claim_read()); });
    }
    received<Claim> try_next_claim() {
        return detail::received_by<Claim>([&] { return self().try_claim_read(); });
    }
    received<Claim> try_next_claim_for(any_duration wait) {
        return detail::received_by<Claim>([&] { return self().try_claim_read_for(wait); });
    }
    received<Claim> try_next_claim_until(any_time_point until) {
        return detail::received_by<Claim>([&] { return self().try_claim_read_until(until); });
    }

    //! A range of all messages to the end of the stream, each of exactly one T, read as the loop
    //! comes to it. There is one loop at a time over a range.
    template <class T>
    auto messages() {
        return detail::make_stream_range<T>([this] { return next<T>(); });
    }
    //! The same, with a claim on each message. The claim is released when the loop goes on to the
    //! next message, unless the body has ended it. A body that leaves the loop, by `break` or an
    //! exception, gives the message back, unless it has released the claim. If this process dies
    //! here: the message goes to another reader.
    auto messages() {
        return detail::make_stream_range<Claim>([this] { return next_claim(); });
    }

private:
    friend Class;
    stream_calls() = default;
    Class& self() { return static_cast<Class&>(*this); }
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
