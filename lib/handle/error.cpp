// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/error.hpp>

#include <shared_memory/detail/error_code_twin.hpp>
#include <shared_memory/detail/range.hpp>

#include <cstddef>
#include <iterator>
#include <new>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace {

namespace ip = boost::interprocess;

constexpr std::errc none{}; // no code of the standard's means the same

// All that is known of a code. `nearest` is for handlers that ask interprocess_exception for its
// get_error_code().
struct row {
    errc code;
    const char* name;
    const char* text;
    std::errc same_as;
    ip::error_code_t nearest;
};

constexpr row rows[] = {
    {errc::not_found, "not_found", "no shared memory segment of that name",
     std::errc::no_such_file_or_directory, ip::not_found_error},
    {errc::already_exists, "already_exists", "a shared memory segment of that name is in use",
     std::errc::file_exists, ip::already_exists_error},
    {errc::in_use, "in_use", "the segment is in use by a living process",
     std::errc::device_or_resource_busy, ip::busy_error},
    {errc::not_our_segment, "not_our_segment",
     "the name holds something that is not a shared_memory segment", none, ip::other_error},
    {errc::wrong_kind, "wrong_kind", "the segment holds another class", none, ip::other_error},
    {errc::wrong_type, "wrong_type", "the segment holds elements of another type, size or number",
     none, ip::other_error},
    {errc::wrong_version, "wrong_version",
     "the segment was made with another layout version or byte order", none, ip::other_error},
    {errc::wrong_synchronisation, "wrong_synchronisation",
     "the segment was made by a build with another kind of synchronisation", none, ip::other_error},
    {errc::corrupted, "corrupted", "a value in the segment cannot be right", none,
     ip::corrupted_error},
    {errc::bad_name, "bad_name", "not a name for a segment", std::errc::invalid_argument,
     ip::invalid_argument},
    {errc::bad_argument, "bad_argument", "bad argument", std::errc::invalid_argument,
     ip::other_error},
    {errc::out_of_range, "out_of_range", "out of range", std::errc::result_out_of_range,
     ip::size_error},
    {errc::permission_denied, "permission_denied", "permission denied",
     std::errc::permission_denied, ip::security_error},
    {errc::no_space, "no_space", "not enough shared memory", std::errc::no_space_on_device,
     ip::out_of_space_error},
    {errc::too_many_participants, "too_many_participants",
     "every participant's slot of the segment is taken", none, ip::other_error},
    {errc::read_only, "read_only", "the handle was opened read-only",
     std::errc::read_only_file_system, ip::read_only_error},
    {errc::closed, "closed", "the handle is closed", std::errc::bad_file_descriptor,
     ip::other_error},
    {errc::shut_down, "shut_down", "the segment's owner has shut it down", none, ip::other_error},
    {errc::abandoned, "abandoned", "no living participant is left to wait for",
     std::errc::owner_dead, ip::other_error},
    {errc::end_of_stream, "end_of_stream", "end of stream", none, ip::other_error},
    {errc::timed_out, "timed_out", "timed out", std::errc::timed_out,
     ip::timeout_when_waiting_error},
    {errc::message_size, "message_size", "message of another size", std::errc::message_size,
     ip::size_error},
    {errc::inconsistent, "inconsistent",
     "a writer died half way through; the contents may be inconsistent",
     std::errc::state_not_recoverable, ip::other_error},
    {errc::would_deadlock, "would_deadlock", "the handle would wait for itself",
     std::errc::resource_deadlock_would_occur, ip::other_error},
    {errc::forked, "forked", "made before fork(), used in the child", none, ip::other_error},
    {errc::system_error, "system_error", "the operating system refused a call", none,
     ip::other_error},
};

constexpr bool stand_in_order() {
    for (std::size_t i = 0; i != std::size(rows); ++i) {
        if (static_cast<std::size_t>(rows[i].code) != i + 1)
            return false;
    }
    return static_cast<std::size_t>(errc::system_error) == std::size(rows);
}
static_assert(stand_in_order(), "a row for each code, in the order of errc");

// Null if there is no such code.
const row* find(int value) noexcept {
    const auto i = static_cast<std::size_t>(value) - 1;
    return i < std::size(rows) ? &rows[i] : nullptr;
}

class category_type final : public std::error_category {
public:
    const char* name() const noexcept override { return "shared_memory"; }

    std::string message(int value) const override {
        const row* const found = find(value);
        return found != nullptr ? found->text : "unknown error";
    }

    std::error_condition default_error_condition(int value) const noexcept override {
        const row* const found = find(value);
        if (found == nullptr || found->same_as == none)
            return {value, *this};
        return found->same_as;
    }
};

ip::error_code_t nearest_of(errc code) noexcept {
    const row* const found = find(static_cast<int>(code));
    return found != nullptr ? found->nearest : ip::other_error;
}

} // namespace

const char* to_string(errc code) noexcept {
    const row* const found = find(static_cast<int>(code));
    return found != nullptr ? found->name : "unknown";
}

const std::error_category& error_category() noexcept {
    static const category_type instance;
    return instance;
}

error::error(errc code, std::string message)
    : interprocess_exception(ip::error_info(nearest_of(code)), ""), code_(code),
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
