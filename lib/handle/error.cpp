// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/error.hpp>

#include <shared_memory/detail/error_code_twin.hpp>
#include <shared_memory/detail/range.hpp>

#include <new>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace {

class category_type final : public std::error_category {
public:
    const char* name() const noexcept override { return "shared_memory"; }

    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
        case errc::not_found:
            return "no shared memory segment of that name";
        case errc::already_exists:
            return "a shared memory segment of that name is in use";
        case errc::in_use:
            return "the segment is in use by a living process";
        case errc::not_our_segment:
            return "the name holds something that is not a shared_memory segment";
        case errc::wrong_kind:
            return "the segment holds another class";
        case errc::wrong_type:
            return "the segment holds elements of another type, size or number";
        case errc::wrong_version:
            return "the segment was made with another layout version or byte order";
        case errc::wrong_synchronisation:
            return "the segment was made by a build with another kind of synchronisation";
        case errc::corrupted:
            return "a value in the segment cannot be right";
        case errc::bad_name:
            return "not a name for a segment";
        case errc::bad_argument:
            return "bad argument";
        case errc::out_of_range:
            return "out of range";
        case errc::permission_denied:
            return "permission denied";
        case errc::no_space:
            return "not enough shared memory";
        case errc::too_many_participants:
            return "every participant's slot of the segment is taken";
        case errc::read_only:
            return "the handle was opened read-only";
        case errc::closed:
            return "the handle is closed";
        case errc::shut_down:
            return "the segment's owner has shut it down";
        case errc::abandoned:
            return "no living participant is left to wait for";
        case errc::end_of_stream:
            return "end of stream";
        case errc::timed_out:
            return "timed out";
        case errc::message_size:
            return "message of another size";
        case errc::inconsistent:
            return "a writer died half way through; the contents may be inconsistent";
        case errc::would_deadlock:
            return "the handle would wait for itself";
        case errc::forked:
            return "made before fork(), used in the child";
        case errc::system_error:
            return "the operating system refused a call";
        }
        return "unknown error";
    }

    std::error_condition default_error_condition(int value) const noexcept override {
        switch (static_cast<errc>(value)) {
        case errc::not_found:
            return std::errc::no_such_file_or_directory;
        case errc::already_exists:
            return std::errc::file_exists;
        case errc::in_use:
            return std::errc::device_or_resource_busy;
        case errc::bad_name:
        case errc::bad_argument:
            return std::errc::invalid_argument;
        case errc::out_of_range:
            return std::errc::result_out_of_range;
        case errc::permission_denied:
            return std::errc::permission_denied;
        case errc::no_space:
            return std::errc::no_space_on_device;
        case errc::read_only:
            return std::errc::read_only_file_system;
        case errc::closed:
            return std::errc::bad_file_descriptor;
        case errc::abandoned:
            return std::errc::owner_dead;
        case errc::timed_out:
            return std::errc::timed_out;
        case errc::message_size:
            return std::errc::message_size;
        case errc::inconsistent:
            return std::errc::state_not_recoverable;
        case errc::would_deadlock:
            return std::errc::resource_deadlock_would_occur;
        default:
            return {value, *this};
        }
    }
};

// The nearest of Boost.Interprocess's own codes, for handlers that ask get_error_code().
boost::interprocess::error_code_t boost_code(errc code) {
    switch (code) {
    case errc::not_found:
        return boost::interprocess::not_found_error;
    case errc::already_exists:
        return boost::interprocess::already_exists_error;
    case errc::in_use:
        return boost::interprocess::busy_error;
    case errc::permission_denied:
        return boost::interprocess::security_error;
    case errc::no_space:
        return boost::interprocess::out_of_space_error;
    case errc::read_only:
        return boost::interprocess::read_only_error;
    case errc::corrupted:
        return boost::interprocess::corrupted_error;
    case errc::timed_out:
        return boost::interprocess::timeout_when_waiting_error;
    case errc::bad_name:
        return boost::interprocess::invalid_argument;
    case errc::out_of_range:
    case errc::message_size:
        return boost::interprocess::size_error;
    default:
        return boost::interprocess::other_error;
    }
}

} // namespace

const std::error_category& error_category() noexcept {
    static const category_type instance;
    return instance;
}

error::error(errc code, std::string message)
    : interprocess_exception(boost::interprocess::error_info(boost_code(code)), ""), code_(code),
      message_(std::move(message)) {}

error::~error() = default;

const char* error::what() const BOOST_NOEXCEPT_OR_NOTHROW {
    return message_.c_str();
}

namespace detail {

std::error_code current_error() noexcept {
    try {
        throw;
    } catch (const error& failure) {
        return failure.code();
    } catch (const std::bad_alloc&) {
        return std::make_error_code(std::errc::not_enough_memory);
    } catch (const std::system_error& failure) {
        return failure.code();
    } catch (...) {
        return errc::system_error;
    }
}

void throw_bad_argument(const char* what) {
    throw error(errc::bad_argument, std::string("shared_memory: ") + what);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
