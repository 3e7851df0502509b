// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Everything that lives in a segment, and nothing else: no algorithm is here.
//!
//! Fixed-width integers and offsets only, the same in a 32-bit and a 64-bit process. What two
//! parties write lies on cache lines of its own; processors fetch lines in pairs, hence the 128s.
//!
//!     object  0      +----------------------------------------------+
//!                    | Boost.Interprocess's own bookkeeping         |
//!     block   4096   +----------------------------------------------+ 0
//!     (offsets       | segment_identity   never changes             |
//!      in it, on     | segment_life       state, owner              | 256
//!      the right)    | sleep_block        for those who read        | 384
//!                    | sleep_block        for those who write       | 640
//!                    | lock_block         readers/writer lock       | 896
//!                    | ring_block         hints, epoch, counts      | 1664
//!                    | calls_block        requests and responses    | 2304
//!                    | reserved                                     | 2560
//!                    +----------------------------------------------+ 4096
//!                    | participant_block x max_participants         |
//!                    +---------------------------------- (to a page)+ data
//!                    | an array's or buffer's bytes; or a ring's:   |
//!                    |   node_line x node_count                     |
//!                    |   node_size, to 64, x node_count   (payloads |
//!                    |   of more than 48 bytes lie here)            |
//!                    +----------------------------------------------+
//!                    | Boost.Interprocess's free memory             |
//!                    +----------------------------------------------+
//!
//! The structs whose words an algorithm works on take those words' types from a parameter, so that
//! a model checker can put its own in their place.

#ifndef SHARED_MEMORY_DETAIL_LAYOUT_HEADER_HPP
#define SHARED_MEMORY_DETAIL_LAYOUT_HEADER_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/layout/words.hpp>

#include <boost/atomic/fences.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

inline constexpr std::uint64_t segment_magic = 0x3159524f4d454d53U; // "SMEMORY1" in memory
inline constexpr std::uint32_t layout_version = 1;                  // see SHARED_MEMORY_ABI
inline constexpr std::uint32_t native_byte_order = 0x01020304U;
inline constexpr std::uint64_t page_bytes = 4096; // the layout's unit, whatever the system's pages
inline constexpr std::uint64_t max_block_offset = 16 * page_bytes;
inline constexpr std::uint64_t cache_line_bytes = 64;

inline constexpr std::uint32_t max_slots = 1023; // slot:10 in a control word, one number unused
inline constexpr std::uint32_t min_node_count = 2;
inline constexpr std::uint32_t max_node_count = 1U << 20U;
inline constexpr std::uint32_t max_node_size = 0x7fffffc0U; // 2^31 - 64
inline constexpr std::uint32_t max_delivery_limit = 31;     // deliveries:5 in a control word
inline constexpr std::uint32_t inline_payload_bytes = 48;

//! The words that processes share.
struct ipc_words {
    using word32 = shared_word<std::uint32_t>;
    using word64 = shared_word<std::uint64_t>;
    static void full_fence() noexcept {
        boost::atomics::atomic_thread_fence(boost::memory_order_seq_cst);
    }
    static void store_fence() noexcept {
        boost::atomics::atomic_thread_fence(boost::memory_order_release);
    }
    static void load_fence() noexcept {
        boost::atomics::atomic_thread_fence(boost::memory_order_acquire);
    }
    //! Both sides of a full fence whose price the other one pays: the light one only binds the
    //! compiler, the heavy one makes all processes that have registered run a full fence. In
    //! lib/process_fence_*.cpp.
    static void light_fence() noexcept {
        boost::atomics::atomic_signal_fence(boost::memory_order_seq_cst);
    }
    SHARED_MEMORY_DECL static void heavy_fence() noexcept;
    //! Registers this process; false: it must run full fences itself.
    SHARED_MEMORY_DECL static bool register_for_heavy_fences() noexcept;
};
static_assert(sizeof(ipc_words::word32) == 4 && alignof(ipc_words::word32) == 4);
static_assert(sizeof(ipc_words::word64) == 8 && alignof(ipc_words::word64) == 8);
static_assert(ipc_words::word32::is_always_lock_free && ipc_words::word64::is_always_lock_free);

enum class segment_kind : std::uint32_t { array = 1, buffer = 2, ring = 3 };
enum class sync_kind : std::uint32_t { futex = 1, events = 2, interprocess = 3 };

//! What the segment is: written before it is published, never changed, copied by who opens it.
struct segment_identity {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t byte_order;
    segment_kind kind;
    sync_kind synchronisation;
    std::uint64_t total_size;   // bytes of the whole object
    std::uint64_t block_offset; // where this struct lies in it
    std::uint64_t id[2];        // random; tells an object from another one of the same name
    std::uint64_t element_size; // an array's element, a ring's node; 1 in a buffer
    std::uint64_t element_count;
    std::uint32_t element_alignment;
    std::uint32_t max_participants;
    std::uint32_t max_deliveries; // a ring's
    std::uint32_t ring_modes;     // a ring's: the bits below
    char type_tag[64];            // an array's, from the user; zero-terminated
    std::uint64_t sleep_bytes;    // of what foreign types wait with in a sleep_block; 0: none
    std::uint64_t reserved[12];
};
static_assert(sizeof(segment_identity) == 256 && std::is_trivially_copyable_v<segment_identity>);
static_assert(offsetof(segment_identity, total_size) == 24);
static_assert(offsetof(segment_identity, element_size) == 56);
static_assert(offsetof(segment_identity, type_tag) == 88);
static_assert(offsetof(segment_identity, sleep_bytes) == 152);

inline constexpr std::uint32_t ring_single_reader = 1; // as in `role`; see node_ring.hpp [R11]
inline constexpr std::uint32_t ring_single_writer = 2;

inline constexpr std::uint32_t state_shutting_down = 1; // the owner has closed
inline constexpr std::uint32_t state_stream_ended = 2;  // a ring's end_of_stream()

//! What becomes of the segment; read by all, written hardly ever.
template <class Words>
struct basic_segment_life {
    typename Words::word32 state;      // the bits above, only ever set
    typename Words::word32 slots_used; // every slot that ever was used lies below; only grows
    typename Words::word64 owner;      // generation << 10 | slot; 0: none yet
    std::uint64_t reserved[14];
};
static_assert(sizeof(basic_segment_life<ipc_words>) == 128);

//! Where processes sleep. The word: see wait_point.hpp.
template <class Words>
struct basic_sleep_block {
    typename Words::word32 word;
    std::uint32_t pad[15];
    // boost::interprocess's mutex and condition, in the build that waits with those
    alignas(64) std::byte interprocess_space[192];
};
static_assert(sizeof(basic_sleep_block<ipc_words>) == 256);

//! The readers/writer lock; the readers' part is each participant's `shared_lock`.
template <class Words>
struct basic_lock_block {
    // generation << 11 | slot << 1 | closed: who is to be the writer; 0: nobody
    typename Words::word64 writer;
    // number << 2 | inconsistent << 1 | writing: changed by the writer alone, or for a dead one
    typename Words::word64 sequence;
    std::uint64_t reserved[30];
    basic_sleep_block<Words> free_sleep;  // those who wait until there is no writer
    basic_sleep_block<Words> drain_sleep; // the writer, while it waits until the readers are gone
};
static_assert(sizeof(basic_lock_block<ipc_words>) == 768);

//! A ring's words that are not a node's.
template <class Words>
struct basic_ring_block {
    // Hints: lap << index bits | index of the node to be claimed next. Written by whoever claims,
    // with plain stores; they may lie behind, and go back.
    alignas(128) typename Words::word64 tail; // for writers
    alignas(128) typename Words::word64 head; // for readers
    alignas(128)
        typename Words::word64 redelivery_epoch;     // epoch of redeliveries, only ever incremented
    alignas(128) typename Words::word64 redelivered; // counts, relaxed
    typename Words::word64 given_up;
    typename Words::word64 readers_attached; // handles with that role, ever
    typename Words::word64 writers_attached;
    // Who is the single writer (reader) of a ring that has one: generation << 10 | slot; 0: nobody
    alignas(128) typename Words::word64 writer_role;
    typename Words::word64 reader_role;
};
static_assert(sizeof(basic_ring_block<ipc_words>) == 640);

//! Requests and responses (reserved).
struct calls_block {
    std::uint64_t reserved[32];
};
static_assert(sizeof(calls_block) == 256);

//! Who sits in a slot. `slot_word` is the truth (generation << 1 | used); the rest is written by
//! the holder alone, before it sets `used`, or is for show.
template <class Words>
struct basic_participant_block {
    typename Words::word64 slot_word;
    typename Words::word64 process_id;
    typename Words::word64 start_time; // of the process, as the system counts it
    typename Words::word32 role;
    typename Words::word32
        asleep; // its handle's threads sleep; where who wakes has to know (Windows)
    // shared locks: generation:32 | held explicitly:16 | held in all, or being tried for:16
    typename Words::word64 shared_lock;
    std::uint64_t reserved0[3];
    typename Words::word64 counters[8]; // reserved for statistics
    typename Words::word64 last_read;   // reserved, likewise
    typename Words::word64 last_write;
    std::uint64_t reserved1[14];
};
static_assert(sizeof(basic_participant_block<ipc_words>) == 256);

//! A ring's node: its control word (lap:46 | deliveries:5 | slot:10 | phase:3), its message's size,
//! and the message itself if the ring's nodes have at most 48 bytes: then one line is all that
//! travels between two processors.
template <class Words>
struct basic_node_line {
    alignas(64) typename Words::word64 control;
    typename Words::word32 size;
    std::uint32_t pad;
    std::byte payload[inline_payload_bytes];
};
static_assert(sizeof(basic_node_line<ipc_words>) == 64);
static_assert(offsetof(basic_node_line<ipc_words>, payload) == 16);

//! The block, up to the participants.
template <class Words>
struct basic_segment_block {
    segment_identity identity;
    basic_segment_life<Words> life;
    basic_sleep_block<Words> readers_sleep; // those who wait for something to read
    basic_sleep_block<Words> writers_sleep; // those who wait for room
    basic_lock_block<Words> lock;
    basic_ring_block<Words> ring;
    calls_block calls;
    std::byte reserved[1536];
};

//! Windows: small objects of their own, beside the segment. What a name means:
template <class Words>
struct basic_name_record {
    typename Words::word64 magic;
    typename Words::word64 object; // the object's number; 0: the name means nothing
};
static_assert(sizeof(basic_name_record<ipc_words>) == 16);
inline constexpr std::uint64_t name_magic = 0x31454d414e4d4553U; // "SEMNAME1" in memory

//! Which process has which lock of one object: process id << 32 | a part of when it started; 0: none.
template <class Words>
struct basic_slot_locks_block {
    typename Words::word64 slots[max_slots];
    typename Words::word64 name;
};
static_assert(sizeof(basic_slot_locks_block<ipc_words>) == 2 * page_bytes);

using segment_life = basic_segment_life<ipc_words>;
using sleep_block = basic_sleep_block<ipc_words>;
using lock_block = basic_lock_block<ipc_words>;
using ring_block = basic_ring_block<ipc_words>;
using participant_block = basic_participant_block<ipc_words>;
using node_line = basic_node_line<ipc_words>;
using segment_block = basic_segment_block<ipc_words>;
using name_record = basic_name_record<ipc_words>;
using slot_locks_block = basic_slot_locks_block<ipc_words>;

static_assert(sizeof(segment_block) == page_bytes);
static_assert(offsetof(segment_block, life) == 256);
static_assert(offsetof(segment_block, readers_sleep) == 384);
static_assert(offsetof(segment_block, writers_sleep) == 640);
static_assert(offsetof(segment_block, lock) == 896);
static_assert(offsetof(segment_block, ring) == 1664);
static_assert(offsetof(segment_block, calls) == 2304);

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
