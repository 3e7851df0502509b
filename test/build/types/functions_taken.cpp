// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Compiles, without a warning: functions that write and read.

#include <shared_memory/shared_memory.hpp>

#include <functional>
#if __cplusplus >= 202002L
#include <span>
#endif

namespace sm = shared_memory;

std::size_t plain_function(boost::span<std::byte> node) {
    return node.size();
}
struct view { // another library's span
    std::byte* data;
    std::size_t size;
};
struct shareable_functor { // a message
    int a;
    int operator()(int x) const { return a + x; }
};

void f(sm::circular_buffer& ring, sm::buffer_read_write& buffer) {
    ring.write(plain_function);
    ring.write(&plain_function);
    ring.write([](boost::span<std::byte>) { return 1; });
    ring.write([](boost::span<const std::byte>) { return 1U; });
    ring.write([](boost::span<std::byte> const&) { return std::size_t(1); });
    ring.write([](auto node) { return node.size(); });
    ring.write([](auto&& node) { return node.size(); });
    ring.write([](view node) { return node.size; });
    ring.write(std::function<std::size_t(boost::span<std::byte>)>(plain_function));
    auto changing = [n = 0](boost::span<std::byte>) mutable { return ++n; };
    ring.write(changing);
    ring.write(shareable_functor{1});
    (void)ring.try_write(plain_function);
    ring.read([](boost::span<const std::byte>) {});
    ring.read([](auto message) { return message.size(); });
    buffer.write([](boost::span<std::byte>) {});
    buffer.write([](view) {});
    buffer.read([](boost::span<const std::byte>) {});
#if __cplusplus >= 202002L
    ring.write([](std::span<std::byte> node) {
        node[0] = std::byte{1};
        return 1;
    });
    (void)ring.try_write([](std::span<std::byte> const& node) { return node.size(); });
    ring.write([](std::span<const std::byte>) { return 1; });
    ring.read([](std::span<const std::byte>) {});
    buffer.write([](std::span<std::byte> all) { all[0] = std::byte{1}; }, 3);
    buffer.read([](std::span<const std::byte>) {});
#endif
}
