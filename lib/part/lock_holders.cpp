// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The lock part: who has the lock, for people to read.

#include <shared_memory/detail/part/lock_part.hpp>

#include "../segment/holders.hpp"

#include <shared_memory/reports.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

std::string_view lock_part::waits_for(std::size_t) const noexcept {
    return "lock";
}

void lock_part::tell_holders(tell_holding tell) const {
    using held_as = rw_lock<ipc_system>::held_as;
    lock_.tell_holders([&](std::uint32_t slot, held_as how, std::uint64_t count) {
        tell(slot, {how == held_as::reading   ? "read_lock"
                    : how == held_as::writing ? "write_lock"
                                              : "turn_to_write",
                    count});
    });
}

// "process 4711 (slot 3) holds it for writing, process 12 (slot 4) for reading"
std::string lock_part::holders() const {
    using held_as = rw_lock<ipc_system>::held_as;
    constexpr std::uint32_t most_named = 3;
    std::string text;
    std::uint32_t named = 0;
    std::uint32_t others = 0;
    lock_.tell_holders([&](std::uint32_t one, held_as how, std::uint64_t) {
        if (named == most_named) {
            ++others;
            return;
        }
        ++named;
        text += (text.empty() ? "" : ", ") +
                (one == slot() ? "another thread of this handle" : who_is_in(host(), one)) +
                (how == held_as::turn ? " waits to write" : " holds it for ") +
                (how == held_as::turn      ? ""
                 : how == held_as::writing ? "writing"
                                           : "reading");
    });
    if (text.empty())
        return "another participant held it";
    return others == 0 ? text : text + " and " + std::to_string(others) + " more";
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
