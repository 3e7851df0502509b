// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A ring with so many messages in it, on which the victim does one thing.

#ifndef SHARED_MEMORY_TEST_DEATH_SCENARIOS_RING_CLAIMS_HPP
#define SHARED_MEMORY_TEST_DEATH_SCENARIOS_RING_CLAIMS_HPP

#include "../stage/scenario.hpp"
#include "ring_survivors.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <optional>

namespace every {

constexpr std::uint64_t victims_message = 100;

struct ring_victim {
    std::optional<sm::circular_buffer> ring;
    std::optional<sm::write_claim> writing;
    std::optional<sm::read_claim> reading;
    std::optional<sm::write_batch> writing_two;
    std::optional<sm::read_batch> reading_two;
};

struct ring_plan {
    // How far the operation had come if the special message does not come, comes, comes marked as
    // delivered for the second time, the third; -1: that must not be.
    using ranks = std::array<int, 4>;

    const char* operation;
    const char* situation;
    bool every;
    std::uint64_t messages;
    void (*ready)(ring_victim&);
    void (*run)(ring_victim&);
    std::uint64_t special;
    ranks rank_of;
};

class ring_scenario : public scenario {
public:
    explicit ring_scenario(const ring_plan& plan) : plan_(plan) {}

    void prepare(tracee* other) override;
    void victim_prepares() override;
    void operation() override;
    void is_alive(const segment_watch& watch) override;
    int survive(bool fresh_first) override;
    int last_rank() const override;

protected:
    virtual sm::options options_of_ring() const { return strict_options(); }
    virtual void open_old();
    //! Puts the messages in.
    void fill();
    virtual void before_draining() {}
    virtual void after_draining() {}

    //! How far the operation had come, by what came of the special message; -1: that must not be.
    virtual int rank() const;
    //! All that the survivors do; `survive` for those that share the ring with nobody else.
    int go_on(bool fresh_first);
    //! The survivor writes one.
    void writes(std::uint64_t number);
    virtual void attach();

    const ring_plan& plan_;
    ring_victim victim_;
    std::optional<sm::circular_buffer> old_;   // the survivor's
    std::optional<sm::circular_buffer> fresh_; // attached after the kill
    ledger accounts_;
};

} // namespace every

#endif
