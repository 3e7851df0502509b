// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What the examples need of the system; posix/system.hpp is the same for those.

#ifndef SHARED_MEMORY_EXAMPLE_SYSTEM_HPP
#define SHARED_MEMORY_EXAMPLE_SYSTEM_HPP

#if !defined(NOMINMAX)
#define NOMINMAX
#endif
#include <windows.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <system_error>

namespace example {

//! Tells the users of this machine from each other.
inline std::string user() {
    const char* const name = std::getenv("USERNAME");
    return name == nullptr ? "user" : name;
}

//! A name that other users of this machine do not have.
inline std::string name_of_user(const std::string& prefix) {
    return prefix + '-' + user();
}
//! A name that other processes do not have.
inline std::string name_of_process(const std::string& prefix) {
    return prefix + '-' + std::to_string(::GetCurrentProcessId());
}

inline bool somebody_watches_errors() {
    DWORD mode = 0;
    return ::GetConsoleMode(::GetStdHandle(STD_ERROR_HANDLE), &mode) != 0;
}

[[noreturn]] inline void throw_last_error(const std::string& what) {
    throw std::system_error(static_cast<int>(::GetLastError()), std::system_category(), what);
}

//! Standard input and output carry bytes, here as they are: they are read and written without the C
//! library.
inline void prepare_streams() {}

//! False: no input yet, after so long. True: there is some, or its end.
inline bool wait_for_input(int milliseconds) {
    const HANDLE input = ::GetStdHandle(STD_INPUT_HANDLE);
    if (::GetFileType(input) != FILE_TYPE_PIPE)
        return true;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    for (;;) { // one cannot wait for a pipe
        DWORD there = 0;
        if (::PeekNamedPipe(input, nullptr, 0, nullptr, &there, nullptr) == 0 || there != 0)
            return true;
        if (std::chrono::steady_clock::now() >= end)
            return false;
        ::Sleep(1);
    }
}

//! As many bytes as there are now, or as fit; 0: the end.
inline std::optional<std::size_t> read_input(std::byte* to, std::size_t size) {
    DWORD count = 0;
    const auto most = static_cast<DWORD>(std::min<std::size_t>(size, 1U << 30U));
    if (::ReadFile(::GetStdHandle(STD_INPUT_HANDLE), to, most, &count, nullptr) == 0 &&
        ::GetLastError() != ERROR_BROKEN_PIPE && ::GetLastError() != ERROR_HANDLE_EOF)
        throw_last_error("reading standard input");
    return count;
}

inline void write_output(const std::byte* data, std::size_t size) {
    while (size != 0) {
        DWORD count = 0;
        const auto most = static_cast<DWORD>(std::min<std::size_t>(size, 1U << 30U));
        if (::WriteFile(::GetStdHandle(STD_OUTPUT_HANDLE), data, most, &count, nullptr) == 0)
            throw_last_error("writing standard output");
        data += count;
        size -= count;
    }
}

} // namespace example

#endif
