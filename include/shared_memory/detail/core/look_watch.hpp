// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Who of many sleepers looks for the dead.
//!
//! A look asks the kernel about every used slot, so n sleepers that all look at every interval cost
//! n * n questions. A word of the segment counts the looks that sleepers make because their interval
//! has ended, so that a single look serves all. No time is in it. A sleeper's interval ends (`tick`):
//!
//!  [D1]  If nobody has counted a look since the sleeper's last tick, the sleeper counts one, looks,
//!        and sleeps for one interval. It counts before it asks: what others see counted after a
//!        death is a look that finds it.
//!  [D2]  Else the sleeper leaves out its look, and those of the next three intervals: it sleeps for
//!        four. At the end of these it looks, unless there were three looks at least, one in each of
//!        three intervals. In any case it asks about a few slots, in turn, so that a count that lies
//!        delays its own finding of a death, but not for ever.
//!
//! The sleeper whose look was counted last finds no later one, so it goes on looking at every
//! interval: a death is found within one interval. If that sleeper wakes up for good, another one
//! misses its looks and takes its place: a death just then is found within six intervals. (The
//! sleeper that sleeps for four of them may have been content with three looks in the first three.)
//! If that sleeper is killed after it has counted and before it has asked, it is one interval more.
//!
//! In small segments a look costs less than an interval's end: there every sleeper looks at every
//! interval, and nothing is counted.

#ifndef SHARED_MEMORY_DETAIL_CORE_LOOK_WATCH_HPP
#define SHARED_MEMORY_DETAIL_CORE_LOOK_WATCH_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/memory_order.hpp>

#include <algorithm>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! How many intervals the sleeper sleeps whose look others make [D2].
inline constexpr std::uint32_t others_look_intervals = 4;

//! The slots that a look is about: so many from the first one on, in a circle.
struct look_share {
    std::uint32_t first;
    std::uint32_t count;
    bool others_look; // the look is left out, but for these slots
};

//! One sleeper's, during one wait.
template <class System>
class look_watch {
public:
    using word32 = typename System::word32;

    static constexpr std::uint32_t most_to_look_alone = 16; // used slots
    static constexpr std::uint32_t few = 2;                 // slots

    //! The sleeper's first interval begins; it has looked at all slots just now.
    void begin(const word32& looks) noexcept {
        seen_ = looks.load(boost::memory_order_relaxed);
        expected_ = 1;
    }
    //! An interval ends, or four of them have, as the last tick had it. `used`: how many slots there
    //! are to look at.
    look_share tick(word32& looks, std::uint32_t used) noexcept {
        if (used <= most_to_look_alone)
            return {0, used, false};
        const std::uint32_t now = looks.load(boost::memory_order_acquire);
        const bool enough = now - seen_ >= expected_;
        seen_ = now;
        if (enough) {                              // [D2]
            expected_ = others_look_intervals - 1; // timers are late, never early
            next_ = next_ < used ? next_ : 0;
            const look_share share{next_, few, true};
            next_ += few;
            return share;
        }
        // acq_rel: before the questions to the kernel [D1]
        seen_ = looks.fetch_add(1, boost::memory_order_acq_rel) + 1;
        expected_ = 1;
        return {0, used, false};
    }

private:
    std::uint32_t seen_ = 0;
    std::uint32_t expected_ = 1; // looks of others that let this sleeper leave out its own
    std::uint32_t next_ = 0;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
