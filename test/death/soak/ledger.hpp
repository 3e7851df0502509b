// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What crash_soak's processes write down as they go, in memory of their parent's, outside of all
//! that is tested: no death undoes it.

#ifndef SHARED_MEMORY_TEST_DEATH_SOAK_LEDGER_HPP
#define SHARED_MEMORY_TEST_DEATH_SOAK_LEDGER_HPP

#include "message.hpp"

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <system_error>

namespace soak {

//! Memory that parent and children share. What nobody touches takes no room.
template <class T>
class shared_memory_of {
public:
    explicit shared_memory_of(std::size_t count = 1) : bytes_(count * sizeof(T)) {
        void* const p = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p == MAP_FAILED)
            throw std::system_error(errno, std::generic_category(), "mmap");
        first_ = static_cast<T*>(p); // all zero is how each T begins
    }
    shared_memory_of(const shared_memory_of&) = delete;
    shared_memory_of& operator=(const shared_memory_of&) = delete;
    ~shared_memory_of() { ::munmap(first_, bytes_); }

    T& operator[](std::size_t i) const noexcept { return first_[i]; }
    T* operator->() const noexcept { return first_; }

private:
    std::size_t bytes_;
    T* first_;
};

template <class T>
using word = std::atomic<T>;
static_assert(word<std::uint64_t>::is_always_lock_free && word<std::uint8_t>::is_always_lock_free);

//! Messages that are written, or read, at a time.
inline constexpr std::uint32_t most_of_batch = 8;

enum class phase : std::uint32_t { idle, writing, reading, locked, waiting, recovering };
inline constexpr std::size_t phases = 6;
inline constexpr std::array<const char*, phases> phase_names = {"idle",   "writing", "reading",
                                                                "locked", "waiting", "recovering"};

//! What a reader has in its hands.
enum class holding : std::uint32_t {
    nothing,
    copying,  // a copying read goes on, into its copy in the ledger
    claimed,  // a claim, or a batch, which is logged
    releasing // the same, and release() was called, or is about to be
};

//! One of the processes' threads; its replacement goes on in the same place.
struct alignas(128) place {
    // written by the thread
    word<phase> now;
    word<bool> wants_lock;        // while it waits: for the lock, not for the ring
    word<std::uint64_t> progress; // moves with each step that it makes
    word<std::uint32_t> life;     // a writer's; from 1 on
    word<holding> hands;
    std::array<word<std::uint64_t>, most_of_batch> held; // message_id::word()
    word<std::uint32_t> held_count;
    word<std::uint32_t> unlogged; // how many it may have claimed, and not logged yet
    word<std::uint64_t> redelivered;
    word<std::uint64_t> torn;
    word<std::uint64_t> duplicated;
    word<std::uint64_t> out_of_order;
    word<std::uint64_t> behind; // copies out of order, which may have been redelivered
    word<std::uint64_t> locks_begun;
    word<std::uint64_t> locks_done;
    word<bool> ended;              // by itself
    std::array<char, 512> failure; // what() of the exception that it died from
};

struct life_record {
    word<std::uint64_t> begun; // messages, before their write was called
    word<std::uint64_t> done;  // and after it returned
};

//! What happened to a message, one bit each.
enum mark : std::uint8_t {
    claimed_first = 1, // a claim with a delivery_count() of 1
    claimed_again = 2, // and of more
    copied = 4,        // a copying read returned it
    released = 8,      // release() returned
    taken = 16 // its reader was killed where the message may be gone: in a copying read that had
               // copied all of it, or in release()
};

//! A byte for each message that was ever written, in pieces that writers take as they need them.
class message_marks {
public:
    static constexpr std::uint32_t piece_bits = 18;
    static constexpr std::uint32_t most_lives = 1U << 14U;
    static constexpr std::uint32_t pieces_per_life = 1U << (32U - piece_bits);
    static constexpr std::uint32_t most_pieces = 1U << 17U;

    //! For a writer, before it writes the message: false if the ledger is full.
    bool make_room(message_id id) const noexcept {
        word<std::uint32_t>& index = piece_of(id);
        if (index != 0)
            return true;
        const std::uint32_t next = ++next_piece_[0];
        if (next >= most_pieces)
            return false;
        index = next;
        return true;
    }
    //! Null for a message that nobody began to write.
    word<std::uint8_t>* find(message_id id) const noexcept {
        if (id.life >= most_lives || id.number >= lives_[id.life].begun)
            return nullptr;
        const std::uint32_t index = piece_of(id);
        return &marks_[std::size_t{index} << piece_bits | (id.number & ((1U << piece_bits) - 1))];
    }
    life_record& life(std::uint32_t number) const noexcept { return lives_[number]; }

private:
    word<std::uint32_t>& piece_of(message_id id) const noexcept {
        return pieces_[std::size_t{id.life} * pieces_per_life + (id.number >> piece_bits)];
    }

    shared_memory_of<word<std::uint32_t>> next_piece_;
    shared_memory_of<word<std::uint32_t>> pieces_{std::size_t{most_lives} * pieces_per_life};
    shared_memory_of<life_record> lives_{most_lives};
    shared_memory_of<word<std::uint8_t>> marks_{std::size_t{most_pieces} << piece_bits};
};

struct common_words {
    word<bool> stop;             // writers finish
    word<bool> full;             // the ledger is: the same
    word<bool> lull;             // writers do nothing
    word<std::ptrdiff_t> victim; // of the next lull: its place + 1, or 0 for none
    word<bool> caught;           // it has a node, and waits
    word<std::uint64_t> inside;  // which thread is in the exclusive section, as an arbitrary number
    word<std::uint64_t> entered;
};

struct ledger {
    ledger(std::size_t places_count, std::size_t node_size)
        : count(places_count), places(places_count), copy_stride((node_size + 63) / 64 * 64),
          copies(places_count * copy_stride) {}

    //! Where the place's copying reads go: after a death it shows how far the reader had come.
    std::byte* copy(std::size_t i) const noexcept { return &copies[i * copy_stride]; }

    std::size_t count;
    shared_memory_of<common_words> common;
    shared_memory_of<place> places;
    message_marks marks;

private:
    std::size_t copy_stride;
    shared_memory_of<std::byte> copies;
};

} // namespace soak

#endif
