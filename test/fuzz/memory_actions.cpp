// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "actions.hpp"
#include "closer.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace fuzz {
namespace {

constexpr auto no_time = std::chrono::seconds(0);

template <class T>
T some_value(input& in) {
    T value{};
    const auto byte = in.ConsumeIntegral<std::uint8_t>();
    if constexpr (std::is_same_v<T, flags>)
        value = {byte, (byte & 1U) != 0, {}};
    else
        value = static_cast<T>(byte);
    return value;
}

void lock(sm::buffer_with_locks& handle, input& in) {
    const auto wait = in.ConsumeBool() ? std::chrono::nanoseconds(no_time) : short_wait;
    switch (up_to(in, 10)) {
    case 0:
        may_fail("try_lock", [&] { (void)handle.try_lock(); });
        break;
    case 1:
        may_fail("try_lock_shared", [&] { (void)handle.try_lock_shared(); });
        break;
    case 2:
        may_fail("acquire_write_lock", [&] { (void)handle.acquire_write_lock(wait); });
        break;
    case 3:
        may_fail("acquire_read_lock", [&] { (void)handle.acquire_read_lock(wait); });
        break;
    case 4:
        may_fail("release_write_lock", [&] { handle.release_write_lock(); });
        break;
    case 5:
        may_fail("release_read_lock", [&] { handle.release_read_lock(); });
        break;
    case 6:
        may_fail("unlock", [&] { handle.unlock(); });
        break;
    case 7:
        may_fail("unlock_shared", [&] { handle.unlock_shared(); });
        break;
    case 8:
        may_fail("mark_consistent", [&] { handle.mark_consistent(); });
        break;
    case 9:
        may_fail("inconsistent", [&] { (void)handle.inconsistent(); });
        break;
    default: {
        const closing_soon guard(handle);
        if (in.ConsumeBool())
            may_fail("lock", [&] { handle.lock(); });
        else
            may_fail("lock_shared", [&] { handle.lock_shared(); });
        break;
    }
    }
}

template <class T>
void touch_elements(sm::shared_array<T>& array) {
    touch({reinterpret_cast<const std::byte*>(array.data()), array.size() * sizeof(T)});
    touch({reinterpret_cast<const std::byte*>(&array.front()), sizeof(T)});
    touch({reinterpret_cast<const std::byte*>(&array.back()), sizeof(T)});
}

template <class T>
void read_array(sm::shared_array<T>& array, input& in) {
    using element = std::remove_const_t<T>;
    const std::size_t size = array.size();
    const std::size_t index =
        up_to(in, static_cast<std::uint32_t>(std::min<std::size_t>(size, 4096)));
    switch (up_to(in, 5)) {
    case 0:
        may_fail("read element", [&] { check(array.read(index)); });
        break;
    case 1: {
        std::array<element, 3> some{};
        may_fail("read elements", [&] { array.read(some, index); });
        std::for_each(some.begin(), some.end(), [](const element& one) { check(one); });
        break;
    }
    case 2: {
        const auto all = std::make_unique<element[]>(size);
        may_fail("copy_to", [&] { array.copy_to(boost::span<element>(all.get(), size)); });
        std::for_each(all.get(), all.get() + size, [](const element& one) { check(one); });
        break;
    }
    case 3:
        may_fail("index_of", [&] {
            const auto at = array.index_of(some_value<element>(in));
            if (at && *at >= size)
                found("index_of() is beyond the end");
        });
        break;
    case 4:
        may_fail("find", [&] { (void)array.find(some_value<element>(in)); });
        break;
    default:
        may_fail("touch", [&] { touch_elements(array); });
        break;
    }
}

} // namespace

void act(sm::segment_handle& handle, input& in) {
    switch (up_to(in, 7)) {
    case 0:
        may_fail("recover", [&] { handle.recover(); });
        break;
    case 1:
        may_fail("participants", [&] {
            if (handle.participants().size() > handle.max_participants())
                found("more participants than slots");
        });
        break;
    case 2:
        may_fail("owner_alive", [&] { (void)handle.owner_alive(); });
        break;
    case 3:
        may_fail("readers_alive", [&] { (void)handle.readers_alive(); });
        break;
    case 4:
        may_fail("writers_alive", [&] { (void)handle.writers_alive(); });
        break;
    case 5:
        may_fail("what it is", [&] {
            (void)handle.is_owner();
            (void)handle.is_shutting_down();
            (void)handle.is_read_only();
            (void)handle.kind_name();
            if (handle.buffer_size() > handle.total_size())
                found("the user's bytes are more than the object's");
        });
        break;
    case 6:
        if (up_to(in, 7) == 7)
            may_fail("close", [&] { handle.close(); });
        break;
    default:
        break;
    }
}

template <class T>
void act(sm::shared_array<T>& array, input& in) {
    const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(array.size(), 4096));
    switch (up_to(in, 7)) {
    case 0:
        return act(static_cast<sm::segment_handle&>(array), in);
    case 1:
    case 2:
        return lock(array, in);
    case 3:
    case 4:
        return read_array(array, in);
    case 5:
        may_fail("write element", [&] { array.write(some_value<T>(in), up_to(in, size)); });
        break;
    case 6: {
        const std::array<T, 3> some{};
        may_fail("write elements", [&] { array.write(some, up_to(in, size)); });
        break;
    }
    default:
        may_fail("fill", [&] { array.fill(some_value<T>(in)); });
        break;
    }
}

template <class T>
void act(sm::shared_array<const T>& array, input& in) {
    if (in.ConsumeBool())
        act(static_cast<sm::segment_handle&>(array), in);
    else
        read_array(array, in);
}

template void act(sm::shared_array<int>&, input&);
template void act(sm::shared_array<flags>&, input&);
template void act(sm::shared_array<bool>&, input&);
template void act(sm::shared_array<const int>&, input&);
template void act(sm::shared_array<const flags>&, input&);
template void act(sm::shared_array<const bool>&, input&);

void act(sm::buffer_read_write& buffer, input& in) {
    const std::uint64_t size = buffer.size();
    const std::uint64_t near_end = size - std::min<std::uint64_t>(size, up_to(in, 16));
    const std::uint64_t at = in.ConsumeBool() ? near_end : in.ConsumeIntegral<std::uint64_t>();
    switch (up_to(in, 9)) {
    case 0:
        return act(static_cast<sm::segment_handle&>(buffer), in);
    case 1:
    case 2:
        return lock(buffer, in);
    case 3:
        may_fail("read value", [&] { check(buffer.read<flags>(at)); });
        break;
    case 4: {
        bool some[5] = {};
        may_fail("read bools", [&] { buffer.read(some, at); });
        std::for_each(some, some + 5, [](const bool& one) { check(one); });
        break;
    }
    case 5:
        may_fail("read bytes", [&] {
            std::vector<std::byte> bytes(up_to(in, 4200));
            buffer.read(bytes.data(), bytes.size(), at);
        });
        break;
    case 6:
        may_fail("read function", [&] {
            buffer.read([](boost::span<const std::byte> bytes) { touch(bytes); }, at);
        });
        break;
    case 7:
        may_fail("write value", [&] { buffer.write(std::uint64_t{1}, at); });
        break;
    case 8:
        may_fail("write bytes", [&] {
            const std::string bytes(up_to(in, 4200), 'w');
            buffer.write(bytes.data(), bytes.size(), at);
        });
        break;
    default:
        may_fail("write function", [&] {
            buffer.write(
                [](boost::span<std::byte> bytes) {
                    std::fill(bytes.begin(), bytes.end(), std::byte{4});
                },
                at);
        });
        break;
    }
}

} // namespace fuzz
