// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The README's short program; every project in this folder builds it.

#include <shared_memory/shared_memory.hpp>

#include <iostream>
#include <string>
#include <unistd.h>

namespace sm = shared_memory;

int main() {
    std::string const name = "consumer-" + std::to_string(getpid());
    sm::circular_buffer producer(sm::create_only, name, 3, 4); // 3 nodes of 4 bytes
    sm::circular_buffer consumer(sm::open_only, name);
    producer.write(123);
    producer.write(456);
    std::cout << consumer.read<int>() << '\n';
    std::cout << consumer.read<int>() << '\n';
}
