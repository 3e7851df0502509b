// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "two_atomics.hpp"

#include "crew.hpp"

#include <atomic>
#include <cstdint>

namespace comparison {
namespace {

struct line {
    alignas(128) std::atomic<std::uint64_t> word{0};
};

class player : public worker {
public:
    player(line& shared, std::uint64_t side) : word_(shared.word), side_(side) {}
    void run(std::uint64_t count) override {
        for (std::uint64_t turn = side_; turn != 2 * count + side_; turn += 2) {
            // No pause: it can take as long as what is measured.
            while (word_.load(std::memory_order_relaxed) != turn) {
            }
            word_.fetch_add(1, std::memory_order_acq_rel);
        }
    }

private:
    std::atomic<std::uint64_t>& word_;
    std::uint64_t side_;
};

class two_atomics_session : public session {
public:
    two_atomics_session() {
        for (unsigned side = 0; side != 2; ++side)
            crew_.add(place_of(side, 2, side),
                      [this, side] { return std::make_unique<player>(*line_, side); });
    }
    outcome run(std::uint64_t count) override {
        line_->word = 0;
        outcome result;
        result.seconds = crew_.run(count);
        result.presence = crew_.presence();
        return result;
    }

private:
    shared_object<line> line_;
    crew crew_; // goes first
};

} // namespace

std::unique_ptr<session> start_two_atomics() {
    return std::make_unique<two_atomics_session>();
}

} // namespace comparison
