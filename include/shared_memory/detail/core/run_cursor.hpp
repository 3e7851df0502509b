// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The nodes of a run, one after the other: for loops that fill or read them all.

#ifndef SHARED_MEMORY_DETAIL_CORE_RUN_CURSOR_HPP
#define SHARED_MEMORY_DETAIL_CORE_RUN_CURSOR_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/config.hpp>
#include <boost/memory_order.hpp>

#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Where a ring's payloads and sizes lie: those of the first node, and how far apart they are.
template <class Word32>
struct node_places {
    std::byte* payloads;
    std::uint64_t payload_stride;
    Word32* sizes;
    std::uint64_t size_stride; // in words
    std::uint64_t last_index;

    //! Node i of a run that begins at index `first`; i is not more than the ring has nodes.
    std::byte* payload(std::uint64_t first, std::uint64_t i) const noexcept {
        return payloads + payload_stride * index(first, i);
    }
    //! A peer that scribbles may change it at any time.
    Word32& size(std::uint64_t first, std::uint64_t i) const noexcept {
        return sizes[size_stride * index(first, i)];
    }
    //! Sizes seldom change, so that their lines stay where they are. Relaxed: published with the
    //! message.
    static void set_size(Word32& word, std::uint32_t size) noexcept {
        if (word.load(boost::memory_order_relaxed) != size)
            word.store(size, boost::memory_order_relaxed);
    }

private:
    std::uint64_t index(std::uint64_t first, std::uint64_t i) const noexcept {
        const std::uint64_t at = first + i;
        return at <= last_index ? at : at - last_index - 1;
    }
};

template <class Word32>
class run_cursor {
public:
    run_cursor(const node_places<Word32>& ring, std::uint64_t index) noexcept
        : ring_(ring), payload_(ring.payloads + ring.payload_stride * index),
          size_(ring.sizes + ring.size_stride * index), left_(ring.last_index - index) {}

    std::byte* payload() const noexcept { return payload_; }
    void set_size(std::uint32_t size) noexcept { ring_.set_size(*size_, size); }
    BOOST_FORCEINLINE void next() noexcept {
        if (BOOST_LIKELY(left_ != 0)) {
            --left_;
            payload_ += ring_.payload_stride;
            size_ += ring_.size_stride;
        } else {
            *this = run_cursor(ring_, 0);
        }
    }

private:
    node_places<Word32> ring_;
    std::byte* payload_;
    Word32* size_;
    std::uint64_t left_; // nodes behind this one
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
