// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What each system must give: the error for a call that the system refused. Its text says what
//! could not be done, why, and what to do. The same number of the system's may have another cause,
//! and needs other advice, where something else was being done. The implementations are
//! linux/failure.cpp and windows/failure.cpp.

#ifndef SHARED_MEMORY_LIB_SYSTEM_FAILURE_HPP
#define SHARED_MEMORY_LIB_SYSTEM_FAILURE_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/interprocess/exceptions.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! What is done to an object when the system refuses a call.
enum class task {
    create,  // makes the object and reserves its memory
    open,    // opens what the name means
    map,     // maps the object
    publish, // gives a new object its name, which means nothing
    replace, // gives a new object its name, which means an unused object
    remove,  // removes the name
    lock,    // takes its locks, or asks who has them
    random   // gets random bytes for its name and its identity
};

struct failed_task {
    task what;
    std::string_view name;   // the segment's, or a temporary one of it
    std::uint64_t bytes = 0; // that were to be created or mapped; 0: not known
};

//! Throws `error` for a number of the system's (errno, GetLastError()).
[[noreturn]] void throw_system_error(int number, const failed_task& task);
//! Throws `error` for what Boost.Interprocess has thrown.
[[noreturn]] void throw_boost_failure(const boost::interprocess::interprocess_exception& failure,
                                      const failed_task& task);

//! Who may use what the name means, for errors: "it belongs to user 1000 and has mode 0600, and this
//! process runs as user 2000", or at least that it belongs to another user.
std::string owner_of(std::string_view name);

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
