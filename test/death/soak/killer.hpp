// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The killer: which process dies, and when. A process is chosen by one of its threads. Most of the killed are replaced at once, and every
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
                victim = any_that(true);
            else if (rarest == phase::reading)
                victim = any_that(false);
            wait_until(victim, rarest);
        }
        kill(victim);
        replace(victim);
    }

    //! Ends it if all that its victim left has been found.
    bool in_lull() {
        if (!victim_)
            return false;
        for (std::size_t i = 0; i != wanted_.places(); ++i) {
            if (wanted_.writes(i) && people_.lives(i) && book_.places[i].now != phase::idle)
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
        victim_ = any_that(!readers);
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
    std::size_t any_that(bool writes) {
        for (;;) {
            const std::size_t at = random_() % wanted_.places();
            if (wanted_.writes(at) == writes)
                return at;
        }
    }
    void kill(std::size_t victim) {
        const std::size_t process = wanted_.process_of(victim);
        if (!people_.process_lives(process))
            return;
        people_.kill(process);
        ++counts_.kills;
        for (std::size_t at = process * wanted_.threads; at != (process + 1) * wanted_.threads;
             ++at) {
            const phase died_in = book_.places[at].now;
            ++counts_.killed.at(static_cast<std::size_t>(died_in));
            if (!wanted_.writes(at) && (died_in == phase::reading || died_in == phase::waiting))
                counts_.unlogged += book_.places[at].unlogged;
        }
    }
    void replace(std::size_t victim) {
        const std::size_t process = wanted_.process_of(victim);
        people_.start(process);
        for (std::size_t at = process * wanted_.threads; at != (process + 1) * wanted_.threads;
             ++at)
            eyes_.replaced(at);
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
