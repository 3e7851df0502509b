// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Why Windows refused a call, and what to do.

#include <system/failure.hpp>

#include <shared_memory/error.hpp>

#include <system/temporary.hpp>

#include <windows.h>

#include <string>
#include <system_error>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

const char* what_failed(task what) {
    switch (what) {
    case task::create:
        return "cannot be created: ";
    case task::open:
        return "cannot be opened: ";
    case task::map:
        return "cannot be mapped: ";
    case task::publish:
        return "cannot be given to the new segment as its name: ";
    case task::replace:
        return "cannot be replaced: ";
    case task::remove:
        return "cannot be removed: ";
    case task::lock:
        return "cannot be used, since its locks, which tell who is alive, are not to be had: ";
    case task::random:
        return "random bytes, which each segment needs, are not to be had: ";
    }
    return "cannot be used: ";
}

std::string beginning(const failed_task& task) {
    std::string text = "shared_memory: ";
    if (!task.name.empty())
        text.append("\"").append(final_name(task.name)).append("\" ");
    return text + what_failed(task.what);
}

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
    std::string text = beginning(task);
    if (task.bytes != 0)
        text += std::to_string(task.bytes) + " bytes of shared memory are needed, and ";
    throw error(code, text + "the system says \"" +
                          std::error_code(number, std::system_category()).message() + "\" (" +
                          std::to_string(number) + ')' + advice);
}

void throw_boost_failure(const boost::interprocess::interprocess_exception& failure,
                         const failed_task& task) {
    if (failure.get_native_error() != 0)
        throw_system_error(failure.get_native_error(), task);
    throw error(errc::system_error, beginning(task) + failure.what());
}

std::string owner_of(std::string_view) {
    return "it belongs to another user";
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
