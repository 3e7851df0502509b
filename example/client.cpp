// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Reads what the program server writes, for a given time or until the server ends. While the
//! server is dead, it waits for the next one.

#include "command_line.hpp"
#include "pattern.hpp"
#include "progress.hpp"
#include "rendezvous.hpp"
#include "system.hpp" // posix/ or windows/

#include <shared_memory/circular_buffer.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace sm = shared_memory;

namespace {

struct settings {
    std::string name = example::name_of_user("server");
    double wait = 30;
    double seconds = 10;
};

class client {
public:
    explicit client(const settings& s)
        : ring_(example::open_ring(s.name, sm::options().role(sm::role::reader),
                                   example::in_seconds(s.wait), example::has_writer)),
          copy_(ring_.node_size()), end_(example::in_seconds(s.seconds)) {}

    void run() {
        std::uint64_t messages = 0;
        while (std::optional<sm::read_claim> message = claim()) {
            take(*message);
            progress_.add(message->size());
            message->release();
            ++messages;
            print_if_due();
        }
        std::cout << "client: " << messages << " messages (" << checked_
                  << " of them checked byte by byte), " << progress_.summary() << ", " << waits_
                  << " waits" << std::endl;
    }

private:
    // Tries first, to see how often it has to wait; nothing when the time is over, or when the
    // server has ended and everything is read.
    std::optional<sm::read_claim> claim() {
        try {
            std::optional<sm::read_claim> message;
            if (example::clock::now() >= end_)
                return message;
            message = ring_.try_claim_read();
            if (!message)
                ++waits_;
            while (!message && example::clock::now() < end_) {
                message = ring_.try_claim_read_until(std::min(end_, progress_.next_line()));
                print_if_due();
            }
            return message;
        } catch (const sm::error& e) {
            if (e.code() != sm::errc::shut_down)
                throw;
            return std::nullopt;
        }
    }

    void take(const sm::read_claim& message) {
        example::message_header header{};
        if (message.size() < sizeof header)
            throw std::runtime_error("a message is too short: the server is another program");
        std::memcpy(&header, message.data(), sizeof header);
        const std::byte* const body = message.data() + sizeof header;
        const std::size_t size = message.size() - sizeof header;
        if (header.is_checked == 0) {
            std::memcpy(copy_.data(), body, size);
            return;
        }
        const std::size_t at = example::find_difference(header.number, body, size);
        if (at != size)
            throw std::runtime_error("message " + std::to_string(header.number) +
                                     " is wrong at byte " + std::to_string(at));
        ++checked_;
    }

    void print_if_due() {
        if (progress_.is_due())
            std::cout << "client: " << progress_.line() << ", " << waits_ << " waits" << std::endl;
    }

    sm::circular_buffer ring_;
    std::vector<std::byte> copy_;
    example::clock::time_point end_;
    example::progress progress_;
    std::uint64_t waits_ = 0;
    std::uint64_t checked_ = 0;
};

} // namespace

int main(int argc, char** argv) {
    settings s;
    example::command_line line(
        "client", "[--name NAME] [--wait S] [--seconds S]",
        "Reads what the program server writes, and checks the messages that say so.");
    line.text("name", s.name, "NAME", "of the server's ring (default: one for each user)")
        .number("wait", s.wait, 0.0, 1e6, "seconds to wait for the server")
        .number("seconds", s.seconds, 0.0, 1e6, "how long to read");
    return line.run(argc, argv, [&] { client(s).run(); });
}
