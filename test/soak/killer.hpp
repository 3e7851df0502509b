// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Who is killed, and when.

#ifndef SHARED_MEMORY_TEST_SOAK_KILLER_HPP
#define SHARED_MEMORY_TEST_SOAK_KILLER_HPP

#include "account.hpp"
#include "population.hpp"
#include "watcher.hpp"

#include <chrono>
#include <random>

namespace soak {

class killer {
public:
    killer(const settings& wanted, const ledger& book, population& people, watcher& eyes,
           account& counts)
        : wanted_(wanted), book_(book), people_(people), eyes_(eyes), counts_(counts),
          random_(wanted.seed), gap_(wanted.kills_per_second), next_(soak_clock::now()) {
        put_off();
    }

    //! One kill if it is time for one; four of five at random, one when the victim does what fewest
    //! died of.
    void kill_if_due() {
        if (wanted_.kills_per_second == 0 || soak_clock::now() < next_)
            return;
        put_off();
        std::size_t victim = random_() % wanted_.places();
        if (random_() % 5 == 0) {
            const phase rarest = killed_least();
            if (rarest == phase::writing)
                victim = random_() % wanted_.writers;
            else if (rarest == phase::reading)
                victim = wanted_.writers + random_() % wanted_.readers;
            const auto until = soak_clock::now() + std::chrono::milliseconds(20);
            // The clock is not looked at each time: the phase may last less than that takes.
            while (book_.places[victim].now.load(std::memory_order_relaxed) != rarest &&
                   (++spins_ % 64 != 0 || soak_clock::now() < until))
                ;
        }
        if (!people_.lives(victim))
            return;
        const phase died_in = people_.kill(victim);
        ++counts_.kills;
        ++counts_.killed.at(static_cast<std::size_t>(died_in));
        if (!wanted_.writes(victim) && (died_in == phase::reading || died_in == phase::waiting))
            ++counts_.killed_with_unlogged;
        people_.start(victim);
        eyes_.replaced(victim);
    }

private:
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
    std::mt19937_64 random_;
    std::exponential_distribution<double> gap_;
    soak_clock::time_point next_;
    std::uint32_t spins_ = 0;
};

} // namespace soak

#endif
