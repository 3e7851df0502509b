// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Operations on two messages at a time. The special messages are two: the plan's, and the next.

#ifndef SHARED_MEMORY_TEST_DEATH_SCENARIOS_RING_BATCHES_HPP
#define SHARED_MEMORY_TEST_DEATH_SCENARIOS_RING_BATCHES_HPP

#include "ring_claims.hpp"

#include <array>
#include <cstring>

namespace every {

//! For plans of batch_of: what there is at the operation's begin, and at its end. A batch that is
//! written: how many came. One that is read: 0 to 2, so many are marked; 3 and 4, as well, but so
//! many of those that were marked do not come any more.
constexpr ring_plan::ranks between(int first, int last) {
    return {first, last, -1, -1};
}

template <class Scenario>
class batch_of : public Scenario {
public:
    explicit batch_of(const ring_plan& plan) : Scenario(plan) {}

    void prepare(tracee* other) override {
        this->accounts_.second(this->plan_.special + 1);
        Scenario::prepare(other);
    }
    int last_rank() const override { return this->plan_.rank_of[1] - this->plan_.rank_of[0]; }

protected:
    int rank() const override {
        struct found {
            std::uint32_t first, second;
        };
        constexpr std::array<found, 3> written{{{0, 0}, {1, 0}, {1, 1}}};
        constexpr std::array<found, 5> read{{{1, 1}, {2, 1}, {2, 2}, {0, 2}, {0, 0}}};
        return this->plan_.special == victims_message ? rank_in(written) : rank_in(read);
    }

private:
    template <class Table>
    int rank_in(const Table& table) const {
        const auto first = static_cast<std::size_t>(this->plan_.rank_of[0]);
        const auto last = static_cast<std::size_t>(this->plan_.rank_of[1]);
        for (std::size_t i = first; i <= last; ++i) {
            if (table[i].first == this->accounts_.special_count() &&
                table[i].second == this->accounts_.second_count())
                return static_cast<int>(i - first);
        }
        return -1;
    }
};

// ---- What victims do

constexpr std::array<std::uint64_t, 2> victims_two{victims_message, victims_message + 1};

inline void writes_two(ring_victim& v) {
    const std::array<message, 2> two{make_message(victims_two[0]), make_message(victims_two[1])};
    (void)v.ring->try_write_each(two);
}
struct value {
    message content;
};
//! They are no ranges, so that nothing of the user's is called meanwhile.
inline void writes_two_values(ring_victim& v) {
    const std::array<value, 2> two{
        {{make_message(victims_two[0])}, {make_message(victims_two[1])}}};
    (void)v.ring->try_write_each(two);
}
inline void claims_write_two(ring_victim& v) {
    v.writing_two = v.ring->try_claim_write(2);
    require(v.writing_two && v.writing_two->size() == 2, "no two nodes to claim");
    for (std::size_t i = 0; i != 2; ++i) {
        const message m = make_message(victims_two[i]);
        std::memcpy((*v.writing_two)[i].data(), m.data(), sizeof m);
    }
}
inline void commits_two(ring_victim& v) {
    v.writing_two->commit();
}
inline void commits_one_of_two(ring_victim& v) {
    v.writing_two->commit(1);
}
inline void aborts_two(ring_victim& v) {
    v.writing_two->abort();
}
inline void reads_two(ring_victim& v) {
    std::array<message, 2> two{};
    require(v.ring->try_read_each(two) == 2, "no two messages to read");
}
inline void claims_read_two(ring_victim& v) {
    v.reading_two = v.ring->try_claim_read(2);
    require(v.reading_two && v.reading_two->size() == 2, "no two messages to claim");
}
inline void releases_two(ring_victim& v) {
    v.reading_two->release();
}
inline void releases_one_of_two(ring_victim& v) {
    v.reading_two->release(1);
}
inline void gives_two_back(ring_victim& v) {
    v.reading_two->give_back();
}

} // namespace every

#endif
