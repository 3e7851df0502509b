// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! For how long processes that could have gone on did not.

#ifndef SHARED_MEMORY_TEST_DEATH_SOAK_WATCHER_HPP
#define SHARED_MEMORY_TEST_DEATH_SOAK_WATCHER_HPP

#include "population.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <ostream>
#include <vector>

namespace soak {

using soak_clock = std::chrono::steady_clock;

//! Looks at all from outside, again and again. A live process could have gone on
//!  - always, when it does not wait: then it stalls while its progress word stays the same (and that
//!    is also the time for which the system gave it no processor);
//!  - when it waits for a message, if no living process has a message in its hands (one that has may
//!    take as long as it likes), but there is one to read, or a node that somebody dead has claimed;
//!  - when it waits for room, if no living process has a node in its hands either, and there is room,
//!    or nothing to read: what makes the ring full is then held by the dead;
//!  - when it waits for the lock, if nobody living is inside.
//! Processes that wait for the same stall together: none of them stalls while another gets what there
//! is. A stall begins when all this was first seen, and ends when one of them goes on.
class watcher {
public:
    watcher(const settings& wanted, const ledger& book, const population& people,
            const sm::circular_buffer& ring)
        : wanted_(wanted), book_(book), people_(people), ring_(ring), alone_(wanted.places()) {}

    void look() {
        const auto now = soak_clock::now();
        bool in_hands = false;
        bool inside = false;
        std::array<bool, 3> waits{}; // for messages, room, the lock
        std::array<std::uint64_t, 3> moved{};
        for (std::size_t i = 0; i != wanted_.places(); ++i) {
            const place& p = book_.places[i];
            const std::uint64_t progress = p.progress.load(std::memory_order_acquire);
            const phase at = p.now;
            const bool lives = people_.lives(i);
            const bool waiting = lives && at == phase::waiting;
            alone_[i].look(now, lives && !waiting, progress, longest_);
            in_hands = in_hands || (lives && (at == phase::reading || at == phase::writing));
            inside = inside || (lives && (at == phase::locked || at == phase::recovering));
            const bool writes = wanted_.writes(i);
            moved[writes ? 1 : 0] += progress;
            moved[2] += progress;
            if (waiting)
                waits[p.wants_lock ? 2 : writes ? 1 : 0] = true;
        }
        if (!in_hands && (waits[0] || waits[1])) {
            const sm::ring_snapshot at = ring_.snapshot();
            const bool readable = ring_.size() != 0;
            waits[0] = waits[0] && (readable || at.write_start != at.read_end);
            waits[1] = waits[1] && (!readable || !ring_.full());
        }
        together_[0].look(now, waits[0] && !in_hands, moved[0], longest_);
        together_[1].look(now, waits[1] && !in_hands, moved[1], longest_);
        together_[2].look(now, waits[2] && !inside, moved[2], longest_);
    }

    //! Another process is in the place.
    void replaced(std::size_t i) { alone_[i] = {}; }

    soak_clock::duration longest() const noexcept { return longest_; }
    soak_clock::duration present() const {
        soak_clock::duration result{};
        for (const clock& c : alone_)
            result = std::max(result, c.length);
        for (const clock& c : together_)
            result = std::max(result, c.length);
        return result;
    }

    void print(std::ostream& out) const {
        const sm::ring_snapshot at = ring_.snapshot();
        out << "the ring: write_start " << at.write_start << ", write_end " << at.write_end
            << ", read_start " << at.read_start << ", read_end " << at.read_end << ", readable "
            << ring_.size() << (ring_.full() ? ", full" : "") << '\n';
        for (std::size_t i = 0; i != wanted_.places(); ++i) {
            const place& p = book_.places[i];
            out << (wanted_.writes(i) ? "writer " : "reader ") << i << ": "
                << (people_.lives(i) ? phase_names.at(static_cast<std::size_t>(p.now.load())) : "-")
                << (p.now == phase::waiting && p.wants_lock ? " for the lock" : "") << ", step "
                << p.progress << '\n';
        }
        out << std::flush;
    }

private:
    struct clock {
        std::optional<soak_clock::time_point> since;
        std::uint64_t progress = 0;
        soak_clock::duration length{};

        void look(soak_clock::time_point now, bool could, std::uint64_t is,
                  soak_clock::duration& longest) {
            if (!could)
                since.reset();
            else if (!since || progress != is)
                since = now;
            progress = is;
            length = since ? now - *since : soak_clock::duration{};
            longest = std::max(longest, length);
        }
    };

    const settings& wanted_;
    const ledger& book_;
    const population& people_;
    const sm::circular_buffer& ring_;
    std::vector<clock> alone_;
    std::array<clock, 3> together_;
    soak_clock::duration longest_{};
};

} // namespace soak

#endif
