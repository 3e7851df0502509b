// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A segment's id: the same through every handle, another when the segment is created anew.

#include "segment_files.hpp"

#include <shared_memory/shared_memory.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <sstream>
#include <type_traits>
#include <unordered_set>

using namespace test_support;

static_assert(std::is_trivially_copyable_v<sm::segment_id>);
static_assert(sizeof(sm::segment_id) == 16);

SHARED_MEMORY_TEST_ROLE(tells_the_id) {
    say(to_string(sm::circular_buffer(sm::open_only, args.at(0)).id()));
    return 0;
}

BOOST_AUTO_TEST_SUITE(segment_id)

BOOST_AUTO_TEST_CASE(the_same_through_every_handle) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    sm::segment_id const id = ring.id();
    BOOST_TEST(sm::circular_buffer(sm::open_only, name).id() == id);
    BOOST_TEST(sm::circular_buffer(sm::open_read_only, name).id() == id);
    BOOST_TEST(sm::circular_buffer(sm::open_or_create, name, 4, 8).id() == id);
    BOOST_TEST(sm::shared_buffer(sm::open_read_only, name).id() == id);
    BOOST_TEST(child("tells_the_id", {name}).read_line() == to_string(id));
    sm::segment_handle const& base = ring;
    BOOST_TEST(base.id() == id);
    sm::circular_buffer moved(std::move(ring));
    BOOST_TEST(moved.id() == id);
    moved.close();
    BOOST_TEST(moved.id() == id, "as the name, the id is told after close()");
    // what the header says
    std::string const image = ring_image();
    std::string const copy = unique_name("copy");
    write_object(copy, image);
    auto const header = identity_of(image);
    auto const seen = sm::shared_buffer(sm::open_read_only, copy).id();
    BOOST_TEST((seen.high == header.id[0] && seen.low == header.id[1]));
    remove_object(copy);
}

BOOST_AUTO_TEST_CASE(another_when_created_anew) {
    std::string const name = unique_name("ring");
    std::set<sm::segment_id> seen;
    for (int i = 0; i != 20; ++i) {
        sm::circular_buffer const ring(sm::create_only, name, 4, 8);
        BOOST_TEST(seen.insert(ring.id()).second, "again: " << ring.id());
    }
    // a leftover that is replaced
    write_object(name, ring_image());
    auto const left = sm::shared_buffer(sm::open_read_only, name).id();
    sm::circular_buffer const ring(sm::create_only, name, 4, 8);
    BOOST_TEST(ring.id() != left);
    // of all classes
    BOOST_TEST(seen.insert(sm::shared_array<int>(sm::create_only, name + "a", 3).id()).second);
    BOOST_TEST(seen.insert(sm::buffer_read_write(sm::create_only, name + "b", 3).id()).second);
}

BOOST_AUTO_TEST_CASE(all_bits_are_random) {
    std::string const name = unique_name("ring");
    std::uint64_t set[2] = {0, 0};
    std::uint64_t clear[2] = {0, 0};
    for (int i = 0; i != 64; ++i) { // 128 bits, each the same 64 times: once in 2^56
        auto const id = sm::buffer_read_write(sm::create_only, name, 1).id();
        set[0] |= id.high, set[1] |= id.low;
        clear[0] |= ~id.high, clear[1] |= ~id.low;
    }
    for (std::size_t i = 0; i != 2; ++i)
        BOOST_TEST((set[i] == ~std::uint64_t{0} && clear[i] == ~std::uint64_t{0}), "half " << i);
}

BOOST_AUTO_TEST_CASE(compared_ordered_and_hashed) {
    constexpr std::array<sm::segment_id, 4> ids{{{0, 0}, {0, 1}, {1, 0}, {~std::uint64_t{0}, 7}}};
    static_assert(ids[0] == sm::segment_id{0, 0} && ids[0] != ids[1] && ids[1] < ids[2]);
    for (std::size_t i = 0; i != ids.size(); ++i) {
        for (std::size_t k = 0; k != ids.size(); ++k) {
            BOOST_TEST((ids[i] == ids[k]) == (i == k));
            BOOST_TEST((ids[i] != ids[k]) == (i != k));
            BOOST_TEST((ids[i] < ids[k]) == (i < k));
        }
    }
    std::unordered_set<sm::segment_id> const set(ids.begin(), ids.end());
    BOOST_TEST(set.size() == ids.size());
    BOOST_TEST(set.count(ids[3]) == 1U);
}

BOOST_AUTO_TEST_CASE(printed_as_32_digits) {
    sm::segment_id const id{0x0123456789abcdefU, 0x00000000deadbeefU};
    BOOST_TEST(to_string(id) == "0123456789abcdef00000000deadbeef");
    BOOST_TEST(to_string(sm::segment_id{}) == std::string(32, '0'));
    std::ostringstream out;
    out << id;
    BOOST_TEST(out.str() == to_string(id));
}

BOOST_AUTO_TEST_SUITE_END()
