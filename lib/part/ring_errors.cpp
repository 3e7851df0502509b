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
         << "; split it, or create the ring with larger nodes";
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
    text << "; it stays: next_size() tells its size, discard() takes it away";
    throw error(errc::message_size, text.str());
}

void throw_outside_batch(const part& ring, std::size_t found, std::size_t size) {
    throw error(errc::out_of_range, "shared_memory: the batch of \"" + ring.name() + "\" has " +
                                        std::to_string(size) + " messages, found " +
                                        std::to_string(found));
}

void throw_claim_ended() {
    throw error(errc::bad_argument,
                "shared_memory: the claim has been committed, released, aborted, given back or "
                "moved from; expected one that is still held");
}

void throw_claim_forked() {
    throw error(errc::forked, "shared_memory: the claim was made before fork() and belongs to the "
                              "parent process; claim anew in the child");
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
