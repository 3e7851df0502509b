// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Sleeping with boost::interprocess's mutex and condition in the header region: for systems without
// a wait of their own, and by a build option (sync=interprocess). The word decides, as in every
// build; mutex and condition are there to sleep. What they cannot hold: a process that is killed in
// here may leave the mutex locked or unusable for ever, and a killed sleeper may hold up the next
// waker; see doc/synchronisation.md.

#include <system/sleeping.hpp>

#include <boost/interprocess/sync/interprocess_condition.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/interprocess/sync/scoped_lock.hpp>

#include <algorithm>
#include <chrono>
#include <new>
#include <thread>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

namespace bi = boost::interprocess;

struct condition_pair {
    bi::interprocess_mutex mutex;
    bi::interprocess_condition condition;
};
static_assert(sizeof(condition_pair) <= sizeof(wait_room::interprocess_space));
static_assert(alignof(condition_pair) <= 64);

condition_pair& pair_of(wait_room& room) {
    return *std::launder(reinterpret_cast<condition_pair*>(room.interprocess_space));
}

// Boost waits on the wall clock: short naps, so that setting it does no harm, and so that a wake-up
// that a death has swallowed is made good.
constexpr auto longest_nap = std::chrono::milliseconds(100);

std::chrono::system_clock::time_point wall_time_in(std::chrono::nanoseconds wait) {
    return std::chrono::system_clock::now() +
           std::chrono::ceil<std::chrono::system_clock::duration>(wait);
}

std::chrono::nanoseconds left(deadline until) {
    if (until.is_never())
        return longest_nap;
    if (until.passed())
        return {};
    return std::clamp<std::chrono::nanoseconds>(until.time() - deadline::clock::now(),
                                                std::chrono::nanoseconds(0), longest_nap);
}

void sleep_on(const sleep_ticket& room, deadline until) noexcept {
    try {
        condition_pair& pair = pair_of(*room.block);
        const auto end = wall_time_in(left(until));
        bi::scoped_lock<bi::interprocess_mutex> lock(pair.mutex, end);
        if (lock && room.block->word.load(boost::memory_order_seq_cst) == room.ticket)
            pair.condition.timed_wait(lock, end);
    } catch (const bi::interprocess_exception&) {
        // The mutex is unusable since a process died in it: look again after a while instead.
        std::this_thread::sleep_for(
            std::min<std::chrono::nanoseconds>(left(until), std::chrono::milliseconds(1)));
    }
}

} // namespace

sync_kind synchronisation() noexcept {
    return sync_kind::interprocess;
}

void wake_all(wait_room& room) noexcept {
    try {
        condition_pair& pair = pair_of(room);
        {
            // A sleeper that has looked at the word under the mutex is asleep by now. [W1]
            bi::scoped_lock<bi::interprocess_mutex> lock(pair.mutex, wall_time_in(longest_nap));
        }
        pair.condition.notify_all();
    } catch (const bi::interprocess_exception&) {
        // as above: sleepers look again by themselves
    }
}

void sleep_in(const sleep_ticket* rooms, std::size_t count, deadline until) noexcept {
    if (count == 1)
        return sleep_on(rooms[0], until);
    // There is no waiting for several conditions: naps in each room in turn would keep it from
    // looking at the others. So it naps in the first, and the caller looks at all in between.
    for (std::size_t i = 1; i != count; ++i) {
        if (rooms[i].block->word.load(boost::memory_order_seq_cst) != rooms[i].ticket)
            return;
    }
    sleep_on(rooms[0], deadline::in(std::chrono::milliseconds(1)).sooner(until));
}

void initialise(wait_room& room) {
    ::new (static_cast<void*>(room.interprocess_space)) condition_pair;
}

// Mutex and condition lie in the room.
void join_sleepers(const sleeper_place&) {}
void leave_sleepers(const void*) noexcept {}

std::uint64_t sleep_bytes() noexcept {
    return sizeof(condition_pair);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
