// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What a ring says of messages and claims that cannot be.

#include <shared_memory/detail/claim_guard.hpp>
#include <shared_memory/detail/part/ring_part.hpp>

#include <sstream>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

void throw_message_too_long(const part& ring, std::size_t size, std::size_t node_size) {
    std::ostringstream text;
    text << "shared_memory: a message of " << size << " bytes is too long for the ring \""
         << ring.name() << "\", whose nodes have " << node_size
         << " bytes; split the message, or create the ring with a larger node_size";
    throw error(errc::message_size, text.str());
}

void throw_message_size(const ring_part& ring, std::size_t found, std::size_t expected, bool exact,
                        std::size_t unit) {
    std::ostringstream text;
    if (found > ring.node_size()) {
        text << "shared_memory: the next message in \"" << ring.name() << "\" claims to have "
             << found << " bytes, more than the " << ring.node_size()
             << " of a node; discard() takes it away";
        throw error(errc::corrupted, text.str());
    }
    text << "shared_memory: the next message in \"" << ring.name() << "\" has " << found
         << " bytes, expected " << (exact ? "" : "at most ") << expected;
    if (unit != 1)
        text << " and a multiple of " << unit;
    text << "; it stays in the ring: next_size() tells its size, discard() takes it away";
    throw error(errc::message_size, text.str());
}

void throw_claimed_size(const part& ring, std::size_t found, std::size_t expected) {
    throw error(errc::message_size,
                "shared_memory: the claimed message in \"" + ring.name() + "\" has " +
                    std::to_string(found) + " bytes, expected the " + std::to_string(expected) +
                    " of the type; the claim still holds it: size() tells its size, as_prefix() "
                    "takes a type at the front of a longer message");
}

void throw_outside_batch(const part& ring, std::size_t found, std::size_t size) {
    throw error(errc::out_of_range, "shared_memory: the batch of \"" + ring.name() + "\" has " +
                                        std::to_string(size) +
                                        " messages, which is too few for an index or a count of " +
                                        std::to_string(found));
}

void throw_claim_ended() {
    throw error(errc::bad_argument,
                "shared_memory: the claim has been committed, released, aborted, given back or "
                "moved from; expected a claim that still holds its node: claim another one");
}

void throw_claim_forked() {
    throw error(errc::forked, "shared_memory: the claim was made before fork() and belongs to the "
                              "parent process; claim anew in the child");
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
