// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What an algorithm may ask of the world. The algorithms of core/ are templates over a System, and
//! this file has the product's, `ipc_system`. The tests have others: `model_system` lets a model
//! checker visit every interleaving, `stepping_system` stalls a participant between two accesses,
//! and the killing build kills it there.
//!
//! A System is a class with these members. Static, for the algorithms that only use words:
//!
//!     words                     what the layout's structs take: word32, word64
//!     word32, word64            words that processes share; as std::atomic
//!     private_word64            a word that only the threads of one handle share
//!     thread_word64             a word that a single thread uses at a time
//!     full_fence()              a sequentially consistent fence
//!     store_fence()             a release fence
//!     load_fence()              an acquire fence
//!     light_fence()             with heavy_fence() of another process, a full fence on both sides;
//!     heavy_fence()             the light fence costs nothing
//!     copy(to, from, size)      bytes into a segment, or out of one
//!     wake(room)                wakes all sleepers of the wait room
//!     checkpoint(place, live...)
//!                               "Of what was found before, only these values matter from here on."
//!                               The model checker compares states by that. It does nothing in the
//!                               product. `place` tells checkpoints apart; place / 16 is the level
//!                               of the algorithm. What lives in a caller, of a lower level, still
//!                               matters: the caller makes a checkpoint right before the call.
//!
//! Of an object, which stands for one handle:
//!
//!     alive(slot)               the slot's participant lives, by the kernel's word; this handle too
//!     look_is_due()             time to ask the kernel who has died; a clock, in the product
//!     interrupted()             the handle was closed, or was inherited through fork()
//!     resume()                  makes an interrupted handle usable again, or throws
//!     stay_awake(done, until, spins)
//!                               tries `done` again and again for a while that is shorter than going
//!                               to sleep; returns its last result
//!     sleep(rooms, count, until)
//!                               sleeps in several wait rooms at once; a ticket for each says up to
//!                               where the sleeper has looked. May return early. Tells by what
//!                               the sleep was ended.
//!     now(), yield()            the monotonic clock in nanoseconds; the processor to others
//!     stay_away(nanoseconds)    keeps the thread busy for about that long, off the segment's words
//!
//! Nothing with a destructor lives across a call of a System in core/: the model checker leaves an
//! algorithm by a jump.

#ifndef SHARED_MEMORY_DETAIL_CORE_SYSTEM_HPP
#define SHARED_MEMORY_DETAIL_CORE_SYSTEM_HPP

#include <shared_memory/deadline.hpp>
#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/core/function_ref.hpp>
#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/detail/layout/wait_room.hpp>
#include <shared_memory/detail/layout/words.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

class segment;
class spin_budget;

//! What came of a try: `blocked` is worth trying again at once, `costly` only after a wake-up.
enum class progress { done, blocked, costly };

//! What came of a look for the dead. Of several looks, the greatest counts. `others_look`: other
//! sleepers look often enough, and this one may sleep for longer.
enum class look_result { others_look, not_due, nobody_died, repaired };

//! What ended a sleep. `waker`, `deadline`: for certain; if both did, either one. `unclear`: nothing,
//! maybe.
enum class sleep_end { unclear, waker, deadline };

//! A wait room, and the ticket that the announcement in it gave.
template <class Words>
struct basic_sleep_ticket {
    basic_wait_room<Words>* block;
    std::uint32_t ticket;
    bool plain_stores = false; // others may publish by plain stores; see node_ring.hpp [R12]
};
using sleep_ticket = basic_sleep_ticket<ipc_words>;

//! The product's System: words in shared memory, the kernel, a clock. In lib/core.cpp.
class SHARED_MEMORY_DECL ipc_system : public ipc_words {
public:
    using words = ipc_words;
    using private_word64 = std::atomic<std::uint64_t>;
    using thread_word64 = std::atomic<std::uint64_t>;

    explicit ipc_system(segment& s) noexcept : segment_(&s) {}
    //! For a wait on several handles: a System of no handle. It is never interrupted, and may not
    //! be asked who is alive; the caller's `done` and `look` ask each handle.
    ipc_system() noexcept = default;

    static void copy(void* to, const void* from, std::size_t size) noexcept {
        write_bytes(to, from, size);
    }
    static void wake(wait_room& room) noexcept;
    template <class... Live>
    static void checkpoint(unsigned, Live...) noexcept {}

    bool alive(std::uint32_t slot) const noexcept;
    bool look_is_due() noexcept;
    bool interrupted() const noexcept;
    void resume();
    progress stay_awake(function_ref<progress()> done, deadline until, spin_budget& spins) const;
    static sleep_end sleep(const sleep_ticket* rooms, std::size_t count, deadline until) noexcept;
    static std::int64_t now() noexcept;
    static void yield() noexcept;
    static void stay_away(std::uint32_t nanoseconds) noexcept;

private:
    segment* segment_ = nullptr;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
