// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What the tests of the latest value share: a value in which half of another value shows, and the
// cell's words behind the library's back.

#ifndef SHARED_MEMORY_TEST_SUPPORT_LATEST_SUPPORT_HPP
#define SHARED_MEMORY_TEST_SUPPORT_LATEST_SUPPORT_HPP

#include "ring_support.hpp"

#include <shared_memory/detail/layout/latest.hpp>
#include <shared_memory/latest_buffer.hpp>
#include <shared_memory/latest_value.hpp>

#include <algorithm>
#include <array>

namespace latest_support {

using namespace ring_support;
using test_support::child;
using test_support::unique_name;

// All words are the same in a whole value.
template <std::size_t Words>
struct words_value {
    std::array<std::uint64_t, Words> words;

    static words_value of(std::uint64_t number) {
        words_value v;
        v.words.fill(number);
        return v;
    }
    std::uint64_t number() const { return words.front(); }
    bool is_whole() const {
        return std::all_of(words.begin(), words.end(),
                           [this](std::uint64_t w) { return w == words.front(); });
    }
};
using small_value = words_value<2>;   // beside its buffer's words
using value = words_value<16>;        // on lines of its own
using large_value = words_value<512>; // 4 KiB

class cell_view {
public:
    explicit cell_view(const std::string& name)
        : object_(test_support::open_object(name)),
          region_(object_, boost::interprocess::read_write) {}

    smd::latest_block& block() const {
        return *reinterpret_cast<smd::latest_block*>(bytes() +
                                                     object().words_at(smd::latest_part_number));
    }
    smd::latest_line& line(std::uint32_t i) const {
        const auto& id = object().identity();
        const auto stride = smd::latest_geometry::stride(id.element_size, id.element_alignment);
        return *reinterpret_cast<smd::latest_line*>(bytes() +
                                                    object().words_at(smd::latest_part_number) +
                                                    sizeof(smd::latest_block) + stride * i);
    }
    bool a_reader_sleeps() const {
        return test_support::becomes_true([this] { return sleeps(block().newer_sleep); });
    }
    bool a_writer_sleeps() const {
        return test_support::becomes_true([this] { return sleeps(block().free_sleep); });
    }
    // Makes a cell that nobody has used yet look as if each buffer had been used so often.
    void start_with_use(std::uint64_t use, std::uint32_t buffers) const {
        for (std::uint32_t i = 0; i != buffers; ++i)
            line(i).control.store(smd::buffer_word::done(use));
        block().current.store(smd::latest_mark::of(use, 0));
    }
    std::uint32_t buffers_held(std::uint32_t buffers) const {
        std::uint32_t count = 0;
        for (std::uint32_t i = 0; i != buffers; ++i)
            count += smd::buffer_word{line(i).control.load()}.is_written() ? 1U : 0U;
        return count;
    }
    std::uint32_t pins_held() const {
        std::uint32_t count = 0;
        for (const auto& pin : block().pins)
            count += smd::pin_word{pin.load()}.is_free() ? 0U : 1U;
        return count;
    }

private:
    static bool sleeps(const smd::wait_room& room) { return (room.word.load() & 1U) != 0; }
    std::byte* bytes() const { return static_cast<std::byte*>(region_.get_address()); }
    object_view object() const { return object_view(region_.get_address()); }

    test_support::memory_object object_;
    boost::interprocess::mapped_region region_;
};

} // namespace latest_support

#endif
