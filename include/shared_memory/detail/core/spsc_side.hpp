// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What a handle knows by itself of its side of a ring for one writer and one reader: spsc_ring.hpp
//! uses it.

#ifndef SHARED_MEMORY_DETAIL_CORE_SPSC_SIDE_HPP
#define SHARED_MEMORY_DETAIL_CORE_SPSC_SIDE_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/config.hpp>

#include <atomic>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! What the handle that writes (reads) knows by itself [Q9]; counters as they lie in the words.
//! The position to be claimed next is the word `claimed`, which nobody else looks at often.
template <class System>
struct alignas(128) spsc_side {
    using private_word64 = typename System::private_word64;

    private_word64 limit{0};  // up to here without a look at the other side's counter
    private_word64 done{0};   // this side's counter
    private_word64 noted{0};  // notes of ended claims that `done` has not come to
    private_word64 again{0};  // reader: messages to be claimed again
    private_word64 busy{0};   // a call is about to claim this position
    private_word64 ending{0}; // a call is about to move the counter
    private_word64 walking{0};
    private_word64 freed{0}; // reader: how many nodes it passed over, and told nobody of
    private_word64 holes{0}; // writer: that word, and the next one
    private_word64 front{0};
    private_word64 begun{0};        // the handle has the role
    private_word64 dead_letters{0}; // reader: that a mover may claim
};

//! While it lives, no claim is made in this thread [Q9]. Ends nest.
template <class System>
class end_of_claims {
public:
    BOOST_FORCEINLINE explicit end_of_claims(spsc_side<System>& s) noexcept
        : side_(s), before_(s.ending.load(std::memory_order_relaxed)) {
        s.ending.store(1, std::memory_order_relaxed);
        System::light_fence();
    }
    BOOST_FORCEINLINE ~end_of_claims() {
        System::light_fence();
        side_.ending.store(before_, std::memory_order_relaxed);
    }
    end_of_claims(const end_of_claims&) = delete;
    end_of_claims& operator=(const end_of_claims&) = delete;

private:
    spsc_side<System>& side_;
    std::uint64_t before_;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
