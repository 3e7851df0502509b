// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "holders.hpp"

#include <shared_memory/detail/part/part.hpp>

#include <system/process.hpp>

#include <boost/memory_order.hpp>

#include <algorithm>
#include <string_view>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

// Eight bits of participant_block::asleep_in for each of the first rooms. More sleepers than fit are
// told wrong, and nothing else goes by them.
constexpr std::uint32_t bits_per_room = 8;
constexpr std::uint32_t rooms_told = 64 / bits_per_room;
constexpr std::uint64_t most_told = (1U << bits_per_room) - 1;

//! Calls each(part, number in the part, room) for the rooms that are told.
template <class Each>
void each_room(const segment& s, Each each) {
    std::uint32_t told = 0;
    for (std::uint32_t i = 0; i != s.identity().part_count; ++i) {
        if (!s.has_part(i))
            continue;
        const auto rooms = s.part_at(i).rooms();
        for (std::size_t r = 0; r != rooms.size() && told != rooms_told; ++r)
            each(s.part_at(i), r, *rooms[r], bits_per_room * told++);
    }
}

void add(std::vector<holding>& rows, std::string_view what, std::uint64_t count) {
    for (holding& row : rows) {
        if (row.what == what) {
            row.count += count;
            return;
        }
    }
    rows.push_back({what, count});
}

} // namespace

void tell_holdings(const segment& s, std::vector<participant>& all) {
    const auto tell = [&](std::uint32_t slot, const holding& what) {
        const auto found =
            std::lower_bound(all.begin(), all.end(), slot,
                             [](const participant& one, std::uint32_t n) { return one.slot < n; });
        if (found != all.end() && found->slot == slot)
            found->holds.push_back(what);
    };
    for (std::uint32_t i = 0; i != s.identity().part_count; ++i) {
        if (s.has_part(i))
            s.part_at(i).tell_holders(tell);
    }
    for (participant& one : all) {
        const auto count = [&](std::string_view what, std::uint64_t value) {
            if (value != 0)
                one.counts.push_back({what, value});
        };
        for (std::uint32_t i = 0; i != s.identity().part_count; ++i) {
            if (s.has_part(i))
                s.part_at(i).tell_counts(one.slot, count);
        }
        count("sleeps", s.slot_block(one.slot).sleeps.value());
        const std::uint64_t asleep =
            one.alive ? s.slot_block(one.slot).asleep_in.load(boost::memory_order_relaxed) : 0;
        if (asleep == 0)
            continue;
        each_room(s, [&](const part& of, std::size_t room, const wait_room&, std::uint32_t bits) {
            const std::uint64_t threads = asleep >> bits & most_told;
            if (threads != 0)
                add(one.waits_for, of.waits_for(room), threads);
        });
    }
}

std::string who_is_in(const segment& s, std::uint32_t slot) {
    if (slot >= s.identity().max_participants)
        return "a participant";
    const std::uint64_t process = s.slot_block(slot).process_id.load(boost::memory_order_relaxed);
    return "process " + std::to_string(process) +
           (process == this_process().id ? " (this process, slot " : " (slot ") +
           std::to_string(slot) + ')';
}

// relaxed: nothing goes by it. A participant that dies leaves it, and its successor clears it.
void sleep_mark::set(segment& s, const wait_room& room) noexcept {
    if (word_ != nullptr || s.slot() >= s.identity().max_participants)
        return;
    each_room(s, [&](const part&, std::size_t, const wait_room& one, std::uint32_t bits) {
        if (&one == &room)
            unit_ = std::uint64_t{1} << bits;
    });
    if (unit_ == 0)
        return;
    auto& word = s.slot_block(s.slot()).asleep_in;
    word.fetch_add(unit_, boost::memory_order_relaxed);
    word_ = &word;
    s.slot_block(s.slot()).sleeps.add(1);
}

sleep_mark::~sleep_mark() {
    if (word_ == nullptr)
        return;
    auto& word = *word_;
    word.fetch_sub(unit_, boost::memory_order_relaxed);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
