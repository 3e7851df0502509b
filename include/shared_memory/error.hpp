// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What can go wrong, and how it is told.

#ifndef SHARED_MEMORY_ERROR_HPP
#define SHARED_MEMORY_ERROR_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/interprocess/exceptions.hpp>

#include <string>
#include <string_view>
#include <system_error>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! Why a call failed. Full, empty and timed out are results of the `try_` calls, not errors.
//! Reasons that mean the same as a `std::errc` compare equal to it (`errc::not_found` and
//! `std::errc::no_such_file_or_directory`, for one).
enum class errc {
    not_found = 1,         //!< no segment of that name
    already_exists,        //!< create_only: a segment of that name is in use
    in_use,                //!< remove: a living process is attached
    not_our_segment,       //!< the name holds something that this library did not make
    wrong_kind,            //!< the segment holds another class
    wrong_type,            //!< the elements or nodes are of another type, size or number
    wrong_version,         //!< made by a version with another layout, or another byte order
    wrong_synchronisation, //!< made by a build that waits in another way
    corrupted,             //!< a value in the segment cannot be right
    bad_name,              //!< not a name for a segment
    bad_argument,          //!< an argument that can never be right
    out_of_range,          //!< a size, index or position beyond its limits
    permission_denied,     //!< the system does not let this user do that
    no_space,              //!< not enough shared memory
    too_many_participants, //!< every slot is taken by a living handle
    read_only,             //!< the handle was opened to look only
    closed,                //!< the handle is closed
    shut_down,             //!< the owner has closed the segment
    abandoned,             //!< no participant is left that could end this wait
    end_of_stream,         //!< a writer has ended the stream, and all of it has been read
    timed_out,             //!< a lock was not to be had in time
    message_size,          //!< a message of another size than the call can take
    inconsistent,          //!< a writer died half way through
    would_deadlock,        //!< this handle would wait for itself
    forked,                //!< made before fork(), used in the child
    system_error           //!< the system refused something unforeseen; the text tells what
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

template <>
struct std::is_error_code_enum<shared_memory::errc> : std::true_type {};

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! The category of `errc`; its name is "shared_memory".
SHARED_MEMORY_DECL const std::error_category& error_category() noexcept;

inline std::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), error_category()};
}

//! Whether a code has that reason. A program and its plug-in may have a copy of this library each,
//! linked statically; then each copy has a category of its own, and two codes of the same reason
//! differ. So these go by the category's name. Handlers for `error` catch the other copy's, too.
inline bool operator==(const std::error_code& code, errc reason) noexcept {
    return code.value() == static_cast<int>(reason) &&
           std::string_view(code.category().name()) == error_category().name();
}
inline bool operator==(errc reason, const std::error_code& code) noexcept {
    return code == reason;
}
inline bool operator!=(const std::error_code& code, errc reason) noexcept {
    return !(code == reason);
}
inline bool operator!=(errc reason, const std::error_code& code) noexcept {
    return !(code == reason);
}

//! The code's name, as it is written in a program: "not_found". "unknown" for any other value.
SHARED_MEMORY_DECL const char* to_string(errc code) noexcept;

//! What every failing call throws. Handlers for Boost.Interprocess's exceptions catch it too.
//! `what()` says what was expected, what was found, and what to do.
class SHARED_MEMORY_DECL error : public boost::interprocess::interprocess_exception {
public:
    error(errc code, std::string message);
    ~error() override;

    const char* what() const BOOST_NOEXCEPT_OR_NOTHROW override;

    //! The reason as a `std::error_code` of `shared_memory::errc`.
    const std::error_code& code() const noexcept { return code_; }

private:
    std::error_code code_;
    std::string message_;
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
