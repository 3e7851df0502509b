// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! How many messages go through a channel.

#ifndef SHARED_MEMORY_BENCH_PEERS_THROUGHPUT_HPP
#define SHARED_MEMORY_BENCH_PEERS_THROUGHPUT_HPP

#include "channel.hpp"
#include "crew.hpp"
#include "subject.hpp"

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

//! What the processes of a run count together.
struct tally {
    std::atomic<std::uint32_t> writers_done{0};
    std::atomic<std::uint64_t> read{0};
};

template <class Channel>
class sender : public worker {
public:
    sender(Channel& channel, const channel_spec& spec, unsigned index, waiting how, tally& counts)
        : spec_(spec), index_(index), how_(how), counts_(counts), writer_(channel) {}

    void run(std::uint64_t count) override {
        const std::uint64_t mine = count / spec_.writers;
        const std::size_t size = spec_.payload;
        std::uint64_t number = first_number(index_);
        auto fill_next = [&](std::byte* to) { fill(to, size, number); };
        for (const std::uint64_t end = number + mine; number != end; ++number)
            write_by(how_, writer_, fill_next);
        // The last one tells each reader.
        if (++counts_.writers_done == spec_.writers) {
            number = end_of_run;
            for (unsigned i = 0; i != spec_.readers; ++i)
                write_by(how_, writer_, fill_next);
        }
        writer_.flush();
    }

private:
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

    void run(std::uint64_t) override {
        const std::size_t size = spec_.payload;
        std::uint64_t number = 0;
        std::uint64_t read = 0;
        for (unsigned i = 0; i != spec_.writers; ++i)
            next_[i] = first_number(i);
        auto check_this = [&](const std::byte* from) { number = check(from, size); };
        for (;; ++read) {
            read_by(how_, reader_, check_this);
            if (number == end_of_run)
                break;
            follow(number);
        }
        counts_.read += read;
    }

private:
    //! Each writer's messages come in its order; without another reader, all of them.
    void follow(std::uint64_t number) {
        const unsigned writer = writer_of(number);
        if (writer >= spec_.writers || number < next_[writer] ||
            (spec_.readers == 1 && number != next_[writer]))
            throw std::runtime_error("message " + std::to_string(number) + " is out of order");
        next_[writer] = number + 1;
    }

    channel_spec spec_;
    waiting how_;
    tally& counts_;
    std::array<std::uint64_t, 64> next_{};
    typename Channel::reader reader_;
};

//! Writers and readers in processes of their own.
template <class Channel>
class throughput_session : public session {
public:
    throughput_session(const channel_spec& spec, waiting how) : spec_(spec), channel_(spec) {
        for (unsigned i = 0; i != spec.writers; ++i)
            crew_.add(i, [this, how, i] {
                return std::make_unique<sender<Channel>>(channel_, spec_, i, how, *counts_);
            });
        for (unsigned i = 0; i != spec.readers; ++i)
            crew_.add(i + 1, [this, how] {
                return std::make_unique<receiver<Channel>>(channel_, spec_, how, *counts_);
            });
    }

    outcome run(std::uint64_t count) override {
        counts_->writers_done = 0;
        counts_->read = 0;
        const double seconds = crew_.run(count);
        if (counts_->read != count / spec_.writers * spec_.writers)
            throw std::runtime_error("of " + std::to_string(count) + " messages " +
                                     std::to_string(counts_->read) + " came");
        outcome result;
        result.seconds = seconds;
        result.presence = crew_.presence();
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
