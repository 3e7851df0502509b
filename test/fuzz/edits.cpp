// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "edits.hpp"

#include "../support/object_view.hpp"

#include <shared_memory/detail/core/node_ring.hpp>
#include <shared_memory/detail/layout/header.hpp>

#include <cstring>
#include <iterator>

namespace fuzz {
namespace {

namespace smd = shared_memory::detail;
using smd::segment_block;
using smd::segment_identity;

// What may be in a word, besides anything.
enum class meaning { number, control, owner, position, count_of_locks, slot_word };

struct word {
    const char* name;
    std::uint64_t offset; // in its struct
    std::uint32_t width;
    meaning means = meaning::number;
};

#define WORD(type, member, ...)                                                                    \
    { #member, offsetof(type, member), __VA_ARGS__ }
constexpr word identity_words[] = {
    WORD(segment_identity, magic, 8),
    WORD(segment_identity, version, 4),
    WORD(segment_identity, byte_order, 4),
    WORD(segment_identity, class_number, 4),
    WORD(segment_identity, synchronisation, 4),
    WORD(segment_identity, total_size, 8),
    WORD(segment_identity, block_offset, 8),
    WORD(segment_identity, id[0], 8),
    WORD(segment_identity, id[1], 8),
    WORD(segment_identity, element_size, 8),
    WORD(segment_identity, element_count, 8),
    WORD(segment_identity, element_alignment, 4),
    WORD(segment_identity, max_participants, 4),
    WORD(segment_identity, part_count, 4),
    WORD(segment_identity, participant_stride, 4),
    WORD(segment_identity, type_tag[0], 1),
    WORD(segment_identity, type_tag[63], 1),
};
constexpr word part_words[] = {
    WORD(smd::part_entry, kind, 4),        WORD(smd::part_entry, version, 4),
    WORD(smd::part_entry, offset, 8),      WORD(smd::part_entry, bytes, 8),
    WORD(smd::part_entry, line_offset, 4), WORD(smd::part_entry, line_bytes, 4),
    WORD(smd::part_entry, settings[0], 8), WORD(smd::part_entry, settings[1], 8),
};
constexpr word life_words[] = {
    WORD(segment_block, life.state, 4),
    WORD(segment_block, life.slots_used, 4),
    WORD(segment_block, life.owner, 8, meaning::owner),
};
constexpr word ring_words[] = {
    WORD(smd::ring_head, ring.tail, 8, meaning::position),
    WORD(smd::ring_head, ring.head, 8, meaning::position),
    WORD(smd::ring_head, ring.redelivery_epoch, 8),
    WORD(smd::ring_head, ring.redelivered, 8),
    WORD(smd::ring_head, ring.given_up, 8),
    WORD(smd::ring_head, ring.readers_attached, 8),
    WORD(smd::ring_head, ring.writers_attached, 8),
    WORD(smd::ring_head, readers_sleep.word, 4),
    WORD(smd::ring_head, writers_sleep.word, 4),
};
constexpr word journal_words[] = {
    WORD(smd::journal_entry, key[0], 8),
    WORD(smd::journal_entry, kind, 4),
    WORD(smd::journal_entry, holder, 8, meaning::owner),
    WORD(smd::journal_entry, accepted, 8),
    WORD(smd::journal_entry, count, 8),
    WORD(smd::journal_entry, discarded, 8),
};
constexpr word lock_words[] = {
    WORD(smd::lock_block, writer, 8, meaning::owner),
    WORD(smd::lock_block, sequence, 8),
    WORD(smd::lock_block, free_sleep.word, 4),
    WORD(smd::lock_block, drain_sleep.word, 4),
};
constexpr word participant_words[] = {
    WORD(smd::participant_block, slot_word, 8, meaning::slot_word),
    WORD(smd::participant_block, process_id, 8),
    WORD(smd::participant_block, start_time, 8),
    WORD(smd::participant_block, role, 4),
};
constexpr word lock_line_words[] = {
    WORD(smd::lock_line, shared_lock, 8, meaning::count_of_locks),
};
constexpr word ring_line_words[] = {
    WORD(smd::ring_line, writes[0].position, 8, meaning::position),
    WORD(smd::ring_line, writes[0].end, 8, meaning::position),
    WORD(smd::ring_line, writes[1].position, 8, meaning::position),
    WORD(smd::ring_line, reads[0].position, 8, meaning::position),
    WORD(smd::ring_line, reads[0].end, 8, meaning::position),
    WORD(smd::ring_line, reads[1].position, 8, meaning::position),
};
constexpr word node_words[] = {
    WORD(smd::node_line, control, 8, meaning::control),
    WORD(smd::node_line, size, 4),
    WORD(smd::node_line, payload[0], 8),
};
#undef WORD

template <std::size_t N>
const word& one_of(input& in, const word (&words)[N]) {
    return words[up_to(in, N - 1)];
}

std::uint64_t number(input& in, const shape& s) {
    static constexpr std::uint64_t borders[] = {0,
                                                1,
                                                ~std::uint64_t{0},
                                                1U << 20U,
                                                0x7fffffc0U,
                                                0x7fffffffU,
                                                0x80000000U,
                                                0xffffffffU,
                                                std::uint64_t{1} << 46U,
                                                std::uint64_t{1} << 47U,
                                                std::uint64_t{1} << 63U,
                                                ~std::uint64_t{63}};
    switch (up_to(in, 4)) {
    case 0:
        return in.ConsumeIntegral<std::uint8_t>();
    case 1:
        return borders[up_to(in, static_cast<std::uint32_t>(std::size(borders)) - 1)];
    case 2:
        return s.size + up_to(in, 2);
    case 3:
        return s.count + up_to(in, 2);
    default:
        return in.ConsumeIntegral<std::uint64_t>();
    }
}

std::uint64_t take_value(input& in, const shape& s, meaning means) {
    if (means == meaning::number || up_to(in, 3) == 3)
        return number(in, s);
    const std::uint64_t small = in.ConsumeBool() ? up_to(in, 7) : ~std::uint64_t{up_to(in, 7)};
    const std::uint32_t slot = in.ConsumeBool() ? up_to(in, s.participants) : up_to(in, 1023);
    switch (means) {
    case meaning::control:
        return smd::control_word::of(small, static_cast<smd::node_phase>(up_to(in, 7)), slot,
                                     up_to(in, 31));
    case meaning::owner: // a segment's, or a lock's writer
        return (small << 10U | slot) << up_to(in, 1) | up_to(in, 1);
    case meaning::position:
        return small << up_to(in, 20) | up_to(in, s.count + 1);
    case meaning::count_of_locks:
        return small << 32U | std::uint64_t{up_to(in, 0xffff)} << 16U | up_to(in, 0xffff);
    default:
        return small << 1U | up_to(in, 1);
    }
}

} // namespace

edit take_edit(input& in, const shape& s) {
    std::string image = image_of(s);
    const object_view view(image.data());
    const std::uint64_t block = object_view::block_at;
    const bool ring = s.what == subject::ring;
    const std::uint64_t words = view.words_at(ring ? smd::ring_part_number : smd::lock_part_number);
    const std::uint64_t data = ring ? view.nodes_at() : view.words_at(smd::bytes_part_number);
    edit e;
    meaning means = meaning::number;
    const auto choose = [&](const word& w, std::uint64_t at, const char* in_what, std::uint64_t i) {
        e.offset = at + w.offset;
        e.width = w.width;
        means = w.means;
        tell("edit %s of %s %llu", w.name, in_what, static_cast<unsigned long long>(i));
    };
    switch (up_to(in, 9)) {
    case 0:
        if (in.ConsumeBool()) {
            const std::uint64_t i = up_to(in, smd::max_parts - 1);
            const std::uint64_t entries = block + sizeof(segment_identity);
            choose(one_of(in, part_words), entries + i * sizeof(smd::part_entry), "part", i);
        } else {
            choose(one_of(in, identity_words), block, "block", 0);
        }
        break;
    case 1:
        choose(one_of(in, life_words), block, "block", 0);
        break;
    case 2:
        if (ring && up_to(in, 3) == 3) {
            const std::uint64_t i = up_to(in, 11);
            choose(one_of(in, journal_words),
                   view.words_at(smd::journal_part_number) + i * sizeof(smd::journal_entry),
                   "journal", i);
            break;
        }
        choose(ring ? one_of(in, ring_words) : one_of(in, lock_words), words, "part", 0);
        break;
    case 3: {
        const std::uint64_t i = up_to(in, s.participants - 1);
        const auto slot = static_cast<std::uint32_t>(i);
        if (in.ConsumeBool() && ring)
            choose(one_of(in, ring_line_words), view.line_at(smd::ring_part_number, slot), "line",
                   i);
        else if (!ring && in.ConsumeBool())
            choose(one_of(in, lock_line_words), view.line_at(smd::lock_part_number, slot), "line",
                   i);
        else
            choose(one_of(in, participant_words), view.slot_at(slot), "participant", i);
        break;
    }
    case 4:
    case 5:
    case 6:
    case 7:
        if (ring) {
            const std::uint64_t i = up_to(in, s.count - 1);
            choose(one_of(in, node_words), data + i * sizeof(smd::node_line), "node", i);
            break;
        }
        [[fallthrough]];
    default:
        e.width = 1U << up_to(in, 3);
        e.offset = in.ConsumeBool() ? data + up_to(in, 255) : up_to(in, 0x8fff);
        break;
    }
    e.what = in.PickValueInArray({edit::set, edit::add, edit::flip});
    e.value = take_value(in, s, means);
    static constexpr const char* names[] = {"set to", "add", "flip"};
    tell("  offset %llu, %u bytes: %s %#llx", static_cast<unsigned long long>(e.offset), e.width,
         names[e.what], static_cast<unsigned long long>(e.value));
    return e;
}

// Word by word, as another process's program would; the library's words are aligned.
void apply(const edit& e, std::byte* object, std::size_t size) {
    if (e.width == 0 || e.offset > size || size - e.offset < e.width)
        return;
    std::byte* const at = object + e.offset;
    const auto change = [&](auto now) {
        using type = decltype(now);
        std::memcpy(&now, at, sizeof now);
        const auto value = static_cast<type>(e.value);
        now = static_cast<type>(e.what == edit::set   ? value
                                : e.what == edit::add ? now + value
                                                      : now ^ value);
        std::memcpy(at, &now, sizeof now);
    };
    switch (e.width) {
    case 1:
        return change(std::uint8_t{});
    case 2:
        return change(std::uint16_t{});
    case 4:
        return change(std::uint32_t{});
    default:
        return change(std::uint64_t{});
    }
}

} // namespace fuzz
