// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A third process on the ring: one that sleeps, or one that is dead.

#ifndef SHARED_MEMORY_TEST_DEATH_SCENARIOS_RING_COMPANY_HPP
#define SHARED_MEMORY_TEST_DEATH_SCENARIOS_RING_COMPANY_HPP

#include "ring_claims.hpp"

#include <atomic>
#include <cstdint>

namespace every {

//! What a third process has to tell; lies in memory that it shares with the trial's.
struct told_by_other {
    enum class state : std::uint32_t { nothing, got_message, wrote, was_shut_down, has_lock };
    std::atomic<state> what;
    std::uint32_t count; // of deliveries
    bool inconsistent;
    message content;
};
told_by_other* new_told_by_other();

constexpr std::uint64_t others_message = 200;
constexpr std::uint64_t helping_message = 50;

//! Its waiting ends by its own look, if the one that owed it a wake-up died.
sm::options sleepers_options();

//! The third process sleeps until somebody does what it waits for.
class sleeping_company {
public:
    void opens_and_reads(const std::string& ring, const sm::options& how = sleepers_options());
    void opens_and_writes(const std::string& ring);

    //! The trial's process: lets it go to sleep.
    void goes_to_sleep(tracee& other);
    //! It would take what the victim is to have: it stays where it is until `is_done`.
    void pauses();
    //! Waits until it is done and has left. `help` is called again and again until it is.
    template <class Help>
    void is_done(Help&& help);
    bool is_done_now() const { return told_->what.load() != told_by_other::state::nothing; }
    void enter(ledger& accounts) const;
    bool was_shut_down() const { return told_->what.load() == told_by_other::state::was_shut_down; }

private:
    void wait_a_moment() const;

    told_by_other* const told_ = new_told_by_other();
    tracee* other_ = nullptr;
    bool paused_ = false;
};

template <class Help>
void sleeping_company::is_done(Help&& help) {
    if (paused_)
        other_->go();
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!is_done_now()) {
        require(std::chrono::steady_clock::now() < end, "a sleeper was never woken");
        help();
        wait_a_moment();
    }
    other_->wait_for_mark();
}

} // namespace every

#endif
