// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What the examples need of the system; windows/system.hpp has the same for Windows.

#ifndef SHARED_MEMORY_EXAMPLE_SYSTEM_HPP
#define SHARED_MEMORY_EXAMPLE_SYSTEM_HPP

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <optional>
#include <poll.h>
#include <string>
#include <system_error>
#include <unistd.h>

namespace example {

//! Tells the users of this machine from each other.
inline std::string user() {
    return std::to_string(::getuid());
}

//! A name that other users of this machine do not have.
inline std::string name_of_user(const std::string& prefix) {
    return prefix + '-' + user();
}
//! A name that other processes do not have.
inline std::string name_of_process(const std::string& prefix) {
    return prefix + '-' + std::to_string(::getpid());
}

inline bool somebody_watches_errors() {
    return ::isatty(STDERR_FILENO) != 0;
}

[[noreturn]] inline void throw_errno(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

//! Standard input and output carry bytes.
inline void prepare_streams() {
    std::signal(SIGPIPE, SIG_IGN); // an error of write(2) instead
}

//! False: no input yet, after so long. True: there is some, or its end.
inline bool wait_for_input(int milliseconds) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = ::poll(&input, 1, milliseconds);
    if (ready < 0 && errno != EINTR && errno != EAGAIN)
        throw_errno("waiting for standard input");
    return ready > 0;
}

//! As many bytes as there are now, or as fit; 0: the end. Nothing: none now.
inline std::optional<std::size_t> read_input(std::byte* to, std::size_t size) {
    for (;;) {
        const ssize_t count = ::read(STDIN_FILENO, to, size);
        if (count >= 0)
            return static_cast<std::size_t>(count);
        if (errno == EAGAIN)
            return std::nullopt;
        if (errno != EINTR)
            throw_errno("reading standard input");
    }
}

inline void write_output(const std::byte* data, std::size_t size) {
    while (size != 0) {
        const ssize_t count = ::write(STDOUT_FILENO, data, size);
        if (count >= 0) {
            data += count;
            size -= static_cast<std::size_t>(count);
        } else if (errno == EAGAIN) {
            pollfd output{STDOUT_FILENO, POLLOUT, 0};
            ::poll(&output, 1, -1);
        } else if (errno != EINTR) {
            throw_errno("writing standard output");
        }
    }
}

} // namespace example

#endif
