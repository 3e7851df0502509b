// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// As refused.cpp: functions that do not fit. Those that fit are in functions_taken.cpp.

#include <shared_memory/shared_memory.hpp>

#include <functional>

namespace sm = shared_memory;

using bytes = boost::span<std::byte>;
using const_bytes = boost::span<const std::byte>;
int plain_function(int);
struct final_function final {
    void operator()(int) const {}
};

void f(sm::circular_buffer& ring, sm::buffer_read_write& buffer) {
    // clang-format off
    ring.write([](bytes) {});                            // says: returns the message's size.*returns void
    ring.try_write([](auto) {});                         // says: returns void
    ring.write([](bytes) { return "7"; });               // says: something else
    ring.write([](boost::span<char>) { return 1; });     // says: boost::span<std::byte> or std::span.*other parameters
    ring.write([] { return 1; });                        // says: other parameters
    ring.write([](bytes, int) { return 1; });            // says: other parameters
    ring.write([&ring](int) { return ring.size(); });    // says: other parameters
    ring.write(plain_function);                          // says: other parameters
    ring.write(std::function<void()>());                 // says: other parameters
    ring.write([](bytes) { return true; });              // says: size, found bool
    ring.read([](bytes) {});                             // says: this function cannot read.*const
    ring.try_read([](int) {});                           // says: this function cannot read
    ring.read([] {});                                    // says: this function cannot read
    buffer.write([](boost::span<char>) {});              // says: cannot write to the buffer
    buffer.read([](bytes) {}, 8);                        // says: this function cannot read
    // clang-format on
}
