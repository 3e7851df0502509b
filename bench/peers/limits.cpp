// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What the hardware and the kernel allow: memcpy, two atomics, a futex, the bare ring.

#include "bare_ring.hpp"
#include "futex.hpp"
#include "subject_of.hpp"

#include <atomic>
#include <cstring>

namespace comparison {
namespace {

//! One word on a cache line of its own: messages are its values, one at a time.
class atomic_word {
public:
    explicit atomic_word(const channel_spec&) {}

    class writer : public patient_writer<writer> {
    public:
        explicit writer(atomic_word& channel) : word_(channel.line_->word) {}
        template <class Fill>
        bool try_write(Fill& fill) {
            fill(message_.data());
            word_.store(load_word(message_.data()) + 1, std::memory_order_release);
            return true;
        }

    private:
        bytes message_ = bytes(word_size);
        std::atomic<std::uint64_t>& word_;
    };

    class reader : public patient_reader<reader> {
    public:
        explicit reader(atomic_word& channel) : word_(channel.line_->word) {}
        template <class Use>
        bool try_read(Use& use) {
            const std::uint64_t word = word_.load(std::memory_order_acquire);
            if (word == last_)
                return false;
            last_ = word;
            fill(message_.data(), word_size, word - 1);
            use(message_.data());
            return true;
        }

    private:
        bytes message_ = bytes(word_size);
        std::atomic<std::uint64_t>& word_;
        std::uint64_t last_ = 0;
    };

private:
    struct line {
        alignas(128) std::atomic<std::uint64_t> word{0};
    };
    shared_object<line> line_;
};

//! The same; the reader always sleeps, and is always woken.
class futex_channel {
    struct line {
        alignas(128) futex_word word{0};
        std::atomic<std::uint64_t> number{0};
    };

public:
    explicit futex_channel(const channel_spec&) {}

    class writer {
    public:
        explicit writer(futex_channel& channel) : line_(*channel.line_) {}
        template <class Fill>
        void write(Fill& fill) {
            fill(message_.data());
            line_.number.store(load_word(message_.data()), std::memory_order_relaxed);
            ++line_.word;
            futex_wake(line_.word, 1);
        }
        template <class Fill>
        bool try_write(Fill& fill) {
            write(fill);
            return true;
        }

    private:
        bytes message_ = bytes(word_size);
        line& line_;
    };

    class reader {
    public:
        explicit reader(futex_channel& channel) : line_(*channel.line_) {}
        template <class Use>
        void read(Use& use) {
            while (line_.word == seen_)
                futex_wait(line_.word, seen_);
            ++seen_;
            fill(message_.data(), word_size, line_.number.load(std::memory_order_relaxed));
            use(message_.data());
        }
        template <class Use>
        bool try_read(Use& use) {
            read(use);
            return true;
        }

    private:
        bytes message_ = bytes(word_size);
        line& line_;
        std::uint32_t seen_ = 0;
    };

private:
    shared_object<line> line_;
};

//! Round trips of one word, whatever the payload.
template <class Channel>
subject one_word(const char* name, std::function<bool(const channel_spec&, waiting)> offers) {
    subject result = round_trip_of<Channel>(name, std::move(offers));
    result.round_trip = [start = result.round_trip](channel_spec spec, waiting how) {
        spec.payload = word_size;
        return start(spec, how);
    };
    return result;
}

//! One process copies a message's bytes, again and again.
class copier : public worker {
public:
    explicit copier(std::size_t size) : from_(size, std::byte{1}), to_(size) {}
    void run(std::uint64_t count) override {
        for (std::uint64_t i = 0; i != count; ++i) {
            std::memcpy(from_.data(), &i, sizeof i);
            std::memcpy(to_.data(), from_.data(), from_.size());
            asm volatile("" : : "r"(to_.data()) : "memory"); // somebody looks at it
        }
    }

private:
    bytes from_;
    bytes to_;
};

class copy_session : public session {
public:
    explicit copy_session(std::size_t size) {
        crew_.add(0, [size] { return std::make_unique<copier>(size); });
    }
    outcome run(std::uint64_t count) override {
        outcome result;
        result.seconds = crew_.run(count);
        result.presence = crew_.presence();
        return result;
    }

private:
    crew crew_;
};

void fill_and_sum_alone(const channel_spec& spec, std::uint64_t count) {
    bytes message(spec.payload);
    for (std::uint64_t number = 0; number != count; ++number) {
        fill(message.data(), spec.payload, number);
        asm volatile("" : : "r"(message.data()) : "memory");
        if (check(message.data(), spec.payload) != number)
            throw std::runtime_error("memory does not keep what is written");
    }
}

} // namespace

void add_limits(subjects& all) {
    constexpr auto looked_at = peer_index::looked_at;
    constexpr auto kept = peer_index::kept;
    all.add(counted_subject_of<bare_ring<>>("bare ring", one_to_one));
    all.add(throughput_of<bare_ring<looked_at, 1, true>>("bare ring copying", one_to_one));
    all.add(subject_of<bare_ring<kept>>("bare ring keeping indices", one_to_one));
    all.add(throughput_of<bare_ring<kept, 64>>("bare ring in batches of 64", one_to_one));

    subject copies;
    copies.name = "memcpy";
    copies.offers = one_to_one;
    copies.throughput = [](const channel_spec& spec, waiting) -> std::unique_ptr<session> {
        return std::make_unique<copy_session>(spec.payload);
    };
    all.add(std::move(copies));

    all.add(one_word<atomic_word>(
        "two atomics", [](const channel_spec&, waiting how) { return how == waiting::spinning; }));
    all.add(one_word<futex_channel>("futex", [](const channel_spec&, waiting how) {
        return how == waiting::adaptive || how == waiting::sleeping;
    }));

    subject loops;
    loops.name = "fill and sum alone";
    loops.offers = anything;
    loops.alone = fill_and_sum_alone;
    all.add(std::move(loops));
}

} // namespace comparison
