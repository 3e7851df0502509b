// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! boost::lockfree::spsc_queue and boost::lockfree::queue in a managed_shared_memory. Their sizes
//! are parts of their types, so there is a type for each size of message.

#include "subject_of.hpp"

#include <boost/interprocess/managed_shared_memory.hpp>
#include <boost/lockfree/queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>

#include <new>
#include <utility>

namespace comparison {
namespace {

namespace bi = boost::interprocess;

template <std::size_t Size>
struct alignas(Size < 64 ? 8 : 64) message {
    std::byte data[Size];
};

//! As many as other channels have nodes.
constexpr std::size_t nodes_of(std::size_t size) {
    const std::size_t fit = (std::size_t{4} << 20U) / size;
    return fit < 4 ? 4 : fit > 1024 ? 1024 : fit;
}

// Not for reading in place: another writer gets the node as soon as it was popped.
template <std::size_t Size>
struct many {
    using queue = boost::lockfree::queue<message<Size>, boost::lockfree::capacity<nodes_of(Size)>>;
    template <class Use>
    static bool pop(queue& q, message<Size>& buffer, Use& use) {
        if (!q.pop(buffer))
            return false;
        use(of_any_size(&buffer.data[0]));
        return true;
    }
};
template <std::size_t Size>
struct single {
    using queue =
        boost::lockfree::spsc_queue<message<Size>, boost::lockfree::capacity<nodes_of(Size)>>;
    template <class Use>
    static bool pop(queue& q, message<Size>&, Use& use) {
        return q.consume_one([&use](const message<Size>& m) { use(of_any_size(&m.data[0])); });
    }
};

template <std::size_t Size, class Kind>
class lock_free {
    using queue = typename Kind::queue;

public:
    explicit lock_free(const channel_spec& spec)
        : name_(spec.name), segment_(bi::create_only, name_.c_str(), sizeof(queue) + 65536),
          queue_(::new (segment_.allocate_aligned(sizeof(queue), alignof(queue))) queue) {}
    lock_free(const lock_free&) = delete;
    lock_free& operator=(const lock_free&) = delete;
    ~lock_free() { bi::shared_memory_object::remove(name_.c_str()); }

    class writer : public patient_writer<writer> {
    public:
        explicit writer(lock_free& channel) : queue_(*channel.queue_) {}
        template <class Fill>
        bool try_write(Fill& fill) {
            if (!filled_)
                fill(of_any_size(&message_->data[0]));
            filled_ = !queue_.push(*message_);
            return !filled_;
        }

    private:
        queue& queue_;
        bool filled_ = false;
        std::unique_ptr<message<Size>> message_ = std::make_unique<message<Size>>();
    };

    class reader : public patient_reader<reader> {
    public:
        explicit reader(lock_free& channel) : queue_(*channel.queue_) {}
        template <class Use>
        bool try_read(Use& use) {
            return Kind::pop(queue_, *message_, use);
        }

    private:
        queue& queue_;
        std::unique_ptr<message<Size>> message_ = std::make_unique<message<Size>>();
    };

private:
    std::string name_;
    bi::managed_shared_memory segment_;
    queue* queue_; // where the children have it, too
};

//! One subject of those for single sizes.
template <template <std::size_t> class Kind, std::size_t... Sizes>
subject by_size(const char* name, bool many_of_each, std::index_sequence<Sizes...>) {
    subject result;
    result.name = name;
    result.offers = [many_of_each](const channel_spec& spec, waiting how) {
        return ((spec.payload == Sizes && spec.nodes == nodes_of(Sizes)) || ...) &&
               how != waiting::sleeping && (many_of_each || one_to_one(spec, how));
    };
    const auto of_size = [](const channel_spec& spec) {
        subject found;
        ((spec.payload == Sizes
              ? static_cast<void>(
                    found = counted_subject_of<lock_free<Sizes, Kind<Sizes>>>("", anything))
              : static_cast<void>(0)),
         ...);
        return found;
    };
    result.throughput = [of_size](const channel_spec& spec, waiting how) {
        return of_size(spec).throughput(spec, how);
    };
    result.round_trip = [of_size](const channel_spec& spec, waiting how) {
        return of_size(spec).round_trip(spec, how);
    };
    result.alone = [of_size](const channel_spec& spec, std::uint64_t count) {
        of_size(spec).alone(spec, count);
    };
    return result;
}

} // namespace

void add_lock_free(subjects& all) {
    all.add(by_size<single>(
        "lockfree::spsc_queue", false,
        std::index_sequence<8, 48, 64, 256, 1024, 4096, 16384, 65536, 1048576, 67108864>()));
    all.add(by_size<many>("lockfree::queue", true, std::index_sequence<8, 48, 64, 256, 1024>()));
}

} // namespace comparison
