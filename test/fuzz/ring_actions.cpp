// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "actions.hpp"
#include "closer.hpp"

#include <algorithm>
#include <vector>

namespace fuzz {
namespace {

constexpr auto no_time = std::chrono::seconds(0);
struct users_exception {};

std::vector<std::byte> some_bytes(input& in, std::size_t most) {
    const auto size = up_to(in, static_cast<std::uint32_t>(std::min<std::size_t>(most, 4096)));
    return std::vector<std::byte>(size, std::byte{in.ConsumeIntegral<std::uint8_t>()});
}

void write(sm::circular_buffer& ring, input& in) {
    const auto bytes = some_bytes(in, ring.node_size() + std::size_t{2});
    const std::uint32_t half = static_cast<std::uint32_t>(bytes.size() / 2);
    switch (up_to(in, 5)) {
    case 0:
        may_fail("try_write value", [&] { (void)ring.try_write(std::uint32_t{7}); });
        break;
    case 1:
        may_fail("try_write range", [&] { (void)ring.try_write(bytes); });
        break;
    case 2:
        may_fail("try_write function", [&] {
            (void)ring.try_write([&](boost::span<std::byte> node) {
                touch(node);
                std::fill(node.begin(), node.end(), std::byte{3});
                return bytes.size();
            });
        });
        break;
    case 3:
        may_fail("try_write function that throws", [&] {
            try {
                (void)ring.try_write(
                    [](boost::span<std::byte>) -> std::size_t { throw users_exception(); });
            } catch (const users_exception&) {
            }
        });
        break;
    case 4:
        may_fail("try_write parts", [&] {
            (void)ring.try_write({boost::span<const std::byte>(bytes).first(half),
                                  boost::span<const std::byte>(bytes).subspan(half)});
        });
        break;
    default:
        may_fail("try_write_for",
                 [&] { (void)ring.try_write_for(bytes.data(), bytes.size(), short_wait); });
        break;
    }
}

template <class T>
void read_one(sm::circular_buffer& ring, const char* doing) {
    may_fail(doing, [&] {
        if (const auto value = ring.try_read<T>())
            check(*value);
    });
}

void read(sm::circular_buffer& ring, input& in) {
    switch (up_to(in, 7)) {
    case 0:
        return read_one<std::uint32_t>(ring, "try_read number");
    case 1:
        return read_one<flags>(ring, "try_read flags");
    case 2:
        return read_one<bool>(ring, "try_read bool");
    case 3:
        return read_one<std::array<std::uint64_t, 7>>(ring, "try_read 56 bytes");
    case 4: {
        auto bytes = some_bytes(in, ring.node_size() + std::size_t{2});
        may_fail("try_read bytes", [&] { (void)ring.try_read(bytes); });
        break;
    }
    case 5: {
        std::vector<flags> all(up_to(in, 40));
        may_fail("try_read range of flags", [&] { (void)ring.try_read(all); });
        for (const flags& one : all)
            check(one);
        break;
    }
    case 6:
        may_fail("try_read function", [&] {
            const bool refuses = in.ConsumeBool();
            try {
                (void)ring.try_read([&](boost::span<const std::byte> message) {
                    touch(message);
                    if (refuses)
                        throw users_exception();
                });
            } catch (const users_exception&) {
            }
        });
        break;
    default: {
        std::vector<std::byte> bytes(ring.node_size());
        may_fail("try_read_for",
                 [&] { (void)ring.try_read_for(bytes.data(), bytes.size(), short_wait); });
        break;
    }
    }
}

void claim(sm::circular_buffer& ring, claims& held, input& in) {
    if (in.ConsumeBool()) {
        may_fail("try_claim_write", [&] {
            if (auto one = ring.try_claim_write(); one && held.writing.size() < 4) {
                std::fill(one->bytes().begin(), one->bytes().end(), std::byte{5});
                held.writing.push_back(std::move(*one));
            }
        });
    } else {
        may_fail("try_claim_read", [&] {
            if (auto one = ring.try_claim_read(); one && held.reading.size() < 4) {
                touch(one->bytes());
                held.reading.push_back(std::move(*one));
            }
        });
    }
}

void end_write_claim(claims& held, input& in) {
    if (held.writing.empty())
        return;
    sm::write_claim one = std::move(held.writing.back());
    held.writing.pop_back();
    switch (up_to(in, 2)) {
    case 0:
        may_fail("commit", [&] { one.commit(up_to(in, 64)); });
        break;
    case 1:
        may_fail("commit all", [&] { one.commit(); });
        break;
    default:
        may_fail("abort", [&] { one.abort(); });
        break;
    }
}

void end_read_claim(claims& held, input& in) {
    if (held.reading.empty())
        return;
    sm::read_claim one = std::move(held.reading.back());
    held.reading.pop_back();
    may_fail("look at claim", [&] {
        touch(one.bytes());
        (void)one.delivery_count();
        const auto& number = one.as<std::uint64_t>();
        touch({reinterpret_cast<const std::byte*>(&number), sizeof number});
    });
    switch (up_to(in, 2)) {
    case 0:
        may_fail("release", [&] { one.release(); });
        break;
    case 1:
        may_fail("give_back", [&] { one.give_back(); });
        break;
    default: // destroyed
        break;
    }
}

void look(sm::circular_buffer& ring, input& in) {
    switch (up_to(in, 4)) {
    case 0:
        may_fail("next_size", [&] {
            if (const auto size = ring.next_size(); size && *size > ring.node_size())
                found("next_size() is larger than a node");
        });
        break;
    case 1:
        may_fail("size, empty and full", [&] {
            if (ring.size() > ring.node_count())
                found("size() is larger than the number of nodes");
            (void)ring.empty();
            (void)ring.full();
        });
        break;
    case 2:
        may_fail("snapshot", [&] { (void)ring.snapshot(); });
        break;
    case 3:
        may_fail("counts",
                 [&] { (void)(ring.redelivered() + ring.given_up() + ring.max_deliveries()); });
        break;
    default:
        may_fail("wait_any", [&] {
            (void)sm::wait_any({&ring, &ring}, in.ConsumeBool() ? no_time : short_wait);
        });
        break;
    }
}

// Any other error is as good as closed.
void wait_for_ever(sm::circular_buffer& ring, input& in) {
    const closing_soon guard(ring);
    std::vector<std::uint16_t> some(up_to(in, 300));
    switch (up_to(in, 4)) {
    case 0:
        may_fail("read", [&] { (void)ring.read<std::uint32_t>(); });
        break;
    case 1:
        may_fail("write", [&] { ring.write(std::uint8_t{9}); });
        break;
    case 2:
        may_fail("read_some", [&] { (void)ring.read_some(some); });
        break;
    case 3:
        may_fail("write_some", [&] { (void)ring.write_some(some); });
        break;
    default:
        may_fail("claim_read", [&] { touch(ring.claim_read().bytes()); });
        break;
    }
}

} // namespace

void act(sm::circular_buffer& ring, claims& held, input& in) {
    switch (up_to(in, 13)) {
    case 0:
        return act(ring, in);
    case 1:
    case 2:
        return write(ring, in);
    case 3:
    case 4:
        return read(ring, in);
    case 12:
        return read(ring, in);
    case 5:
    case 13:
        return claim(ring, held, in);
    case 6:
        return end_write_claim(held, in);
    case 7:
        return end_read_claim(held, in);
    case 8:
        return look(ring, in);
    case 9:
        may_fail("discard", [&] { ring.discard(); });
        break;
    case 10:
        may_fail("wait_drained_for",
                 [&] { (void)ring.wait_drained_for(in.ConsumeBool() ? no_time : short_wait); });
        break;
    default:
        if (up_to(in, 7) == 7)
            may_fail("end_of_stream", [&] { ring.end_of_stream(); });
        else if (in.ConsumeBool())
            wait_for_ever(ring, in);
        break;
    }
}

} // namespace fuzz
