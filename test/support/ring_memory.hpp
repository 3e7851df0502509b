// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The ring's algorithm on memory of the test's own, with words that can stop a participant between
// two of its steps.

#ifndef SHARED_MEMORY_TEST_SUPPORT_RING_MEMORY_HPP
#define SHARED_MEMORY_TEST_SUPPORT_RING_MEMORY_HPP

#include <shared_memory/detail/core/node_ring.hpp>
#include <shared_memory/detail/core/node_ring_batch.hpp>
#include <shared_memory/detail/core/node_ring_census.hpp>
#include <shared_memory/detail/core/node_ring_search.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>
#include <vector>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
inline std::ostream& operator<<(std::ostream& out, ring_result r) {
    constexpr const char* names[] = {"claimed", "full",      "empty",     "not_yet", "refused",
                                     "ended",   "shut_down", "corrupted", "no_entry"};
    return out << names[static_cast<std::uint32_t>(r)];
}
inline std::ostream& operator<<(std::ostream& out, node_phase p) {
    constexpr const char* names[] = {"free", "writing", "ready", "reading", "4", "5", "6", "7"};
    return out << names[static_cast<std::uint32_t>(p) & 7U];
}
} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

namespace ring_support {

namespace smd = shared_memory::detail;

// What happens to others while this thread stands just before its next step of that kind: run once.
// A thread's variable of it needs neither a constructor nor a destructor to run, which mingw's linker
// cannot have in several sources of a program.
class hook {
public:
    template <class F>
    hook& operator=(F&& function) {
        std::unique_ptr<std::function<void()>> const old(
            std::exchange(function_, new std::function<void()>(std::forward<F>(function))));
        return *this;
    }
    void run_once() {
        std::unique_ptr<std::function<void()>> const function(std::exchange(function_, nullptr));
        if (function)
            (*function)();
    }

private:
    std::function<void()>* function_ = nullptr;
};
inline thread_local hook before_cas;               // a compare-and-swap of a 64-bit word
inline thread_local hook before_add;               // a fetch_add of one
inline thread_local hook before_load_32;           // a load of a 32-bit word
inline thread_local std::uint64_t loads_of_64 = 0; // so many there were, of 64-bit words

template <class T>
class stopping_word {
public:
    stopping_word() noexcept = default;
    T load(boost::memory_order = boost::memory_order_seq_cst) const noexcept {
        if constexpr (sizeof(T) == 4)
            before_load_32.run_once();
        else
            ++loads_of_64;
        return value_.load();
    }
    void store(T to, boost::memory_order = boost::memory_order_seq_cst) noexcept {
        value_.store(to);
    }
    T exchange(T to, boost::memory_order) noexcept { return value_.exchange(to); }
    T fetch_add(T by, boost::memory_order) noexcept {
        before_add.run_once();
        return value_.fetch_add(by);
    }
    bool compare_exchange_strong(T& expected, T to, boost::memory_order,
                                 boost::memory_order) noexcept {
        if constexpr (sizeof(T) == 8)
            before_cas.run_once();
        return value_.compare_exchange_strong(expected, to);
    }

private:
    std::atomic<T> value_{0};
};
struct stopping_system {
    using words = stopping_system;
    using private_word64 = std::atomic<std::uint64_t>;
    using thread_word64 = std::atomic<std::uint64_t>;
    using word32 = stopping_word<std::uint32_t>;
    using word64 = stopping_word<std::uint64_t>;
    static void full_fence() noexcept { std::atomic_thread_fence(std::memory_order_seq_cst); }
    static void light_fence() noexcept { full_fence(); }
    static void heavy_fence() noexcept { full_fence(); }
    template <class... Live>
    static void checkpoint(unsigned, Live...) noexcept {}
    static void yield() noexcept {}
    static void stay_away(std::uint32_t) noexcept {}
};

template <class System>
class ring_memory {
public:
    using ring_type = smd::node_ring<System>;
    using claimant = typename ring_type::claimant;
    static constexpr std::uint32_t slots = 16;

    explicit ring_memory(std::uint32_t nodes, std::uint32_t node_size = 8,
                         std::uint32_t max_deliveries = 0)
        : geometry{nodes, node_size, max_deliveries},
          lines(new smd::basic_node_line<typename System::words>[nodes]),
          payloads(geometry.inline_payload() ? 0 : geometry.payload_stride() * nodes),
          participants(new smd::basic_ring_line<typename System::words>[slots]) {
        block.tail.store(0);
        block.head.store(0);
        block.redelivery_epoch.store(0);
        block.redelivered.store(0);
        block.given_up.store(0);
        state.store(0);
        for (std::uint32_t i = 0; i != nodes; ++i) {
            lines[i].control.store(0);
            lines[i].size.store(0);
        }
        used.store(slots);
        for (std::uint32_t slot = 0; slot != slots; ++slot) {
            for (auto* const side : {participants[slot].writes, participants[slot].reads}) {
                for (std::uint32_t e = 0; e != smd::entries_per_side; ++e) {
                    side[e].position.store(smd::no_position);
                    side[e].end.store(smd::no_position);
                }
            }
        }
        ring = ring_type(geometry, block, state, lines.get(), payloads.data(), participants.get(),
                         used, slots);
        ring.set_patience(3);
        while ((std::uint64_t{1} << index_bits) < nodes)
            ++index_bits;
        lap_mask = (std::uint64_t{1} << (64 - index_bits < 46 ? 64 - index_bits : 46)) - 1;
    }

    void start_in_lap(std::uint64_t lap) {
        for (std::uint32_t i = 0; i != geometry.node_count; ++i)
            lines[i].control.store(smd::control_word::of(lap, smd::node_phase::free));
        block.tail.store(lap << index_bits);
        block.head.store(lap << index_bits);
    }
    smd::control_word word(std::uint64_t index) const {
        return smd::control_word{lines[index].control.load()};
    }

    // The slot's first thread, as one that keeps its claims.
    claimant writer(std::uint32_t slot, bool brief = false) {
        return {slot, participants[slot].writes, nullptr, brief};
    }
    claimant reader(std::uint32_t slot, bool brief = false) {
        return {slot, participants[slot].reads, &scan, brief};
    }
    smd::ring_result claim_write(std::uint32_t slot, smd::node_claim& claim) {
        return ring.claim_write(writer(slot), claim);
    }
    bool claim_write_brief(std::uint32_t slot, smd::node_claim& claim) {
        return ring.claim_write_at_once(writer(slot, true), claim) == ring_type::attempt::claimed;
    }
    bool claim_write_run(const claimant& who, smd::node_run& run, std::uint32_t most) {
        return ring.claim_write_run_at_once(who, run, most) == ring_type::attempt::claimed;
    }
    smd::ring_result claim_read(std::uint32_t slot, smd::node_claim& claim) {
        return ring.claim_read(reader(slot), claim,
                               [](std::size_t size) { return size == sizeof(std::uint64_t); });
    }
    void commit(const smd::node_claim& claim, std::uint64_t value) {
        std::memcpy(claim.payload, &value, sizeof value);
        ring.commit(claim, sizeof value);
    }
    static std::uint64_t value_of(const smd::node_claim& claim) {
        std::uint64_t value = 0;
        std::memcpy(&value, claim.payload, sizeof value);
        return value;
    }
    smd::ring_result write(std::uint64_t value, std::uint32_t slot = 1) {
        smd::node_claim claim;
        const auto r = claim_write(slot, claim);
        if (r == smd::ring_result::claimed)
            commit(claim, value);
        return r;
    }
    std::optional<std::uint64_t> read(std::uint32_t slot = 2) {
        smd::node_claim claim;
        if (claim_read(slot, claim) != smd::ring_result::claimed)
            return std::nullopt;
        const std::uint64_t value = value_of(claim);
        ring.release(claim);
        return value;
    }
    smd::ring_repair repair(std::uint32_t slot) {
        smd::ring_repair done;
        smd::slot_set dead(slot);
        ring.repair(
            dead, [slot](std::uint32_t asked) { return asked != slot; }, done);
        BOOST_TEST(dead.contains(slot));
        return done;
    }

    smd::ring_geometry geometry;
    smd::basic_ring_block<typename System::words> block;
    typename System::word32 state;
    std::unique_ptr<smd::basic_node_line<typename System::words>[]> lines;
    std::vector<std::byte> payloads;
    std::unique_ptr<smd::basic_ring_line<typename System::words>[]> participants;
    typename System::word32 used;
    ring_type ring;
    smd::redelivery_scan<System> scan;
    std::uint32_t index_bits = 1;
    std::uint64_t lap_mask = 0;
};

} // namespace ring_support

#endif
