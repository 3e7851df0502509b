// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Two messages at a time. The ring's first free node is its last one, so that batches go over the end.

#include "ring_batches.hpp"
#include "all.hpp"

#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/shared_memory_object.hpp>

namespace every {
namespace {

constexpr std::uint64_t mine = victims_message;
constexpr std::uint64_t oldest = 1;

void nothing(ring_victim&) {}

constexpr ring_plan plans[] = {
    {"claim_write", "a batch", true, 0, nothing, claims_write_two, mine, between(0, 0)},
    {"write", "a batch, empty", true, 0, nothing, writes_two, mine, between(0, 2)},
    {"write", "a batch, half full", true, 2, nothing, writes_two, mine, between(0, 2)},
    {"write", "a batch of values", true, 2, nothing, writes_two_values, mine, between(0, 2)},
    {"write", "a batch, room for one", true, 3, nothing, writes_two, mine, between(0, 1)},
    {"commit", "a batch", true, 0, claims_write_two, commits_two, mine, between(0, 2)},
    {"commit", "a batch, in part", true, 2, claims_write_two, commits_one_of_two, mine,
     between(0, 1)},
    {"abort", "a batch", true, 0, claims_write_two, aborts_two, mine, between(0, 0)},
    {"claim_read", "a batch", true, 4, nothing, claims_read_two, oldest, between(0, 2)},
    {"read", "a batch", true, 2, nothing, reads_two, oldest, between(0, 4)},
    {"read", "a batch, full", true, 4, nothing, reads_two, oldest, between(0, 4)},
    {"release", "a batch", true, 4, claims_read_two, releases_two, oldest, between(2, 4)},
    {"release", "a batch, in part", true, 3, claims_read_two, releases_one_of_two, oldest,
     between(2, 3)},
    {"give_back", "a batch", true, 4, claims_read_two, gives_two_back, oldest, between(2, 2)},
};

// Claims end by exchanges where a system has no heavy fences. The ring's directory is made to say so, to
// all but the handle that has made the ring.
constexpr ring_plan exchange_plans[] = {
    {"write", "a batch, by exchanges", true, 2, nothing, writes_two_values, mine, between(0, 2)},
    {"read", "a batch, by exchanges", true, 2, nothing, reads_two, oldest, between(0, 4)},
};
class by_exchanges : public ring_scenario {
public:
    using ring_scenario::ring_scenario;

protected:
    void open_old() override {
        ring_scenario::open_old();
        namespace bi = boost::interprocess;
        const bi::shared_memory_object object(bi::open_only, name().c_str(), bi::read_write);
        const bi::mapped_region all(object, bi::read_write);
        object_view(all.get_address())
            .entry(smd::ring_part_number)
            .settings[smd::ring_modes_setting] = 0;
    }
};

} // namespace

void add_ring_batches(std::vector<scenario_entry>& to) {
    add_plans<batch_of<ring_scenario>, plans>(to);
    add_plans<batch_of<by_exchanges>, exchange_plans>(to);
}

} // namespace every
