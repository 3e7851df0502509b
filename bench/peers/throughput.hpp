// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! How many messages go through a channel.

#ifndef SHARED_MEMORY_BENCH_PEERS_THROUGHPUT_HPP
#define SHARED_MEMORY_BENCH_PEERS_THROUGHPUT_HPP

#include "channel.hpp"
#include "crew.hpp"
#include "subject.hpp"
#include "ticks.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

namespace comparison {

template <class Writer, class Fill>
void write_by(waiting how, Writer& writer, Fill& fill) {
    if (how == waiting::spinning)
        spin_until([&] { return writer.try_write(fill); });
    else if (how == waiting::yielding)
        yield_until([&] { return writer.try_write(fill); });
    else
        writer.write(fill);
}
template <class Reader, class Use>
void read_by(waiting how, Reader& reader, Use& use) {
    if (how == waiting::spinning)
        spin_until([&] { return reader.try_read(use); });
    else if (how == waiting::yielding)
        yield_until([&] { return reader.try_read(use); });
    else
        reader.read(use);
}

inline constexpr unsigned most_writers = 64;

//! Whether it is about several writers or readers, so that somebody may come off badly.
inline bool is_shared(const channel_spec& spec) {
    return spec.writers + spec.readers > 2;
}
//! Readers that only try stop when all messages were read: a reader that takes several at once would
//! take what says to others that no more will come.
inline bool ends_by_count(const channel_spec& spec, waiting how) {
    return is_shared(spec) && (how == waiting::spinning || how == waiting::yielding);
}

//! What the processes of a run count together.
struct tally {
    struct alignas(128) of_one {
        std::atomic<std::uint64_t> written{0};
        std::atomic<double> longest_write{0};
    };

    alignas(128) std::atomic<std::uint32_t> writers_done{0};
    alignas(128) std::atomic<std::uint64_t> read{0};
    std::atomic<double> share{0};
    std::array<of_one, most_writers> writers{};
};

template <class Channel>
class sender : public worker {
public:
    sender(Channel& channel, const channel_spec& spec, unsigned index, waiting how, tally& counts)
        : spec_(spec), index_(index), how_(how), counts_(counts), writer_(channel) {}

    void run(std::uint64_t count) override {
        const std::uint64_t mine = count / spec_.writers;
        if (is_shared(spec_))
            write_timed(mine);
        else
            write_all(mine);
        writer_.flush();
        const std::uint32_t done = ++counts_.writers_done;
        if (done == 1)
            note_share(mine);
        // The last one tells each reader.
        if (done == spec_.writers && !ends_by_count(spec_, how_)) {
            auto fill_last = [&](std::byte* to) { fill(to, spec_.payload, end_of_run); };
            for (unsigned i = 0; i != spec_.readers; ++i)
                write_by(how_, writer_, fill_last);
            writer_.flush();
        }
    }

private:
    void write_all(std::uint64_t mine) {
        const std::size_t size = spec_.payload;
        std::uint64_t number = first_number(index_);
        auto fill_next = [&](std::byte* to) { fill(to, size, number); };
        for (const std::uint64_t end = number + mine; number != end; ++number)
            write_by(how_, writer_, fill_next);
    }
    //! The same, and says how far it is, and how long the longest write took.
    void write_timed(std::uint64_t mine) {
        tally::of_one& own = counts_.writers[index_];
        const std::size_t size = spec_.payload;
        const std::uint64_t first = first_number(index_);
        std::uint64_t number = first;
        auto fill_next = [&](std::byte* to) { fill(to, size, number); };
        const tick_scale scale;
        std::uint64_t before = scale.start();
        std::uint64_t longest = 0;
        for (const std::uint64_t end = first + mine; number != end;) {
            write_by(how_, writer_, fill_next);
            const std::uint64_t after = ticks();
            longest = std::max(longest, after - before);
            before = after;
            ++number;
            own.written.store(number - first, std::memory_order_relaxed);
        }
        own.longest_write = static_cast<double>(longest) * scale.nanoseconds_a_tick();
    }
    //! By the first writer that is done.
    void note_share(std::uint64_t mine) {
        std::uint64_t least = mine;
        for (unsigned i = 0; i != spec_.writers; ++i) {
            if (i != index_)
                least = std::min(least, counts_.writers[i].written.load(std::memory_order_relaxed));
        }
        if (is_shared(spec_) && mine != 0)
            counts_.share = static_cast<double>(least) / static_cast<double>(mine);
    }

    channel_spec spec_;
    unsigned index_;
    waiting how_;
    tally& counts_;
    typename Channel::writer writer_;
};

template <class Channel>
class receiver : public worker {
public:
    receiver(Channel& channel, const channel_spec& spec, waiting how, tally& counts)
        : spec_(spec), how_(how), counts_(counts), reader_(channel) {}

    void run(std::uint64_t count) override {
        for (unsigned i = 0; i != spec_.writers; ++i)
            next_[i] = first_number(i);
        if (ends_by_count(spec_, how_))
            read_until(count / spec_.writers * spec_.writers);
        else
            read_until_told();
    }

private:
    void read_until_told() {
        const std::size_t size = spec_.payload;
        std::uint64_t number = 0;
        std::uint64_t read = 0;
        auto check_this = [&](const std::byte* from) { number = check(from, size); };
        for (;; ++read) {
            read_by(how_, reader_, check_this);
            if (number == end_of_run)
                break;
            follow(number);
        }
        counts_.read += read;
    }
    //! By trying, until the readers have read so many together.
    void read_until(std::uint64_t all) {
        const std::size_t size = spec_.payload;
        std::uint64_t number = 0;
        std::uint64_t read = 0; // and not yet told
        auto check_this = [&](const std::byte* from) { number = check(from, size); };
        // Looks at what others write only after a try in vain, when all was written.
        const auto is_over = [&] {
            if (counts_.writers_done.load(std::memory_order_acquire) != spec_.writers)
                return false;
            if (read != 0)
                counts_.read += read;
            read = 0;
            return counts_.read.load(std::memory_order_relaxed) == all;
        };
        for (;;) {
            if (reader_.try_read(check_this)) {
                follow(number);
                ++read;
            } else if (is_over()) {
                return;
            } else if (how_ == waiting::yielding) {
                ::sched_yield();
            } else {
                relax();
            }
        }
    }
    //! Each writer's messages come in its order; without another reader, all of them.
    void follow(std::uint64_t number) {
        const unsigned writer = writer_of(number);
        const bool in_order = !keeps_order<Channel> || number == next_[writer] ||
                              (spec_.readers != 1 && number > next_[writer]);
        if (writer >= spec_.writers || !in_order)
            throw std::runtime_error("message " + std::to_string(number) + " is out of order");
        next_[writer] = number + 1;
    }

    channel_spec spec_;
    waiting how_;
    tally& counts_;
    std::array<std::uint64_t, most_writers> next_{};
    typename Channel::reader reader_;
};

//! Writers and readers in processes of their own.
template <class Channel>
class throughput_session : public session {
public:
    throughput_session(const channel_spec& spec, waiting how) : spec_(spec), channel_(spec) {
        const unsigned all = spec.writers + spec.readers;
        for (unsigned i = 0; i != spec.writers; ++i)
            crew_.add(place_of(i, all, i), [this, how, i] {
                return std::make_unique<sender<Channel>>(channel_, spec_, i, how, *counts_);
            });
        for (unsigned i = 0; i != spec.readers; ++i)
            crew_.add(place_of(spec.writers + i, all, i + 1), [this, how] {
                return std::make_unique<receiver<Channel>>(channel_, spec_, how, *counts_);
            });
    }

    outcome run(std::uint64_t count) override {
        counts_->writers_done = 0;
        counts_->read = 0;
        for (tally::of_one& one : counts_->writers) {
            one.written = 0;
            one.longest_write = 0;
        }
        const double seconds = crew_.run(count);
        if (counts_->read != count / spec_.writers * spec_.writers)
            throw std::runtime_error("of " + std::to_string(count) + " messages " +
                                     std::to_string(counts_->read) + " came");
        outcome result;
        result.seconds = seconds;
        result.presence = crew_.presence();
        if (is_shared(spec_)) {
            result.share = counts_->share;
            for (const tally::of_one& one : counts_->writers)
                result.longest_write = std::max(result.longest_write, one.longest_write.load());
        }
        return result;
    }

private:
    channel_spec spec_;
    Channel channel_;
    shared_object<tally> counts_;
    crew crew_; // goes first
};

} // namespace comparison

#endif
