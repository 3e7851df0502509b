// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A segment's words, for tests that look at them or spoil them: a mapping or an image of the whole
// object, taken apart by its header.

#ifndef SHARED_MEMORY_TEST_SUPPORT_OBJECT_VIEW_HPP
#define SHARED_MEMORY_TEST_SUPPORT_OBJECT_VIEW_HPP

#include <shared_memory/detail/layout/bytes.hpp>
#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/detail/layout/journal.hpp>
#include <shared_memory/detail/layout/lock.hpp>
#include <shared_memory/detail/layout/participants.hpp>
#include <shared_memory/detail/layout/ring.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>

//! `object` is where the object's bytes begin, not where its block does.
class object_view {
    using part_entry = shared_memory::detail::part_entry;

public:
    static constexpr std::uint64_t block_at = shared_memory::detail::page_bytes;

    explicit object_view(void* object) : object_(static_cast<std::byte*>(object)) {}

    shared_memory::detail::segment_block& block() const {
        return at<shared_memory::detail::segment_block>(block_at);
    }
    const shared_memory::detail::segment_identity& identity() const {
        return block().header.identity;
    }
    //! Throws if the segment has no such part.
    part_entry& entry(std::uint32_t kind) const {
        for (part_entry& one : block().header.parts) {
            if (one.kind == kind)
                return one;
        }
        throw std::logic_error("the segment has no part of that kind");
    }
    //! Offsets in the object.
    std::uint64_t words_at(std::uint32_t kind) const { return block_at + entry(kind).offset; }
    std::uint64_t slot_at(std::uint32_t slot) const {
        return block_at + sizeof(shared_memory::detail::segment_block) +
               std::uint64_t{identity().participant_stride} * slot;
    }
    std::uint64_t line_at(std::uint32_t kind, std::uint32_t slot) const {
        return slot_at(slot) + entry(kind).line_offset;
    }
    std::uint64_t nodes_at() const {
        return words_at(shared_memory::detail::ring_part_number) +
               sizeof(shared_memory::detail::ring_head);
    }

    shared_memory::detail::participant_block& slot(std::uint32_t number) const {
        return at<shared_memory::detail::participant_block>(slot_at(number));
    }
    shared_memory::detail::ring_head& ring() const {
        return at<shared_memory::detail::ring_head>(
            words_at(shared_memory::detail::ring_part_number));
    }
    shared_memory::detail::ring_line& ring_line(std::uint32_t slot) const {
        return at<shared_memory::detail::ring_line>(
            line_at(shared_memory::detail::ring_part_number, slot));
    }
    shared_memory::detail::node_line* nodes() const {
        return &at<shared_memory::detail::node_line>(nodes_at());
    }
    //! As many as the directory says.
    shared_memory::detail::journal_entry* journals() const {
        return &at<shared_memory::detail::journal_entry>(
            words_at(shared_memory::detail::journal_part_number));
    }
    shared_memory::detail::lock_block& lock() const {
        return at<shared_memory::detail::lock_block>(
            words_at(shared_memory::detail::lock_part_number));
    }
    shared_memory::detail::lock_line& lock_line(std::uint32_t slot) const {
        return at<shared_memory::detail::lock_line>(
            line_at(shared_memory::detail::lock_part_number, slot));
    }

private:
    template <class T>
    T& at(std::uint64_t offset) const {
        return *reinterpret_cast<T*>(object_ + offset);
    }

    std::byte* object_;
};

#endif
