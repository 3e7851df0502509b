// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The algorithm on memory of the test's own: a participant stalls before each of its steps, and the
// others do all that they can meanwhile.

#include "stepping_system.hpp"
#include "support.hpp"

#include <shared_memory/detail/core/latest_repair.hpp>
#include <shared_memory/detail/core/latest_value.hpp>

#include <array>

namespace smd = shared_memory::detail;
using locks_test::at_each_step;

namespace {

struct system_type : locks_test::stepping_system {
    using room = smd::basic_wait_room<words>;
    static void wake(room&) {}
};
using cell_type = smd::latest_cell<system_type>;

struct memory {
    static constexpr std::uint32_t buffers = 3;
    smd::basic_latest_block<system_type::words> block{};
    std::array<cell_type::line_type, buffers> lines{};
    std::array<std::uint64_t, buffers> payload{};
    std::array<cell_type, 3> handles;

    explicit memory(std::uint32_t pins = 0, bool single = false) {
        for (std::uint32_t slot = 0; slot != handles.size(); ++slot) {
            handles[slot] = cell_type({buffers, pins, 8}, block, lines.data());
            handles[slot].attach(slot, single);
        }
    }
    bool begin(cell_type& cell, smd::latest_claim& claim, std::uint64_t value) {
        if (!cell.begin(claim))
            return false;
        payload[claim.index] = value;
        return true;
    }
    bool store(cell_type& cell, std::uint64_t value) {
        smd::latest_claim claim{};
        smd::latest_view made;
        return begin(cell, claim, value) && cell.publish(claim, 8, made);
    }
    // 0: no value
    std::uint64_t load(cell_type& cell, smd::latest_view& view) {
        std::uint64_t found = 0;
        const auto r = cell.load(view, [&](std::uint32_t i, std::uint64_t) { found = payload[i]; });
        BOOST_TEST((r == smd::latest_result::done || r == smd::latest_result::none));
        return r == smd::latest_result::done ? found : 0;
    }
    std::uint64_t load(cell_type& cell) {
        smd::latest_view view;
        return load(cell, view);
    }
    std::uint32_t held() const {
        std::uint32_t count = 0;
        for (const auto& line : lines)
            count += smd::buffer_word{line.control.value}.is_written() ? 1U : 0U;
        return count;
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_store_stalls_and_others_store) {
    for (int others = 1; others != 8; ++others) {
        memory m;
        std::uint64_t n = 0;
        const int steps = at_each_step([&] { m.store(m.handles[1], ++n); },
                                       [&] { BOOST_TEST(m.store(m.handles[0], ++n)); },
                                       [&] {
                                           for (int i = 0; i != others; ++i)
                                               BOOST_TEST(m.store(m.handles[1], 1000 + n));
                                           BOOST_TEST(m.load(m.handles[2]) != 0U);
                                       },
                                       [&] {
                                           // All that has been published is counted, and what is newest is whole.
                                           smd::latest_view view;
                                           BOOST_TEST(m.load(m.handles[2], view) != 0U);
                                           BOOST_TEST(m.held() == 0U);
                                       });
        BOOST_TEST(steps > 8);
    }
}

BOOST_AUTO_TEST_CASE(a_load_stalls_and_others_store) {
    for (int others = 1; others != 8; ++others) {
        memory m;
        std::uint64_t n = 1;
        std::uint64_t found = 0;
        std::uint64_t least = 0;
        m.store(m.handles[1], n);
        at_each_step([&] { least = n; }, [&] { found = m.load(m.handles[0]); },
                     [&] {
                         for (int i = 0; i != others; ++i)
                             BOOST_TEST(m.store(m.handles[1], ++n));
                     },
                     [&] { BOOST_TEST((found >= least && found <= n)); });
    }
}

BOOST_AUTO_TEST_CASE(a_pinned_buffer_is_left_alone_whoever_stalls) {
    memory m(1);
    std::uint64_t n = 1;
    m.store(m.handles[1], n);
    smd::latest_view view;
    bool held = false;
    at_each_step([&] {},
                 [&] {
                     held = m.handles[0].hold(view) == smd::latest_result::done;
                     if (!held)
                         return;
                     const std::uint32_t i = smd::latest_mark{view.mark}.index();
                     const std::uint64_t before = m.payload[i];
                     for (int k = 0; k != 5; ++k)
                         BOOST_TEST(m.store(m.handles[1], ++n));
                     BOOST_TEST(m.payload[i] == before);
                     m.handles[0].unpin(view.pin);
                 },
                 [&] {
                     for (int k = 0; k != 3; ++k)
                         m.store(m.handles[2], ++n);
                 },
                 [&] { BOOST_TEST(held); });
}

// A repairer that stalls before its compare-and-exchange takes nothing from the slot's next owner.
BOOST_AUTO_TEST_CASE(a_stalled_repairer_takes_nothing_from_a_successor) {
    memory m(1);
    smd::latest_claim claim{};
    smd::latest_claim next{};
    at_each_step(
        [&] { BOOST_TEST(m.begin(m.handles[0], claim, 1)); },
        [&] {
            smd::latest_repair done;
            smd::slot_set dead(0);
            m.handles[2].repair(
                dead, [](std::uint32_t) { return false; }, done);
        },
        [&] {
            smd::latest_repair done;
            smd::slot_set dead(0);
            m.handles[1].repair(
                dead, [](std::uint32_t) { return false; }, done);
            BOOST_TEST(m.begin(m.handles[0], next, 2)); // the successor in the slot
        },
        [&] {
            // The repairer may have been ahead of the successor's buffer, and then asks
            // the kernel, who says that the slot's participant is alive. Here it says dead.
            m.handles[0].end(next);
        });
}

// Words that make no sense are an error, not a fault.
BOOST_AUTO_TEST_CASE(scribbled_words_are_told) {
    memory m;
    m.store(m.handles[0], 1);
    smd::latest_view view;
    const auto load = [&] { return m.handles[1].load(view, [](std::uint32_t, std::uint64_t) {}); };
    const std::uint64_t current = m.block.current.value;
    m.block.current.value = smd::latest_mark::of(1, 1000);
    BOOST_TEST((load() == smd::latest_result::corrupted));
    BOOST_TEST((m.handles[1].hold(view) == smd::latest_result::corrupted));
    BOOST_TEST(!m.store(m.handles[0], 2));
    m.block.current.value = current;
    m.lines[smd::latest_mark{current}.index()].size.value = 9;
    BOOST_TEST((load() == smd::latest_result::corrupted));
    m.lines[smd::latest_mark{current}.index()].size.value = 8;
    m.lines[smd::latest_mark{current}.index()].control.value += std::uint64_t{1} << 20U;
    BOOST_TEST((load() == smd::latest_result::corrupted));
}
