// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What a segment looks like from outside: its header, the directory of its parts, and where those
//! lie. No algorithm is here, and no class: a segment *has* parts, and each part owns its own
//! words, which are drawn in a header of the part's own.
//!
//! The words are fixed-width integers and offsets, the same in a 32-bit and a 64-bit process. Words
//! that different participants write lie on cache lines of their own; processors fetch lines in
//! pairs, hence the 128s.
//!
//!     object  0      +----------------------------------------------+
//!                    | Boost.Interprocess's own bookkeeping         |
//!     block   4096   +----------------------------------------------+ 0
//!     (offsets       | segment_identity   never changes             |
//!      in it, on     | part_entry x 8     directory, never changes  | 256
//!      the right)    | segment_life       state, owner              | 768
//!                    | reserved                                     | 896
//!                    +----------------------------------------------+ 4096
//!                    | a participant's area x max_participants:     |
//!                    |   participant_block, and each part's lines   |
//!                    +----------------------------------------------+ part_entry::offset
//!                    | the first part's words                       |
//!                    +----------------------------------------------+ part_entry::offset
//!                    | the next part's words ...                    |
//!                    +----------------------------------------------+
//!                    | Boost.Interprocess's free memory             |
//!                    +----------------------------------------------+
//!
//! The first 48 bytes of the identity (magic, version, byte order, block offset, size) are the same
//! in every version of the layout, and so are the page that it begins at (a multiple of 4096 up to
//! 16 * 4096 from the object's start) and the lock bytes of an object (lib/system/liveness.hpp): a
//! leftover of any version can be told, and `create_only` and `remove()` work on it when no living
//! process uses it.
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
inline constexpr std::uint32_t layout_version = SHARED_MEMORY_LAYOUT_VERSION;
inline constexpr std::uint32_t native_byte_order = 0x01020304U;
inline constexpr std::uint64_t page_bytes = 4096; // the layout's unit, whatever the system's pages
inline constexpr std::uint64_t max_block_offset = 16 * page_bytes;
inline constexpr std::uint64_t cache_line_bytes = 64;
inline constexpr std::uint64_t cache_pair_bytes = 128; // lines that processors fetch together

inline constexpr std::uint32_t max_slots = 1023; // 10 bits in a word, one number unused
inline constexpr std::uint64_t max_total_size = std::uint64_t{1} << 47U;
inline constexpr std::uint64_t max_element_size = std::uint64_t{1} << 46U;

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
    //! The two halves of a full fence, of which the heavy one pays for both: the light fence only
    //! binds the compiler, the heavy fence makes all processes that have registered run a full
    //! fence. In lib/system/*/fence.cpp.
    static void light_fence() noexcept {
        boost::atomics::atomic_signal_fence(boost::memory_order_seq_cst);
    }
    SHARED_MEMORY_DECL static void heavy_fence() noexcept;
    //! Registers this process for heavy fences; false: this process must run full fences itself.
    SHARED_MEMORY_DECL static bool register_for_heavy_fences() noexcept;
};
static_assert(sizeof(ipc_words::word32) == 4 && alignof(ipc_words::word32) == 4);
static_assert(sizeof(ipc_words::word64) == 8 && alignof(ipc_words::word64) == 8);
static_assert(ipc_words::word32::is_always_lock_free && ipc_words::word64::is_always_lock_free);

enum class sync_kind : std::uint32_t { futex = 1, events = 2, interprocess = 3 };

//! What the segment is: written before the segment is published, never changed, copied by
//! each opener.
struct segment_identity {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t byte_order;
    std::uint32_t class_number; // of a row in lib/segment/kinds.cpp
    sync_kind synchronisation;
    std::uint64_t total_size;   // bytes of the whole object
    std::uint64_t block_offset; // where this struct lies in it
    std::uint64_t id[2];        // random; tells an object from another object of the same name
    std::uint64_t element_size; // an array's element, a ring's node; 1 in a buffer
    std::uint64_t element_count;
    std::uint32_t element_alignment;
    std::uint32_t max_participants;
    std::uint32_t part_count;
    std::uint32_t participant_stride; // bytes of a participant's area
    char type_tag[64];                // the type's name, from the user; zero-terminated
    std::uint64_t sleep_bytes; // of foreign types in a wait room's interprocess_space; 0: none
    std::uint64_t type_size;   // of an element, or of a message if all are of one type; 0: of any
    std::uint64_t type_shape;  // see detail/type_shape.hpp; 0: not known
    std::uint64_t reserved[10];
};
static_assert(sizeof(segment_identity) == 256 && std::is_trivially_copyable_v<segment_identity>);
// These never move, in no version of the layout.
static_assert(offsetof(segment_identity, magic) == 0 && segment_magic == 0x3159524f4d454d53U);
static_assert(offsetof(segment_identity, version) == 8);
static_assert(offsetof(segment_identity, byte_order) == 12);
static_assert(offsetof(segment_identity, total_size) == 24);
static_assert(offsetof(segment_identity, block_offset) == 32);
static_assert(offsetof(segment_identity, id) == 40);
static_assert(page_bytes == 4096 && max_block_offset == 65536);
static_assert(max_slots == 1023, "a slot is a lock byte, and the next byte is the name's");
// These may move in another version.
static_assert(offsetof(segment_identity, element_size) == 56);
static_assert(offsetof(segment_identity, type_tag) == 88);
static_assert(offsetof(segment_identity, sleep_bytes) == 152);
static_assert(offsetof(segment_identity, type_size) == 160);

inline constexpr std::uint32_t max_parts = 8;

//! One part of a segment: which part it is, and where its words lie. The entry never changes, as
//! the identity.
struct part_entry {
    std::uint32_t kind;        // a part_type's number; 0: the segment was made without the part
    std::uint32_t version;     // of that part's own layout
    std::uint64_t offset;      // of its words, from the block's start
    std::uint64_t bytes;       // of its words
    std::uint32_t line_offset; // of its lines in each participant's area
    std::uint32_t line_bytes;  // 0: it has none
    std::uint64_t settings[4]; // what only the part understands
};
static_assert(sizeof(part_entry) == 64 && std::is_trivially_copyable_v<part_entry>);

constexpr bool is_left_out(const part_entry& entry) noexcept {
    return entry.kind == 0;
}

//! All of the block's head that never changes, as an opener reads it before it maps anything.
struct segment_header {
    segment_identity identity;
    part_entry parts[max_parts];
};
static_assert(sizeof(segment_header) == 768 && std::is_trivially_copyable_v<segment_header>);

inline constexpr std::uint32_t state_shutting_down = 1; // the owner has closed
inline constexpr std::uint32_t state_stream_ended = 2;  // nothing more will be written
// The name went, or is about to go, while nobody was attached: see lib/segment/open.cpp [S4].
inline constexpr std::uint32_t state_name_taken = 4;

// Of segment_life::marks.
inline constexpr std::uint32_t mark_kept = 1; // its owner wants it to outlive all its users

//! What becomes of the segment; read by all, written hardly ever.
template <class Words>
struct basic_segment_life {
    typename Words::word32 state;      // the bits above
    typename Words::word32 slots_used; // every slot that ever was used lies below; only grows
    typename Words::word64 owner;      // generation << 10 | slot; 0: none
    std::uint64_t reserved_here[6];
    typename Words::word32 looks; // for the dead, by sleepers: see core/look_watch.hpp; wraps
    typename Words::word32 marks; // see mark_kept
    std::uint64_t reserved_there[7];
};
static_assert(sizeof(basic_segment_life<ipc_words>) == 128 &&
              offsetof(basic_segment_life<ipc_words>, marks) == 68);

//! The block, up to the participants.
template <class Words>
struct basic_segment_block {
    segment_header header;
    basic_segment_life<Words> life;
    std::byte reserved[3200];
};

using segment_life = basic_segment_life<ipc_words>;
using segment_block = basic_segment_block<ipc_words>;

static_assert(sizeof(segment_block) == page_bytes);
static_assert(offsetof(segment_block, life) == 768);

constexpr std::uint64_t round_up(std::uint64_t bytes, std::uint64_t unit) noexcept {
    return (bytes + unit - 1) / unit * unit;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
