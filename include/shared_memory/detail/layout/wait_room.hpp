// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Where processes sleep: see core/wait_room.hpp for what the word says.

#ifndef SHARED_MEMORY_DETAIL_LAYOUT_WAIT_ROOM_HPP
#define SHARED_MEMORY_DETAIL_LAYOUT_WAIT_ROOM_HPP

#include <shared_memory/detail/layout/header.hpp>

#include <cstddef>
#include <cstdint>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

template <class Words>
struct basic_wait_room {
    typename Words::word32 word;
    std::uint32_t pad[15];
    // Boost.Interprocess's mutex and condition, in the build that waits with them
    alignas(64) std::byte interprocess_space[192];
};
static_assert(sizeof(basic_wait_room<ipc_words>) == 256);

using wait_room = basic_wait_room<ipc_words>;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
