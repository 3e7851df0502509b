// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What both kinds of crash_soak's threads do besides their messages: lock and recover. The threads of
//! a process share its handle of the ring.

#ifndef SHARED_MEMORY_TEST_DEATH_SOAK_WORKER_HPP
#define SHARED_MEMORY_TEST_DEATH_SOAK_WORKER_HPP

#include "ledger.hpp"
#include "settings.hpp"

#include <shared_memory/buffer_read_write.hpp>
#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/shared_array.hpp>

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <random>
#include <shared_mutex>

namespace soak {

namespace sm = shared_memory;

class worker {
public:
    worker(const settings& wanted, const ledger& book, std::size_t index, std::uint64_t seed,
           sm::circular_buffer& ring)
        : wanted_(wanted), book_(book), my_(book.places[index]), random_(seed), ring_(ring),
          array_(sm::open_only, wanted.array), buffer_(sm::open_only, wanted.buffer) {
        buffer_.read_write_timeout(std::chrono::hours(1));
        array_.read_write_timeout(std::chrono::hours(1));
    }

protected:
    void enter(phase p) noexcept {
        my_.now.store(p, std::memory_order_relaxed);
        my_.progress.store(my_.progress.load(std::memory_order_relaxed) + 1,
                           std::memory_order_release);
    }
    //! Around what may sleep.
    template <class F>
    auto wait(bool lock, F&& blocks) {
        my_.wants_lock = lock;
        enter(phase::waiting);
        return blocks();
    }
    //! With something in one's hands, where it is worst to be killed.
    void dwell() {
        if (wanted_.dwell != 0)
            ::usleep(wanted_.dwell);
        else if (one_in(32))
            ::sched_yield();
    }
    //! The same with a node; the victim of a lull stays here until it is killed.
    void dwell_with_node() {
        while (book_.common->victim == &my_ - &book_.places[0] + 1) {
            book_.common->caught = true;
            ::usleep(100);
        }
        dwell();
    }
    bool one_in(std::uint32_t n) { return random_() % n == 0; }

    //! Now and then, between two messages.
    void other_duties() {
        const std::uint32_t rarely = wanted_.dwell != 0 ? 4 : 128;
        if (one_in(rarely))
            lock_exclusively();
        if (one_in(rarely))
            lock_shared();
        if (one_in(rarely))
            lock_implicitly();
        if (one_in(rarely))
            recover();
    }

private:
    //! What holds of the array: all elements are the same. The number is that of exclusive
    //! sections that were ever ended: each process notes its own before and after.
    void lock_exclusively() {
        enter(phase::locked);
        std::unique_lock<array> lock(array_, std::try_to_lock);
        if (!lock)
            wait(true, [&] { lock.lock(); });
        const std::uint64_t me = my_number();
        enter(array_.inconsistent() ? phase::recovering : phase::locked);
        book_.common->inside = me;
        ++book_.common->entered;
        if (array_.inconsistent())
            put_right();
        enter(phase::locked);
        if (!whole())
            ++my_.torn;
        ++my_.locks_begun;
        const std::uint64_t next = array_[0] + 1;
        for (std::size_t i = 0; i != array_.size(); ++i) {
            put(i, next);
            if (i == array_.size() / 2)
                dwell();
        }
        ++my_.locks_done;
        if (book_.common->inside != me)
            ++my_.torn; // somebody else is in here
        lock.unlock();
        enter(phase::idle);
    }
    //! What the dead writer was at is done to its end, or has not begun.
    void put_right() {
        dwell();
        const std::uint64_t highest = *std::max_element(array_.begin(), array_.end());
        for (std::size_t i = 0; i != array_.size(); ++i)
            put(i, highest);
        array_.mark_consistent();
    }
    void lock_shared() {
        enter(phase::locked);
        std::shared_lock<array> lock(array_, std::try_to_lock);
        if (!lock)
            wait(true, [&] { lock.lock(); });
        enter(phase::locked);
        const std::uint64_t before = array_[0];
        for (int i = 0; i != 4; ++i) {
            if (!array_.inconsistent() && !whole())
                ++my_.torn;
        }
        dwell();
        if (array_[0] != before)
            ++my_.torn;
        lock.unlock();
        enter(phase::idle);
    }
    //! The buffer's reads and writes lock by themselves.
    void lock_implicitly() {
        std::array<std::uint64_t, buffer_length / sizeof(std::uint64_t)> words{};
        enter(phase::locked);
        try {
            if (one_in(2)) {
                words.fill(random_());
                buffer_.write(words);
            } else {
                buffer_.read(words);
                if (std::count(words.begin(), words.end(), words[0]) !=
                    std::ptrdiff_t(words.size()))
                    ++my_.torn;
            }
        } catch (const sm::error& e) {
            if (e.code() != sm::errc::inconsistent)
                throw;
            const std::unique_lock<sm::buffer_read_write> lock(buffer_);
            enter(phase::recovering);
            buffer_.write(words);
            dwell();
            buffer_.mark_consistent();
        }
        enter(phase::idle);
    }
    void recover() {
        enter(phase::recovering);
        for (int i = 0; i != 4; ++i) {
            ring_.recover();
            array_.recover();
            buffer_.recover();
        }
        dwell();
        enter(phase::idle);
    }

    using array = sm::shared_array<std::uint64_t>;

    bool whole() const {
        return std::count(array_.begin(), array_.end(), array_[0]) ==
               static_cast<std::ptrdiff_t>(array_.size());
    }
    void put(std::size_t i, std::uint64_t value) noexcept {
        static_cast<volatile std::uint64_t&>(array_[i]) = value; // one after the other, and now
    }
    std::uint64_t my_number() { return random_() | 1U; }

protected:
    const settings& wanted_;
    const ledger& book_;
    place& my_;
    std::mt19937_64 random_;
    sm::circular_buffer& ring_;

private:
    array array_;
    sm::buffer_read_write buffer_;
};

} // namespace soak

#endif
