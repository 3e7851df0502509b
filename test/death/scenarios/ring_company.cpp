// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "ring_company.hpp"

#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace every {

told_by_other* new_told_by_other() {
    void* const memory = ::mmap(nullptr, sizeof(told_by_other), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw std::bad_alloc();
    return ::new (memory) told_by_other{}; // ends with the trial's process
}

sm::options sleepers_options() {
    return opening_options().death_check_interval(std::chrono::milliseconds(25));
}

void sleeping_company::opens_and_reads(const std::string& name, const sm::options& how) {
    {
        sm::circular_buffer ring(sm::open_only, name, how);
        mark();
        try {
            auto claim = ring.claim_read();
            told_->content = claim.as<message>();
            told_->count = claim.delivery_count();
            claim.release();
            told_->what = told_by_other::state::got_message;
        } catch (const sm::error& e) {
            if (e.code() != sm::errc::shut_down)
                throw;
            told_->what = told_by_other::state::was_shut_down;
        }
    }
    mark();
}

void sleeping_company::opens_and_writes(const std::string& name) {
    {
        sm::circular_buffer ring(sm::open_only, name, sleepers_options());
        mark();
        ring.write(make_message(others_message));
        told_->what = told_by_other::state::wrote;
    }
    mark();
}

void sleeping_company::goes_to_sleep(tracee& other) {
    other_ = &other;
    other.go();
    require(other.sleeps_or_stops(), "the one that was to sleep does not");
}

void sleeping_company::pauses() {
    other_->pause();
    paused_ = true;
}

void sleeping_company::wait_a_moment() const {
    ::usleep(100);
}

void sleeping_company::enter(ledger& accounts) const {
    if (told_->what == told_by_other::state::got_message)
        accounts.delivered(told_->content, told_->count);
    else if (told_->what == told_by_other::state::wrote)
        accounts.written(others_message);
}

} // namespace every
