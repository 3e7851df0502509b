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
    //! The bits of segment_life::state now; 0 if there is a problem.
    std::uint32_t state() const;
    bool shutting_down() const { return (state() & state_shutting_down) != 0; }
    bool stream_ended() const { return (state() & state_stream_ended) != 0; }
    //! The owner wants it to outlive all its users; false if there is a problem.
    bool kept() const;
    //! Made by another version of this library: the first 48 bytes and the locks are known, and
    //! nothing else.
    bool is_of_other_version() const noexcept { return problem.code == errc::wrong_version; }
    //! Before the name goes, with all locks held: for forks' children, see open.cpp [S4].
    void say_name_taken() noexcept;
    //! Who has it open, for errors: "process 12", "processes 12, 13 and 5 others"; "a living process"
    //! if no number is known.
    std::string users() const;
    //! The same behind that text; empty if no number is known.
    std::string users_if_any(const char* before) const;
    //! Throws the problem, if there is one. open_or_create: `errc::not_our_segment` for what is no
    //! segment of any version.
    void require_valid(std::string_view name, open_mode mode) const;
    //! Throws `errc::not_our_segment` unless it is a segment of this library, of any version: only
    //! these are ever replaced or removed.
    void require_replaceable(std::string_view name) const;

private:
    std::string living_processes() const;
    std::uint32_t life_word(std::uint64_t offset) const;
};

//! False: the name means nothing. Throws what opening the object throws.
bool look_up(const std::string& name, kernel_object::access mode, lookup& found);

//! Throws unless a segment is what the user expects: `errc::wrong_kind`, `errc::wrong_type`,
//! `errc::wrong_synchronisation`. In match.cpp.
void require_match(const lookup& found, const segment_request& request);

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
