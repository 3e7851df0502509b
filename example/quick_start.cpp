// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The shortest way from a producer to a consumer: two values through shared memory.

#include "command_line.hpp"
#include "rendezvous.hpp"

#include <shared_memory/circular_buffer.hpp>

#include <iostream>
#include <string>
#include <unistd.h>
#include <vector>

namespace sm = shared_memory;

namespace {

struct settings {
    std::string role = "both";
    std::string name;
    double wait = 30; // seconds
    int first = 123;
    int second = 456;
};

// ---- circular_buffer: what is written at one end is read at the other
// ----------------------------

void print_circular_buffer(int first, int second) {
    std::cout << "shared_memory::circular_buffer:\n" << first << '\n' << second << std::endl;
}

// Both ends in this process.
void circular_buffer_both(const settings& s) {
    sm::circular_buffer producer(sm::create_only, s.name, 3 /*nodes*/, sizeof(int) /*bytes each*/);
    sm::circular_buffer consumer(sm::open_only, s.name);

    producer.write(s.first);
    producer.write(s.second);

    const int first = consumer.read<int>();
    const int second = consumer.read<int>();
    print_circular_buffer(first, second);
}

// One end here, the other in a process that may start earlier or later.
void circular_buffer_producer(const settings& s) {
    const auto until = example::in_seconds(s.wait);
    sm::circular_buffer ring = example::create_ring(
        s.name, 3, sizeof(int), sm::options().role(sm::role::writer).end_when_abandoned(), until);
    ring.write(s.first);
    ring.write(s.second);
    if (!ring.wait_drained_until(until))
        throw std::runtime_error("no consumer came to read from \"" + s.name + '"');
}

void circular_buffer_consumer(const settings& s) {
    sm::circular_buffer ring =
        example::open_ring(s.name, sm::options().role(sm::role::reader).end_when_abandoned(),
                           example::in_seconds(s.wait), example::has_writer);
    const int first = ring.read<int>();
    const int second = ring.read<int>();
    print_circular_buffer(first, second);
}

// --------------------------------------------------------------------------------------------------

void run(const settings& s) {
    if (s.role == "both") {
        circular_buffer_both(s);
    } else if (s.role == "producer") {
        circular_buffer_producer(s);
    } else {
        circular_buffer_consumer(s);
    }
}

} // namespace

int main(int argc, char** argv) {
    settings s;
    std::vector<int> values;
    example::command_line line(
        "quick_start", "[--role producer|consumer|both] [--name NAME] [--wait S] [A B]",
        "Sends the numbers A and B (123 and 456) from a producer to a consumer through shared\n"
        "memory: within this process, or, with a role, between two that are started by hand,\n"
        "either of them first.");
    line.text("role", s.role, "ROLE", "producer, consumer or both (the default)")
        .text("name", s.name, "NAME", "of the shared memory; roles need the same one")
        .number("wait", s.wait, 0.0, 1e6, "seconds that a role waits for the other one")
        .argument("values", values, -1);
    return line.run(argc, argv, [&] {
        if (s.role != "both" && s.role != "producer" && s.role != "consumer")
            throw example::usage_error("--role must be producer, consumer or both, not " + s.role);
        if (!values.empty() && values.size() != 2)
            throw example::usage_error("expected two values, A and B, or none");
        if (!values.empty()) {
            s.first = values[0];
            s.second = values[1];
        }
        if (!line.given("name")) {
            s.name = example::name_of_user("quick_start");
            if (s.role == "both") // nobody else needs to find it
                s.name += '-' + std::to_string(::getpid());
        }
        run(s);
    });
}
