// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Found by name: which names there may be, and what a name holds.

#ifndef SHARED_MEMORY_LIB_SEGMENT_NAMES_HPP
#define SHARED_MEMORY_LIB_SEGMENT_NAMES_HPP

#include "header.hpp"

#include <shared_memory/detail/layout/header.hpp>

#include <system/liveness.hpp>
#include <system/object.hpp>

#include <string>
#include <string_view>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! Throws `errc::bad_name` unless a segment may have that name.
void check_name(std::string_view name);

//! What a name holds: an object, and its header if the object is a whole segment of this library.
struct lookup {
    kernel_object object;
    segment_header header{};
    fault problem; // nothing: the object is a segment of this library, and its header is right

    liveness locks() const noexcept { return liveness(object); }
    bool shutting_down() const;
    //! Throws the problem, if there is one.
    void require_valid(std::string_view name) const;
    //! Throws `errc::not_our_segment` if there is a problem: only whole segments of this library
    //! are ever replaced or removed.
    void require_ours(std::string_view name) const;
};

//! False: the name means nothing. Throws what opening the object throws.
bool look_up(const std::string& name, kernel_object::access mode, lookup& found);

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
