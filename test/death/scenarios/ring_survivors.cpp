// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "ring_survivors.hpp"

#include "../stage/tracee.hpp"

#include <sys/stat.h>

namespace every {

message make_message(std::uint64_t number) {
    return {number, ~number, number * 0x9e3779b97f4a7c15U, number ^ 0x5555555555555555U,
            number + 7};
}

bool is_whole(const message& m) {
    return m == make_message(m[0]);
}

sm::options strict_options() {
    return opening_options().max_participants(6);
}
sm::options opening_options() {
    return sm::options().death_check_interval(std::chrono::seconds(0));
}

void ledger::delivered(const message& m, std::uint32_t count) {
    const std::string which = "message " + std::to_string(m[0]);
    if (!is_whole(m))
        throw failure("a torn message: " + which);
    if (m[0] != 0 && is_special(m[0])) {
        std::uint32_t& counted = m[0] == special_ ? special_count_ : second_count_;
        if (counted != 0)
            throw failure(which + ", the dead one's, came twice");
        counted = count;
        if (m[0] == special_)
            special_first_ = delivered_.empty();
        if (m[0] == special_ && second_count_ == count)
            second_first_ = true;
        return;
    }
    if (expected_.count(m[0]) == 0)
        throw failure(which + " came, which nobody had committed");
    if (!delivered_.insert(m[0]).second)
        throw failure(which + " came twice");
    if (count != 1)
        throw failure(which + " is marked as redelivered, and nobody had it");
    if (m[0] < last_)
        throw failure(which + " came after a later one");
    last_ = m[0];
}

void ledger::balance() const {
    for (const std::uint64_t number : expected_)
        if (delivered_.count(number) == 0)
            throw failure("message " + std::to_string(number) + " is lost");
}

void drain(sm::circular_buffer& ring, ledger& accounts) {
    for (;;) {
        // What is known to be there is waited for.
        auto claim =
            accounts.open() != 0 ? ring.try_claim_read_for(patience) : ring.try_claim_read();
        if (!claim)
            return;
        require(claim->size() == sizeof(message), "a message of another size");
        accounts.delivered(claim->as<message>(), claim->delivery_count());
        claim->release();
    }
}

void use_every_node(sm::circular_buffer& a, sm::circular_buffer& b, std::size_t attached) {
    require(!a.try_read<message>() && !b.try_read<message>(), "something is left to read");
    require(a.empty() && !a.full() && b.size() == 0, "the drained ring does not say that it is");
    std::uint64_t number = 1000;
    for (int round = 0; round != 3; ++round) {
        const std::uint64_t first = number;
        for (std::uint32_t i = 0; i != node_count; ++i) {
            auto& writer = (i + static_cast<std::uint32_t>(round)) % 2 == 0 ? a : b;
            require(writer.try_write_for(make_message(number++), patience),
                    "a node is lost: no room for a message");
        }
        require(a.full() && !a.try_write(make_message(1)), "more messages than nodes");
        for (std::uint32_t i = 0; i != node_count; ++i) {
            auto& reader = (i + static_cast<std::uint32_t>(round)) % 2 == 0 ? b : a;
            const auto m = reader.try_read_for<message>(patience);
            require(m && *m == make_message(first + i), "messages in another order, or lost");
        }
    }
    require(a.recover().participants_reaped() == 0 && b.recover().participants_reaped() == 0,
            "a dead participant was not repaired by the survivors, which waited");
    if (a.participants().size() != attached)
        throw failure("expected " + std::to_string(attached) + " participants, found " +
                      std::to_string(a.participants().size()));
}

bool exists(const std::string& name) {
    struct stat info {};
    return ::lstat(("/dev/shm/" + name).c_str(), &info) == 0;
}

} // namespace every
