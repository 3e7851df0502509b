// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Ways to pass messages between processes, as crash_comparison attacks them.

#ifndef SHARED_MEMORY_BENCH_CRASH_SUBJECTS_HPP
#define SHARED_MEMORY_BENCH_CRASH_SUBJECTS_HPP

#include <shared_memory/circular_buffer.hpp>

#include <boost/interprocess/anonymous_shared_memory.hpp>
#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/interprocess/managed_shared_memory.hpp>
#include <boost/interprocess/sync/interprocess_condition.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/interprocess/sync/scoped_lock.hpp>
#include <boost/lockfree/queue.hpp>

#include <sched.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <string>

namespace crash_comparison {

namespace sm = shared_memory;
namespace bi = boost::interprocess;

inline constexpr std::size_t readers = 2;
inline constexpr std::uint32_t capacity = 64;
inline constexpr std::uint64_t end_message = ~std::uint64_t{0};

//! Messages are numbers. A reader calls `log(message, marked)` as soon as it may: before it lets go
//! of the message, if there is such a moment.
struct subject {
    using log_function = std::function<void(std::uint64_t, bool marked)>;
    subject() = default;
    subject(const subject&) = delete;
    subject& operator=(const subject&) = delete;
    virtual ~subject() = default;
    virtual void write(std::uint64_t message) = 0;
    //! False at the end.
    virtual bool read(const log_function& log) = 0;
    virtual void end() {
        for (std::size_t i = 0; i != readers; ++i)
            write(end_message);
    }
};

inline bool logged(std::uint64_t message, const subject::log_function& log) {
    if (message == end_message)
        return false;
    log(message, false);
    return true;
}

inline std::string name_of_object() {
    return "crash_comparison-" + std::to_string(::getpid());
}

class boosts_message_queue final : public subject {
public:
    boosts_message_queue() : queue_(bi::create_only, name_.c_str(), capacity, sizeof(message)) {}
    ~boosts_message_queue() override { bi::message_queue::remove(name_.c_str()); }
    void write(std::uint64_t m) override { queue_.send(&m, sizeof m, 0); }
    bool read(const log_function& log) override {
        std::uint64_t m = 0;
        bi::message_queue::size_type size = 0;
        unsigned priority = 0;
        queue_.receive(&m, sizeof m, size, priority);
        return logged(m, log);
    }

private:
    using message = std::uint64_t;
    std::string name_ = name_of_object();
    bi::message_queue queue_;
};

class mutex_and_condition final : public subject {
public:
    void write(std::uint64_t m) override {
        bi::scoped_lock<bi::interprocess_mutex> lock(r_->mutex);
        while (r_->written - r_->read == capacity)
            r_->room.wait(lock);
        r_->messages[r_->written++ % capacity] = m;
        r_->any.notify_one();
    }
    bool read(const log_function& log) override {
        bi::scoped_lock<bi::interprocess_mutex> lock(r_->mutex);
        while (r_->written == r_->read)
            r_->any.wait(lock);
        const std::uint64_t m = r_->messages[r_->read % capacity];
        const bool goes_on = logged(m, log);
        ++r_->read;
        r_->room.notify_one();
        return goes_on;
    }

private:
    struct ring {
        bi::interprocess_mutex mutex;
        bi::interprocess_condition any;
        bi::interprocess_condition room;
        std::uint64_t written = 0;
        std::uint64_t read = 0;
        std::array<std::uint64_t, capacity> messages{};
    };
    bi::mapped_region region_ = bi::anonymous_shared_memory(sizeof(ring));
    ring* r_ = ::new (region_.get_address()) ring;
};

class lock_free_queue final : public subject {
public:
    ~lock_free_queue() override { bi::shared_memory_object::remove(name_.c_str()); }
    void write(std::uint64_t m) override {
        while (!queue_->push(m))
            ::sched_yield();
    }
    bool read(const log_function& log) override {
        std::uint64_t m = 0;
        while (!queue_->pop(m))
            ::sched_yield();
        return logged(m, log);
    }

private:
    using queue = boost::lockfree::queue<std::uint64_t, boost::lockfree::capacity<capacity>>;
    std::string name_ = name_of_object();
    bi::managed_shared_memory segment_{bi::create_only, name_.c_str(), 65536};
    queue* queue_ = segment_.construct<queue>("queue")();
};

class ours final : public subject {
public:
    ~ours() override { // what is unread would stay
        ring_ = sm::circular_buffer();
        std::error_code ec;
        (void)sm::circular_buffer::remove(name_of_object(), ec);
    }
    void write(std::uint64_t m) override { ring_.write(m); }
    bool read(const log_function& log) override {
        try {
            sm::read_claim claim = ring_.claim_read();
            log(claim.as<std::uint64_t>(), claim.delivery_count() != 1);
            claim.release();
            return true;
        } catch (const sm::error& e) {
            if (e.code() != sm::errc::end_of_stream)
                throw;
            return false;
        }
    }
    void end() override { ring_.end_of_stream(); }

private:
    sm::circular_buffer ring_{sm::create_only, name_of_object(), capacity, sizeof(std::uint64_t)};
};

} // namespace crash_comparison

#endif
