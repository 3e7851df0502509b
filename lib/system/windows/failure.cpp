// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Why Windows refused a call, and what to do.

#include <system/failure.hpp>

#include <system/failure_text.hpp>

#include <windows.h>

#include <string>
#include <system_error>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

constexpr means by{"", ""};

} // namespace

void throw_system_error(int number, const failed_task& task) {
    errc code = errc::system_error;
    const char* advice = "";
    switch (number) {
    case ERROR_ACCESS_DENIED:
        code = errc::permission_denied;
        advice = "; it belongs to another user, or its permissions do not let this one in: run as "
                 "that user, or let it create the segment for others as well "
                 "(options().permissions())";
        break;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_DISK_FULL:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_COMMITMENT_LIMIT:
        code = errc::no_space;
        advice = "; free memory, let the page file grow, or ask for less";
        break;
    case ERROR_FILE_NOT_FOUND:
        code = errc::not_found;
        break;
    default:
        break;
    }
    throw error(code, beginning(task, by) + needed(task) + "the system says \"" +
                          std::error_code(number, std::system_category()).message() + "\" (" +
                          std::to_string(number) + ')' + advice);
}

void throw_boost_failure(const boost::interprocess::interprocess_exception& failure,
                         const failed_task& task) {
    if (failure.get_native_error() != 0)
        throw_system_error(failure.get_native_error(), task);
    throw error(errc::system_error, beginning(task, by) + failure.what());
}

std::string owner_of(std::string_view) {
    return "it belongs to another user";
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
