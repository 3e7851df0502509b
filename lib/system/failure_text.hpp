// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What the errors of failure.hpp begin with, alike on all systems.

#ifndef SHARED_MEMORY_LIB_SYSTEM_FAILURE_TEXT_HPP
#define SHARED_MEMORY_LIB_SYSTEM_FAILURE_TEXT_HPP

#include <shared_memory/error.hpp>

#include <system/failure.hpp>
#include <system/temporary.hpp>

#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! What a system calls its means, to be told in brackets behind them.
struct means {
    const char* locks;
    const char* random_bytes;
};

inline std::string what_failed(task what, const means& by) {
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
        return std::string("cannot be used, since its locks") + by.locks +
               ", which tell who is alive, are not to be had: ";
    case task::random:
        return std::string("random bytes") + by.random_bytes +
               ", which each segment needs, are not to be had: ";
    }
    return "cannot be used: ";
}

inline std::string beginning(const failed_task& task, const means& by) {
    std::string text = "shared_memory: ";
    if (!task.name.empty())
        text.append("\"").append(final_name(task.name)).append("\" ");
    return text + what_failed(task.what, by);
}

inline std::string needed(const failed_task& task) {
    return task.bytes == 0
               ? std::string()
               : std::to_string(task.bytes) + " bytes of shared memory are needed, and ";
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
