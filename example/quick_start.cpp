// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The shortest way from a producer to a consumer: two values through an array, a ring and a
//! buffer.

#include "command_line.hpp"
#include "rendezvous.hpp"
#include "system.hpp" // posix/ or windows/

#include <shared_memory/shared_memory.hpp>

#include <iostream>
#include <string>
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

std::string array_name(const settings& s) {
    return s.name + "-array";
}
std::string buffer_name(const settings& s) {
    return s.name + "-buffer";
}

constexpr int array_length = 10;
constexpr int buffer_bytes = 1024;
constexpr int second_position = 1000; // in the buffer

void print(const char* example, int first, int second) {
    std::cout << "shared_memory::" << example << ":\n" << first << '\n' << second << std::endl;
}

// ---- The three examples, with both ends in this process

void array_example(const settings& s) {
    sm::shared_array<int> producer(sm::create_only, array_name(s), array_length);
    sm::shared_array<int> consumer(sm::open_only, array_name(s));

    producer[0] = s.first;
    producer[producer.size() - 1] = s.second;

    print("shared_array", consumer[0], consumer[consumer.size() - 1]);
}

void ring_example(const settings& s) {
    sm::circular_buffer producer(sm::create_only, s.name, 3 /*nodes*/, sizeof(int) /*bytes each*/);
    sm::circular_buffer consumer(sm::open_only, s.name);

    producer.write(s.first);
    producer.write(s.second);

    const int first = consumer.read<int>();
    const int second = consumer.read<int>();
    print("circular_buffer", first, second);
}

void buffer_example(const settings& s) {
    sm::buffer_read_write producer(sm::create_only, buffer_name(s), buffer_bytes);
    sm::buffer_read_write consumer(sm::open_only, buffer_name(s));

    producer.write(s.first); // at position 0
    producer.write(s.second, second_position);

    print("buffer_read_write", consumer.read<int>(), consumer.read<int>(second_position));
}

// ---- The same, with each end in a process that may start earlier or later

void produce(const settings& s) {
    const auto until = example::in_seconds(s.wait);
    // What the ring's reader will look for is there before the ring is.
    sm::shared_array<int> array(sm::create_only, array_name(s), array_length);
    sm::buffer_read_write buffer(sm::create_only, buffer_name(s), buffer_bytes);
    array[0] = s.first;
    array[array.size() - 1] = s.second;
    buffer.write(s.first);
    buffer.write(s.second, second_position);

    const example::dropped_at_the_end unread(s.name);
    sm::circular_buffer ring = example::create_ring(
        s.name, 3, sizeof(int), sm::options().role(sm::role::writer).end_when_abandoned(), until);
    ring.write(s.first);
    ring.write(s.second);
    if (!ring.wait_drained_until(until))
        throw std::runtime_error("no consumer came to read from \"" + s.name + '"');
}

void consume(const settings& s) {
    sm::circular_buffer ring =
        example::open_ring(s.name, sm::options().role(sm::role::reader).end_when_abandoned(),
                           example::in_seconds(s.wait), example::has_writer);
    const sm::shared_array<int> array(sm::open_only, array_name(s));
    const sm::buffer_read_write buffer(sm::open_only, buffer_name(s));
    const int first = ring.read<int>();
    const int second = ring.read<int>();

    print("shared_array", array[0], array[array.size() - 1]);
    print("circular_buffer", first, second);
    print("buffer_read_write", buffer.read<int>(), buffer.read<int>(second_position));
}

void run(const settings& s) {
    if (s.role == "producer") {
        produce(s);
    } else if (s.role == "consumer") {
        consume(s);
    } else {
        array_example(s);
        ring_example(s);
        buffer_example(s);
    }
}

} // namespace

int main(int argc, char** argv) {
    settings s;
    std::vector<int> values;
    example::command_line line(
        "quick_start", "[--role producer|consumer|both] [--name NAME] [--wait S] [A B]",
        "Hands the numbers A and B (123 and 456) from a producer to a consumer, through an array,\n"
        "a ring and a buffer in shared memory: within this process, or, with a role, between two\n"
        "that are started by hand, either of them first.");
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
                s.name = example::name_of_process(s.name);
        }
        run(s);
    });
}
