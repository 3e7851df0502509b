// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/wait_any.hpp>

#include <shared_memory/detail/core/spin_budget.hpp>
#include <shared_memory/detail/core/system.hpp>
#include <shared_memory/detail/core/waiting.hpp>
#include <shared_memory/detail/range.hpp>
#include <shared_memory/detail/segment.hpp>

#include "../segment/holders.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

std::optional<std::size_t> wait_any(std::size_t count, function_ref<waitable(std::size_t)> at,
                                    deadline until) {
    boost::container::small_vector<waited_for, 16> all;
    for (std::size_t i = 0; i != count; ++i) {
        const waitable one = at(i);
        if (one.handle_ == nullptr || !one.handle_->is_open())
            throw_bad_argument("wait_any: expected open handles, found a null or closed one; leave "
                               "it out, or open it first");
        all.push_back(one.way_(*one.handle_));
    }
    std::optional<std::size_t> found;
    // The answer is costly: a try asks every handle, so it is not made again and again.
    auto done = [&] {
        for (std::size_t i = 0; i != count && !found; ++i) {
            if (all[i].is_due(all[i].part))
                found = i;
        }
        return found ? progress::done : progress::costly;
    };
    boost::container::small_vector<look_watch<ipc_system>, 16> watches(all.size());
    auto look = [&](bool interval_ended) {
        auto result = look_result::others_look;
        for (std::size_t i = 0; i != all.size(); ++i)
            result = std::max(result, all[i].in->look_if_due(watches[i], interval_ended));
        return result;
    };
    if (all.empty() || done() == progress::done)
        return found;
    if (until.at_once()) {
        if (look(false) == look_result::repaired)
            done();
        return found;
    }
    boost::container::small_vector<sleep_ticket, 16> rooms;
    wait_terms terms{until, options::duration::zero()};
    for (const waited_for& one : all) {
        rooms.push_back({one.room, 0, one.heavy_fences});
        const options::duration interval = one.in->options().death_check_interval();
        if (terms.death_check_interval == options::duration::zero() ||
            (interval != options::duration::zero() && interval < terms.death_check_interval))
            terms.death_check_interval = interval;
    }
    ipc_system system; // of no handle: `done` and `look` ask each handle
    spin_budget spins;
    boost::container::small_vector<sleep_mark, 16> marks(all.size());
    auto look_and_tell = [&](bool interval_ended) { // before each sleep
        for (std::size_t i = 0; i != all.size(); ++i)
            marks[i].set(*all[i].in, *all[i].room);
        return look(interval_ended);
    };
    wait(system, rooms.data(), rooms.size(), done, terms, spins, look_and_tell,
         [] { return false; });
    return found;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
