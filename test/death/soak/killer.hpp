// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The killer: which process dies, and when. Most of the killed are replaced at once, and every
//! process that attaches repairs. So that sleepers get to repair too, there is a lull each second: a
//! process is killed with a node in its hands and is not replaced, the writers pause, and the run goes
//! on only when the others have found what it left, and the ring is drained.

#ifndef SHARED_MEMORY_TEST_DEATH_SOAK_KILLER_HPP
#define SHARED_MEMORY_TEST_DEATH_SOAK_KILLER_HPP

#include "account.hpp"
#include "population.hpp"
#include "watcher.hpp"

#include <chrono>
#include <optional>
#include <random>

namespace soak {

class killer {
public:
    killer(const settings& wanted, const ledger& book, population& people, watcher& eyes,
           account& counts, const sm::circular_buffer& ring)
        : wanted_(wanted), book_(book), people_(people), eyes_(eyes), counts_(counts), ring_(ring),
          random_(wanted.seed), gap_(wanted.kills_per_second), next_(soak_clock::now()) {
        put_off();
    }

    //! One kill if it is time for one; four of five at random, one when the victim does what fewest
    //! died of.
    void kill_if_due() {
        const auto now = soak_clock::now();
        if (wanted_.kills_per_second == 0 || now < next_ || in_lull())
            return;
        put_off();
        if (now >= next_lull_) {
            begin_lull();
            return;
        }
        std::size_t victim = random_() % wanted_.places();
        if (random_() % 5 == 0) {
            const phase rarest = killed_least();
            if (rarest == phase::writing)
                victim = random_() % wanted_.writers;
            else if (rarest == phase::reading)
                victim = wanted_.writers + random_() % wanted_.readers;
            wait_until(victim, rarest);
        }
        kill(victim);
        replace(victim);
    }

    //! Ends it if all that its victim left has been found.
    bool in_lull() {
        if (!victim_)
            return false;
        for (std::size_t i = 0; i != wanted_.writers; ++i) {
            if (people_.lives(i) && book_.places[i].now != phase::idle)
                return true;
        }
        const sm::ring_snapshot at = ring_.snapshot();
        if (at.write_start != at.read_end)
            return true;
        replace(*victim_);
        victim_.reset();
        book_.common->lull = false;
        next_lull_ = soak_clock::now() + std::chrono::seconds(1);
        return false;
    }

private:
    void begin_lull() {
        const bool readers = wanted_.readers > 1 && random_() % 2 == 0;
        victim_ =
            readers ? wanted_.writers + random_() % wanted_.readers : random_() % wanted_.writers;
        book_.common->caught = false;
        book_.common->victim = static_cast<std::ptrdiff_t>(*victim_ + 1);
        const auto until = soak_clock::now() + std::chrono::milliseconds(20);
        while (!book_.common->caught && soak_clock::now() < until)
            ::usleep(100);
        book_.common->lull = true;
        kill(*victim_);
        book_.common->victim = 0;
    }
    //! Until it does that, but not for long.
    void wait_until(std::size_t victim, phase doing) {
        const auto until = soak_clock::now() + std::chrono::milliseconds(20);
        // The clock is not looked at each time: the phase may last less than that takes.
        while (book_.places[victim].now.load(std::memory_order_relaxed) != doing &&
               (++spins_ % 64 != 0 || soak_clock::now() < until))
            ;
    }
    void kill(std::size_t victim) {
        if (!people_.lives(victim))
            return;
        const phase died_in = people_.kill(victim);
        ++counts_.kills;
        ++counts_.killed.at(static_cast<std::size_t>(died_in));
        if (!wanted_.writes(victim) && (died_in == phase::reading || died_in == phase::waiting))
            counts_.unlogged += book_.places[victim].unlogged;
    }
    void replace(std::size_t victim) {
        people_.start(victim);
        eyes_.replaced(victim);
    }
    void put_off() {
        if (wanted_.kills_per_second != 0)
            next_ += std::chrono::duration_cast<soak_clock::duration>(
                std::chrono::duration<double>(gap_(random_)));
    }
    phase killed_least() const {
        phase least = phase::writing;
        for (const phase p : {phase::reading, phase::locked, phase::waiting, phase::recovering}) {
            if (counts_.killed.at(static_cast<std::size_t>(p)) <
                counts_.killed.at(static_cast<std::size_t>(least)))
                least = p;
        }
        return least;
    }

    const settings& wanted_;
    const ledger& book_;
    population& people_;
    watcher& eyes_;
    account& counts_;
    const sm::circular_buffer& ring_;
    std::mt19937_64 random_;
    std::exponential_distribution<double> gap_;
    soak_clock::time_point next_;
    std::uint32_t spins_ = 0;
    std::optional<std::size_t> victim_; // of the lull
    soak_clock::time_point next_lull_ = soak_clock::now() + std::chrono::seconds(1);
};

} // namespace soak

#endif
