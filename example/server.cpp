// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Writes large messages to a ring for a given time, whether a client is there or not. Kill it, or
//! the client, and start it again: the other one goes on.

#include "command_line.hpp"
#include "pattern.hpp"
#include "progress.hpp"
#include "rendezvous.hpp"
#include "system.hpp" // posix/ or windows/

#include <shared_memory/circular_buffer.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sm = shared_memory;

namespace {

struct settings {
    std::string name = example::name_of_user("server");
    std::uint32_t nodes = 50;
    std::uint32_t node_size = 1024 * 1024;
    std::uint64_t check = 500; // MB
    double seconds = 10;
};

// Creates the ring, or takes over the one of a server that was killed.
sm::circular_buffer become_server(const settings& s) {
    const auto patience = example::clock::now() + example::time_to_die;
    for (;;) {
        sm::circular_buffer ring(
            sm::open_or_create, s.name, s.nodes, s.node_size,
            sm::options().role(sm::role::writer).wait_for_creator(example::time_to_read));
        if (ring.is_owner())
            return ring;
        if (ring.writers_alive() > 1 && example::clock::now() >= patience)
            throw std::runtime_error("another server uses \"" + s.name + "\" already");
        ring.close(); // that server is being killed, or a client is just removing what it left
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

class server {
public:
    explicit server(const settings& s)
        : settings_(s), ring_(become_server(s)), random_bytes_(s.node_size),
          end_(example::in_seconds(s.seconds)) {
        example::fill_pattern(~0U, random_bytes_.data(), random_bytes_.size());
    }

    void run() {
        std::uint64_t left_to_check = settings_.check * 1000000;
        std::uint64_t number = 0;
        while (std::optional<sm::write_claim> node = claim()) {
            fill(*node, {number, left_to_check != 0 ? 1U : 0U});
            node->commit();
            progress_.add(settings_.node_size);
            left_to_check -= std::min<std::uint64_t>(left_to_check, settings_.node_size);
            ++number;
            print_if_due();
        }
        std::cout << "server: " << number << " messages, " << progress_.summary() << ", " << waits_
                  << " waits" << std::endl;
    }

private:
    // Tries first, to see how often it has to wait; nothing when the time is over.
    std::optional<sm::write_claim> claim() {
        std::optional<sm::write_claim> node;
        if (example::clock::now() >= end_)
            return node;
        node = ring_.try_claim_write();
        if (!node)
            ++waits_;
        while (!node && example::clock::now() < end_) {
            node = ring_.try_claim_write_until(std::min(end_, progress_.next_line()));
            print_if_due();
        }
        return node;
    }

    void fill(const sm::write_claim& node, const example::message_header& header) const {
        std::memcpy(node.data(), &header, sizeof header);
        std::byte* const body = node.data() + sizeof header;
        const std::size_t size = node.size() - sizeof header;
        if (header.is_checked != 0)
            example::fill_pattern(header.number, body, size);
        else
            std::memcpy(body, random_bytes_.data(), size);
    }

    void print_if_due() {
        if (progress_.is_due())
            std::cout << "server: " << progress_.line() << ", " << waits_ << " waits" << std::endl;
    }

    const settings settings_;
    sm::circular_buffer ring_;
    std::vector<std::byte> random_bytes_;
    example::clock::time_point end_;
    example::progress progress_;
    std::uint64_t waits_ = 0;
};

} // namespace

int main(int argc, char** argv) {
    settings s;
    example::command_line line(
        "server", "[--name NAME] [--nodes N] [--node-size B] [--check MB] [--seconds S]",
        "Writes messages for the program client, whether it is there or not.");
    line.text("name", s.name, "NAME", "of the ring (default: one for each user)")
        .number("nodes", s.nodes, sm::circular_buffer::min_node_count,
                sm::circular_buffer::max_node_count, "the ring's nodes")
        .number("node-size", s.node_size,
                static_cast<std::uint32_t>(sizeof(example::message_header)),
                sm::circular_buffer::max_node_size, "bytes of each of them, and of a message")
        .number("check", s.check, std::uint64_t{0}, std::uint64_t{1000000000},
                "so many MB first have contents that the client checks")
        .number("seconds", s.seconds, 0.0, 1e6, "how long to write");
    return line.run(argc, argv, [&] {
        const example::dropped_at_the_end unread(s.name);
        server(s).run();
    });
}
