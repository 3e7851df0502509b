// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! boost::interprocess::message_queue.

#include "subject_of.hpp"

#include <boost/interprocess/ipc/message_queue.hpp>

namespace comparison {
namespace {

namespace bi = boost::interprocess;

class message_queue {
public:
    explicit message_queue(const channel_spec& spec)
        : spec_(spec), queue_(bi::create_only, spec.name.c_str(), spec.nodes, spec.payload) {}
    message_queue(const message_queue&) = delete;
    message_queue& operator=(const message_queue&) = delete;
    ~message_queue() { bi::message_queue::remove(spec_.name.c_str()); }

    class writer {
    public:
        explicit writer(message_queue& channel)
            : message_(channel.spec_.payload), queue_(bi::open_only, channel.spec_.name.c_str()) {}
        template <class Fill>
        bool try_write(Fill& fill) {
            return message_.send(fill, [this](const std::byte* from, std::size_t size) {
                return queue_.try_send(from, size, 0);
            });
        }
        template <class Fill>
        void write(Fill& fill) {
            message_.send(fill, [this](const std::byte* from, std::size_t size) {
                queue_.send(from, size, 0);
                return true;
            });
        }
        void flush() {}

    private:
        staged_message message_;
        bi::message_queue queue_;
    };

    class reader {
    public:
        explicit reader(message_queue& channel)
            : message_(channel.spec_.payload), queue_(bi::open_only, channel.spec_.name.c_str()) {}
        template <class Use>
        bool try_read(Use& use) {
            bi::message_queue::size_type size = 0;
            unsigned priority = 0;
            if (!queue_.try_receive(message_.data(), message_.size(), size, priority))
                return false;
            use(message_.data());
            return true;
        }
        template <class Use>
        void read(Use& use) {
            bi::message_queue::size_type size = 0;
            unsigned priority = 0;
            queue_.receive(message_.data(), message_.size(), size, priority);
            use(message_.data());
        }

    private:
        bytes message_;
        bi::message_queue queue_;
    };

private:
    channel_spec spec_;
    bi::message_queue queue_;
};

} // namespace

void add_message_queue(subjects& all) {
    all.add(counted_subject_of<message_queue>("message_queue", anything));
}

} // namespace comparison
