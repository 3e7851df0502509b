// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! atomic_queue::AtomicQueue2 in memory that processes share: it has no pointers. Its size and its
//! messages are parts of its type, so there is one for 64 bytes.

#include "shared_area.hpp"
#include "subject_of.hpp"

#include <atomic_queue/atomic_queue.h>

#include <cstddef>
#include <utility>

namespace comparison {
namespace {

constexpr std::size_t size = 64;
constexpr unsigned nodes = 1024;

struct alignas(size) message {
    std::byte data[size];
};

class atomic_queue_channel {
    using queue = atomic_queue::AtomicQueue2<message, nodes>;

public:
    // A reader that is interrupted between its ticket and its slot may find there what was written a
    // lap later.
    using unordered = void;

    explicit atomic_queue_channel(const channel_spec&) {}

    class writer : public patient_writer<writer> {
    public:
        explicit writer(atomic_queue_channel& channel) : queue_(*channel.queue_) {}
        template <class Fill>
        bool try_write(Fill& fill) {
            if (!filled_)
                fill(of_any_size(&message_.data[0]));
            filled_ = !queue_.try_push(std::as_const(message_));
            return !filled_;
        }

    private:
        queue& queue_;
        bool filled_ = false;
        message message_{};
    };

    class reader : public patient_reader<reader> {
    public:
        explicit reader(atomic_queue_channel& channel) : queue_(*channel.queue_) {}
        template <class Use>
        bool try_read(Use& use) {
            if (!queue_.try_pop(message_))
                return false;
            use(of_any_size(&message_.data[0]));
            return true;
        }

    private:
        queue& queue_;
        message message_{};
    };

private:
    shared_object<queue> queue_;
};

} // namespace

void add_atomic_queue(subjects& all) {
    all.add(throughput_of<atomic_queue_channel>(
        "atomic_queue", [](const channel_spec& spec, waiting how) {
            return spec.payload == size && spec.nodes == nodes && how != waiting::sleeping;
        }));
}

} // namespace comparison
