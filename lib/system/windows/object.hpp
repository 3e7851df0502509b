// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What segment_windows.cpp and participants_windows.cpp know of an object together.
//
// A segment is three objects of the kernel, all of which go with their last handle:
//
//     Local\shared_memory.name.NAME        a name_record: which object the name means
//     Local\shared_memory.NUMBER.segment   the segment itself, made by Boost.Interprocess
//     Local\shared_memory.NUMBER.takings   a takings_block: who has which slot, and the gate
//
// NUMBER is random and never used again, so that a name can be given to another object, or taken
// away, by one write to its record, while the first one is still in use.

#ifndef SHARED_MEMORY_LIB_SYSTEM_WINDOWS_OBJECT_HPP
#define SHARED_MEMORY_LIB_SYSTEM_WINDOWS_OBJECT_HPP

#include <shared_memory/detail/kernel_object.hpp>
#include <shared_memory/detail/layout/header.hpp>

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

struct kernel_object::system_state {
    std::uint64_t number = 0;
    small_object<name_record> record; // of its name, while that is not a temporary one
    boost::interprocess::windows_shared_memory section;
    boost::interprocess::mapped_region front; // its first pages
    small_object<takings_block> takings;      // null: nobody has taken anything
    // taken through this handle
    std::uint32_t slot = max_slots; // max_slots: none
    bool gate = false;
};

//! The name of an object of that number.
std::string kernel_name(std::uint64_t number, const char* what);
//! Opens, or makes if there is none, the takings of an object; for one who only looks: opens.
void open_takings(small_object<takings_block>& takings, std::uint64_t number, bool read_only);

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
