// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What the ledger says when all is over.

#ifndef SHARED_MEMORY_TEST_DEATH_SOAK_ACCOUNT_HPP
#define SHARED_MEMORY_TEST_DEATH_SOAK_ACCOUNT_HPP

#include "ledger.hpp"
#include "settings.hpp"

#include <array>
#include <cstdint>
#include <ostream>

namespace soak {

struct account {
    std::uint64_t kills = 0;
    std::array<std::uint64_t, phases> killed{}; // threads, by the phase that they died in
    std::uint64_t unlogged = 0; // messages that killed readers may have had without a trace
    std::uint64_t written = 0;
    std::uint64_t read = 0;
    std::uint64_t lost = 0;
    std::uint64_t torn = 0;
    std::uint64_t duplicated = 0;
    std::uint64_t out_of_order = 0;
    std::uint64_t redelivered = 0;
    std::int64_t longest_stall_ms = 0;

    bool all_held() const noexcept {
        return lost == 0 && torn == 0 && duplicated == 0 && out_of_order == 0;
    }
};

//! Every message whose write returned must have been read to the end: a copying read or release()
//! returned, or its reader was killed where it may have. One whose writer was killed in the write
//! is there or not.
inline void count_messages(const ledger& book, std::uint32_t lives, account& a) {
    for (std::uint32_t life = 1; life <= lives; ++life) {
        const life_record& record = book.marks.life(life);
        for (std::uint64_t n = 0; n != record.begun; ++n) {
            const auto* const found = book.marks.find({life, static_cast<std::uint32_t>(n)});
            const unsigned marks = found->load();
            const bool read = (marks & (copied | released | taken)) != 0;
            const bool written = n < record.done || marks != 0;
            a.written += written ? 1U : 0U;
            a.read += read ? 1U : 0U;
            a.lost += written && !read ? 1U : 0U;
        }
    }
}

inline void count_what_places_saw(const ledger& book, account& a) {
    std::uint64_t behind = 0;
    for (std::size_t i = 0; i != book.count; ++i) {
        const place& p = book.places[i];
        a.torn += p.torn;
        a.duplicated += p.duplicated;
        a.out_of_order += p.out_of_order;
        a.redelivered += p.redelivered;
        behind += p.behind;
    }
    // A copy may be late if the message was redelivered, and a reader that left no trace of it was
    // killed for that.
    if (behind > a.unlogged)
        a.out_of_order += behind - a.unlogged;
}

//! The array counts the exclusive sections: each that was ended, perhaps those that were killed.
inline void count_locked(const ledger& book, std::uint64_t sections, account& a) {
    std::uint64_t begun = 0;
    std::uint64_t done = 0;
    for (std::size_t i = 0; i != book.count; ++i) {
        begun += book.places[i].locks_begun;
        done += book.places[i].locks_done;
    }
    if (sections < done)
        a.lost += done - sections;
    if (sections > begun)
        a.duplicated += sections - begun;
}

inline void print(std::ostream& out, const account& a) {
    const auto killed = [&](phase p) { return a.killed.at(static_cast<std::size_t>(p)); };
    out << "kills=" << a.kills << " killed_writing=" << killed(phase::writing)
        << " killed_reading=" << killed(phase::reading)
        << " killed_locked=" << killed(phase::locked)
        << " killed_waiting=" << killed(phase::waiting)
        << " killed_recovering=" << killed(phase::recovering) << " written=" << a.written
        << " read=" << a.read << " lost=" << a.lost << " torn=" << a.torn
        << " duplicated_unmarked=" << a.duplicated << " out_of_order=" << a.out_of_order
        << " redelivered=" << a.redelivered << " longest_stall_ms=" << a.longest_stall_ms
        << std::endl;
}

} // namespace soak

#endif
