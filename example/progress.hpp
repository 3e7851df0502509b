// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! How much was moved, and how fast.

#ifndef SHARED_MEMORY_EXAMPLE_PROGRESS_HPP
#define SHARED_MEMORY_EXAMPLE_PROGRESS_HPP

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace example {

//! Counts bytes; says when it is time for another line.
class progress {
public:
    using clock = std::chrono::steady_clock;

    void add(std::uint64_t bytes) { bytes_ += bytes; }

    clock::time_point next_line() const { return next_line_; }
    //! True once a second.
    bool is_due() const { return clock::now() >= next_line_; }

    //! "12.0 MB, 6.0 MB/s", the speed since the last one of these.
    std::string line() {
        const auto now = clock::now();
        const std::string result = text(bytes_, bytes_ - bytes_before_, now - line_before_);
        bytes_before_ = bytes_;
        line_before_ = now;
        next_line_ = now + std::chrono::seconds(1);
        return result;
    }
    //! The same, for all of it.
    std::string summary() const { return text(bytes_, bytes_, clock::now() - start_); }

private:
    static std::string text(std::uint64_t total, std::uint64_t bytes, clock::duration time) {
        const double seconds = std::chrono::duration<double>(time).count();
        char result[80];
        std::snprintf(result, sizeof result, "%.1f MB, %.1f MB/s", static_cast<double>(total) / 1e6,
                      seconds > 0 ? static_cast<double>(bytes) / 1e6 / seconds : 0.0);
        return result;
    }

    clock::time_point start_ = clock::now();
    clock::time_point line_before_ = start_;
    clock::time_point next_line_ = start_ + std::chrono::seconds(1);
    std::uint64_t bytes_ = 0;
    std::uint64_t bytes_before_ = 0;
};

} // namespace example

#endif
