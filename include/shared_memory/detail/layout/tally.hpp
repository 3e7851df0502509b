// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Counts for people to read. Nothing goes by them: a count that is behind, or that a peer scribbled,
//! does no harm.

#ifndef SHARED_MEMORY_DETAIL_LAYOUT_TALLY_HPP
#define SHARED_MEMORY_DETAIL_LAYOUT_TALLY_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/atomic/ipc_atomic.hpp>
#include <boost/config.hpp>
#include <boost/memory_order.hpp>

#include <cstdint>
#include <initializer_list>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

class tally {
public:
    std::uint64_t value() const noexcept { return word_.load(boost::memory_order_relaxed); }
    void set(std::uint64_t value) noexcept { word_.store(value, boost::memory_order_relaxed); }
    //! By the thread that alone counts here.
    BOOST_FORCEINLINE void count(std::uint64_t more) noexcept { set(value() + more); }
    //! By any thread.
    void add(std::uint64_t more) noexcept { word_.fetch_add(more, boost::memory_order_relaxed); }

private:
    boost::ipc_atomic<std::uint64_t> word_;
};
static_assert(sizeof(tally) == 8);

//! What one side of a ring has done, in one participant's hands.
struct ring_tally {
    tally messages; // by the thread that holds the entry
    tally undone;   // of those: given up, or given back
    tally bytes;    // with options().statistics() alone; so the next one
    tally last;     // when the last message was ended, in milliseconds of the steady clock

    void clear() noexcept {
        for (tally* const one : {&messages, &undone, &bytes, &last})
            one->set(0);
    }
};
static_assert(sizeof(ring_tally) == 32);

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
