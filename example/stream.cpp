// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A pipe between two processes that did not start each other: any stream of bytes, read straight
//! into shared memory and written straight from it.

#include "command_line.hpp"
#include "progress.hpp"
#include "rendezvous.hpp"
#include "system.hpp" // posix/ or windows/

#include <shared_memory/circular_buffer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>

namespace sm = shared_memory;

namespace {

struct settings {
    std::string name;
    std::uint32_t nodes = 64;
    std::uint32_t node_size = 256 * 1024;
    double wait = 30; // seconds
};

constexpr std::uint32_t sender_and_receiver = 2;

// A line that is written over, for somebody who watches; for nobody else.
class progress_line {
public:
    void add(std::size_t bytes) {
        progress_.add(bytes);
        if (watched_ && progress_.is_due())
            std::cerr << '\r' << progress_.line() << "   " << std::flush;
    }
    void finish() const {
        if (watched_)
            std::cerr << '\r' << progress_.summary() << "   " << std::endl;
    }

private:
    example::progress progress_;
    bool watched_ = example::somebody_watches_errors();
};

// ---- send

// Waits until there is something to read, or the end; looks meanwhile whether the receiver lives.
void wait_for_input(const sm::circular_buffer& ring) {
    constexpr int milliseconds = 200;
    while (!example::wait_for_input(milliseconds)) {
        if (ring.readers_alive() == 0)
            throw sm::error(sm::errc::abandoned, "no receiver is left");
    }
}

// As many bytes as there are now, or as fit; 0: the end.
std::size_t read_input(const sm::circular_buffer& ring, std::byte* to, std::size_t size) {
    for (;;) {
        if (const auto count = example::read_input(to, size))
            return *count;
        wait_for_input(ring);
    }
}

void send_stream(sm::circular_buffer& ring) {
    progress_line progress;
    for (;;) {
        wait_for_input(ring); // before the claim: nothing is held while there is nothing to send
        sm::write_claim node = ring.claim_write();
        const std::size_t size = read_input(ring, node.data(), node.size());
        if (size == 0)
            break; // the node, not committed, is skipped
        node.commit(size);
        progress.add(size);
    }
    ring.end_of_stream();
    (void)ring.wait_drained_until(example::clock::time_point::max());
    progress.finish();
}

void send(const settings& s) {
    const auto until = example::in_seconds(s.wait);
    const example::dropped_at_the_end unread(s.name);
    sm::circular_buffer ring = example::create_ring(s.name, s.nodes, s.node_size,
                                                    sm::options()
                                                        .role(sm::role::writer)
                                                        .max_participants(sender_and_receiver)
                                                        .end_when_abandoned(),
                                                    until);
    try {
        // An empty message goes first: once it is read, the receiver is there, and a later one can
        // see that it would miss something.
        ring.write(nullptr, 0);
        if (!ring.wait_drained_until(until))
            throw std::runtime_error("no receiver came to read from \"" + s.name + '"');
        send_stream(ring);
    } catch (const sm::error& e) {
        if (e.code() != sm::errc::abandoned)
            throw;
        throw std::runtime_error("the receiver ended before it had everything");
    }
}

// ---- receive

void receive_stream(sm::circular_buffer& ring) {
    progress_line progress;
    try {
        for (;;) {
            sm::read_claim node = ring.claim_read();
            example::write_output(node.data(), node.size());
            progress.add(node.size());
            node.release();
        }
    } catch (const sm::error& e) {
        if (e.code() == sm::errc::abandoned || e.code() == sm::errc::shut_down)
            throw std::runtime_error("the sender ended before the end of the stream");
        if (e.code() != sm::errc::end_of_stream)
            throw;
    }
    progress.finish();
}

// A sender is there, and no other receiver has had anything of the stream.
bool is_whole(const sm::circular_buffer& ring) {
    return example::has_writer(ring) && ring.snapshot().read_end == 0;
}

void receive(const settings& s) {
    sm::circular_buffer ring =
        example::open_ring(s.name, sm::options().role(sm::role::reader).end_when_abandoned(),
                           example::in_seconds(s.wait), is_whole);
    receive_stream(ring);
}

} // namespace

int main(int argc, char** argv) {
    settings s;
    std::string command;
    example::command_line line(
        "stream",
        "send NAME [--nodes N] [--node-size B] [--wait S] < DATA\n"
        "       stream receive NAME [--wait S] > DATA",
        "Sends standard input to another process's standard output through the shared memory\n"
        "NAME. Either may start first. The sender ends when everything was received.");
    line.number("nodes", s.nodes, sm::circular_buffer::min_node_count,
                sm::circular_buffer::max_node_count, "the ring's nodes")
        .number("node-size", s.node_size, 1U, sm::circular_buffer::max_node_size,
                "bytes of each of them")
        .number("wait", s.wait, 0.0, 1e6, "seconds to wait for the other one")
        .argument("command", command)
        .argument("NAME", s.name);
    return line.run(argc, argv, [&] {
        if (command != "send" && command != "receive")
            throw example::usage_error("expected send or receive" +
                                       (command.empty() ? command : ", not '" + command + '\''));
        if (!line.given("NAME"))
            throw example::usage_error("expected a NAME");
        if (command == "receive" && (line.given("nodes") || line.given("node-size")))
            throw example::usage_error("--nodes and --node-size are for the sender");
        example::prepare_streams();
        command == "send" ? send(s) : receive(s);
    });
}
