// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What windows/object.cpp, liveness.cpp and mapping.cpp know of an open object together.
//
// A segment is three objects of the kernel, all of which go with their last handle:
//
//     Local\shared_memory.name.NAME        a name_record: which object the name means
//     Local\shared_memory.NUMBER.segment   the segment itself, made by Boost.Interprocess
//     Local\shared_memory.NUMBER.locks     a slot_locks_block: who has which lock
//
// NUMBER is random and never used again, so that a name can be given to another object, or taken
// away, by one write to its record, while the first one is still in use.

#ifndef SHARED_MEMORY_LIB_SYSTEM_WINDOWS_OPENED_OBJECT_HPP
#define SHARED_MEMORY_LIB_SYSTEM_WINDOWS_OPENED_OBJECT_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/layout/header.hpp>

#include <system/object.hpp>

#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/windows_shared_memory.hpp>

#include <cstdint>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! A small object of the kernel's with a `Block` in it.
template <class Block>
struct small_object {
    boost::interprocess::windows_shared_memory object;
    boost::interprocess::mapped_region region;

    Block* get() const noexcept { return static_cast<Block*>(region.get_address()); }
};

//! What a name means: a small object beside the segment.
struct name_record {
    ipc_words::word64 magic;
    ipc_words::word64 object; // the object's number; 0: the name means nothing
};
static_assert(sizeof(name_record) == 16);
inline constexpr std::uint64_t name_magic = 0x31454d414e4d4553U; // "SEMNAME1" in memory

//! Which process has which lock of one object: process id << 32 | a part of when it started; 0: none.
struct slot_locks_block {
    ipc_words::word64 slots[max_slots];
    ipc_words::word64 name;
};
static_assert(sizeof(slot_locks_block) == 2 * page_bytes);

//! Its last member is closed first, and the name last: see kernel_object::open.
struct kernel_object::opened_object {
    std::uint64_t number = 0;
    small_object<name_record> record; // of its name, while that is not a temporary one
    boost::interprocess::windows_shared_memory section;
    boost::interprocess::mapped_region front; // its first pages
    small_object<slot_locks_block> locks;     // null: no lock was ever taken
    // taken through this handle
    std::uint32_t slot = max_slots; // max_slots: none
    bool name_locked = false;
};

//! The name of an object of that number.
std::string kernel_name(std::uint64_t number, const char* what);
//! Opens, or makes if there are none, the locks of an object; for a handle that only looks: opens.
void open_locks(small_object<slot_locks_block>& locks, std::uint64_t number, bool read_only);
//! The number of the object that the name means now; 0: none.
std::uint64_t number_of(const std::string& name);

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
