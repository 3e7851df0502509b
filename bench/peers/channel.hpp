// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What a channel is: one way to bring messages from writers to readers.
//!
//! A class Channel has
//!
//!     explicit Channel(const channel_spec&)     in the parent: makes what the processes share
//!     class writer, class reader                made in a process of their own from a Channel&
//!     writer: bool try_write(fill)              false: no room; fill(std::byte*) writes the payload
//!             void write(fill)                  waits, in the channel's own way
//!             void flush()                      no message waits for another one behind it
//!     reader: bool try_read(use)                false: none; use(const std::byte*) reads it
//!             void read(use)
//!
//! A fill may be called, and not be sent: it is then not called again for the next try. A channel that
//! does not keep the order of a writer's messages says so by a type `unordered`.

#ifndef SHARED_MEMORY_BENCH_PEERS_CHANNEL_HPP
#define SHARED_MEMORY_BENCH_PEERS_CHANNEL_HPP

#include "payload.hpp"

#include <cstddef>
#include <cstdint>
#include <sched.h>
#include <string>
#include <type_traits>

#if defined(__x86_64__) || defined(__i386__)
#include <emmintrin.h>
#endif

namespace comparison {

//! What one does that has no room, or no message.
enum class waiting {
    spinning, //!< tries again
    yielding, //!< lets others run, tries again
    adaptive, //!< calls what waits in the channel's own way, while the others are busy
    sleeping  //!< the same, after everybody was idle for 20 ms
};

struct channel_spec {
    std::string name; //!< unique on this machine
    std::size_t payload = 64;
    std::uint32_t nodes = 1024;
    unsigned writers = 1;
    unsigned readers = 1;
};

#if defined(__x86_64__) || defined(__i386__)
inline void relax() noexcept {
    _mm_pause();
}
#elif defined(__aarch64__)
inline void relax() noexcept {
    __asm__ __volatile__("isb");
}
#else
inline void relax() noexcept {}
#endif

//! Repeats an attempt until it succeeds.
template <class Attempt>
void spin_until(Attempt&& attempt) {
    while (!attempt())
        relax();
}
template <class Attempt>
void yield_until(Attempt&& attempt) {
    while (!attempt())
        ::sched_yield();
}
//! For channels that have no wait of their own.
template <class Attempt>
void yield_after_spinning_until(Attempt&& attempt) {
    constexpr int spins = 200;
    for (int i = 0; i != spins; ++i) {
        if (attempt())
            return;
        relax();
    }
    yield_until(attempt);
}

template <class Channel, class = void>
inline constexpr bool keeps_order = true;
template <class Channel>
inline constexpr bool keeps_order<Channel, std::void_t<typename Channel::unordered>> = false;

//! The writer's own copy of a message, for channels that copy it.
class staged_message {
public:
    explicit staged_message(std::size_t size) : data_(size) {}

    //! Sends by a function that says whether it did; the message is written only once.
    template <class Fill, class Send>
    bool send(Fill& fill, Send&& send_bytes) {
        if (!filled_)
            fill(data_.data());
        filled_ = true;
        if (!send_bytes(data_.data(), data_.size()))
            return false;
        filled_ = false;
        return true;
    }

private:
    bytes data_;
    bool filled_ = false;
};

//! What most channels have in common: they wait by trying again, and hold nothing back.
template <class Derived>
class patient_writer {
public:
    template <class Fill>
    void write(Fill& fill) {
        yield_after_spinning_until([&] { return static_cast<Derived*>(this)->try_write(fill); });
    }
    void flush() {}
};
template <class Derived>
class patient_reader {
public:
    template <class Use>
    void read(Use& use) {
        yield_after_spinning_until([&] { return static_cast<Derived*>(this)->try_read(use); });
    }
};

} // namespace comparison

#endif
