// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The yardstick for several writers and readers: the bounded queue of the literature, by Dmitry
//! Vyukov (https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue), written
//! here for a mapping that processes share. It does not wait, frame messages, or survive anything:
//! a process that dies between its ticket and the slot's turn stops all others for good.

#ifndef SHARED_MEMORY_BENCH_PEERS_BARE_MANY_RING_HPP
#define SHARED_MEMORY_BENCH_PEERS_BARE_MANY_RING_HPP

#include "channel.hpp"
#include "shared_area.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

namespace comparison {

//! Writers draw their tickets from one counter, readers from another, by compare-and-swap. A ticket's
//! slot is its remainder; the slot's turn says whose it is: the writer's with ticket `turn`, or the
//! reader's with ticket `turn - 1`. The payload lies behind the turn, and is written and read there.
class bare_many_ring {
public:
    explicit bare_many_ring(const channel_spec& spec)
        : stride_((sizeof(turn) + spec.payload + 63) / 64 * 64), mask_(slots(spec.nodes) - 1),
          area_(sizeof(counters) + (mask_ + 1) * stride_),
          counters_(::new (area_.data()) counters) {
        for (std::uint64_t i = 0; i <= mask_; ++i)
            ::new (slot(i)) turn(i);
    }

    class writer : public patient_writer<writer> {
    public:
        explicit writer(bare_many_ring& ring) : ring_(ring) {}
        template <class Fill>
        bool try_write(Fill& fill) {
            std::uint64_t ticket = 0;
            if (!ring_.draw(ring_.counters_->written, 0, ticket))
                return false;
            std::byte* const slot = ring_.slot(ticket);
            fill(slot + sizeof(turn));
            // Pairs with draw() of the reader with this ticket.
            turn_of(slot).store(ticket + 1, std::memory_order_release);
            return true;
        }

    private:
        bare_many_ring& ring_;
    };

    class reader : public patient_reader<reader> {
    public:
        explicit reader(bare_many_ring& ring) : ring_(ring) {}
        template <class Use>
        bool try_read(Use& use) {
            std::uint64_t ticket = 0;
            if (!ring_.draw(ring_.counters_->read, 1, ticket))
                return false;
            std::byte* const slot = ring_.slot(ticket);
            use(slot + sizeof(turn));
            // Pairs with draw() of the writer that has the slot in the next lap.
            turn_of(slot).store(ticket + ring_.mask_ + 1, std::memory_order_release);
            return true;
        }

    private:
        bare_many_ring& ring_;
    };

private:
    using turn = std::atomic<std::uint64_t>;
    struct counters {
        alignas(128) std::atomic<std::uint64_t> written{0};
        alignas(128) std::atomic<std::uint64_t> read{0};
    };

    //! A ticket whose slot has the turn `ticket + behind`; false if the slot is not there yet.
    bool draw(std::atomic<std::uint64_t>& counter, std::uint64_t behind, std::uint64_t& ticket) {
        ticket = counter.load(std::memory_order_relaxed);
        for (;;) {
            // Pairs with the store of the turn by the process that had the slot before.
            const std::uint64_t now = turn_of(slot(ticket)).load(std::memory_order_acquire);
            const auto ahead = static_cast<std::int64_t>(now - (ticket + behind));
            if (ahead < 0)
                return false;
            if (ahead > 0)
                ticket = counter.load(std::memory_order_relaxed);
            else if (counter.compare_exchange_weak(ticket, ticket + 1, std::memory_order_relaxed))
                return true;
        }
    }

    static std::uint64_t slots(std::uint32_t nodes) {
        std::uint64_t result = 2;
        while (result < nodes)
            result *= 2;
        return result;
    }
    std::byte* slot(std::uint64_t n) const {
        return area_.data() + sizeof(counters) + (n & mask_) * stride_;
    }
    static turn& turn_of(std::byte* slot) { return *reinterpret_cast<turn*>(slot); }

    std::size_t stride_;
    std::uint64_t mask_;
    shared_area area_;
    counters* counters_;
};

} // namespace comparison

#endif
