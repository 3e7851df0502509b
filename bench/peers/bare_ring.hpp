// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The yardstick: a ring for one writer and one reader with nothing but what it needs. It does not
//! wait, frame messages, or survive a death.

#ifndef SHARED_MEMORY_BENCH_PEERS_BARE_RING_HPP
#define SHARED_MEMORY_BENCH_PEERS_BARE_RING_HPP

#include "channel.hpp"
#include "shared_area.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>

namespace comparison {

//! What its two sides do about the other one's index.
enum class peer_index {
    looked_at, //!< load it for each message
    kept       //!< keep it, until it says that the side would have to wait
};

//! Power-of-two slots; each index on a cache line of its own. The payload is written and read in
//! place, or (Copies) copied in and out. The indices are published after each message, or (Batch)
//! after so many, and whenever one would have to wait.
template <peer_index Peer = peer_index::looked_at, unsigned Batch = 1, bool Copies = false>
class bare_ring {
public:
    explicit bare_ring(const channel_spec& spec)
        : size_(spec.payload), stride_((spec.payload + 63) / 64 * 64), mask_(slots(spec.nodes) - 1),
          area_(sizeof(indices) + (mask_ + 1) * stride_), indices_(::new (area_.data()) indices) {}

    class writer : public patient_writer<writer> {
    public:
        explicit writer(bare_ring& ring) : ring_(ring), message_(ring.size_) {}
        template <class Fill>
        bool try_write(Fill& fill) {
            if (Peer == peer_index::looked_at)
                read_ = ring_.indices_->read.load(std::memory_order_acquire);
            if (next_ - read_ > ring_.mask_) {
                flush();
                read_ = ring_.indices_->read.load(std::memory_order_acquire);
                if (next_ - read_ > ring_.mask_)
                    return false;
            }
            if constexpr (Copies) {
                message_.send(fill, [this](const std::byte* from, std::size_t size) {
                    std::memcpy(ring_.slot(next_), from, size);
                    return true;
                });
            } else {
                fill(ring_.slot(next_));
            }
            if (++next_ % Batch == 0)
                flush();
            return true;
        }
        void flush() {
            if (published_ != next_)
                ring_.indices_->written.store(published_ = next_, std::memory_order_release);
        }

    private:
        bare_ring& ring_;
        std::uint64_t next_ = 0;
        std::uint64_t published_ = 0;
        std::uint64_t read_ = 0;
        staged_message message_;
    };

    class reader : public patient_reader<reader> {
    public:
        explicit reader(bare_ring& ring) : ring_(ring), message_(ring.size_) {}
        template <class Use>
        bool try_read(Use& use) {
            if (Peer == peer_index::looked_at)
                written_ = ring_.indices_->written.load(std::memory_order_acquire);
            if (next_ == written_) {
                release();
                written_ = ring_.indices_->written.load(std::memory_order_acquire);
                if (next_ == written_)
                    return false;
            }
            if constexpr (Copies) {
                std::memcpy(message_.data(), ring_.slot(next_), ring_.size_);
                use(message_.data());
            } else {
                use(ring_.slot(next_));
            }
            if (++next_ % Batch == 0)
                release();
            return true;
        }

    private:
        void release() {
            if (released_ != next_)
                ring_.indices_->read.store(released_ = next_, std::memory_order_release);
        }

        bare_ring& ring_;
        std::uint64_t next_ = 0;
        std::uint64_t released_ = 0;
        std::uint64_t written_ = 0;
        bytes message_;
    };

private:
    struct indices {
        alignas(128) std::atomic<std::uint64_t> written{0};
        alignas(128) std::atomic<std::uint64_t> read{0};
    };

    static std::uint64_t slots(std::uint32_t nodes) {
        std::uint64_t result = 1;
        while (result < nodes)
            result *= 2;
        return result;
    }
    std::byte* slot(std::uint64_t n) const {
        return area_.data() + sizeof(indices) + (n & mask_) * stride_;
    }

    std::size_t size_;
    std::size_t stride_;
    std::uint64_t mask_;
    shared_area area_;
    indices* indices_;
};

} // namespace comparison

#endif
