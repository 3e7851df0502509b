// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Any number of threads write to and read from one ring through one handle, and every element
//! arrives exactly once.

#include "command_line.hpp"
#include "progress.hpp"
#include "system.hpp" // posix/ or windows/

#include <shared_memory/circular_buffer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <future>
#include <iostream>
#include <mutex>
#include <string>
#include <vector>

namespace sm = shared_memory;

namespace {

struct settings {
    unsigned writers = 2;
    unsigned readers = 2;
    std::uint32_t nodes = 50;
    std::uint32_t node_size = 4096;
    std::uint64_t elements = 1000000;
};

struct counts {
    std::uint64_t elements = 0;
    std::uint64_t sum = 0; // of the elements' numbers
};

class transfer {
public:
    explicit transfer(const settings& s)
        : settings_(s),
          ring_(sm::create_only, example::name_of_process("single_process"), s.nodes, s.node_size) {
    }

    void run() {
        std::vector<std::future<counts>> writers;
        std::vector<std::future<counts>> readers;
        for (unsigned i = 0; i != settings_.writers; ++i)
            writers.push_back(start(&transfer::write_elements));
        for (unsigned i = 0; i != settings_.readers; ++i)
            readers.push_back(start(&transfer::read_elements));

        const counts written = total(writers);
        if (ring_.is_open())
            ring_.end_of_stream();
        const counts read = total(readers);
        if (failure_)
            std::rethrow_exception(failure_);

        const std::uint64_t n = settings_.elements;
        const std::uint64_t sum = n % 2 == 0 ? n / 2 * (n - 1) : (n - 1) / 2 * n;
        if (written.elements != n || read.elements != n || read.sum != sum)
            throw std::runtime_error("wrote " + std::to_string(written.elements) + " and read " +
                                     std::to_string(read.elements) + " of " + std::to_string(n) +
                                     " elements, or one twice instead of another one");
        std::cout << n << " messages, each once: " << progress_.summary() << std::endl;
    }

private:
    std::future<counts> start(counts (transfer::*work)()) {
        return std::async(std::launch::async, [this, work] {
            try {
                return (this->*work)();
            } catch (...) {
                std::call_once(failed_, [this] { failure_ = std::current_exception(); });
                ring_.close(); // or the others would wait for this one
                return counts();
            }
        });
    }

    // Each element is a message that begins with the element's number.
    counts write_elements() {
        counts mine;
        std::vector<std::byte> element(settings_.node_size);
        for (;;) {
            const std::uint64_t number = next_.fetch_add(1);
            if (number >= settings_.elements)
                return mine;
            std::memcpy(element.data(), &number, sizeof number);
            ring_.write(element);
            ++mine.elements;
            mine.sum += number;
        }
    }

    counts read_elements() {
        counts mine;
        std::vector<std::byte> element(settings_.node_size);
        try {
            for (;;) {
                ring_.read(element);
                std::uint64_t number = 0;
                std::memcpy(&number, element.data(), sizeof number);
                ++mine.elements;
                mine.sum += number;
                received_.fetch_add(1, std::memory_order_relaxed);
            }
        } catch (const sm::error& e) {
            if (e.code() != sm::errc::end_of_stream)
                throw;
        }
        return mine;
    }

    // Waits for all of them, with a line a second.
    counts total(std::vector<std::future<counts>>& threads) {
        counts result;
        for (auto& thread : threads) {
            while (thread.wait_until(progress_.next_line()) == std::future_status::timeout) {
                count_received();
                std::cout << seen_ << " messages: " << progress_.line() << std::endl;
            }
        }
        for (auto& thread : threads) {
            const counts one = thread.get();
            result.elements += one.elements;
            result.sum += one.sum;
        }
        count_received();
        return result;
    }

    void count_received() {
        const std::uint64_t now = received_.load(std::memory_order_relaxed);
        progress_.add((now - seen_) * settings_.node_size);
        seen_ = now;
    }

    const settings settings_;
    sm::circular_buffer ring_;
    std::atomic<std::uint64_t> next_{0};
    std::atomic<std::uint64_t> received_{0};
    std::uint64_t seen_ = 0;
    std::once_flag failed_;
    std::exception_ptr failure_;
    example::progress progress_;
};

} // namespace

int main(int argc, char** argv) {
    settings s;
    example::command_line line("single_process",
                               "[--writers N] [--readers N] [--nodes N] [--node-size B] "
                               "[--elements N]",
                               "Moves elements through a ring, from writer to reader threads of "
                               "this process,\nand checks that each arrives exactly once.");
    line.number("writers", s.writers, 1U, 1000U, "threads that write")
        .number("readers", s.readers, 1U, 1000U, "threads that read")
        .number("nodes", s.nodes, sm::circular_buffer::min_node_count,
                sm::circular_buffer::max_node_count, "the ring's nodes")
        .number("node-size", s.node_size, 8U, sm::circular_buffer::max_node_size,
                "bytes of each of them, and of an element")
        .number("elements", s.elements, std::uint64_t{0}, std::uint64_t{1} << 62U,
                "messages to move");
    return line.run(argc, argv, [&] { transfer(s).run(); });
}
