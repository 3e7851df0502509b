// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who holds what, and who waits for what, for people to read: participants(), and errors.

#ifndef SHARED_MEMORY_LIB_SEGMENT_HOLDERS_HPP
#define SHARED_MEMORY_LIB_SEGMENT_HOLDERS_HPP

#include <shared_memory/detail/layout/words.hpp>
#include <shared_memory/detail/segment.hpp>
#include <shared_memory/reports.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Adds what each of the participants, which are in the order of their slots, holds and waits for.
void tell_holdings(const segment& s, std::vector<participant>& all);

//! A participant, for errors: "process 4711 (slot 3)".
std::string who_is_in(const segment& s, std::uint32_t slot);

//! While it lives, and after it was set, others see that a thread of this handle sleeps in a room. It is
//! set before a sleep, not before a wait that may be short: nobody who spins pays for it.
class sleep_mark {
public:
    sleep_mark() = default;
    sleep_mark(sleep_mark&& other) noexcept
        : word_(std::exchange(other.word_, nullptr)), unit_(other.unit_) {}
    sleep_mark& operator=(sleep_mark&& other) noexcept {
        std::swap(word_, other.word_);
        std::swap(unit_, other.unit_);
        return *this;
    }
    ~sleep_mark();

    void set(segment& s, const wait_room& room) noexcept;

private:
    ipc_words::word64* word_ = nullptr;
    std::uint64_t unit_ = 0;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
